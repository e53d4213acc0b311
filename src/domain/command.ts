import type { Blame, workerExcuses } from './fault.ts';
import type { EventId, Millis, ProfileName, RunId, Seconds, TaskId } from './ids.ts';
import type { PauseKey } from './pause.ts';
import type { DeliveryMode, Place } from './place.ts';
import type { SavedWork } from './run.ts';
import type { BlockKind, Metadata, RevisableStatus, Status, WorkspaceKind } from './task.ts';
import type { Usage } from './usage.ts';

/**
 * What people, workers and the dispatcher may ask of a board: one input type per command, in the spelling that CLI, MCP
 * and HTTP share. A worker names its run in `run_id`; a run that no longer holds the task is refused (design §3.3).
 */

/** Contract §4.1. */
export interface CreateTask {
  readonly title: string;
  readonly body?: string | undefined;
  readonly assignee?: ProfileName | null | undefined;
  readonly created_by?: string | undefined;
  readonly parents?: readonly TaskId[] | undefined;
  /** Higher runs earlier; 0 unless said. */
  readonly priority?: number | undefined;
  readonly tenant?: string | undefined;
  readonly workspace_kind?: WorkspaceKind | undefined;
  readonly workspace_path?: string | undefined;
  readonly branch_name?: string | undefined;
  readonly triage?: boolean | undefined;
  /** A second create with the key of a task that is not archived answers that task and writes nothing. */
  readonly idempotency_key?: string | undefined;
  readonly max_runtime_seconds?: number | undefined;
  readonly skills?: readonly string[] | undefined;
  /** How many consecutive failures block the task; 1 means no retry. */
  readonly max_retries?: number | undefined;
  readonly goal_mode?: boolean | undefined;
  readonly goal_max_turns?: number | undefined;
  /** `running` is the historical spelling of normal placement (contract §3.2). */
  readonly initial_status?: 'running' | 'blocked' | undefined;
  readonly session_id?: string | undefined;
  /** It waits until then, or for so long: one of the two at most. */
  readonly scheduled_at?: Millis | undefined;
  readonly scheduled_in_seconds?: Seconds | undefined;
  /**
   * Who is told of it from its birth on: subscribed in the same transaction, also when its key answers a task that is there.
   * When not said, the place that its session comes from, if somebody is told there of another task; `null` is nobody.
   */
  readonly subscribe?: Subscriber | null | undefined;
}

/** Contract §4.6. */
export interface LinkTasks {
  readonly parent_id: TaskId;
  readonly child_id: TaskId;
}

export interface AssignTask {
  readonly task_id: TaskId;
  readonly assignee: ProfileName | null;
  /** What assigned it, when no person did. */
  readonly source?: string | undefined;
}

/** A claim without a process: somebody outside pulls the work and holds it by time alone (contract §4.2). */
export interface ClaimTask {
  readonly task_id: TaskId;
  /** `host:pid`, with anything after it. */
  readonly claim_lock: string;
  readonly ttl_seconds: Seconds;
  /** Where the work is done; `null` keeps what the task says. */
  readonly workspace_path: string | null;
}

/** Who writes for a task: the run that holds it, and the proof that it is that run. */
export interface ByRun {
  readonly run_id?: RunId | undefined;
  /** The hash of the run's secret; a run that has one is believed only with it. */
  readonly proof?: string | undefined;
}

export interface Heartbeat extends ByRun {
  readonly task_id: TaskId;
  readonly claim_lock?: string | undefined;
  readonly ttl_seconds?: Seconds | undefined;
  readonly note?: string | undefined;
}

/** How far the work is; the newest of a run is where the next attempt goes on. */
export interface CheckpointTask extends ByRun {
  readonly task_id: TaskId;
  readonly claim_lock?: string | undefined;
  readonly text: string;
  readonly data?: Metadata | undefined;
}

/** A run writes about itself, also when it no longer holds its task: what it has used is known last. */
export interface OfRun {
  readonly task_id: TaskId;
  readonly run_id: RunId;
  readonly proof?: string | undefined;
}

export interface RecordSession extends OfRun {
  readonly driver: string;
  readonly driver_version: string | null;
  /** The agent's own id of it. */
  readonly session: string;
}

export interface RecordUsage extends OfRun {
  /** All that the run has used so far, once for each model. */
  readonly usages: readonly Usage[];
}

/** Contract §4.4. */
export interface CompleteTask extends ByRun {
  readonly task_id: TaskId;
  readonly result?: string | undefined;
  readonly summary?: string | undefined;
  readonly metadata?: Metadata | undefined;
  readonly created_cards?: readonly string[] | undefined;
  readonly artifacts?: readonly string[] | undefined;
}

export interface BlockTask extends ByRun {
  readonly task_id: TaskId;
  readonly reason?: string | undefined;
  /** What it is blocked by; said twice for the same kind, a person has to look at it (contract §4.13). */
  readonly kind?: BlockKind | undefined;
  /** Writes the reason as a comment of this author, in the same transaction. */
  readonly comment_as?: string | undefined;
}

/** Puts a task off: until a time, for a while, or, without either, until somebody unblocks it. */
export interface ScheduleTask extends ByRun {
  readonly task_id: TaskId;
  readonly reason?: string | undefined;
  readonly scheduled_at?: Millis | undefined;
  readonly scheduled_in_seconds?: Seconds | undefined;
  readonly comment_as?: string | undefined;
}

/** Contract §4.12. */
export interface RequestReview extends ByRun {
  readonly task_id: TaskId;
  readonly summary?: string | undefined;
  /** Who reviews; without one the task stays with whom it is. */
  readonly reviewer?: ProfileName | undefined;
  readonly artifacts?: readonly string[] | undefined;
}

/** The reviewer's answer that it is not good yet. */
export interface RequestChanges extends ByRun {
  readonly task_id: TaskId;
  readonly reason?: string | undefined;
}

export interface ReopenReview {
  readonly task_id: TaskId;
  readonly reason?: string | undefined;
}

/** Contract §4.2, `promote`. */
export interface PromoteTask {
  readonly task_id: TaskId;
  readonly actor?: string | undefined;
  readonly reason?: string | undefined;
  /** Also while parents are open; they hold it no more then, until the task is linked or moved again. */
  readonly force?: boolean | undefined;
}

/** A card moved by hand (contract §4.2, drag/drop). */
export interface PlaceTask {
  readonly task_id: TaskId;
  readonly to: Extract<Status, 'triage' | 'todo' | 'ready'>;
}

/** What is not named stays as it is; `result`, `summary` and `metadata` are those of a done task (contract §4.9). */
export interface EditTask {
  readonly task_id: TaskId;
  readonly title?: string | undefined;
  readonly body?: string | undefined;
  readonly priority?: number | undefined;
  readonly result?: string | undefined;
  readonly summary?: string | undefined;
  readonly metadata?: Metadata | undefined;
}

/** Takes a task back from whoever holds it. */
export interface ReclaimTask {
  readonly task_id: TaskId;
  readonly reason?: string | undefined;
  /** The worker of another program on the claim's host, which the caller has found dead. */
  readonly dead_worker?: number | undefined;
}

/** Ends what a task does now, and keeps it from starting again until somebody unblocks it. */
export interface StopTask extends ReclaimTask {
  readonly by: string;
}

/** A worker cannot go on, and says whose fault that is; for somebody outside who claimed the task by hand too. */
export interface FailTask extends ByRun {
  readonly task_id: TaskId;
  readonly error: string;
  /** What counts as an attempt, or what excuses it. */
  readonly cause: Blame | (typeof workerExcuses)[number];
  /** When it passes, if its provider said so: as a time, or counted from the board's own clock. */
  readonly until?: Millis | undefined;
  readonly for_seconds?: Seconds | undefined;
  readonly failure_limit?: number | undefined;
}

/** Gives a task to another profile; one that runs only with `reclaim`, and no second worker starts in between. */
export interface ReassignTask extends ReclaimTask {
  readonly assignee: ProfileName | null;
  readonly reclaim?: boolean | undefined;
}

export interface UnblockTask {
  readonly task_id: TaskId;
  readonly reason?: string | undefined;
  readonly comment_as?: string | undefined;
}

/** Keeps tasks of a board, a profile or a tenant from being started; `name` is empty for the board. */
export interface PauseBoard extends PauseKey {
  readonly reason?: string | undefined;
  readonly by: string;
  /** When it ends by itself, as a time or counted from the board's own clock; neither for one that waits for a resume. */
  readonly until?: Millis | undefined;
  readonly for_seconds?: Seconds | undefined;
}

export interface CommentTask {
  readonly task_id: TaskId;
  readonly author: string;
  readonly body: string;
}

/** A file that the caller has stored already, at an absolute path (contract §4.8). */
export interface AttachFile {
  readonly task_id: TaskId;
  readonly filename: string;
  readonly stored_path: string;
  readonly content_type: string | null;
  readonly size: number;
  readonly uploaded_by: string | null;
  /** What it came by: with the same key again, nothing is attached and the first one is the answer. */
  readonly key?: string | undefined;
}

/** Several changes of one task, all of them or none (contract §10, `PATCH`; §15.26). */
export interface ReviseTask extends EditTask {
  readonly assignee?: ProfileName | null | undefined;
  readonly status?: RevisableStatus | undefined;
  /** Why it is blocked or put off. */
  readonly reason?: string | undefined;
  /** The newest event of the task when the caller read it; any other means that somebody was quicker. */
  readonly if_event?: EventId | undefined;
}

export interface ArchiveTask {
  readonly task_id: TaskId;
}

/** Somebody has saved what a worktree held beyond its last commit. */
export interface NoteWorkSaved extends SavedWork {
  readonly task_id: TaskId;
}

/** A subscription: who is told of a task's events, and where (contract §7.5). */
export interface SubscriptionKey extends Place {
  readonly task_id: TaskId;
}

/** Who is told where. */
export interface Subscriber extends Omit<Place, 'thread_id'> {
  readonly thread_id?: string | undefined;
  readonly user_id?: string | undefined;
  readonly notifier_profile?: string | undefined;
  /** The last word counts; without one it stays, and is `notify` at first (contract §7.6). */
  readonly delivery_mode?: DeliveryMode | undefined;
  /** Scalars, laid over those that are there. */
  readonly delivery_metadata?: Metadata | undefined;
  /** Also told of notes. */
  readonly notify_progress?: boolean | undefined;
}

export interface SubscribeTask extends Subscriber {
  readonly task_id: TaskId;
}
