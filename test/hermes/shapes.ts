/**
 * Builds a `kanban.db` in any shape that it had in its life, from the column histories of contract §2: the columns of the
 * first design, then those that were added, in their order. Knows nothing of our own schema text.
 */

type Column = readonly [name: string, definition: string];

const firstTasks: readonly Column[] = [
  ['id', 'TEXT PRIMARY KEY'],
  ['title', 'TEXT NOT NULL'],
  ['body', 'TEXT'],
  ['assignee', 'TEXT'],
  ['status', 'TEXT NOT NULL'],
  ['priority', 'INTEGER DEFAULT 0'],
  ['created_by', 'TEXT'],
  ['created_at', 'INTEGER NOT NULL'],
  ['started_at', 'INTEGER'],
  ['completed_at', 'INTEGER'],
  ['workspace_kind', "TEXT NOT NULL DEFAULT 'scratch'"],
  ['workspace_path', 'TEXT'],
  ['claim_lock', 'TEXT'],
  ['claim_expires', 'INTEGER'],
];

/** What `tasks` got later, oldest first. */
export const laterTasks: readonly Column[] = [
  ['branch_name', 'TEXT'],
  ['tenant', 'TEXT'],
  ['result', 'TEXT'],
  ['idempotency_key', 'TEXT'],
  ['consecutive_failures', 'INTEGER NOT NULL DEFAULT 0'],
  ['worker_pid', 'INTEGER'],
  ['last_failure_error', 'TEXT'],
  ['max_runtime_seconds', 'INTEGER'],
  ['last_heartbeat_at', 'INTEGER'],
  ['current_run_id', 'INTEGER'],
  ['workflow_template_id', 'TEXT'],
  ['current_step_key', 'TEXT'],
  ['skills', 'TEXT'],
  ['model_override', 'TEXT'],
  ['max_retries', 'INTEGER'],
  ['goal_mode', 'INTEGER NOT NULL DEFAULT 0'],
  ['goal_max_turns', 'INTEGER'],
  ['session_id', 'TEXT'],
  ['project_id', 'TEXT'],
  ['provider_override', 'TEXT'],
  ['reasoning_effort', 'TEXT'],
  ['completion_contract', 'TEXT'],
  ['block_kind', 'TEXT'],
  ['block_recurrences', 'INTEGER NOT NULL DEFAULT 0'],
];

const runs = `CREATE TABLE task_runs (
  id INTEGER PRIMARY KEY AUTOINCREMENT, task_id TEXT NOT NULL, profile TEXT, step_key TEXT, status TEXT NOT NULL,
  claim_lock TEXT, claim_expires INTEGER, worker_pid INTEGER, max_runtime_seconds INTEGER, last_heartbeat_at INTEGER,
  started_at INTEGER NOT NULL, ended_at INTEGER, outcome TEXT, summary TEXT, metadata TEXT, error TEXT)`;

const attachments = `CREATE TABLE task_attachments (
  id INTEGER PRIMARY KEY AUTOINCREMENT, task_id TEXT NOT NULL, filename TEXT NOT NULL, stored_path TEXT NOT NULL,
  content_type TEXT, size INTEGER NOT NULL DEFAULT 0, uploaded_by TEXT, created_at INTEGER NOT NULL)`;

const subscriptions = (more: string) => `CREATE TABLE kanban_notify_subs (
  task_id TEXT NOT NULL, platform TEXT NOT NULL, chat_id TEXT NOT NULL, thread_id TEXT NOT NULL DEFAULT '', user_id TEXT,
  ${more} created_at INTEGER NOT NULL, last_event_id INTEGER NOT NULL DEFAULT 0,
  PRIMARY KEY (task_id, platform, chat_id, thread_id))`;

const numbered = 'INTEGER PRIMARY KEY AUTOINCREMENT';
const laterSubscriptions = `notifier_profile TEXT, user_id_alt TEXT, chat_type TEXT, delivery_metadata TEXT,
  delivery_mode TEXT NOT NULL DEFAULT 'notify', last_ping_event_id INTEGER NOT NULL DEFAULT 0, notify_progress INTEGER,`;

export interface Shape {
  /** Which of the later columns `tasks` has. */
  readonly tasks: readonly Column[];
  /** Which tables that came later are there; `old` subscriptions lack what was added to them. */
  readonly runs: boolean;
  readonly attachments: boolean;
  readonly subscriptions: 'none' | 'old' | 'new';
  /** `task_events.run_id`. */
  readonly eventRuns: boolean;
  /** The id column of events and comments. */
  readonly ids: typeof numbered | 'TEXT PRIMARY KEY';
  /** More statements: what a later or a stranger's version has. */
  readonly also: readonly string[];
}

export const newest: Shape = {
  tasks: laterTasks,
  runs: true,
  attachments: true,
  subscriptions: 'new',
  eventRuns: true,
  ids: numbered,
  also: [],
};

/** Four tables, before anything was added. */
export const firstDesign: Shape = {
  tasks: [],
  runs: false,
  attachments: false,
  subscriptions: 'none',
  eventRuns: false,
  ids: numbered,
  also: [],
};

/** The statements that make the board, with rows in every table that it has. */
export function boardOf(shape: Shape): string {
  const columns = [...firstTasks, ...shape.tasks].map(([name, definition]) => `${name} ${definition}`);
  const id = shape.ids === numbered ? (n: number) => `${n}` : (n: number) => `'row-${9 - n}'`;
  const statements = [
    `CREATE TABLE tasks (${columns.join(', ')})`,
    'CREATE TABLE task_links (parent_id TEXT NOT NULL, child_id TEXT NOT NULL, PRIMARY KEY (parent_id, child_id))',
    `CREATE TABLE task_comments (id ${shape.ids}, task_id TEXT NOT NULL, author TEXT NOT NULL, body TEXT NOT NULL, created_at INTEGER NOT NULL)`,
    `CREATE TABLE task_events (id ${shape.ids}, task_id TEXT NOT NULL, ${shape.eventRuns ? 'run_id INTEGER, ' : ''}kind TEXT NOT NULL, payload TEXT, created_at INTEGER NOT NULL)`,
    'CREATE INDEX idx_tasks_status ON tasks(status)',
    ...(shape.runs ? [runs] : []),
    ...(shape.attachments ? [attachments] : []),
    ...(shape.subscriptions === 'none'
      ? []
      : [subscriptions(shape.subscriptions === 'new' ? laterSubscriptions : '')]),
    ...shape.also,
    `INSERT INTO tasks (id, title, body, assignee, status, created_at, started_at, claim_lock, claim_expires) VALUES
      ('t_ab12', 'At work', 'Grüße 🙂', 'coder', 'running', 1000, 1010, 'box:42', 1910)`,
    `INSERT INTO tasks (id, title, status, priority, created_at) VALUES
      ('t_cd34', 'Waits', 'todo', 3, 1001), ('t_00000003', 'Free', 'ready', NULL, 1002), ('odd id', 'Done', 'done', 0, 1003)`,
    "INSERT INTO task_links VALUES ('t_ab12', 't_cd34'), ('gone', 't_cd34')",
    `INSERT INTO task_comments (id, task_id, author, body, created_at) VALUES
      (${id(1)}, 't_ab12', 'user', 'first', 1004), (${id(2)}, 'deleted', 'user', 'of nobody', 1005)`,
    `INSERT INTO task_events (id, task_id, kind, payload, created_at) VALUES
      (${id(1)}, 't_ab12', 'created', '{"a": "ß"}', 1000), (${id(2)}, 't_00000003', 'ready', NULL, 1002),
      (${id(3)}, 't_00000003', 'priority', NULL, 1003), (${id(4)}, 'odd id', 'spawn_auto_blocked', NULL, 1004),
      (${id(5)}, 'odd id', 'a_kind_of_theirs', '{"n": 1}', 1005)`,
    ...(shape.attachments
      ? [
          "INSERT INTO task_attachments (task_id, filename, stored_path, created_at) VALUES ('t_ab12', 'a.txt', '/a.txt', 1)",
        ]
      : []),
    ...(shape.subscriptions === 'none'
      ? []
      : [
          "INSERT INTO kanban_notify_subs (task_id, platform, chat_id, created_at, last_event_id) VALUES ('t_ab12', 'telegram', '7', 1, 2)",
        ]),
  ];
  return `${statements.join(';\n')};`;
}

/** Old kinds of events and their new names (contract §2.4, step 7). */
export const renamed: Readonly<Record<string, string>> = {
  ready: 'promoted',
  priority: 'reprioritized',
  spawn_auto_blocked: 'gave_up',
};

export const oldFailures: Shape = {
  ...newest,
  tasks: [
    ...laterTasks.filter(([name]) => !['consecutive_failures', 'last_failure_error'].includes(name)),
    ['spawn_failures', 'INTEGER DEFAULT 4'],
    ['last_spawn_error', "TEXT DEFAULT 'no such program'"],
  ],
};

/** Shapes by name: the whole life of the file, one step at a time, and the strange ones. */
export const shapes: Readonly<Record<string, Shape>> = {
  'the first design': firstDesign,
  'the newest version': newest,
  ...Object.fromEntries(
    laterTasks.map(([name], index) => [
      `the time before ${name}`,
      {
        ...newest,
        tasks: laterTasks.slice(0, index),
        runs: index > 9,
        subscriptions: index > 9 ? 'old' : 'none',
      },
    ]),
  ),
  ...Object.fromEntries(
    laterTasks.map(([name]) => [
      `somebody who lacks ${name} alone`,
      { ...newest, tasks: laterTasks.filter(([column]) => column !== name) },
    ]),
  ),
  'the time before runs': { ...newest, runs: false, eventRuns: false },
  'the time before attachments': { ...newest, attachments: false },
  'the time before subscriptions knew their mode': { ...newest, subscriptions: 'old' },
  'text ids': { ...newest, ids: 'TEXT PRIMARY KEY' },
  'text ids in the first design': { ...firstDesign, ids: 'TEXT PRIMARY KEY' },
  'a version that is newer than ours': {
    ...newest,
    also: [
      "ALTER TABLE tasks ADD COLUMN mood TEXT NOT NULL DEFAULT 'calm'",
      'ALTER TABLE task_events ADD COLUMN actor TEXT',
      'ALTER TABLE task_runs ADD COLUMN cost_cents INTEGER DEFAULT 0',
      'CREATE TABLE task_labels (task_id TEXT NOT NULL, label TEXT NOT NULL)',
      "INSERT INTO task_labels VALUES ('t_ab12', 'theirs')",
      'CREATE INDEX idx_theirs ON task_labels(label)',
    ],
  },
  'text ids with columns of their own': {
    ...newest,
    ids: 'TEXT PRIMARY KEY',
    also: [
      'ALTER TABLE task_events ADD COLUMN "the actor" TEXT NOT NULL DEFAULT \'nobody\'',
      'ALTER TABLE task_comments ADD COLUMN likes INTEGER',
    ],
  },
  'failures counted under the old names': oldFailures,
};
