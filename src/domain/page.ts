import type { Seconds, TaskId } from './ids.ts';
import type { DeliveryState } from './view.ts';

/** Which part of a list that may be long is asked for. */

/** Where a page of runs, events or deliveries ends: the next holds what came before this id. */
export interface PageBefore {
  readonly before?: number | undefined;
  readonly limit: number;
}

export interface CommentPage {
  readonly task_id: TaskId;
  readonly after?: { readonly created_at: Seconds; readonly id: number } | undefined;
  readonly limit: number;
}

export interface RunPage extends PageBefore {
  readonly task_id?: TaskId | undefined;
  /** Only those that are open. */
  readonly open?: boolean | undefined;
}

export interface DeliveryPage extends PageBefore {
  readonly task_id?: TaskId | undefined;
  readonly state?: DeliveryState | undefined;
}

/** All unless a limit is said; `after` is the key of the last one of the page before. */
export interface SubscriptionPage {
  readonly task_id?: TaskId | undefined;
  readonly after?:
    | readonly [task_id: string, platform: string, chat_id: string, thread_id: string]
    | undefined;
  readonly limit?: number | undefined;
}
