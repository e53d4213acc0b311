import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { expect, test } from 'vitest';
import { work as andon } from '../../bench/contenders/andon.ts';
import { work as floor } from '../../bench/contenders/floor.ts';
import type { Job } from '../../bench/contenders/job.ts';
import { work as plainjob } from '../../bench/contenders/plainjob.ts';
import { bigBoards } from '../../bench/harness/boards.ts';
import { temporaryFolder } from '../support/temporary-folder.ts';

/** The bench in short: contenders are compared by time there, so here they must do equal work. Nothing is timed. */

const shape = { tasks: 1000, events: 100, ready: 200, parents: 5 };
const count = 3;
/** Ours beside the shared tables is more than the floor does: it must not be less. */
const tables = ['tasks', 'task_links', 'task_runs', 'task_events'];

function rowsOf(path: string): Record<string, unknown[]> {
  const database = new DatabaseSync(path, { readOnly: true });
  const rows = tables.map((table) => [table, database.prepare(`select * from ${table} order by 1, 2`).all()]);
  database.close();
  return Object.fromEntries(rows);
}

test.each(['pair', 'create', 'batch', 'promotion'] as const)(
  'the floor leaves the same rows as Andon: %s',
  async (does) => {
    const folder = temporaryFolder();
    const boards = bigBoards(join(folder, 'boards'));
    const after: Record<string, unknown[]>[] = [];
    for (const [name, work] of Object.entries({ floor, andon })) {
      const path = join(folder, `${name}.db`);
      await boards.copyTo(path, shape);
      const before = rowsOf(path);
      const job: Job = { path, does, count, untimed: 0, clock: 1_800_000_000_000 };
      expect(await work(job)).toBeGreaterThan(0);
      const rows = rowsOf(path);
      expect(rows['task_events']?.length).toBeGreaterThanOrEqual(
        (before['task_events']?.length ?? 0) + count,
      );
      after.push(rows);
    }
    expect(after[0]).toEqual(after[1]);
  },
);

test('plainjob has done as many jobs', async () => {
  const path = join(temporaryFolder(), 'plainjob.db');
  await plainjob({ path, does: 'pair', count, untimed: 0, tasks: 50 });
  const database = new DatabaseSync(path, { readOnly: true });
  expect(
    database.prepare('select status, count(*) as amount from plainjob_jobs group by status').all(),
  ).toEqual([{ status: 2, amount: 50 }]);
  expect(database.prepare('pragma journal_mode').get()).toEqual({ journal_mode: 'wal' });
  database.close();
});
