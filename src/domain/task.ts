import type { ProfileName, RunId, Seconds, TaskId } from './ids.ts';

/** Every status, in the order of a board's columns (contract §3.2). */
export const statuses = [
  'triage',
  'todo',
  'scheduled',
  'ready',
  'running',
  'blocked',
  'review',
  'done',
  'archived',
] as const;
export type Status = (typeof statuses)[number];

/** Those that a card can be given from outside, each by the verb that leads there; a review and a run begin by themselves. */
export const revisableStatuses = [
  'triage',
  'todo',
  'scheduled',
  'ready',
  'blocked',
  'done',
  'archived',
] as const satisfies readonly Status[];
export type RevisableStatus = (typeof revisableStatuses)[number];

export const workspaceKinds = ['scratch', 'worktree', 'dir'] as const;
export type WorkspaceKind = (typeof workspaceKinds)[number];

/** Why a task was blocked, as far as its worker can say (contract §4.13). */
export const blockKinds = ['dependency', 'needs_input', 'capability', 'transient'] as const;
export type BlockKind = (typeof blockKinds)[number];

/** What a run is for: doing the work, or reviewing it. A task returns to the lane its run came from (contract §4.2). */
export const lanes = ['work', 'review'] as const;
export type Lane = (typeof lanes)[number];

/**
 * One row of `tasks` (contract §2.1). A persisted record keeps its column names from the database to JSON:
 * nothing is renamed on the way. Times are Unix seconds.
 */
export interface Task {
  readonly id: TaskId;
  readonly title: string;
  readonly body: string | null;
  readonly assignee: ProfileName | null;
  readonly status: Status;
  /** What the row says instead when another program set a status that is none of ours; `status` is `todo` then. */
  readonly foreign_status?: string;
  readonly priority: number;
  readonly created_by: string | null;
  readonly created_at: Seconds;
  readonly started_at: Seconds | null;
  readonly completed_at: Seconds | null;
  readonly workspace_kind: WorkspaceKind;
  readonly workspace_path: string | null;
  readonly branch_name: string | null;
  readonly claim_lock: string | null;
  readonly claim_expires: Seconds | null;
  readonly tenant: string | null;
  readonly result: string | null;
  readonly idempotency_key: string | null;
  readonly consecutive_failures: number;
  readonly worker_pid: number | null;
  readonly last_failure_error: string | null;
  readonly max_runtime_seconds: number | null;
  readonly last_heartbeat_at: Seconds | null;
  readonly current_run_id: RunId | null;
  readonly workflow_template_id: string | null;
  readonly current_step_key: string | null;
  readonly skills: readonly string[] | null;
  readonly model_override: string | null;
  readonly max_retries: number | null;
  readonly goal_mode: boolean;
  readonly goal_max_turns: number | null;
  readonly session_id: string | null;
  /** The kind of its last block, and how often in a row it was blocked for that; both outlive an unblock (contract §4.13). */
  readonly block_kind: string | null;
  readonly block_recurrences: number;
}

export type Metadata = Readonly<Record<string, unknown>>;

/** One row of `task_comments`. */
export interface Comment {
  readonly id: number;
  readonly task_id: TaskId;
  readonly author: string;
  readonly body: string;
  readonly created_at: Seconds;
}

/** One row of `task_attachments`; `stored_path` is absolute. */
export interface Attachment {
  readonly id: number;
  readonly task_id: TaskId;
  readonly filename: string;
  readonly stored_path: string;
  readonly content_type: string | null;
  readonly size: number;
  readonly uploaded_by: string | null;
  readonly created_at: Seconds;
}
