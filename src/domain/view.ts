import type { SubscriptionKey } from './command.ts';
import type { Event } from './event.ts';
import type { EventId, Millis, ProfileName, RunId, Seconds, TaskId } from './ids.ts';
import type { Run, RunProcess } from './run.ts';
import type { Attachment, Comment, Status, Task } from './task.ts';

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
  readonly events: readonly Event[];
  readonly runs: readonly RunView[];
}

export interface ListFilter {
  readonly assignee?: ProfileName | undefined;
  readonly status?: Status | undefined;
  readonly tenant?: string | undefined;
  readonly session_id?: string | undefined;
  readonly include_archived?: boolean | undefined;
  readonly sort?: SortKey | undefined;
  /** At most this many tasks; all when not said. */
  readonly limit?: number | undefined;
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
}

export const deliveryStates = ['pending', 'sent', 'dead'] as const;
export type DeliveryState = (typeof deliveryStates)[number];

/** One event on its way to one subscription (design §3.5). */
export interface Delivery extends SubscriptionKey {
  readonly id: number;
  readonly event_id: EventId;
  readonly state: DeliveryState;
  readonly attempts: number;
  readonly next_try_at: Millis;
  readonly last_error: string | null;
}

/** A delivery that is due, with all that a message says. */
export interface DueDelivery extends Delivery {
  readonly event: Event;
  readonly title: string;
  readonly assignee: ProfileName | null;
  readonly result: string | null;
}

/** Which subscriptions a notifier serves: those of these platforms that this profile owns, or that nobody does. */
export interface DeliveryScope {
  readonly platforms: readonly string[];
  readonly owner: string | null;
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
export interface Claim {
  readonly task: Task;
  readonly run_id: RunId;
}

/** The newest attempt that has ended. */
export interface LastRun {
  readonly outcome: string | null;
  readonly ended_at: Seconds | null;
}

export interface LiveRun extends RunProcess {
  readonly max_runtime_seconds: number | null;
}

/** What one look at a board tells the dispatcher. */
export interface DispatchView {
  readonly now: Millis;
  /** Runs whose process tree is not proved dead: each takes a slot. */
  readonly processes: readonly LiveRun[];
  /** Ready tasks in the order in which they are started, at most `limit`. */
  readonly ready: readonly ReadyTask[];
  /** When the next claim runs out. */
  readonly next_expiry: Seconds | null;
}

export interface DispatchFilter {
  /** Profiles that can be started; ready tasks of others would only hide theirs. */
  readonly assignees: readonly string[];
  /** Also tasks that nobody is assigned to. */
  readonly unassigned: boolean;
  readonly limit: number;
}

export interface ReadyTask {
  readonly task: Task;
  readonly ready_at: Millis;
  /** The process of an earlier run is not proved dead. */
  readonly lingering: boolean;
  readonly last_run: LastRun | null;
}

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
  /** A run of this task whose process is not proved dead. */
  readonly lingering: {
    readonly run_id: RunId;
    readonly pid: number | null;
    readonly ended_at: Millis | null;
  } | null;
  readonly last_run: LastRun | null;
  /** Runs of the board that take a slot, and the ready tasks that come before this one. */
  readonly running: number;
  readonly ahead: number;
}
