import type { ReopenReview, RequestChanges, RequestReview } from '../domain/command.ts';
import { type Result, unknownTask } from '../domain/errors.ts';
import type { Task } from '../domain/task.ts';
import type { Tx } from '../store/store.ts';
import { findMovable } from '../store/tables/movable.ts';
import { type Applied, move } from './apply.ts';
import { textsIn } from './finish.ts';

/** Contract §4.12. */

export async function requestReview(tx: Tx, input: RequestReview): Promise<Result<Applied>> {
  const known = await findMovable(tx, input.task_id);
  if (!known) return unknownTask(input.task_id);
  return move(tx, known, {
    verb: 'request_review',
    run_id: input.run_id,
    proof: input.proof,
    summary: input.summary?.trim() || null,
    reviewer: input.reviewer ?? null,
    artifacts: textsIn(input.artifacts),
  });
}

export async function requestChanges(tx: Tx, input: RequestChanges): Promise<Result<Applied>> {
  const known = await findMovable(tx, input.task_id);
  if (!known) return unknownTask(input.task_id);
  const reason = input.reason?.trim() || null;
  return move(tx, known, { verb: 'request_changes', run_id: input.run_id, proof: input.proof, reason });
}

export async function reopenReview(tx: Tx, input: ReopenReview): Promise<Result<{ task: Task }>> {
  const known = await findMovable(tx, input.task_id);
  if (!known) return unknownTask(input.task_id);
  return move(tx, known, { verb: 'reopen_review', reason: input.reason?.trim() || null });
}
