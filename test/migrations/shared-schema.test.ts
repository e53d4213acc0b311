import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { describe, expect, it } from 'vitest';
import { asMillis, defaultBoard } from '../../src/domain/ids.ts';
import { sharedIndexes, sharedTables } from '../../src/store/schema.ts';
import { openSqliteStore } from '../../src/store/sqlite/sqlite.ts';
import { anotherProcess } from '../support/another-process.ts';
import { note } from '../support/events.ts';
import { openFile } from '../support/stores.ts';
import { temporaryFolder } from '../support/temporary-folder.ts';
import { beforeRuns, firstDesign, textIds } from './old-boards.ts';

type Row = Record<string, unknown>;

/** Asks the file itself, past all our code, while nobody has it open. */
function ask(path: string, text: string): Row[] {
  const database = new DatabaseSync(path);
  try {
    return database
      .prepare(text)
      .all()
      .map((row) => ({ ...row }));
  } finally {
    database.close();
  }
}

function boardFrom(ddl: string): string {
  const path = join(temporaryFolder(), 'kanban.db');
  const database = new DatabaseSync(path);
  database.exec(ddl);
  database.close();
  return path;
}

/** What any first write of a process does to a file. */
async function adopt(path: string): Promise<void> {
  const store = openSqliteStore({ locate: () => path, now: () => asMillis(5_000_000) });
  await store.write(defaultBoard, async () => {});
  await store.close();
}

const schema = (path: string): Row[] =>
  ask(path, 'select type, name, sql from sqlite_schema order by type, name');

/** The whole content, and the counter that SQLite moves with every change of the schema. */
function everything(path: string): unknown {
  const tables = ask(path, "select name from sqlite_schema where type = 'table' order by name");
  return [
    schema(path),
    ask(path, 'pragma schema_version'),
    ...tables.map(({ name }) => [name, ask(path, `select * from ${name} order by 1, 2`)]),
  ];
}

const columnsOf = (path: string, table: string): unknown[] =>
  ask(path, `select name from pragma_table_info('${table}')`).map(({ name }) => name);

const old = { 'the first design': firstDesign, 'before runs': beforeRuns, 'text ids': textIds };

describe.each(Object.entries(old))('a board of %s', (_, ddl) => {
  it('gets every column and index of the contract, and a second opening changes nothing', async () => {
    const path = boardFrom(ddl);
    await adopt(path);
    for (const { name, columns } of sharedTables) {
      expect(columnsOf(path, name)).toEqual(expect.arrayContaining(columns.map(([column]) => column)));
    }
    const indexes = ask(path, "select name from sqlite_schema where type = 'index'").map(({ name }) => name);
    expect(indexes).toEqual(expect.arrayContaining(sharedIndexes.map(({ name }) => name)));
    expect(ask(path, 'pragma integrity_check')).toEqual([{ integrity_check: 'ok' }]);

    const before = everything(path);
    await adopt(path);
    expect(everything(path)).toEqual(before);
  });

  it('is brought up to date by a read as well', async () => {
    const path = boardFrom(ddl);
    const store = openSqliteStore({ locate: () => path });
    expect(await store.exists(defaultBoard)).toBe(true);
    await store.close();
    expect(columnsOf(path, 'tasks')).toContain('block_recurrences');
  });

  it('survives four processes that open it at once', async () => {
    const path = boardFrom(ddl);
    const [{ n: before } = {}] = ask(path, 'select count(*) as n from task_events');
    const others = Array.from({ length: 4 }, () => anotherProcess());
    for (const other of others) await other.ask('open', path);
    await Promise.all(others.map((other, number) => other.ask('write', `process ${number}`, 5)));
    await Promise.all(others.map((other) => other.ask('leave').catch(() => {})));
    await Promise.all(others.map((other) => other.ended));
    expect(ask(path, 'select count(*) as n from task_events')).toEqual([{ n: Number(before) + 20 }]);
    expect(ask(path, 'pragma integrity_check')).toEqual([{ integrity_check: 'ok' }]);
  });
});

it('the first design keeps its rows, and old kinds of events get their new names', async () => {
  const path = boardFrom(firstDesign);
  await adopt(path);
  expect(ask(path, 'select id, title, status, consecutive_failures from tasks order by id')).toEqual([
    { id: 't_ab12', title: 'Old one', status: 'ready', consecutive_failures: 0 },
    { id: 't_cd34', title: 'Child', status: 'todo', consecutive_failures: 0 },
  ]);
  expect(ask(path, 'select kind from task_events order by id').map(({ kind }) => kind)).toEqual([
    'created',
    'promoted',
    'reprioritized',
    'gave_up',
    'commented',
  ]);
  expect(ask(path, 'select body from task_comments')).toEqual([{ body: 'Grüße' }]);
});

it('a task that runs gets the run it never had, once', async () => {
  const path = boardFrom(beforeRuns);
  await adopt(path);
  await adopt(path);
  const runs = ask(
    path,
    `select r.task_id, r.profile, r.status, r.claim_lock, r.claim_expires, r.worker_pid, r.max_runtime_seconds, r.started_at,
       r.ended_at, t.current_run_id = r.id as points
     from task_runs r join tasks t on t.id = r.task_id order by r.task_id`,
  );
  const common = { profile: 'coder', status: 'running', claim_expires: 1910, ended_at: null, points: 1 };
  expect(runs).toEqual([
    {
      ...common,
      task_id: 't_00000001',
      claim_lock: 'box:42',
      worker_pid: 42,
      max_runtime_seconds: 600,
      started_at: 1010,
    },
    {
      ...common,
      task_id: 't_00000002',
      claim_lock: 'box:43',
      worker_pid: 43,
      max_runtime_seconds: null,
      started_at: 5000,
    },
  ]);
});

it('failures counted under the old names are taken over, and subscriptions learn how they are told', async () => {
  const path = boardFrom(beforeRuns);
  await adopt(path);
  const failures = ask(
    path,
    "select consecutive_failures as n, last_failure_error as e from tasks where status in ('ready', 'done') order by id",
  );
  expect(failures).toEqual([
    { n: 2, e: 'no such program' },
    { n: 0, e: null },
  ]);
  expect(ask(path, 'select platform, delivery_mode from kanban_notify_subs order by platform')).toEqual([
    { platform: 'telegram', delivery_mode: 'notify+wake' },
    { platform: 'tui', delivery_mode: 'notify' },
  ]);
});

it('text ids become numbers in the order of the rows, and what named a run still does', async () => {
  const path = boardFrom(textIds);
  await adopt(path);
  expect(ask(path, 'select id, kind, run_id from task_events order by id')).toEqual([
    { id: 1, kind: 'created', run_id: null },
    { id: 2, kind: 'crashed', run_id: 1 },
    { id: 3, kind: 'claimed', run_id: 2 },
  ]);
  expect(ask(path, 'select current_run_id as run, colour from tasks')).toEqual([{ run: 2, colour: 'blue' }]);
  expect(ask(path, 'select id, status from task_runs order by id')).toEqual([
    { id: 1, status: 'crashed' },
    { id: 2, status: 'running' },
  ]);
  expect(ask(path, 'select body from task_comments order by id')).toEqual([
    { body: 'first' },
    { body: 'second' },
  ]);
  expect(ask(path, 'select platform, last_event_id as at from kanban_notify_subs order by platform')).toEqual(
    [
      { platform: 'slack', at: 0 },
      { platform: 'telegram', at: 2 },
      { platform: 'tui', at: 0 },
    ],
  );
});

it('a rebuilt table is written exactly as a new one', async () => {
  const [rebuilt, fresh] = [boardFrom(textIds), join(temporaryFolder(), 'kanban.db')];
  await adopt(rebuilt);
  await adopt(fresh);
  const of = (path: string) =>
    schema(path).filter(({ name }) =>
      /^(task_(events|comments|runs)|kanban_notify_subs)$/.test(String(name)),
    );
  expect(of(rebuilt)).toEqual(of(fresh));
  expect(of(fresh)).toHaveLength(4);
});

it('new shared tables have no constraint that the other system would trip over', async () => {
  const path = join(temporaryFolder(), 'kanban.db');
  await adopt(path);
  const forbidden = ask(
    path,
    "select name from sqlite_schema where type in ('trigger', 'view') or sql like '%references%' or sql like '%check%('",
  );
  expect(forbidden).toEqual([]);
  const types = ask(path, "select type from pragma_table_info('task_events') where name = 'id'");
  expect(types).toEqual([{ type: 'INTEGER' }]);
});

it('an index of ours that another program dropped comes back with the next opening', async () => {
  const path = join(temporaryFolder(), 'kanban.db');
  await adopt(path);
  const before = schema(path);
  ask(path, 'drop index andon_tasks_page');
  await adopt(path);
  expect(schema(path)).toEqual(before);
});

it('the change log of our own tables is kept, and a board of a newer Andon is refused untouched', async () => {
  const path = join(temporaryFolder(), 'kanban.db');
  await adopt(path);
  expect(ask(path, 'select id, applied_at from andon_migrations order by id')[0]).toEqual({
    id: 1,
    applied_at: 5_000_000,
  });
  ask(path, "insert into andon_migrations values (900, 'telepathy', 1)");
  const before = everything(path);
  const store = openFile(path);
  const fault = {
    code: 'version',
    message: expect.stringMatching(/newer Andon \(change 900.*telepathy.*update/),
  };
  await expect(note(store, 'never')).rejects.toMatchObject(fault);
  await expect(store.exists(defaultBoard)).rejects.toMatchObject(fault);
  await store.close();
  expect(everything(path)).toEqual(before);
});
