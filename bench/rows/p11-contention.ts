import { existsSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { asMillis, defaultBoard } from '../../src/domain/ids.ts';
import { createKernel } from '../../src/kernel/create-kernel.ts';
import { openSqliteStore } from '../../src/store/sqlite/sqlite.ts';
import { until } from '../../test/support/until.ts';
import { inChild, type Work } from '../harness/child.ts';
import type { Bench, Figure, Row } from '../harness/row.ts';
import { quantile } from '../harness/stats.ts';

interface Writer {
  readonly path: string;
  /** Its name among the others. */
  readonly number: number;
  readonly of: number;
  readonly time: number;
  /** Milliseconds from one write to the next; 0 is as fast as it can. */
  readonly every: number;
}

const warmUp = 50;

/** How long each write took, in milliseconds. */
export const work: Work<Writer, readonly number[]> = async ({ path, number, of, time, every }) => {
  const kernel = createKernel(openSqliteStore({ locate: () => path, deadline: asMillis(20_000) }));
  const write = async (): Promise<void> => {
    const made = await kernel.create(defaultBoard, { title: `By ${process.pid}` });
    if (!made.ok) throw new Error(made.refusal.sentence);
  };
  // Code is compiled and statements are prepared before anything is timed: these are programs that live.
  for (let before = 0; before < warmUp; before += 1) await write();
  writeFileSync(`${path}-ready-${number}`, '');
  const all = Array.from({ length: of }, (_, other) => `${path}-ready-${other}`);
  await until('all writers are there', () => all.every((name) => existsSync(name)), 60_000);
  // Not all in the same millisecond: they are strangers to each other.
  const begin = Date.now() + 200 + (every * number) / of;
  const end = begin + time;
  await pause(begin - Date.now());
  const times: number[] = [];
  while (Date.now() < end) {
    const before = performance.now();
    await write();
    times.push(performance.now() - before);
    const next = begin + times.length * every;
    if (every > 0) await pause(Math.max(0, next - Date.now()));
  }
  await kernel.close();
  return times;
};

const timeFor = ({ quick }: Bench): number => (quick ? 1500 : 8000);

async function writers(
  bench: Bench,
  name: string,
  count: number,
  every: number,
): Promise<readonly (readonly number[])[]> {
  const path = join(bench.folder, `${name}.db`);
  const kernel = createKernel(openSqliteStore({ locate: () => path }));
  await kernel.init(defaultBoard, {});
  await kernel.close();
  return Promise.all(
    Array.from({ length: count }, (_, number) =>
      inChild<Writer, readonly number[]>(bench, import.meta.filename, {
        ...{ path, number, of: count, time: timeFor(bench), every },
      }),
    ),
  );
}

/** P11: many processes that write to one board, without a server between them. */
export const contention: Row = {
  id: 'P11',
  title: '8 processes × 100 writes/s',
  goal: 'p99 ≤ 8 ms, worst ≤ 50 ms; 4 saturating writers: worst wait ≤ 250 ms, fairness ≥ 0.5',
  measure: async (bench): Promise<readonly Figure[]> => {
    const paced = (await writers(bench, 'paced', 8, 10)).flat();
    const full = await writers(bench, 'full', 4, 0);
    const counts = full.map(({ length }) => length);
    const sum = counts.reduce((all, count) => all + count, 0);
    return [
      { name: '8 × 100/s: 99 % within', value: quantile(paced, 0.99), unit: 'ms', goal: { atMost: 8 } },
      { name: '8 × 100/s: longest', value: Math.max(...paced), unit: 'ms', goal: { atMost: 50 } },
      { name: '8 × 100/s: median', value: quantile(paced, 0.5), unit: 'ms' },
      { name: '8 × 100/s: writes', value: paced.length, unit: 'count' },
      {
        name: '4 saturating: longest wait',
        value: Math.max(...full.flat()),
        unit: 'ms',
        goal: { atMost: 250 },
      },
      {
        name: '4 saturating: fewest writes of a process beside the most',
        value: Math.min(...counts) / Math.max(...counts),
        unit: 'x',
        goal: { atLeast: 0.5 },
      },
      {
        name: '4 saturating: writes together',
        value: (1000 * sum) / timeFor(bench),
        unit: '/s',
      },
    ];
  },
};
