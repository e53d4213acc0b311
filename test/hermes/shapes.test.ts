import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { describe, expect, it } from 'vitest';
import { asMillis, asSeconds, asTaskId, defaultBoard } from '../../src/domain/ids.ts';
import { createKernel } from '../../src/kernel/create-kernel.ts';
import { openSqliteStore } from '../../src/store/sqlite/sqlite.ts';
import { temporaryFolder } from '../support/temporary-folder.ts';
import { boardOf, newest, oldFailures, renamed, shapes } from './shapes.ts';

type Row = Record<string, unknown>;

/** Asks the file itself, past all our code, while nobody has it open. */
function ask(path: string, text: string): Row[] {
  const database = new DatabaseSync(path);
  try {
    const rows = database.prepare(text).all();
    return rows.map((row) => ({ ...row }));
  } finally {
    database.close();
  }
}

function boardAt(ddl: string): string {
  const path = join(temporaryFolder(), 'kanban.db');
  const database = new DatabaseSync(path);
  database.exec(`pragma journal_mode = wal; ${ddl}`);
  database.close();
  return path;
}

const at = (path: string) => openSqliteStore({ locate: () => path, now: () => asMillis(5_000_000) });

/** A life of one process on the file: it reads, writes nothing, and leaves. */
async function visit(path: string): Promise<void> {
  const store = at(path);
  await store.write(defaultBoard, async () => {});
  await store.close();
}

/** The rows of each table that was there at the start, in the columns that it had. */
function rowsOf(path: string, tables: readonly { name: string; columns: readonly string[] }[]) {
  return tables.map(({ name, columns }) => ({
    name,
    rows: ask(
      path,
      `select ${columns.map((column) => `"${column}"`).join(', ')} from ${name} order by rowid`,
    ),
  }));
}

const tablesOf = (path: string) =>
  ask(
    path,
    "select name from sqlite_schema where type = 'table' and name not like 'sqlite_%' order by name",
  ).map(({ name }) => ({
    name: String(name),
    columns: ask(path, `select name from pragma_table_info('${name}')`).map((column) =>
      String(column['name']),
    ),
  }));

/** What the contract itself changes: names of old kinds, text ids, and the run that a running task never had. */
function expected(table: string, row: Row): Row {
  const after = { ...row };
  if (table === 'task_events') after['kind'] = renamed[String(row['kind'])] ?? row['kind'];
  if (typeof row['id'] === 'string' && table !== 'tasks') after['id'] = expect.any(Number);
  if (table === 'tasks' && row['status'] === 'running' && 'current_run_id' in row) {
    after['current_run_id'] = row['current_run_id'] ?? expect.any(Number);
  }
  return after;
}

describe.each(Object.entries(shapes))('a board of %s', (_, shape) => {
  it('keeps every row and what nobody here knows, and a second opening changes no byte', async () => {
    const path = boardAt(boardOf(shape));
    const tables = tablesOf(path);
    const before = rowsOf(path, tables);
    await visit(path);
    for (const [index, { name, rows }] of before.entries()) {
      // A running task got the run that it never had, behind those that were there.
      const after = rowsOf(path, tables)[index]?.rows ?? [];
      expect(after.slice(0, rows.length), name).toEqual(rows.map((row) => expected(name, row)));
      if (name !== 'task_runs') expect(after, name).toHaveLength(rows.length);
    }
    expect(ask(path, 'pragma integrity_check')).toEqual([{ integrity_check: 'ok' }]);

    const bytes = readFileSync(path);
    await visit(path);
    expect(readFileSync(path).equals(bytes)).toBe(true);
  });

  it('is a board like any other: it is read, and its work goes on', async () => {
    const path = boardAt(boardOf(shape));
    const store = at(path);
    const kernel = createKernel(store);
    try {
      const list = await kernel.list(defaultBoard, {});
      expect(list.ok && list.value.map(({ id }) => id)).toEqual(['t_cd34', 't_ab12', 'odd id', 't_00000003']);
      const done = await kernel.complete(defaultBoard, { task_id: asTaskId('t_ab12'), summary: 'Done here' });
      expect(done).toMatchObject({ ok: true, value: { task: { status: 'done', claim_lock: null } } });
      // Its other parent was deleted long ago and holds nobody.
      expect(await kernel.show(defaultBoard, { task_id: asTaskId('t_cd34') })).toMatchObject({
        ok: true,
        value: { task: { status: 'ready' } },
      });
      for (const { id } of list.ok ? list.value : []) {
        expect(await kernel.brief(defaultBoard, { task_id: id })).toMatchObject({ ok: true });
      }
      expect(
        await kernel.create(defaultBoard, { title: 'New', parents: [asTaskId('odd id')] }),
      ).toMatchObject({
        ok: true,
        value: { task: { status: 'ready' } },
      });
      const open = await kernel.runs(defaultBoard, {});
      expect(open.ok && open.value.filter((run) => run.ended_at === null)).toEqual([]);
    } finally {
      await kernel.close();
    }
  });
});

it('runs are numbered on where another program lets ids come again', async () => {
  const path = boardAt(boardOf(newest).replaceAll(/autoincrement/gi, ''));
  const [before] = ask(path, 'select max(id) as id from task_runs');
  const kernel = createKernel(at(path));
  try {
    const made = await kernel.create(defaultBoard, { title: 'New' });
    if (!made.ok) throw new Error(made.refusal.sentence);
    const hold = { claim_lock: 'here:1', ttl_seconds: asSeconds(60), workspace_path: null };
    const claimed = await kernel.claim(defaultBoard, { task_id: made.value.task.id, ...hold });
    if (!claimed.ok) throw new Error(claimed.refusal.sentence);
    expect(claimed.value.run_id).toBeGreaterThan(Number(before?.['id']));
  } finally {
    await kernel.close();
  }
});

it('failures counted under the old names count on', async () => {
  const path = boardAt(boardOf(oldFailures));
  await visit(path);
  expect(ask(path, 'select distinct consecutive_failures as n, last_failure_error as e from tasks')).toEqual([
    { n: 4, e: 'no such program' },
  ]);
});
