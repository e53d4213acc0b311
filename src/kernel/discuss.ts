import type { CommentTask } from '../domain/command.ts';
import { ok, type Result, refuse, unknownTask } from '../domain/errors.ts';
import { toSeconds } from '../domain/ids.ts';
import type { Comment } from '../domain/task.ts';
import type { Tx } from '../store/store.ts';
import { insertComment } from '../store/tables/comments.ts';
import { insertEvent } from '../store/tables/events.ts';
import { findTask } from '../store/tables/tasks.ts';

/** Contract §4.7: stored trimmed; the event tells the length as it was given. */
export async function comment(tx: Tx, input: CommentTask): Promise<Result<{ comment: Comment }>> {
  if (input.body.trim() === '') return refuse('blank_text', 'A comment needs words; the one given is blank.');
  if (input.author.trim() === '')
    return refuse('blank_text', 'A comment needs an author; the one given is blank.');
  if (!(await findTask(tx, input.task_id))) return unknownTask(input.task_id);
  return ok({ comment: await addComment(tx, input) });
}

/** The comment and its event, of a task that exists. */
export async function addComment(tx: Tx, input: CommentTask): Promise<Comment> {
  const at = toSeconds(tx.now);
  const author = input.author.trim();
  const written = await insertComment(tx, { task_id: input.task_id, author, body: input.body.trim(), at });
  const payload = { author, len: input.body.length };
  insertEvent(tx, { kind: 'commented', payload, task_id: input.task_id, run_id: null, at });
  return written;
}
