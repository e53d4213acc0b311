import type { ReassignTask, ReclaimTask, StopTask } from '../domain/command.ts';
import { ok, type Result, refuse, unknownTask } from '../domain/errors.ts';
import type { ProfileName } from '../domain/ids.ts';
import type { Reclaimed } from '../domain/view.ts';
import type { Tx } from '../store/store.ts';
import { findMovable } from '../store/tables/movable.ts';
import { findTask } from '../store/tables/tasks.ts';
import { move, stopRun } from './apply.ts';
import { assign } from './graph.ts';

/** Contract §4.2, `reclaim`. */
export const reclaim = (tx: Tx, input: ReclaimTask): Promise<Result<Reclaimed>> => takeBack(tx, input, {});

/**
 * Somebody else gets the task. While its worker lives, the wish stands with the run: the transaction that records the end of
 * the worker also gives the task away, so that nobody starts it for the old one in between.
 */
export async function reassign(tx: Tx, input: ReassignTask): Promise<Result<Reclaimed>> {
  const task = await findTask(tx, input.task_id);
  if (!task) return unknownTask(input.task_id);
  const { assignee } = input;
  if (task.status === 'running' && input.reclaim === true) return takeBack(tx, input, { assignee });
  const assigned = await assign(tx, { task_id: task.id, assignee });
  return assigned.ok ? ok({ task: assigned.value.task, stopping: null }) : assigned;
}

/** Ends what the task does, and blocks it in the same transaction in which its worker is recorded as dead. */
export async function stop(tx: Tx, input: StopTask): Promise<Result<Reclaimed>> {
  const known = await findMovable(tx, input.task_id);
  if (!known) return unknownTask(input.task_id);
  const { task } = known;
  if (task.status === 'running') return takeBack(tx, input, { parked_by: input.by });
  if (task.status !== 'ready') {
    return refuse(
      'not_running',
      `Task ${task.id} is ${task.status}, so nothing of it runs and nothing starts it; \`andon why ${task.id}\` says what it waits for.`,
      [task.id],
    );
  }
  const reason = input.reason?.trim() || `Stopped by ${input.by}.`;
  const blocked = await move(tx, known, { verb: 'block', reason });
  return blocked.ok ? ok({ task: blocked.value.task, stopping: null }) : blocked;
}

/** What shall become of a task once nobody holds it: another's, or kept from starting by whom. */
interface Wish {
  readonly assignee?: ProfileName | null;
  readonly parked_by?: string;
}

async function takeBack(
  tx: Tx,
  input: ReclaimTask,
  { assignee, parked_by }: Wish,
): Promise<Result<Reclaimed>> {
  const known = await findMovable(tx, input.task_id);
  if (!known) return unknownTask(input.task_id);
  const { task, process } = known;
  const reason = input.reason?.trim() || null;
  const run = task.current_run_id;
  if (run !== null && process?.run_id === run) {
    const wanted = assignee === undefined ? null : (assignee ?? '');
    stopRun(tx, task, run, { reason, assignee: wanted, parked_by: parked_by ?? null });
    return ok({ task, stopping: run });
  }
  const asked = { verb: 'reclaim', reason, assignee, parked_by, payload: {} } as const;
  const done = await move(tx, known, asked, { deadWorker: input.dead_worker });
  return done.ok ? ok({ task: done.value.task, stopping: null }) : done;
}
