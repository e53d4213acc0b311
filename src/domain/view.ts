import type { Budget, BudgetState, Spent } from './budget.ts';
import type { Checkpoint } from './checkpoint.ts';
import type { SubscriptionKey } from './command.ts';
import type { Event } from './event.ts';
import type { EventId, Millis, ProfileName, RunId, Seconds, TaskId } from './ids.ts';
import type { Pause } from './pause.ts';
import type { DeliveryMode } from './place.ts';
import type { Rest } from './rest.ts';
import type { Run, RunProcess, SavedWork } from './run.ts';
import type { Attachment, Comment, Metadata, Status, Task, WorkspaceKind } from './task.ts';

/** What a board answers to a question: plain values that cross a thread, a socket or a pipe unchanged. */

export interface RunView extends Run {
  /** Our own record of it; `null` for a run that Hermes or a plain claim opened. */
  readonly process: RunProcess | null;
}

/** Contract §8.3, `show`. */
export interface TaskView {
  readonly task: Task;
  readonly latest_summary: string | null;
  readonly parents: readonly TaskId[];
  readonly children: readonly TaskId[];
  readonly comments: readonly Comment[];
  readonly attachments: readonly Attachment[];
  /** The newest, of whatever attempt. */
  readonly checkpoint: Checkpoint | null;
  readonly events: readonly Event[];
  readonly runs: readonly RunView[];
  /** The commit that its worktree was made at, when we made it. */
  readonly base_commit: string | null;
  readonly saved_work: readonly SavedWork[];
}

export interface ListFilter {
  readonly assignee?: ProfileName | undefined;
  readonly status?: Status | undefined;
  readonly tenant?: string | undefined;
  readonly session_id?: string | undefined;
  readonly workflow_template_id?: string | undefined;
  readonly current_step_key?: string | undefined;
  readonly include_archived?: boolean | undefined;
  readonly sort?: SortKey | undefined;
  /** Those behind this id, in the order of ids; '' begins. */
  readonly after?: string | undefined;
  /** At most this many tasks; all when not said. */
  readonly limit?: number | undefined;
}

export type Counts = Partial<Record<Status, number>>;

/** Contract §10, `GET /stats`. Archived tasks are left out. */
export interface Stats {
  readonly by_status: Readonly<Counts>;
  readonly by_assignee: Readonly<Record<string, Readonly<Counts>>>;
  readonly oldest_ready_age_seconds: number | null;
  readonly now: Seconds;
}

/** Contract §8.2; `priority` is the default. */
export const sortKeys = [
  'created',
  'created-desc',
  'priority',
  'priority-desc',
  'status',
  'assignee',
  'title',
  'updated',
] as const;
export type SortKey = (typeof sortKeys)[number];

/** An event together with what a reader needs to say whose it is. */
export interface FeedEvent extends Event {
  readonly title: string | null;
  readonly assignee: ProfileName | null;
  readonly tenant: string | null;
}

export interface FeedFilter {
  readonly after: EventId;
  readonly limit: number;
  readonly task_id?: TaskId | undefined;
  readonly kinds?: readonly string[] | undefined;
  readonly assignee?: ProfileName | undefined;
  readonly tenant?: string | undefined;
}

export interface Subscription extends SubscriptionKey {
  readonly user_id: string | null;
  readonly notifier_profile: string | null;
  readonly created_at: Seconds;
  readonly last_event_id: EventId;
  readonly delivery_mode: DeliveryMode;
  /** Scalars that whoever subscribed wants back, such as the message to answer. */
  readonly delivery_metadata: Metadata | null;
  /** The newest event for which an agent was woken. */
  readonly last_ping_event_id: EventId;
  /** Whether notes of a worker are told too. */
  readonly notify_progress: boolean;
}

export const deliveryStates = ['pending', 'sent', 'dead'] as const;
export type DeliveryState = (typeof deliveryStates)[number];

/** One event on its way to one subscription, or as a reminder to whoever is on the ladder (design §3.5). */
export interface Delivery extends SubscriptionKey {
  readonly id: number;
  readonly event_id: EventId;
  /** 0 for the event itself, then counted. */
  readonly reminder: number;
  readonly state: DeliveryState;
  readonly attempts: number;
  readonly next_try_at: Millis;
  readonly last_error: string | null;
  readonly created_at: Millis;
  readonly sent_at: Millis | null;
}

/** A delivery that is due, with all that a message says. */
export interface DueDelivery
  extends Delivery,
    Pick<Subscription, 'delivery_mode' | 'delivery_metadata' | 'last_ping_event_id'> {
  readonly event: Event;
  readonly title: string;
  readonly assignee: ProfileName | null;
  readonly result: string | null;
  readonly workspace_path: string | null;
  /** What all runs of the task have told of their cost by now; a run that just ended may have more to tell. */
  readonly spent: Spent | null;
}

/** What a notifier has to do on a board. */
export interface DeliveryWork {
  readonly now: Millis;
  /** Events wait to be fanned out. */
  readonly behind: boolean;
  /** The first due delivery of each destination. */
  readonly due: readonly DueDelivery[];
  /** When the next delivery that is not due yet will be. */
  readonly next_at: Millis | null;
}

/** Who holds a role, and until when unless it renews (design §3.4). */
export interface Lease {
  readonly role: string;
  readonly name: string;
  readonly host: string;
  readonly boot: string;
  readonly pid: number;
  readonly pid_start: string;
  readonly token: string;
  readonly epoch: number;
  readonly expires_at: Millis;
}

/** What a claim gives its holder. */
/** Whose a run is, as long as it holds its task. */
export interface RunHolder {
  readonly task_id: TaskId;
  readonly run_id: RunId;
  readonly profile: ProfileName | null;
  readonly tenant: string | null;
  readonly session_id: string | null;
}

export interface Claim {
  readonly task: Task;
  readonly run_id: RunId;
}

/** What became of a wish to end a run. */
export interface Reclaimed {
  readonly task: Task;
  /** The run whose process is being ended; `null` when the task is free already. */
  readonly stopping: RunId | null;
}

/** The newest attempt that has ended. */
export interface LastRun {
  readonly profile: ProfileName | null;
  readonly outcome: string | null;
  readonly ended_at: Seconds | null;
  /** It was one of ours, with a process. */
  readonly had_process: boolean;
}

export interface LiveRun extends RunProcess {
  readonly profile: ProfileName | null;
  readonly tenant: string | null;
  /** Where it works; `null` when another program has deleted its task. */
  readonly workspace_kind: WorkspaceKind | null;
  readonly workspace_path: string | null;
  readonly max_runtime_seconds: number | null;
  readonly last_heartbeat_at: Seconds | null;
}

/** What one look at a board tells the dispatcher. */
export interface DispatchView {
  readonly now: Millis;
  /** Runs whose process tree is not proved dead: each takes a slot. */
  readonly processes: readonly LiveRun[];
  /** Runs of machines that were given up; where such a machine is back, what still lives of them has to be ended. */
  readonly abandoned: readonly LiveRun[];
  /** Waiting tasks of both lanes: the most important of each, and those that have waited longest. */
  readonly ready: readonly ReadyTask[];
  /** Pauses that are not over. */
  readonly pauses: readonly Pause[];
  /** What rests, or is being tried again. */
  readonly rests: readonly Rest[];
  /** Budgets that are near or over, of those asked for: all for the board, and for the tasks that live or are ready. */
  readonly budgets: readonly BudgetState[];
  /** When the board last started a run. */
  readonly last_start: Millis | null;
  /** When the next claim runs out. */
  readonly next_expiry: Seconds | null;
  /** When the next scheduled task wakes. */
  readonly next_wake: Millis | null;
  /** Claims that have run out and name a process which is not ours to watch, as those of Hermes do. */
  readonly outside: readonly OutsideWorker[];
}

export interface OutsideWorker {
  readonly task_id: TaskId;
  /** Begins with its host and a colon (contract §2.5). */
  readonly claim_lock: string | null;
  readonly worker_pid: number;
}

/** What a pass would do on a board beside starting tasks. */
export interface Forecast {
  readonly promotes: readonly TaskId[];
  /** Scheduled tasks whose time has come. */
  readonly wakes: readonly TaskId[];
  /** Tasks whose claim has run out and has no process of ours. */
  readonly expires: readonly TaskId[];
}

export interface DispatchFilter {
  /** Profiles that can be started, as tasks of others would only hide theirs; `null` for everybody's tasks. */
  readonly assignees: readonly string[] | null;
  /** Also tasks that nobody is assigned to. */
  readonly unassigned: boolean;
  /** Also tasks that wait for a review; they are, unless said. */
  readonly reviews?: boolean | undefined;
  /** Tenants whose tasks are left out. */
  readonly without_tenants?: readonly string[] | undefined;
  /** What may be spent here (`budgetsOn`); nothing is summed without. */
  readonly budgets?: readonly Budget[] | undefined;
  /** At most this many of each kind: the most important work, the most important reviews, the oldest. */
  readonly limit: number;
}

export interface ReadyTask {
  readonly task: Task;
  readonly ready_at: Millis;
  /** The process of an earlier run is not proved dead. */
  readonly lingering: boolean;
  readonly last_run: LastRun | null;
}

/** What a board comes to: enough to tell two of its copies apart. */
export interface Summary {
  readonly counts: Readonly<Record<Status, number>>;
  readonly newest_event: Seconds | null;
  /** The rules that its rows break, a sentence each (contract §3.3). */
  readonly unsound: readonly string[];
}

/** A link with as much of both ends as a drawing needs; `status` is another program's own word where it set one. */
export interface Edge {
  readonly parent_id: TaskId;
  readonly parent_title: string;
  readonly parent_status: string;
  readonly child_id: TaskId;
  readonly child_title: string;
  readonly child_status: string;
}
