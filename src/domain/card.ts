import type { EventId, Millis, ProfileName, Seconds } from './ids.ts';
import type { Status, Task } from './task.ts';

/** What a board shows of its tasks: slim cards, in columns and pages. */

/** A task as a board shows it: no more than a page of many can carry. */
export interface Card
  extends Pick<
    Task,
    | 'id'
    | 'title'
    | 'assignee'
    | 'status'
    | 'foreign_status'
    | 'priority'
    | 'tenant'
    | 'created_by'
    | 'created_at'
    | 'started_at'
    | 'completed_at'
    | 'workspace_kind'
    | 'branch_name'
    | 'consecutive_failures'
    | 'current_run_id'
    | 'block_kind'
    | 'goal_mode'
  > {
  /** The beginning of the body, and of the newest summary. */
  readonly body_preview: string | null;
  readonly latest_summary: string | null;
  readonly parents: number;
  readonly comments: number;
  readonly attachments: number;
  /** How many of its children there are, and how many of them are done or archived. */
  readonly children: { readonly done: number; readonly total: number };
  /** When it wakes, if it is scheduled for a time. */
  readonly scheduled_at: Millis | null;
}

export interface CardFilter {
  /** Nobody's tasks are those of `null`. */
  readonly assignee?: ProfileName | null | undefined;
  /** Those of no tenant are those of `null`. */
  readonly tenant?: string | null | undefined;
  readonly workflow_template_id?: string | undefined;
  readonly current_step_key?: string | undefined;
  /** In the title, whatever the case. */
  readonly title?: string | undefined;
}

/** Where a page of cards ended: the place of its last card in the order of its column. */
export type CardCursor = readonly [order: number, created_at: number, id: string];

export interface CardPage {
  readonly cards: readonly Card[];
  /** For the page that follows; `null` at the end. */
  readonly next: CardCursor | null;
}

/** One column of a board: its first cards, and how many there are; `more` when there are more than were counted. */
export interface Column extends CardPage {
  readonly status: Status;
  readonly count: number;
  readonly more: boolean;
}

export interface Columns {
  readonly columns: readonly Column[];
  readonly latest_event_id: EventId;
  readonly now: Seconds;
}
