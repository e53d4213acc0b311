import type { CreateTask, ScheduleTask } from '../domain/command.ts';
import { ok, type Result, unknownTask } from '../domain/errors.ts';
import { asMillis, type Millis } from '../domain/ids.ts';
import type { AsLeader } from '../domain/leading.ts';
import type { Reader, Tx } from '../store/store.ts';
import { findMovable } from '../store/tables/movable.ts';
import { dueTasks } from '../store/tables/sides.ts';
import { type Applied, move } from './apply.ts';
import { addComment } from './discuss.ts';
import { fenced } from './lead.ts';

/** The moment that is meant: as it was named, or counted from the board's own clock. */
export const momentOf = (
  reader: Pick<Reader, 'now'>,
  input: Pick<CreateTask, 'scheduled_at' | 'scheduled_in_seconds'>,
): Millis | null =>
  input.scheduled_at ??
  (input.scheduled_in_seconds === undefined
    ? null
    : asMillis(reader.now + input.scheduled_in_seconds * 1000));

export async function schedule(tx: Tx, input: ScheduleTask): Promise<Result<Applied>> {
  const known = await findMovable(tx, input.task_id);
  if (!known) return unknownTask(input.task_id);
  const reason = input.reason?.trim() || null;
  if (reason !== null && input.comment_as !== undefined) {
    await addComment(tx, { task_id: input.task_id, author: input.comment_as, body: `SCHEDULED: ${reason}` });
  }
  return move(tx, known, {
    verb: 'schedule',
    run_id: input.run_id,
    proof: input.proof,
    reason,
    at: momentOf(tx, input),
  });
}

/** Tasks whose time has come go to their lane, or wait for their parents. */
export async function wakeScheduled(tx: Tx, input: AsLeader): Promise<Result<number>> {
  const stale = await fenced(tx, input);
  if (stale) return stale;
  let woken = 0;
  for (const id of await dueTasks(tx)) {
    const known = await findMovable(tx, id);
    if (known && (await move(tx, known, { verb: 'wake' })).ok) woken += 1;
  }
  return ok(woken);
}
