import type { Result } from './errors.ts';
import type { NewEvent } from './event.ts';
import type { ProfileName, RunId, Seconds, TaskId } from './ids.ts';
import type { FailureLimit } from './retry.ts';
import type { Outcome } from './run.ts';
import type { Lane, Metadata, Status, Task } from './task.ts';

/** The words of the state machine: what may be asked, what is known, what is decided. The rules are in `decide.ts`. */

/** What a decision needs beside the task's own row. */
export interface Facts {
  readonly now: Seconds;
  /** Parents that are neither done nor archived. Empty means "parents satisfied", everywhere (contract §4). */
  readonly waits_for: readonly TaskId[];
  /** The open run, and whether it stands for a process of ours. */
  readonly run: { readonly id: RunId; readonly has_process: boolean } | null;
  /** A process of an earlier run is not proved dead. */
  readonly lingering: boolean;
  /** The lane a task returns to when a run ends without an answer. */
  readonly lane: Lane;
  /** Somebody blocked it on purpose, and nobody has ended that (contract §4.3). */
  readonly sticky: boolean;
  readonly limit: FailureLimit;
}

/** How a run may end without an answer, and what is told of it. */
export interface Failure {
  readonly event: 'crashed' | 'protocol_violation' | 'timed_out' | 'spawn_failed';
  readonly error: string;
  readonly payload: Metadata;
}

export type Move =
  | { readonly verb: 'promote'; readonly parent_assignee: ProfileName | null }
  | { readonly verb: 'demote'; readonly reason: string; readonly parent: TaskId | null }
  | {
      readonly verb: 'claim';
      readonly lock: string;
      readonly expires: Seconds;
      readonly workspace_path: string | null;
      readonly max_runtime_seconds: number | null;
    }
  | {
      readonly verb: 'heartbeat';
      readonly run_id?: RunId | undefined;
      readonly lock?: string | undefined;
      readonly expires: Seconds;
      readonly note: string | null;
    }
  | {
      readonly verb: 'complete';
      readonly run_id?: RunId | undefined;
      readonly result: string | null;
      readonly summary: string | null;
      readonly metadata: Metadata | null;
      readonly verified_cards: readonly string[];
      readonly artifacts: readonly string[];
    }
  | { readonly verb: 'block'; readonly run_id?: RunId | undefined; readonly reason: string | null }
  | { readonly verb: 'unblock' }
  | { readonly verb: 'assign'; readonly assignee: ProfileName | null; readonly source: string | null }
  | { readonly verb: 'archive' }
  | { readonly verb: 'fail'; readonly failure: Failure }
  | { readonly verb: 'rate_limit'; readonly error: string; readonly payload: Metadata }
  | { readonly verb: 'expire'; readonly payload: Metadata };

export interface RunEnding {
  readonly outcome: Outcome;
  readonly summary: string | null;
  readonly error: string | null;
  readonly metadata: Metadata | null;
}

export interface Decision {
  readonly to: Status;
  /** What becomes of the run: a new one, the end of the open one, or the record of an end without an attempt. */
  readonly run:
    | { readonly do: 'keep' }
    | { readonly do: 'open'; readonly max_runtime_seconds: number | null }
    | { readonly do: 'close' | 'synthesise'; readonly end: RunEnding };
  /** Columns beside status and run that change. */
  readonly set: Partial<Task>;
  readonly events: readonly NewEvent[];
  /** Children may have lost the last parent they waited for. */
  readonly satisfies_children: boolean;
}

export const event = (kind: NewEvent['kind'], payload: Metadata | null = null): NewEvent => ({
  kind,
  payload,
});
export const keep = { do: 'keep' } as const;
export const unclaimed = { claim_lock: null, claim_expires: null, worker_pid: null } as const;
export const forgiven = { consecutive_failures: 0, last_failure_error: null } as const;
/** Where a task goes when no run holds it: to its lane, or, if parents were linked since, to wait for them. */
export const returnTo = ({ lane, waits_for }: Pick<Facts, 'lane' | 'waits_for'>): Status =>
  lane === 'review' ? 'review' : waits_for.length > 0 ? 'todo' : 'ready';

/** The payload of an event that sends a task back; it names the status only where its kind does not say it. */
export const returning = (to: Status, payload: Metadata | null = null): Metadata | null =>
  to === 'todo' ? { ...payload, status: to } : payload;

export const decided = (decision: Partial<Decision> & Pick<Decision, 'to' | 'events'>): Result<Decision> => ({
  ok: true,
  value: { run: keep, set: {}, satisfies_children: false, ...decision },
});
