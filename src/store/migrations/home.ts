import type { Migration } from '../schema.ts';

/** The tables of what spans boards (the board `~home`). Times are milliseconds. */
export const homeMigrations: readonly Migration[] = [
  {
    id: 1,
    name: 'leases, tokens',
    statements: [
      `create table andon_leases (
  role text primary key,
  name text not null,
  host text not null,
  boot text not null,
  pid integer not null,
  pid_start text not null,
  token text not null,
  epoch integer not null,
  expires_at integer not null
)`,
      `create table andon_tokens (
  id text primary key,
  name text not null,
  kind text not null,
  hash text not null,
  role text not null,
  boards text,
  created_by text not null,
  created_at integer not null,
  expires_at integer,
  last_used_at integer,
  revoked_at integer
)`,
    ],
  },
  {
    id: 2,
    name: 'loops',
    statements: [
      `create table andon_loops (
  id text primary key,
  session text not null,
  target text not null,
  name text not null,
  prompt text not null,
  command text,
  folder text,
  board text not null,
  interval_seconds integer not null,
  status text not null,
  created_at integer not null,
  created_by text not null,
  user_id text,
  gateway text,
  request text unique,
  last_fired_at integer not null,
  turns_completed integer not null,
  turn integer not null,
  turn_state text,
  turn_mark text,
  task_id text,
  note text
)`,
    ],
  },
  {
    id: 3,
    name: 'chats',
    statements: [
      `create table andon_chat_codes (
  hash text primary key,
  platform text,
  role text not null,
  created_by text not null,
  created_at integer not null,
  expires_at integer not null
)`,
      `create table andon_chat_people (
  platform text not null,
  user_id text not null,
  name text not null,
  role text not null,
  paired_by text not null,
  paired_at integer not null,
  code_hash text not null,
  primary key (platform, user_id)
)`,
      `create table andon_chat_attempts (
  platform text not null,
  user_id text not null,
  wrong integer not null,
  since integer not null,
  primary key (platform, user_id)
)`,
      `create table andon_chat_pins (
  platform text not null,
  chat_id text not null,
  thread_id text not null,
  board text not null,
  workspace text,
  pinned_by text not null,
  pinned_at integer not null,
  primary key (platform, chat_id, thread_id)
)`,
    ],
  },
];
