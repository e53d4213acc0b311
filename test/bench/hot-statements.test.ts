import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { expect, test } from 'vitest';
import { operationOf } from '../../bench/contenders/andon.ts';
import { askOf } from '../../bench/contenders/andon-reads.ts';
import { openAll } from '../../bench/contenders/growth.ts';
import { watching } from '../../bench/contenders/statements.ts';
import { bigBoards } from '../../bench/harness/boards.ts';
import { createKernel } from '../../src/kernel/create-kernel.ts';
import { openSqliteStore } from '../../src/store/sqlite/sqlite.ts';
import { temporaryFolder } from '../support/temporary-folder.ts';

/**
 * The plans of all statements that the bench's operations make (P6): none walks a table that grows with the board, and none
 * sorts but a handful of rows of one task. `plans.test.ts` pins which index each page uses.
 */

/** Rows of one task, its parents, children and runs, or of one key. */
const few =
  /task_links l|task_links where child_id = \?|task_runs where task_id = \?|where idempotency_key = \?/;
/**
 * `counted` are at most 1,001 rows of an index; rests and pauses are what somebody has set by hand; SQLite's own table has a
 * row for each table that counts its ids.
 */
const small = /^SCAN (?:CONSTANT|\d|counted|andon_rests|andon_pauses|sqlite_sequence)/;

test.each(['without statistics', 'analyze'])('%s, no hot statement scans or sorts', async (statistics) => {
  const path = join(temporaryFolder(), 'board.db');
  await bigBoards(join(temporaryFolder(), 'boards')).copyTo(path, {
    tasks: 1000,
    events: 2000,
    ready: 300,
    parents: 5,
  });
  const texts = new Map<string, readonly (string | number | null)[]>();
  const store = watching(openSqliteStore({ locate: () => path }), (query) => {
    texts.set(query.parts.join('?'), query.values);
  });
  const kernel = createKernel(store);
  const { operations } = await openAll(kernel);
  for (const { prepare, work } of Object.values(operations)) {
    await prepare?.(0);
    await work(0);
  }
  await operationOf(kernel, { does: 'promotion' })(0);
  await askOf(kernel, { what: 'paint' })();
  await kernel.close();
  const database = new DatabaseSync(path);
  if (statistics === 'analyze') database.exec('analyze');
  const bad: string[] = [];
  for (const [text, values] of texts) {
    const plan = database
      .prepare(`explain query plan ${text}`)
      .all(...values)
      .map((step) => String(step['detail']));
    const scans = plan.filter((step) => step.startsWith('SCAN') && !small.test(step));
    const sorts = few.test(text) ? [] : plan.filter((step) => /TEMP B-TREE/.test(step));
    if (scans.length + sorts.length > 0) bad.push(`${text}\n  ${[...scans, ...sorts].join('\n  ')}`);
  }
  database.close();
  expect(bad).toEqual([]);
  expect(texts.size).toBeGreaterThan(20);
});
