import type { BudgetState } from './budget.ts';
import type { Millis, RunId, Seconds, TaskId } from './ids.ts';
import type { Pause } from './pause.ts';
import type { Rest } from './rest.ts';
import type { Status, Task } from './task.ts';
import type { LastRun, LiveRun } from './view.ts';

/** Where a task stands, as far as its board knows: the facts that `why` reasons from, beside those of the home. */
export interface Standing {
  readonly now: Millis;
  readonly task: Task;
  readonly unsatisfied_parents: readonly { readonly id: TaskId; readonly status: Status }[];
  /** The reason and time of the block that holds it, when it is blocked. */
  readonly blocked: {
    readonly reason: string | null;
    readonly since: Seconds;
    readonly sticky: boolean;
  } | null;
  /** When it wakes, if it is scheduled for a time. */
  readonly scheduled_at: Millis | null;
  /** What its worker kept being blocked by, when that brought it into triage. */
  readonly loop: {
    readonly kind: string;
    readonly recurrences: number;
    readonly reason: string | null;
  } | null;
  /** A run of this task whose process is not proved dead. */
  readonly lingering: {
    readonly run_id: RunId;
    readonly pid: number | null;
    readonly ended_at: Millis | null;
  } | null;
  readonly last_run: LastRun | null;
  /** What the live runs of the board take. */
  readonly slots: readonly Pick<LiveRun, 'profile' | 'tenant' | 'ended_at'>[];
  readonly pauses: readonly Pause[];
  readonly rests: readonly Rest[];
  /** Budgets that are near or over, of those asked for. */
  readonly budgets: readonly BudgetState[];
  /** How many ready tasks of the board have a higher priority, or the same and are older. */
  readonly ahead: number;
}
