import type { ByRun } from './command.ts';
import type { Refusal, Result } from './errors.ts';
import type { NewEvent } from './event.ts';
import type { Millis, ProfileName, RunId, Seconds, TaskId } from './ids.ts';
import type { Excused, Rest, RestSubject } from './rest.ts';
import type { FailureLimit } from './retry.ts';
import type { Outcome } from './run.ts';
import type { BlockKind, Lane, Metadata, Status, Task } from './task.ts';

/** The words of the state machine: what may be asked, what is known, what is decided. The rules are in `decide.ts`. */

/** What a decision needs beside the task's own row. */
export interface Facts {
  readonly now: Seconds;
  /** Parents that are neither done nor archived, unless waived. Empty means "parents satisfied", everywhere (contract §4). */
  readonly waits_for: readonly TaskId[];
  /** The open run, and whether it stands for a process of ours, on which host. */
  readonly run: {
    readonly id: RunId;
    readonly has_process: boolean;
    readonly host?: string | undefined;
    /** The hash of its secret, when it has one. */
    readonly token_hash?: string | undefined;
  } | null;
  /** The claim names a process that another program has started, which need not have opened a run. */
  readonly held_outside?: boolean | undefined;
  /** A process of an earlier run is not proved dead. */
  readonly lingering: boolean;
  /** The lane a task returns to when a run ends without an answer. */
  readonly lane: Lane;
  /** Who did the work, while the lane is review. */
  readonly implementer: ProfileName | null;
  /** The profile of the first assigned parent, which a task of nobody takes over when it becomes ready (contract §4.3). */
  readonly parent_assignee: ProfileName | null;
  /** Somebody blocked it on purpose, and nobody has ended that (contract §4.3). */
  readonly sticky: boolean;
  readonly limit: FailureLimit;
  /** What rests on the board; empty for a task without a run. */
  readonly rests: readonly Rest[];
  /** Seconds that a rate limit rests at first. */
  readonly cooldown: number | undefined;
}

/** How a run may end without an answer, and what is told of it. */
export interface Failure {
  readonly event: 'crashed' | 'protocol_violation' | 'timed_out' | 'spawn_failed' | 'failed';
  readonly error: string;
  readonly payload: Metadata;
}

export type Move =
  | { readonly verb: 'promote' }
  | { readonly verb: 'demote'; readonly reason: string; readonly parent: TaskId | null }
  | {
      readonly verb: 'claim';
      /** The number of its run. */
      readonly opens: RunId;
      readonly lock: string;
      readonly expires: Seconds;
      readonly workspace_path: string | null;
      readonly max_runtime_seconds: number | null;
    }
  | (ByRun & {
      readonly verb: 'heartbeat';
      readonly lock?: string | undefined;
      readonly expires: Seconds;
      readonly note: string | null;
    })
  | (ByRun & {
      readonly verb: 'complete';
      readonly result: string | null;
      readonly summary: string | null;
      readonly metadata: Metadata | null;
      readonly verified_cards: readonly string[];
      readonly artifacts: readonly string[];
    })
  | (ByRun & {
      readonly verb: 'block';
      readonly reason: string | null;
      readonly kind?: BlockKind | undefined;
    })
  | { readonly verb: 'unblock' }
  | (ByRun & {
      readonly verb: 'schedule';
      readonly reason: string | null;
      /** When it wakes by itself; `null` leaves that to a person. */
      readonly at: Millis | null;
    })
  | { readonly verb: 'wake' }
  | (ByRun & {
      readonly verb: 'request_review';
      readonly summary: string | null;
      /** `null` leaves the task with whom it is. */
      readonly reviewer: ProfileName | null;
      readonly artifacts: readonly string[];
    })
  | ({ readonly verb: 'request_changes'; readonly reason: string | null } & ByRun)
  | { readonly verb: 'reopen_review'; readonly reason: string | null }
  | {
      readonly verb: 'promote_manual';
      readonly actor: string | null;
      readonly reason: string | null;
      /** Also with open parents, which are waived then. */
      readonly force: boolean;
    }
  | { readonly verb: 'place'; readonly to: Extract<Status, 'triage' | 'todo' | 'ready'> }
  | { readonly verb: 'invalidate'; readonly ancestor: TaskId }
  | {
      readonly verb: 'reclaim';
      readonly reason: string | null;
      /** Who shall have the task; as before when not said. */
      readonly assignee?: ProfileName | null | undefined;
      /** What became of its process. */
      readonly payload: Metadata;
      /** It is kept from starting again, by whom, until somebody unblocks it. */
      readonly parked_by?: string | undefined;
    }
  | {
      readonly verb: 'edit';
      readonly title?: string | undefined;
      readonly body?: string | undefined;
      readonly priority?: number | undefined;
      /** Of a done task only (contract §4.9). */
      readonly result?: string | undefined;
      readonly summary?: string | undefined;
      readonly metadata?: Metadata | undefined;
    }
  | { readonly verb: 'assign'; readonly assignee: ProfileName | null; readonly source: string | null }
  | { readonly verb: 'archive' }
  | {
      readonly verb: 'specify';
      readonly title?: string | undefined;
      readonly body?: string | undefined;
      readonly assignee?: ProfileName | undefined;
    }
  | {
      readonly verb: 'decompose';
      readonly root_assignee: ProfileName | null;
      readonly children: readonly TaskId[];
    }
  | ({ readonly verb: 'fail'; readonly failure: Failure } & ByRun)
  /** Its run ended, and it was not the task's doing: it costs no attempt. */
  | (ByRun & {
      readonly verb: 'requeue';
      readonly excused: Excused;
      /** The machine of its process, when that is dead already. */
      readonly host?: string | undefined;
      readonly payload: Metadata;
    })
  /** `stale`: its worker gave no sign of life for too long, and was ended for it. */
  | { readonly verb: 'expire'; readonly payload: Metadata; readonly stale?: true };

export interface RunEnding {
  readonly outcome: Outcome;
  readonly summary: string | null;
  readonly error: string | null;
  readonly metadata: Metadata | null;
}

export interface Decision {
  readonly to: Status;
  /**
   * What becomes of the run: a new one, the end of the open one, the record of an end without an attempt, or other words
   * for the newest completed one.
   */
  readonly run:
    | { readonly do: 'keep' }
    | { readonly do: 'open'; readonly id: RunId; readonly max_runtime_seconds: number | null }
    | { readonly do: 'close' | 'synthesise' | 'amend'; readonly end: RunEnding };
  /** Columns beside status and run that change. */
  readonly set: Partial<Task>;
  readonly events: readonly NewEvent[];
  /** Children may have lost the last parent they waited for. */
  readonly satisfies_children: boolean;
  /** What it was is taken back: whatever was built on it is not valid any more. */
  readonly reopens?: true;
  readonly side?: SideChange;
  readonly rests?: readonly RestChange[];
}

export type RestChange =
  | { readonly do: 'begin'; readonly rest: Rest }
  | { readonly do: 'end'; readonly subject: RestSubject; readonly name: string };

/** What changes of our own side of a task. Leaving `scheduled` clears the time, becoming ready the lane, and waiting the waiver, without a word. */
export interface SideChange {
  readonly lane?: Lane;
  readonly scheduled_at?: Millis | null;
  readonly implementer?: ProfileName | null;
  /** Its open parents do not hold it: somebody promoted it in spite of them. */
  readonly waived?: boolean;
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

export const parentsNotDone = (task: Task, { waits_for }: Pick<Facts, 'waits_for'>): Refusal => ({
  code: 'parents_not_done',
  sentence: `Task ${task.id} waits for ${waits_for.join(', ')}.`,
  ids: [task.id, ...waits_for],
});

/** The payload of an event that sends a task back; it names the status only where its kind does not say it. */
export const returning = (to: Status, payload: Metadata | null = null): Metadata | null =>
  to === 'todo' ? { ...payload, status: to } : payload;

/** How the open run ends; without one, the record of an end when there is something to keep (contract §3.4). */
export const endOf = (task: Task, end: RunEnding): Decision['run'] => {
  if (task.current_run_id !== null) return { do: 'close', end };
  return end.summary === null && end.metadata === null ? keep : { do: 'synthesise', end };
};

/** The open run, if any, is over, and nobody is to blame. */
export const reclaimed = (
  task: Task,
  summary: string | null,
  error: string | null = null,
): Decision['run'] =>
  task.current_run_id === null
    ? keep
    : { do: 'close', end: { outcome: 'reclaimed', summary, error, metadata: null } };

export const decided = (decision: Partial<Decision> & Pick<Decision, 'to' | 'events'>): Result<Decision> => ({
  ok: true,
  value: { run: keep, set: {}, satisfies_children: false, ...decision },
});
