import { randomBytes } from 'node:crypto';
import { existsSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { asMillis, defaultBoard, toSeconds } from '../../src/domain/ids.ts';
import { createKernel } from '../../src/kernel/create-kernel.ts';
import { openSqliteStore } from '../../src/store/sqlite/sqlite.ts';
import { until } from '../../test/support/until.ts';
import { openFloor, statements } from '../contenders/floor.ts';
import { inChild, type Work } from '../harness/child.ts';
import type { Bench, Figure, Row } from '../harness/row.ts';
import { quantile } from '../harness/stats.ts';

interface Job {
  readonly by: 'Andon' | 'hand';
  readonly path: string;
  /** Its name among the others. */
  readonly number: number;
  readonly of: number;
  readonly time: number;
  /** Milliseconds from one write to the next; 0 is as fast as it can. */
  readonly every: number;
}

interface Writer {
  write(title: string): Promise<void>;
  close(): Promise<void>;
}

const warmUp = 50;

/** Milliseconds that a writer waits for the others. */
const patience = 20_000;

function andon(path: string): Writer {
  const kernel = createKernel(openSqliteStore({ locate: () => path, deadline: asMillis(patience) }));
  return {
    write: async (title) => {
      const made = await kernel.create(defaultBoard, { title });
      if (!made.ok) throw new Error(made.refusal.sentence);
    },
    close: () => kernel.close(),
  };
}

/** A task and its event in hand-written SQL, with the floor's settings, but waiting as SQLite itself waits. */
function byHand(path: string): Writer {
  const database = openFloor(path);
  database.exec(`pragma busy_timeout = ${patience}`);
  const { prepare, transaction } = statements(database);
  const task = prepare(`insert into tasks (id, title, status, priority, created_at, workspace_kind)
    values (?, ?, 'ready', 0, ?, 'scratch')`);
  const event = prepare(`insert into task_events (task_id, kind, payload, created_at)
    values (?, 'created', '{"assignee":null,"status":"ready","parents":[]}', ?)`);
  return {
    write: async (title) => {
      transaction(() => {
        const [id, at] = [`t_${randomBytes(4).toString('hex')}`, toSeconds(asMillis(Date.now()))];
        task.change(id, title, at);
        event.change(id, at);
      });
    },
    close: async () => database.close(),
  };
}

/** How long each write took, in milliseconds. */
export const work: Work<Job, readonly number[]> = async ({ by, path, number, of, time, every }) => {
  const writer = by === 'Andon' ? andon(path) : byHand(path);
  const write = () => writer.write(`By ${process.pid}`);
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
  await writer.close();
  return times;
};

const timeFor = ({ quick }: Bench): number => (quick ? 1500 : 8000);

/** The times of each of several writers on a new board. */
async function writers(
  bench: Bench,
  by: Job['by'],
  of: number,
  every: number,
): Promise<readonly (readonly number[])[]> {
  const path = join(bench.folder, `${by}-${of}.db`);
  const kernel = createKernel(openSqliteStore({ locate: () => path }));
  await kernel.init(defaultBoard, {});
  await kernel.close();
  // A profile of both together would tell nothing.
  const profiles = by === 'Andon' ? bench.profiles : undefined;
  const jobs = Array.from({ length: of }, (_, number) => ({
    ...{ by, path, number, of, time: timeFor(bench), every },
  }));
  return Promise.all(
    jobs.map((job) => inChild<Job, readonly number[]>({ profiles }, import.meta.filename, job)),
  );
}

const fairness = (full: readonly (readonly number[])[]): number => {
  const counts = full.map(({ length }) => length);
  return Math.min(...counts) / Math.max(...counts);
};

/** P11: many processes that write to one board, without a server between them. */
export const contention: Row = {
  id: 'P11',
  title: '8 processes × 100 writes/s',
  goal: 'p99 ≤ 8 ms, worst ≤ 50 ms; 4 saturating writers: worst wait ≤ 250 ms, fairness ≥ 0.5',
  measure: async (bench): Promise<readonly Figure[]> => {
    const paced = (await writers(bench, 'Andon', 8, 10)).flat();
    const pacedByHand = (await writers(bench, 'hand', 8, 10)).flat();
    const full = await writers(bench, 'Andon', 4, 0);
    const fullByHand = await writers(bench, 'hand', 4, 0);
    return [
      { name: '8 × 100/s: 99 % within', value: quantile(paced, 0.99), unit: 'ms', goal: { atMost: 8 } },
      { name: '8 × 100/s: longest', value: Math.max(...paced), unit: 'ms', goal: { atMost: 50 } },
      { name: '8 × 100/s: median', value: quantile(paced, 0.5), unit: 'ms' },
      { name: '8 × 100/s: writes', value: paced.length, unit: 'count' },
      { name: '8 × 100/s, hand-written SQL: 99 % within', value: quantile(pacedByHand, 0.99), unit: 'ms' },
      { name: '8 × 100/s, hand-written SQL: longest', value: Math.max(...pacedByHand), unit: 'ms' },
      { name: '8 × 100/s, hand-written SQL: median', value: quantile(pacedByHand, 0.5), unit: 'ms' },
      {
        name: '4 saturating: longest wait',
        value: Math.max(...full.flat()),
        unit: 'ms',
        goal: { atMost: 250 },
      },
      {
        name: '4 saturating: fewest writes of a process beside the most',
        value: fairness(full),
        unit: 'x',
        goal: { atLeast: 0.5 },
      },
      {
        name: '4 saturating: writes together',
        value: (1000 * full.flat().length) / timeFor(bench),
        unit: '/s',
      },
      {
        name: '4 saturating, hand-written SQL: longest wait',
        value: Math.max(...fullByHand.flat()),
        unit: 'ms',
      },
      {
        name: '4 saturating, hand-written SQL: fewest writes of a process beside the most',
        value: fairness(fullByHand),
        unit: 'x',
      },
    ];
  },
};
