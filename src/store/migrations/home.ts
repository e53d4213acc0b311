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
];
