import type { Migration } from '../schema.ts';

/**
 * Our own tables of a board. Times are milliseconds. No foreign key, check or trigger refers to a shared table: Hermes
 * deletes a task before what belongs to it, and rebuilds tables.
 */
export const boardMigrations: readonly Migration[] = [
  {
    id: 1,
    name: 'runs, tasks, fence, deliveries',
    statements: [
      `create table andon_runs (
  run_id integer primary key,
  task_id text not null,
  lane text not null,
  epoch integer not null,
  host text not null,
  dir text not null,
  mark text not null,
  token_hash text,
  pid integer,
  pid_start text,
  boot text,
  ready_at integer not null,
  slot_at integer not null,
  claimed_at integer not null,
  started_at integer,
  ended_at integer,
  gone_at integer,
  abandoned_at integer,
  stop_at integer,
  stop_reason text,
  stop_assignee text,
  stop_parked_by text,
  exit_code integer,
  exit_signal integer,
  told_at integer,
  driver text,
  driver_version text,
  session text
)`,
      // In the order in which they are asked for, else SQLite prefers to walk every run there ever was.
      'create index andon_runs_live on andon_runs(run_id) where gone_at is null',
      'create index andon_runs_task on andon_runs(task_id)',
      'create index andon_runs_gone on andon_runs(gone_at) where gone_at is not null',
      `create table andon_usage (
  run_id integer not null,
  task_id text not null,
  model text not null,
  input_tokens integer not null,
  output_tokens integer not null,
  cache_read_tokens integer not null,
  cache_write_tokens integer not null,
  reasoning_tokens integer not null,
  cost_micros integer,
  source text not null,
  at integer not null,
  primary key (run_id, model)
)`,
      'create index andon_usage_task on andon_usage(task_id)',
      'create index andon_usage_at on andon_usage(at)',
      `create table andon_spent (
  scope text not null,
  subject text not null,
  cost_micros integer not null,
  tokens integer not null,
  primary key (scope, subject)
)`,
      `create table andon_told_budgets (
  subject text not null,
  budget text not null,
  level text not null,
  primary key (subject, budget, level)
)`,
      `create table andon_checkpoints (
  run_id integer primary key,
  task_id text not null,
  text text not null,
  data text,
  at integer not null
)`,
      'create index andon_checkpoints_task on andon_checkpoints(task_id, run_id)',
      `create table andon_rests (
  subject text not null,
  name text not null,
  kind text not null,
  until integer not null,
  strikes integer not null,
  error text not null,
  task_id text not null,
  run_id integer,
  since integer not null,
  primary key (subject, name)
)`,
      `create table andon_tasks (
  task_id text primary key,
  ready_at integer not null,
  lane text not null,
  scheduled_at integer,
  implementer text,
  waived integer not null default 0,
  base_commit text
)`,
      'create index andon_tasks_scheduled on andon_tasks(scheduled_at) where scheduled_at is not null',
      `create table andon_fence (
  role text primary key,
  epoch integer not null
)`,
      `create table andon_pauses (
  scope text not null,
  name text not null,
  reason text,
  by text not null,
  created_at integer not null,
  until integer,
  primary key (scope, name)
)`,
      `create table andon_tombstones (
  task_id text primary key,
  title text not null,
  deleted_at integer not null,
  deleted_by text
)`,
      `create table andon_deliveries (
  id {identity},
  task_id text not null,
  platform text not null,
  chat_id text not null,
  thread_id text not null,
  event_id integer not null,
  reminder integer not null,
  state text not null,
  attempts integer not null,
  next_try_at integer not null,
  last_error text,
  created_at integer not null,
  sent_at integer,
  unique (task_id, platform, chat_id, thread_id, event_id, reminder)
)`,
      'create index andon_deliveries_task on andon_deliveries(task_id, id)',
      "create index andon_deliveries_due on andon_deliveries(next_try_at) where state = 'pending'",
      `create table andon_escalations (
  task_id text primary key,
  event_id integer not null,
  rung integer not null,
  reminders integer not null,
  due_at integer not null,
  acknowledged_by text,
  acknowledged_at integer
)`,
      `create table andon_presses (
  task_id text not null,
  event_id integer not null,
  button text not null,
  by text not null,
  pressed_at integer not null,
  primary key (event_id, button)
)`,
    ],
  },
  {
    id: 2,
    name: 'live runs by task',
    statements: [
      'drop index andon_runs_live',
      // By task, else PostgreSQL walks past all that have ended since the oldest snapshot to look for the run of one.
      'create index andon_runs_live on andon_runs(task_id) where gone_at is null',
    ],
  },
];
