import { DatabaseSync, type SQLInputValue } from 'node:sqlite';
import { nameOf } from '../harness/boards.ts';
import type { Work } from '../harness/child.ts';
import { batchSize, idsOf, type Job, parentsOf, timed, words } from './job.ts';

/**
 * The floor: what a careful person would write by hand for the same outcome, on the same driver, file, indexes and settings.
 * Each operation is one transaction that takes the write lock at its beginning, compares before it sets, and leaves its event.
 */
export const work: Work<Job, number> = async (job) => {
  const database = openFloor(job.path);
  const time = await timed(job, operationOf(database, job));
  database.close();
  return time;
};

/** Opens a board with the settings that the product's connections have. */
export function openFloor(path: string): DatabaseSync {
  const database = new DatabaseSync(path);
  database.exec(`pragma busy_timeout = 0; pragma synchronous = full; pragma wal_autocheckpoint = 1000;
    pragma mmap_size = 0; pragma foreign_keys = on; pragma cell_size_check = on`);
  return database;
}

/** One row or none, of statements that are prepared once. */
export function statements(database: DatabaseSync) {
  const prepare = (text: string) => {
    const statement = database.prepare(text);
    return {
      one: (...values: SQLInputValue[]) => statement.get(...values),
      all: (...values: SQLInputValue[]) => statement.all(...values),
      /** Throws unless exactly one row changed: somebody else was quicker. */
      change: (...values: SQLInputValue[]): void => {
        if (Number(statement.run(...values).changes) !== 1) throw new Error(`Nothing changed: ${text}`);
      },
    };
  };
  const begin = database.prepare('begin immediate');
  const commit = database.prepare('commit');
  const transaction = (steps: () => void): void => {
    begin.run();
    try {
      steps();
      commit.run();
    } catch (error) {
      database.exec('rollback');
      throw error;
    }
  };
  return { prepare, transaction };
}

export function operationOf(database: DatabaseSync, job: Job): (number: number) => void {
  const { prepare, transaction } = statements(database);
  const now = (): number => Math.floor((job.clock ?? Date.now()) / 1000);
  const event = prepare(
    'insert into task_events (task_id, run_id, kind, payload, created_at) values (?, ?, ?, ?, ?)',
  );
  const claim = claimOf(prepare, event);
  const start = startOf(prepare, claim);
  switch (job.does) {
    case 'single':
      return (number) => transaction(() => start(nameOf('ready', number), now()));
    case 'batch':
      return (number) =>
        transaction(() => {
          const at = now();
          for (let index = 0; index < batchSize; index += 1)
            start(nameOf('ready', number * batchSize + index), at);
        });
    case 'pair': {
      const complete = completeOf(prepare, event);
      return (number) => {
        const id = nameOf('ready', number);
        let run = 0;
        transaction(() => {
          run = claim(id, now());
        });
        transaction(() => complete(id, run, now()));
      };
    }
    case 'create':
      return createOf(prepare, event, transaction, now, idsOf(job));
    case 'promotion':
      return promotionOf(prepare, event, transaction, now);
  }
}

type Prepare = ReturnType<typeof statements>['prepare'];
type Statement = ReturnType<Prepare>;
type Transaction = ReturnType<typeof statements>['transaction'];

function claimOf(prepare: Prepare, event: Statement): (id: string, at: number) => number {
  const open = prepare(`insert into task_runs (task_id, profile, step_key, status, claim_lock, claim_expires,
    max_runtime_seconds, started_at) select id, assignee, current_step_key, 'running', ?, ?, max_runtime_seconds, ?
    from tasks where id = ? returning id`);
  const take =
    prepare(`update tasks set status = 'running', claim_lock = ?, claim_expires = ?, current_run_id = ?,
    started_at = coalesce(started_at, ?) where id = ? and status = 'ready' and current_run_id is null`);
  return (id, at) => {
    const expires = at + words.ttl;
    const run = Number(open.one(words.lock, expires, at, id)?.['id']);
    take.change(words.lock, expires, run, at, id);
    event.change(id, run, 'claimed', JSON.stringify({ lock: words.lock, expires, run_id: run }), at);
    return run;
  };
}

/** A claim with the record of the process that is to be. */
function startOf(prepare: Prepare, claim: ReturnType<typeof claimOf>): (id: string, at: number) => void {
  const record =
    prepare(`insert into andon_runs (run_id, task_id, lane, epoch, host, dir, mark, ready_at, slot_at, claimed_at)
    select ?, task_id, lane, 1, ?, ?, ?, ready_at, ready_at, ? from andon_tasks where task_id = ?`);
  return (id, at) => {
    const run = claim(id, at);
    record.change(run, words.host, `${words.runs}/${run}-${words.mark}`, words.mark, at * 1000, id);
  };
}

function completeOf(prepare: Prepare, event: Statement): (id: string, run: number, at: number) => void {
  const done =
    prepare(`update tasks set status = 'done', completed_at = ?, claim_lock = null, claim_expires = null,
    worker_pid = null, current_run_id = null where id = ? and status = 'running' and current_run_id = ?`);
  const close =
    prepare(`update task_runs set status = 'done', outcome = 'completed', summary = ?, ended_at = ?,
    claim_lock = null, claim_expires = null, worker_pid = null where id = ? and ended_at is null`);
  return (id, run, at) => {
    done.change(at, id, run);
    close.change(words.summary, at, run);
    event.change(id, run, 'completed', JSON.stringify({ result_len: 0, summary: words.summary }), at);
  };
}

function createOf(
  prepare: Prepare,
  event: Statement,
  transaction: Transaction,
  now: () => number,
  newId: () => string,
): (number: number) => void {
  const known = prepare("select id from tasks where idempotency_key = ? and status <> 'archived'");
  const found = prepare('select id, status from tasks where id in (?, ?)');
  const insert =
    prepare(`insert into tasks (id, title, body, assignee, status, priority, created_at, idempotency_key)
    values (?, ?, ?, 'worker', ?, 0, ?, ?)`);
  const link = prepare('insert into task_links (parent_id, child_id) values (?, ?)');
  return (number) =>
    transaction(() => {
      const key = words.keyOf(number);
      if (known.one(key) !== undefined) return;
      const parents = parentsOf(number);
      const rows = found.all(...parents);
      if (rows.length !== parents.length) throw new Error('A parent is missing.');
      const waits = rows.some(({ status }) => status !== 'done' && status !== 'archived');
      const status = waits ? 'todo' : 'ready';
      const [id, at] = [newId(), now()];
      insert.change(id, words.titleOf(number), words.body, status, at, key);
      for (const parent of parents) link.change(parent, id);
      const none = { tenant: null, branch_name: null, skills: null, goal_mode: null };
      event.change(id, null, 'created', JSON.stringify({ assignee: 'worker', status, parents, ...none }), at);
    });
}

function promotionOf(
  prepare: Prepare,
  event: Statement,
  transaction: Transaction,
  now: () => number,
): (number: number) => void {
  const done =
    prepare(`update tasks set status = 'done', completed_at = ? where id = ? and status in ('todo', 'ready')
    and current_run_id is null`);
  const run =
    prepare(`insert into task_runs (task_id, profile, step_key, status, outcome, summary, started_at, ended_at)
    select id, assignee, current_step_key, 'done', 'completed', ?, ?, ? from tasks where id = ? returning id`);
  const free = prepare(`update tasks set status = 'ready' where status = 'todo'
    and id in (select child_id from task_links where parent_id = ?)
    and not exists (select 1 from task_links l join tasks p on p.id = l.parent_id
      where l.child_id = tasks.id and p.status not in ('done', 'archived')) returning id`);
  return (number) =>
    transaction(() => {
      const [id, at] = [nameOf('chain', number), now()];
      done.change(at, id);
      const closed = Number(run.one(words.summary, at, at, id)?.['id']);
      const payload = JSON.stringify({ result_len: 0, summary: words.summary });
      event.change(id, closed, 'completed', payload, at);
      for (const child of free.all(id)) event.change(String(child['id']), null, 'promoted', null, at);
    });
}
