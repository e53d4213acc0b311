import type { Budget } from './budget.ts';
import type { ClaimTask } from './command.ts';
import type { Epoch, Millis, RunId, TaskId } from './ids.ts';
import type { Exit, ProcessIdentity } from './run.ts';

/** What only the holder of a role asks of the kernel. */

/** The leader's claim: the run has a process record, written before the process exists (design §3.3). */
export interface StartRun extends ClaimTask {
  readonly host: string;
  /** Where run folders are made; this run's is `<run id>-<mark>` below it. */
  readonly runs_root: string;
  readonly mark: string;
  /** The hash of the run's secret, without which nobody answers for it. */
  readonly token_hash?: string | undefined;
  /** The run's limit: the task's own, else its profile's. */
  readonly max_runtime_seconds: number | null;
  /** Since when the slot that this run takes has been free. */
  readonly slot_free_since: Millis;
}

export interface StartRuns {
  readonly epoch: Epoch;
  readonly starts: readonly StartRun[];
}

/**
 * Who writes what it saw of a run's process: the leader, unless it says that it is the keeper of the run's host, who writes
 * with the epoch of that role.
 */
interface AsWatcher {
  readonly role?: Role | undefined;
}

/** Whoever watches it saw the process of a run come to life. */
export interface RecordStart extends AsWatcher {
  readonly run_id: RunId;
  readonly epoch: Epoch;
  readonly identity: ProcessIdentity;
  readonly started_at: Millis;
}

/** The leader is about to make the worktree of a run's task, at this commit. */
export interface RecordBase {
  readonly run_id: RunId;
  readonly epoch: Epoch;
  readonly base_commit: string;
}

/** The leader could not start a run (contract §4.14). */
export interface FailStart {
  readonly run_id: RunId;
  readonly epoch: Epoch;
  readonly error: string;
  /** The machine could not, whatever the task is. */
  readonly by_host?: boolean | undefined;
  readonly failure_limit: number | undefined;
}

/** Whoever watches it proved that a run's whole process tree is gone. */
export interface ReapRun extends AsWatcher {
  readonly run_id: RunId;
  readonly epoch: Epoch;
  readonly exit: Exit;
  /** What was done to it, when it did not end by itself. */
  readonly stopped: {
    readonly because: 'timed_out' | 'reclaimed' | 'stale';
    readonly sigkill: boolean;
  } | null;
  /** Its machine was started anew since its process began, or its process was never started. */
  readonly interrupted?: 'rebooted' | 'never_started' | undefined;
  readonly failure_limit: number | undefined;
  /** Seconds that a rate limit rests at first (contract §12.2). */
  readonly cooldown?: number | undefined;
}

/** Nothing has been heard of the machine of a run for so long that its task is given to somebody else. */
export interface AbandonRun {
  readonly run_id: RunId;
  readonly epoch: Epoch;
}

/** A leader's write that needs no other input. */
export interface AsLeader {
  readonly role: Role;
  readonly epoch: Epoch;
}

/**
 * `notifier:NAME` delivers what the profile NAME owns; `notifier` what nobody owns (contract §7.2). `host:NAME` says that the
 * machine NAME lives, and looks after its runs while another machine dispatches.
 */
export type Role = 'dispatcher' | 'notifier' | `notifier:${string}` | HostRole;
export type HostRole = `host:${string}`;
export const hostRole = (host: string): HostRole => `host:${host}`;

/** The leader saw budgets that are near or over. */
export interface EnforceBudgets extends AsLeader {
  readonly budgets: readonly Budget[];
  /** Beside those that run, the tasks of which it saw that. */
  readonly tasks: readonly TaskId[];
}

/** What became of one attempt; one that is held back is none. */
export type DeliveryOutcome =
  | { readonly sent: true }
  /** Without a time for the next it is dead, and stays to be seen. */
  | { readonly sent: false; readonly error: string; readonly retry_at: Millis | null }
  | { readonly sent: false; readonly held_until: Millis };

/** Which subscriptions a notifier serves: those of these platforms that this profile owns, or that nobody does. */
export interface DeliveryScope {
  readonly platforms: readonly string[];
  readonly owner: string | null;
}
