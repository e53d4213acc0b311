/**
 * Another program on the same board: it knows the shared schema of the contract and nothing of Andon. It opens the file in
 * its own way (WAL, its own busy timeout, foreign keys on), writes with explicit column lists, and does what its parent asks
 * over IPC: `[verb, ...arguments]` in, `{ value }` or `{ fault }` out.
 */
import { hostname } from 'node:os';
import { DatabaseSync } from 'node:sqlite';

const database = new DatabaseSync(process.argv[2] ?? '', { timeout: 20_000 });
database.exec('pragma journal_mode = wal; pragma synchronous = full; pragma foreign_keys = on');

const now = () => Math.floor(Date.now() / 1000);
const run = (text, ...values) => database.prepare(text).run(...values);
const all = (text, ...values) =>
  database
    .prepare(text)
    .all(...values)
    .map((row) => ({ ...row }));

function transaction(work) {
  database.exec('begin immediate');
  try {
    const value = work();
    database.exec('commit');
    return value;
  } catch (error) {
    database.exec('rollback');
    throw error;
  }
}

const event = (task, kind, payload = null, runId = null) =>
  run(
    'insert into task_events (task_id, run_id, kind, payload, created_at) values (?, ?, ?, ?, ?)',
    task,
    runId,
    kind,
    payload === null ? null : JSON.stringify(payload),
    now(),
  );

const endRun = (task, outcome, summary) => {
  const [row] = all('select current_run_id as id from tasks where id = ?', task);
  if (row?.id == null) return null;
  run(
    `update task_runs set status = ?, outcome = ?, summary = ?, ended_at = ?, claim_lock = null, claim_expires = null,
       worker_pid = null where id = ? and ended_at is null`,
    outcome,
    outcome,
    summary,
    now(),
    row.id,
  );
  return row.id;
};

const free = (task, status) =>
  run(
    `update tasks set status = ?, claim_lock = null, claim_expires = null, worker_pid = null, current_run_id = null,
       completed_at = case when ? = 'done' then ? else completed_at end where id = ?`,
    status,
    status,
    now(),
    task,
  );

const verbs = {
  pid: () => process.pid,
  rows: (text, ...values) => all(text, ...values),
  sql: (text) => transaction(() => database.exec(text)),
  create: (id, { assignee = null, status = 'ready', parents = [] } = {}) =>
    transaction(() => {
      run(
        'insert into tasks (id, title, assignee, status, priority, created_by, created_at, workspace_kind) values (?, ?, ?, ?, 0, ?, ?, ?)',
        id,
        `Task ${id}`,
        assignee,
        status,
        'peer',
        now(),
        'scratch',
      );
      for (const parent of parents)
        run('insert into task_links (parent_id, child_id) values (?, ?)', parent, id);
      event(id, 'created', { assignee, status, parents });
    }),
  /** False when somebody was quicker. */
  claim: (id, { ttl = 900, workerPid = null, host = hostname() } = {}) =>
    transaction(() => {
      const lock = `${host}:${process.pid}`;
      const { changes } = run(
        `update tasks set status = 'running', claim_lock = ?, claim_expires = ?, worker_pid = ?,
           started_at = coalesce(started_at, ?) where id = ? and status = 'ready' and claim_lock is null`,
        lock,
        now() + ttl,
        workerPid,
        now(),
        id,
      );
      if (changes !== 1) return false;
      const { lastInsertRowid } = run(
        `insert into task_runs (task_id, profile, status, claim_lock, claim_expires, worker_pid, started_at)
           values (?, 'peer', 'running', ?, ?, ?, ?)`,
        id,
        lock,
        now() + ttl,
        workerPid,
        now(),
      );
      run('update tasks set current_run_id = ? where id = ?', lastInsertRowid, id);
      event(id, 'claimed', { lock }, Number(lastInsertRowid));
      return true;
    }),
  complete: (id, summary = 'done by the peer') =>
    transaction(() => {
      const runId = endRun(id, 'completed', summary);
      free(id, 'done');
      event(id, 'completed', { summary }, runId);
    }),
  block: (id, reason) =>
    transaction(() => {
      const runId = endRun(id, 'blocked', reason);
      free(id, 'blocked');
      event(id, 'blocked', { reason }, runId);
    }),
  /** The task first, as that program does: a foreign key on it would refuse this. */
  remove: (id) =>
    transaction(() => {
      run('delete from tasks where id = ?', id);
      run('delete from task_links where parent_id = ? or child_id = ?', id, id);
      for (const table of ['task_comments', 'task_events', 'task_runs', 'kanban_notify_subs']) {
        run(`delete from ${table} where task_id = ?`, id);
      }
    }),
  /** Writes a table anew under its own name, with the columns that it knows and an index of its own. */
  rebuild: () =>
    transaction(() => {
      database.exec(`
        alter table task_comments rename to comments_before;
        create table task_comments (
          id INTEGER PRIMARY KEY AUTOINCREMENT, task_id TEXT NOT NULL, author TEXT NOT NULL, body TEXT NOT NULL,
          created_at INTEGER NOT NULL
        );
        insert into task_comments (id, task_id, author, body, created_at)
          select id, task_id, author, body, created_at from comments_before;
        drop table comments_before;
        create index idx_comments_task on task_comments (task_id, created_at);
        alter table task_events rename to events_before;
        create table task_events (
          id INTEGER PRIMARY KEY AUTOINCREMENT, task_id TEXT NOT NULL, run_id INTEGER, kind TEXT NOT NULL, payload TEXT,
          created_at INTEGER NOT NULL
        );
        insert into task_events (id, task_id, run_id, kind, payload, created_at)
          select id, task_id, run_id, kind, payload, created_at from events_before;
        drop table events_before;
        create index idx_events_task on task_events (task_id, created_at);
        create index idx_events_run on task_events (run_id, id);
      `);
    }),
  close: () => database.close(),
};

process.on('message', ([verb, ...args]) => {
  try {
    process.send?.({ value: verbs[verb](...args) ?? null });
  } catch (error) {
    process.send?.({ fault: String(error) });
  }
});
