import {
  asProfileName,
  type Epoch,
  type Millis,
  type ProfileName,
  type RunId,
  type Seconds,
  type TaskId,
} from './ids.ts';
import type { Lane, Metadata } from './task.ts';

/** How a run ended (contract §4.2). */
export const outcomes = [
  'completed',
  'blocked',
  'crashed',
  'timed_out',
  'spawn_failed',
  'gave_up',
  'reclaimed',
  'stale',
  'rate_limited',
  'scheduled',
  'review_requested',
  'changes_requested',
  'dependency_wait',
  'failed',
] as const;
export type Outcome = (typeof outcomes)[number];

/** A run's `status` column: `running`, then its outcome, spelled `done` for `completed` (contract §4.2). */
export type RunStatus = 'running' | 'done' | Exclude<Outcome, 'completed'>;

export const runStatus = (outcome: Outcome): RunStatus => (outcome === 'completed' ? 'done' : outcome);

/** One attempt at a task: one row of `task_runs` (contract §2.2). */
export interface Run {
  readonly id: RunId;
  readonly task_id: TaskId;
  readonly profile: ProfileName | null;
  readonly step_key: string | null;
  readonly status: string;
  readonly claim_lock: string | null;
  readonly claim_expires: Seconds | null;
  readonly worker_pid: number | null;
  readonly max_runtime_seconds: number | null;
  readonly last_heartbeat_at: Seconds | null;
  readonly started_at: Seconds;
  readonly ended_at: Seconds | null;
  readonly outcome: string | null;
  readonly summary: string | null;
  readonly metadata: Metadata | null;
  readonly error: string | null;
}

/** Who a process is: its id alone is reused, so boot and start time belong to it (design §3.3). */
export interface ProcessIdentity {
  readonly pid: number;
  /** The kernel's own start mark: clock ticks since boot on Linux, the `lstart` text elsewhere. */
  readonly start: string;
  readonly boot: string;
}

/** How a worker's process ended: an exit code, a signal's number, or `null` for both when nobody saw it. */
export interface Exit {
  readonly code: number | null;
  readonly signal: number | null;
  /** The signal that was sent to its launcher too: somebody ended its whole session, as a system that shuts down does. */
  readonly told?: number | undefined;
}

/**
 * Our own side of a run (`andon_runs`): its lane, its fence, its process. It outlives the run's outcome: the slot, the
 * task's next claim and its folder stay taken until `gone_at` says that the process tree is dead. Times are milliseconds.
 */
export interface RunProcess {
  readonly run_id: RunId;
  readonly task_id: TaskId;
  readonly lane: Lane;
  readonly epoch: Epoch;
  readonly host: string;
  /** The run's own folder: identity, exit, brief. */
  readonly dir: string;
  /** Stands in the environment of every process of this run, so that one which left the group is still found. */
  readonly mark: string;
  /** The hash of its secret; `null` for a worker whose own program keeps it. */
  readonly token_hash: string | null;
  readonly pid: number | null;
  readonly pid_start: string | null;
  readonly boot: string | null;
  /** When the task became ready, when a slot was free for it, when the claim was committed, when its process started. */
  readonly ready_at: Millis;
  readonly slot_at: Millis;
  readonly claimed_at: Millis;
  readonly started_at: Millis | null;
  /** The worker wrote its answer, or the run was closed for it: from here the tree has its grace. */
  readonly ended_at: Millis | null;
  /** The whole process tree is proved dead. */
  readonly gone_at: Millis | null;
  /** Somebody asked to end it: since when, why, and who shall have the task then ('' nobody, `null` as before). */
  readonly stop_at: Millis | null;
  readonly stop_reason: string | null;
  readonly stop_assignee: string | null;
  /** Who wants the task kept from starting again. */
  readonly stop_parked_by: string | null;
  readonly exit_code: number | null;
  readonly exit_signal: number | null;
  /** Whoever waited for its end was told; looking at it never counts as that (contract §13.3). */
  readonly told_at: Millis | null;
  /** What drives the agent, and the agent's own id of its session, by which a later attempt may go on with it. */
  readonly driver: string | null;
  readonly driver_version: string | null;
  readonly session: string | null;
}

/** The profile that shall have the task once its run has been ended: `undefined` when it stays with whom it is. */
export const wantedAssignee = ({
  stop_assignee: wanted,
}: Pick<RunProcess, 'stop_assignee'>): ProfileName | null | undefined =>
  wanted === null ? undefined : wanted === '' ? null : asProfileName(wanted);

/** What a worktree held beyond its last commit, under a name of git that no branch shows. */
export interface SavedWork {
  /** After which run. */
  readonly run_id: RunId | null;
  readonly ref: string;
  readonly commit: string;
  /** How many files differ from the last commit. */
  readonly files: number;
}
