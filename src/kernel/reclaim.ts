import type { ReassignTask, ReclaimTask } from '../domain/command.ts';
import { ok, type Result, unknownTask } from '../domain/errors.ts';
import type { ProfileName } from '../domain/ids.ts';
import type { Reclaimed } from '../domain/view.ts';
import type { Tx } from '../store/store.ts';
import { liveProcessOf } from '../store/tables/runs.ts';
import { findTask } from '../store/tables/tasks.ts';
import { move, stopRun } from './apply.ts';
import { assign } from './graph.ts';

/** Contract §4.2, `reclaim`. */
export const reclaim = (tx: Tx, input: ReclaimTask): Promise<Result<Reclaimed>> =>
  takeBack(tx, input, undefined);

/**
 * Somebody else gets the task. While its worker lives, the wish stands with the run: the transaction that records the end of
 * the worker also gives the task away, so that nobody starts it for the old one in between.
 */
export async function reassign(tx: Tx, input: ReassignTask): Promise<Result<Reclaimed>> {
  const task = await findTask(tx, input.task_id);
  if (!task) return unknownTask(input.task_id);
  if (task.status === 'running' && input.reclaim === true) return takeBack(tx, input, input.assignee);
  const assigned = await assign(tx, { task_id: task.id, assignee: input.assignee });
  return assigned.ok ? ok({ task: assigned.value.task, stopping: null }) : assigned;
}

async function takeBack(
  tx: Tx,
  input: ReclaimTask,
  assignee: ProfileName | null | undefined,
): Promise<Result<Reclaimed>> {
  const task = await findTask(tx, input.task_id);
  if (!task) return unknownTask(input.task_id);
  const reason = input.reason?.trim() || null;
  const process = await liveProcessOf(tx, task.id);
  const run = task.current_run_id;
  if (run !== null && process?.run_id === run) {
    await stopRun(tx, task, run, { reason, assignee: assignee === undefined ? null : (assignee ?? '') });
    return ok({ task, stopping: run });
  }
  const done = await move(tx, task, { verb: 'reclaim', reason, assignee, payload: {} });
  return done.ok ? ok({ task: done.value.task, stopping: null }) : done;
}
