import type { NoteWorkSaved } from '../domain/command.ts';
import { ok, type Result, unknownTask } from '../domain/errors.ts';
import { asEventId, type TaskId, toSeconds } from '../domain/ids.ts';
import type { SavedWork } from '../domain/run.ts';
import type { Reader, Tx } from '../store/store.ts';
import { eventsAfter, insertEvent } from '../store/tables/events.ts';
import { findTask } from '../store/tables/tasks.ts';

/** What becomes of the folders that tasks worked in. */

/** Once for each name: whoever saved it may not know that he has told it already. */
export async function noteWorkSaved(tx: Tx, input: NoteWorkSaved): Promise<Result<null>> {
  const { task_id, run_id, ref, commit, files } = input;
  if (!(await findTask(tx, task_id))) return unknownTask(task_id);
  if ((await savedWorkOf(tx, task_id)).some((saved) => saved.ref === ref)) return ok(null);
  const event = { kind: 'work_saved', payload: { ref, commit, files } } as const;
  insertEvent(tx, { ...event, task_id, run_id, at: toSeconds(tx.now) });
  return ok(null);
}

export async function savedWorkOf(reader: Reader, id: TaskId): Promise<SavedWork[]> {
  const events = await eventsAfter(reader, id, asEventId(0), ['work_saved']);
  return events.map(({ run_id, payload }) => ({
    run_id,
    ref: String(payload?.['ref'] ?? ''),
    commit: String(payload?.['commit'] ?? ''),
    files: Number(payload?.['files'] ?? 0),
  }));
}
