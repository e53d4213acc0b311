import type { TaskId } from './ids.ts';
import type { DeliveryState } from './view.ts';

/** Which part of a list that may be long is asked for. */

/** Where a page of runs, events or deliveries ends: the next holds what came before this id. */
export interface PageBefore {
  readonly before?: number | undefined;
  readonly limit: number;
}

export interface DeliveryPage extends PageBefore {
  readonly task_id?: TaskId | undefined;
  readonly state?: DeliveryState | undefined;
}
