import type { Event } from './event.ts';
import type { EventId, Seconds, TaskId } from './ids.ts';
import type { Task } from './task.ts';

/** What is known of a home beside its boards, by which one sees whether a task waits for a person or for a worker. */
export interface PeopleFacts {
  /** Profiles for which a worker can be started. */
  readonly startable: readonly string[];
  /** Whether reviews are given to workers. */
  readonly reviewed_by_workers: boolean;
  /** Whether a task that nobody is assigned to is given to somebody. */
  readonly has_default_assignee: boolean;
}

/** For what a person is wanted. */
export const inboxCodes = ['blocked', 'gave_up', 'review', 'triage', 'unassigned', 'no_profile'] as const;
export type InboxCode = (typeof inboxCodes)[number];

/** A task with the event that put it where it is. */
export interface Placed {
  readonly task: Task;
  readonly event: Event | null;
}

/** Something that waits for a person. */
export interface InboxItem
  extends Pick<Task, 'title' | 'assignee' | 'status' | 'priority' | 'tenant' | 'block_kind'> {
  readonly task_id: TaskId;
  readonly code: InboxCode;
  /** What its worker said. */
  readonly said: string | null;
  readonly since: Seconds;
  /** How many unfinished tasks wait behind it. */
  readonly behind: number;
  readonly event_id: EventId | null;
  /** Who has said that they are on it. */
  readonly acknowledged_by: string | null;
}

/** For what a person is wanted, if one is. */
export function inboxCode({ task, event }: Placed, facts: PeopleFacts): InboxCode | null {
  const startable = task.assignee !== null && facts.startable.includes(task.assignee);
  switch (task.status) {
    case 'blocked':
      if (event?.kind === 'blocked') return 'blocked';
      // Nobody blocked it: it gave up, or its failures were forgiven and it waits for the next full pass.
      return task.consecutive_failures > 0 ? 'gave_up' : null;
    case 'review':
      return startable && facts.reviewed_by_workers ? null : 'review';
    case 'triage':
      return 'triage';
    case 'ready':
      if (task.assignee === null) return facts.has_default_assignee ? null : 'unassigned';
      return startable ? null : 'no_profile';
    default:
      return null;
  }
}

/** What the event of an item says to a person. */
export function saidBy(event: Event | null): string | null {
  const said = event?.payload?.['reason'] ?? event?.payload?.['error'] ?? event?.payload?.['summary'];
  return typeof said === 'string' && said.trim() !== '' ? said.trim() : null;
}

/** How many tasks wait behind one, over all generations, by the links among unfinished tasks. */
export function waitingBehind(children: ReadonlyMap<TaskId, readonly TaskId[]>, id: TaskId): number {
  const seen = new Set<TaskId>();
  const open = [...(children.get(id) ?? [])];
  for (let next = open.pop(); next !== undefined; next = open.pop()) {
    if (next === id || seen.has(next)) continue;
    seen.add(next);
    open.push(...(children.get(next) ?? []));
  }
  return seen.size;
}

/** First what most waits for, then the oldest. */
export const byUrgency = (one: InboxItem, other: InboxItem): number =>
  other.behind - one.behind || one.since - other.since || (one.task_id < other.task_id ? -1 : 1);
