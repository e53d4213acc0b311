/**
 * The shared tables, exactly as contract §2.1–2.3 names them: a file that Hermes wrote opens here, and one written here
 * opens there. So: no foreign keys, checks, triggers or views, and nothing is ever renamed.
 *
 * The text serves both databases; `{identity}` stands for the type of a key that counts up and is never handed out twice,
 * which each adapter spells its own way.
 */

export interface Table {
  readonly name: string;
  /** Name and definition, in the order of creation. */
  readonly columns: readonly (readonly [name: string, definition: string])[];
  readonly constraint?: string;
}

export interface Index {
  readonly name: string;
  readonly on: string;
}

export const sharedTables: readonly Table[] = [
  {
    name: 'tasks',
    columns: [
      ['id', 'text primary key'],
      ['title', 'text not null'],
      ['body', 'text'],
      ['assignee', 'text'],
      ['status', 'text not null'],
      ['priority', 'integer default 0'],
      ['created_by', 'text'],
      ['created_at', 'integer not null'],
      ['started_at', 'integer'],
      ['completed_at', 'integer'],
      ['workspace_kind', "text not null default 'scratch'"],
      ['workspace_path', 'text'],
      ['branch_name', 'text'],
      ['claim_lock', 'text'],
      ['claim_expires', 'integer'],
      ['tenant', 'text'],
      ['result', 'text'],
      ['idempotency_key', 'text'],
      ['consecutive_failures', 'integer not null default 0'],
      ['worker_pid', 'integer'],
      ['last_failure_error', 'text'],
      ['max_runtime_seconds', 'integer'],
      ['last_heartbeat_at', 'integer'],
      ['current_run_id', 'integer'],
      ['workflow_template_id', 'text'],
      ['current_step_key', 'text'],
      ['skills', 'text'],
      ['model_override', 'text'],
      ['max_retries', 'integer'],
      ['goal_mode', 'integer not null default 0'],
      ['goal_max_turns', 'integer'],
      ['session_id', 'text'],
      ['project_id', 'text'],
      ['provider_override', 'text'],
      ['reasoning_effort', 'text'],
      ['completion_contract', 'text'],
      ['block_kind', 'text'],
      ['block_recurrences', 'integer not null default 0'],
    ],
  },
  {
    name: 'task_links',
    columns: [
      ['parent_id', 'text not null'],
      ['child_id', 'text not null'],
    ],
    constraint: 'primary key (parent_id, child_id)',
  },
  {
    name: 'task_comments',
    columns: [
      ['id', '{identity}'],
      ['task_id', 'text not null'],
      ['author', 'text not null'],
      ['body', 'text not null'],
      ['created_at', 'integer not null'],
    ],
  },
  {
    name: 'task_events',
    columns: [
      ['id', '{identity}'],
      ['task_id', 'text not null'],
      ['run_id', 'integer'],
      ['kind', 'text not null'],
      ['payload', 'text'],
      ['created_at', 'integer not null'],
    ],
  },
  {
    name: 'task_runs',
    columns: [
      ['id', '{identity}'],
      ['task_id', 'text not null'],
      ['profile', 'text'],
      ['step_key', 'text'],
      ['status', 'text not null'],
      ['claim_lock', 'text'],
      ['claim_expires', 'integer'],
      ['worker_pid', 'integer'],
      ['max_runtime_seconds', 'integer'],
      ['last_heartbeat_at', 'integer'],
      ['started_at', 'integer not null'],
      ['ended_at', 'integer'],
      ['outcome', 'text'],
      ['summary', 'text'],
      ['metadata', 'text'],
      ['error', 'text'],
    ],
  },
  {
    name: 'task_attachments',
    columns: [
      ['id', '{identity}'],
      ['task_id', 'text not null'],
      ['filename', 'text not null'],
      ['stored_path', 'text not null'],
      ['content_type', 'text'],
      ['size', 'integer not null default 0'],
      ['uploaded_by', 'text'],
      ['created_at', 'integer not null'],
    ],
  },
  {
    name: 'kanban_notify_subs',
    columns: [
      ['task_id', 'text not null'],
      ['platform', 'text not null'],
      ['chat_id', 'text not null'],
      ['thread_id', "text not null default ''"],
      ['user_id', 'text'],
      ['notifier_profile', 'text'],
      ['created_at', 'integer not null'],
      ['last_event_id', 'integer not null default 0'],
      ['user_id_alt', 'text'],
      ['chat_type', 'text'],
      ['delivery_mode', "text not null default 'notify'"],
      ['delivery_metadata', 'text'],
      ['last_ping_event_id', 'integer not null default 0'],
      ['notify_progress', 'integer'],
    ],
    constraint: 'primary key (task_id, platform, chat_id, thread_id)',
  },
];

/**
 * The contract's indexes, then our own, which carry our name because Hermes drops what it does not know when it rebuilds
 * a table; they are looked for at every opening. Created only after every column exists (the trap of contract §2.3).
 */
export const sharedIndexes: readonly Index[] = [
  { name: 'idx_tasks_assignee_status', on: 'tasks(assignee, status)' },
  { name: 'idx_tasks_status', on: 'tasks(status)' },
  { name: 'idx_tasks_tenant', on: 'tasks(tenant)' },
  { name: 'idx_tasks_idempotency', on: 'tasks(idempotency_key)' },
  { name: 'idx_tasks_session_id', on: 'tasks(session_id)' },
  { name: 'idx_links_child', on: 'task_links(child_id)' },
  { name: 'idx_links_parent', on: 'task_links(parent_id)' },
  { name: 'idx_comments_task', on: 'task_comments(task_id, created_at)' },
  { name: 'idx_events_task', on: 'task_events(task_id, created_at)' },
  { name: 'idx_events_run', on: 'task_events(run_id, id)' },
  { name: 'idx_runs_task', on: 'task_runs(task_id, started_at)' },
  { name: 'idx_runs_status', on: 'task_runs(status)' },
  { name: 'idx_attachments_task', on: 'task_attachments(task_id, created_at)' },
  { name: 'idx_notify_task', on: 'kanban_notify_subs(task_id)' },
  // A page of one column in its order is a walk along this index: 50 µs for 50 of 100,000, 29 ms with `status` alone.
  { name: 'andon_tasks_page', on: 'tasks(status, priority desc, created_at, id)' },
  // The same for what is done, newest first, and for one profile's tasks.
  {
    name: 'andon_tasks_finished',
    on: 'tasks(status, completed_at desc, created_at, id) where completed_at is not null',
  },
  { name: 'andon_tasks_profile', on: 'tasks(assignee, status, priority desc, created_at, id)' },
  // The oldest that may start: small, because most tasks of a board are done.
  {
    name: 'andon_tasks_oldest',
    on: "tasks(created_at, id) where coalesce(status, '') in ('ready', 'review')",
  },
  { name: 'andon_runs_open', on: 'task_runs(task_id) where ended_at is null' },
  // What a profile has done last, for each brief: 23 µs, where a new profile's walked all of 100,000 runs in 6.8 ms.
  { name: 'andon_runs_recent', on: "task_runs(profile, id) where outcome = 'completed'" },
  { name: 'andon_events_task', on: 'task_events(task_id, id)' },
];

export const tableText = ({ name, columns, constraint }: Table): string => {
  const lines = columns.map(([column, definition]) => `${column} ${definition}`);
  if (constraint !== undefined) lines.push(constraint);
  return `create table ${name} (\n  ${lines.join(',\n  ')}\n)`;
};

export const indexText = ({ name, on }: Index): string => `create index ${name} on ${on}`;

/** A numbered change of our own tables, applied once and never edited afterwards. */
export interface Migration {
  readonly id: number;
  readonly name: string;
  readonly statements: readonly string[];
}
