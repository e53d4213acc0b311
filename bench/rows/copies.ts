import { rmSync } from 'node:fs';
import { join } from 'node:path';
import type { Shape } from '../harness/boards.ts';
import type { Bench } from '../harness/row.ts';

/** What stands beside a board's file: SQLite's own, and ours. */
const besides = ['', '-wal', '-shm', '.bell', '.made'];

/** A copy of a built board for one contender: its path, and how it is made anew before each round. */
export function copyFor(bench: Bench, name: string, shape: Shape) {
  const path = join(bench.folder, `${name}.db`);
  const prepare = async (): Promise<void> => {
    for (const beside of besides) rmSync(path + beside, { force: true });
    await bench.boards.copyTo(path, shape);
  };
  return { path, prepare };
}

/** The file of a contender, that is not in this folder. */
export const contender = (name: string): string =>
  join(import.meta.dirname, '..', 'contenders', `${name}.ts`);

/** The board that all rows of big boards share, so that it is built once. */
export const bigBoard = { tasks: 100_000, events: 1_000_000, ready: 2000, parents: 5 } satisfies Shape;

export const smallBoard = { tasks: 1000, events: 10_000, ready: 400, parents: 5 } satisfies Shape;
