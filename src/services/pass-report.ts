import type { Skipped, Started } from '../domain/admission.ts';
import type { BoardId, Millis, RunId, TaskId } from '../domain/ids.ts';
import type { Task } from '../domain/task.ts';
import type { Forecast } from '../domain/view.ts';

/** What a pass of the dispatcher did, or what it would do (contract §5.2, §8.3). */
export interface PassReport {
  readonly now: Millis;
  /** The tasks as their claims left them; in a dry run as they wait. */
  readonly started: readonly { readonly board: BoardId; readonly task: Task; readonly by_default: boolean }[];
  readonly promoted: number;
  /** Claims without a process that ran out. */
  readonly reclaimed: number;
  /** Runs whose process tree was found dead; in a dry run, without an outcome, those that a pass would find so. */
  readonly ended: readonly EndedRun[];
  /** Every other waiting task, and what keeps it. */
  readonly skipped: readonly Skipped[];
  /** What nothing keeps, and this pass did not start. */
  readonly left: readonly Started[];
  /** What a pass would do before it starts anything; only in a dry run. */
  readonly forecast: readonly (Forecast & { readonly board: BoardId })[];
}

export interface ReapedRun {
  readonly board: BoardId;
  readonly task_id: TaskId;
  readonly run_id: RunId;
}

export interface EndedRun extends ReapedRun {
  /** How it ended, and whether that blocked the task; unknown when the task is gone. */
  readonly outcome: string | null;
  readonly blocked: boolean;
}
