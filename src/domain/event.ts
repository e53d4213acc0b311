import type { EventId, RunId, Seconds, TaskId } from './ids.ts';
import type { Metadata } from './task.ts';

/** The kinds that Andon writes (contract §4.2). Readers meet others in a shared file, so a stored kind is a string. */
export const eventKinds = [
  'created',
  'promoted',
  'claimed',
  'claim_rejected',
  'claim_extended',
  'spawned',
  'spawn_failed',
  'heartbeat',
  'completed',
  'completion_blocked_hallucination',
  'suspected_hallucinated_references',
  'blocked',
  'unblocked',
  'dependency_wait',
  'block_loop_detected',
  'scheduled',
  'review_requested',
  'changes_requested',
  'review_reopened',
  'promoted_manual',
  'descendant_invalidated',
  'stop_requested',
  'acknowledged',
  'edited',
  'reprioritized',
  'failed',
  'crashed',
  'protocol_violation',
  'rate_limited',
  'timed_out',
  'stale',
  'reclaimed',
  'gave_up',
  'budget_warning',
  'budget_exceeded',
  'archived',
  'assigned',
  'commented',
  'attached',
  'attachment_removed',
  'linked',
  'unlinked',
  'status',
  'deleted',
  'specified',
  'decomposed',
  'work_saved',
] as const;
export type EventKind = (typeof eventKinds)[number];

/** An event about to be written. An empty payload is stored as NULL (contract §2.2). */
export interface NewEvent {
  readonly kind: EventKind;
  readonly payload: Metadata | null;
}

/** One row of `task_events`; the order of ids is the order of commits and every reader's cursor. */
export interface Event {
  readonly id: EventId;
  readonly task_id: TaskId;
  readonly run_id: RunId | null;
  readonly kind: string;
  readonly payload: Metadata | null;
  readonly created_at: Seconds;
}

/**
 * The kinds that a subscription is told of: those of contract §7.2, the block that nobody sees as a block, reviews, and
 * budgets.
 */
export const toldKinds = [
  'completed',
  'blocked',
  'block_loop_detected',
  'review_requested',
  'gave_up',
  'failed',
  'crashed',
  'timed_out',
  'budget_warning',
  'budget_exceeded',
] as const satisfies readonly EventKind[];
