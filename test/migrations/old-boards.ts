/** Boards as older versions of the other system left them (contract §2.4, §14.1): DDL and rows. */

const links =
  'create table task_links (parent_id TEXT NOT NULL, child_id TEXT NOT NULL, PRIMARY KEY (parent_id, child_id));';
const comments =
  'create table task_comments (id INTEGER PRIMARY KEY AUTOINCREMENT, task_id TEXT NOT NULL, author TEXT NOT NULL, body TEXT NOT NULL, created_at INTEGER NOT NULL);';

/** The first design: four tables, and kinds of events that were renamed later. */
export const firstDesign = `
  create table tasks (
    id TEXT PRIMARY KEY, title TEXT NOT NULL, body TEXT, assignee TEXT, status TEXT NOT NULL,
    priority INTEGER DEFAULT 0, created_by TEXT, created_at INTEGER NOT NULL, started_at INTEGER,
    completed_at INTEGER, workspace_kind TEXT NOT NULL DEFAULT 'scratch', workspace_path TEXT,
    claim_lock TEXT, claim_expires INTEGER
  );
  ${links}
  ${comments}
  create table task_events (id INTEGER PRIMARY KEY AUTOINCREMENT, task_id TEXT NOT NULL, kind TEXT NOT NULL, payload TEXT, created_at INTEGER NOT NULL);
  insert into tasks (id, title, status, created_at) values ('t_ab12', 'Old one', 'ready', 1000), ('t_cd34', 'Child', 'todo', 1001);
  insert into task_links values ('t_ab12', 't_cd34');
  insert into task_comments (task_id, author, body, created_at) values ('t_ab12', 'user', 'Grüße', 1002);
  insert into task_events (task_id, kind, created_at) values
    ('t_ab12', 'created', 1000), ('t_ab12', 'ready', 1000), ('t_ab12', 'priority', 1001),
    ('t_ab12', 'spawn_auto_blocked', 1002), ('t_ab12', 'commented', 1002);
`;

/** Before attempts had a table of their own; failures were still counted under another name. */
export const beforeRuns = `
  create table tasks (
    id TEXT PRIMARY KEY, title TEXT NOT NULL, body TEXT, assignee TEXT, status TEXT NOT NULL,
    priority INTEGER DEFAULT 0, created_by TEXT, created_at INTEGER NOT NULL, started_at INTEGER,
    completed_at INTEGER, workspace_kind TEXT NOT NULL DEFAULT 'scratch', workspace_path TEXT,
    claim_lock TEXT, claim_expires INTEGER, tenant TEXT, result TEXT, idempotency_key TEXT,
    spawn_failures INTEGER DEFAULT 0, worker_pid INTEGER, last_spawn_error TEXT, max_runtime_seconds INTEGER
  );
  create index idx_tasks_status on tasks(status);
  ${links}
  ${comments}
  create table task_events (id INTEGER PRIMARY KEY AUTOINCREMENT, task_id TEXT NOT NULL, kind TEXT NOT NULL, payload TEXT, created_at INTEGER NOT NULL);
  create table kanban_notify_subs (
    task_id TEXT NOT NULL, platform TEXT NOT NULL, chat_id TEXT NOT NULL, thread_id TEXT NOT NULL DEFAULT '',
    user_id TEXT, created_at INTEGER NOT NULL, last_event_id INTEGER NOT NULL DEFAULT 0,
    PRIMARY KEY (task_id, platform, chat_id, thread_id)
  );
  insert into tasks (id, title, assignee, status, created_at, started_at, claim_lock, claim_expires, worker_pid, max_runtime_seconds)
    values ('t_00000001', 'At work', 'coder', 'running', 1000, 1010, 'box:42', 1910, 42, 600),
           ('t_00000002', 'At work, start unknown', 'coder', 'running', 1000, null, 'box:43', 1910, 43, null);
  insert into tasks (id, title, status, created_at, spawn_failures, last_spawn_error)
    values ('t_00000003', 'Failed', 'ready', 1000, 2, 'no such program'), ('t_00000004', 'Fine', 'done', 1000, null, null);
  insert into kanban_notify_subs (task_id, platform, chat_id, created_at, last_event_id)
    values ('t_00000001', 'telegram', '7', 1000, 3), ('t_00000001', 'tui', 'here', 1000, 3);
`;

/** A short-lived version gave rows text ids and subscriptions a text cursor. */
export const textIds = `
  create table tasks (
    id TEXT PRIMARY KEY, title TEXT NOT NULL, body TEXT, assignee TEXT, status TEXT NOT NULL,
    priority INTEGER DEFAULT 0, created_by TEXT, created_at INTEGER NOT NULL, started_at INTEGER,
    completed_at INTEGER, workspace_kind TEXT NOT NULL DEFAULT 'scratch', workspace_path TEXT,
    claim_lock TEXT, claim_expires INTEGER, current_run_id INTEGER, colour TEXT
  );
  ${links}
  create table task_comments (id TEXT PRIMARY KEY, task_id TEXT NOT NULL, author TEXT NOT NULL, body TEXT NOT NULL, created_at INTEGER NOT NULL);
  create table task_events (id TEXT PRIMARY KEY, task_id TEXT NOT NULL, run_id INTEGER, kind TEXT NOT NULL, payload TEXT, created_at INTEGER NOT NULL);
  create table task_runs (
    id TEXT PRIMARY KEY, task_id TEXT NOT NULL, profile TEXT, step_key TEXT, status TEXT NOT NULL, claim_lock TEXT,
    claim_expires INTEGER, worker_pid INTEGER, max_runtime_seconds INTEGER, last_heartbeat_at INTEGER,
    started_at INTEGER NOT NULL, ended_at INTEGER, outcome TEXT, summary TEXT, metadata TEXT, error TEXT
  );
  create index idx_runs_task on task_runs(task_id, started_at);
  create table kanban_notify_subs (
    task_id TEXT NOT NULL, platform TEXT NOT NULL, chat_id TEXT NOT NULL, thread_id TEXT NOT NULL DEFAULT '',
    user_id TEXT, created_at INTEGER NOT NULL, last_event_id TEXT, PRIMARY KEY (task_id, platform, chat_id, thread_id)
  );
  insert into tasks (id, title, status, created_at, claim_lock, claim_expires, current_run_id, colour)
    values ('t_00000001', 'At work', 'running', 1000, 'box:42', 1910, 'run-b', 'blue');
  insert into task_runs (id, task_id, status, started_at, ended_at, outcome)
    values ('run-z', 't_00000001', 'crashed', 1000, 1005, 'crashed'), ('run-b', 't_00000001', 'running', 1010, null, null);
  insert into task_events (id, task_id, run_id, kind, created_at) values
    ('event-9', 't_00000001', null, 'created', 1000), ('event-1', 't_00000001', 'run-z', 'crashed', 1005),
    ('event-5', 't_00000001', 'run-b', 'claimed', 1010);
  insert into task_comments values ('comment-1', 't_00000001', 'user', 'first', 1001), ('comment-0', 't_00000001', 'user', 'second', 1002);
  insert into kanban_notify_subs (task_id, platform, chat_id, created_at, last_event_id)
    values ('t_00000001', 'telegram', '7', 1000, '2'), ('t_00000001', 'slack', '8', 1000, null), ('t_00000001', 'tui', '9', 1000, 'event-1');
`;
