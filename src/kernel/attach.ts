import type { AttachFile } from '../domain/command.ts';
import { ok, type Result, refuse, unknownTask } from '../domain/errors.ts';
import { asEventId, type TaskId, toSeconds } from '../domain/ids.ts';
import type { Attachment } from '../domain/task.ts';
import type { Reader, Tx } from '../store/store.ts';
import { deleteAttachment, findAttachment, insertAttachment } from '../store/tables/comments.ts';
import { eventsAfter, insertEvent } from '../store/tables/events.ts';
import { findTask } from '../store/tables/tasks.ts';

/** Contract §4.8: the file is the caller's, before the row when it comes and after it when it goes. */

export async function attach(tx: Tx, input: AttachFile): Promise<Result<Attachment>> {
  const [task, before] = await Promise.all([
    findTask(tx, input.task_id),
    input.key === undefined ? undefined : cameBy(tx, input.task_id, input.key),
  ]);
  if (!task) return unknownTask(input.task_id);
  if (before) return ok(before);
  const { task_id, filename, stored_path, content_type, size, uploaded_by, key } = input;
  const at = toSeconds(tx.now);
  const file = { task_id, filename, stored_path, content_type, size, uploaded_by, created_at: at };
  const attachment = await insertAttachment(tx, file);
  const payload = {
    ...{ filename, size },
    ...(uploaded_by !== null && { by: uploaded_by }),
    ...(key !== undefined && { key, attachment_id: attachment.id }),
  };
  insertEvent(tx, { kind: 'attached', payload, task_id, run_id: null, at });
  return ok(attachment);
}

/** What was attached with this key, unless it was removed since. */
async function cameBy(tx: Tx, task: TaskId, key: string): Promise<Attachment | undefined> {
  const events = await eventsAfter(tx, task, asEventId(0), ['attached']);
  const id = events.find(({ payload }) => payload?.['key'] === key)?.payload?.['attachment_id'];
  return typeof id === 'number' ? findAttachment(tx, id) : undefined;
}

/** Gives the row as it was, by which the caller removes the file. */
export async function detach(tx: Tx, input: { attachment_id: number }): Promise<Result<Attachment>> {
  const found = await attachment(tx, input);
  if (!found.ok) return found;
  const { id, task_id, filename } = found.value;
  deleteAttachment(tx, id);
  const at = toSeconds(tx.now);
  insertEvent(tx, { kind: 'attachment_removed', payload: { filename }, task_id, run_id: null, at });
  return found;
}

export async function attachment(
  reader: Reader,
  { attachment_id: id }: { attachment_id: number },
): Promise<Result<Attachment>> {
  const found = await findAttachment(reader, id);
  return found ? ok(found) : refuse('unknown_attachment', `No attachment ${id} on this board.`, [String(id)]);
}
