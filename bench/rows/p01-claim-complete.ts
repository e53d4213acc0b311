import { rmSync } from 'node:fs';
import { join } from 'node:path';
import type { Job } from '../contenders/job.ts';
import type { PlainJob } from '../contenders/plainjob.ts';
import { throughSurfaces } from '../contenders/surfaces.ts';
import type { Shape } from '../harness/boards.ts';
import { type Contender, ratio, rotate, timesOf } from '../harness/rotate.ts';
import type { Bench, Figure, Row } from '../harness/row.ts';
import { spread } from '../harness/stats.ts';
import { contender, copyFor } from './copies.ts';

const sizes = [1000, 10_000] as const;

const boardOf = (tasks: number): Shape => ({
  tasks,
  events: tasks * 2,
  ready: Math.floor(tasks * 0.6),
  parents: 5,
});

type Name = 'floor' | 'Andon' | 'plainjob';

/** The work of P1 and P2 by each of the three, on a board with so many tasks. */
export function contenders(
  bench: Bench,
  does: PlainJob['does'],
  tasks: number,
  count: number,
): Contender<Name>[] {
  const board = (name: 'floor' | 'Andon'): Contender<Name> => {
    const { path, prepare } = copyFor(bench, `${name}-${tasks}`, boardOf(tasks));
    const input: Job = { path, does, count };
    return { name, module: contender(name.toLowerCase()), input, prepare };
  };
  const path = join(bench.folder, `plainjob-${tasks}.db`);
  const input: PlainJob = { path, does, count, tasks };
  const prepare = async () => {
    for (const beside of ['', '-wal', '-shm']) rmSync(path + beside, { force: true });
  };
  return [
    board('floor'),
    board('Andon'),
    { name: 'plainjob', module: contender('plainjob'), input, prepare },
  ];
}

/** The same through the command line, tools and the API, told without a goal: a process or a request costs what it costs. */
export async function surfaceFigures(bench: Bench, does: PlainJob['does']): Promise<readonly Figure[]> {
  const count = bench.quick ? 5 : 20;
  const taken = await throughSurfaces(bench.folder, bench.boards, boardOf(sizes[0]), { does, count });
  return [...taken].map(([name, times]) => ({ name: `through the ${name}`, ...spread(times), unit: 'ms' }));
}

async function measure(bench: Bench): Promise<readonly Figure[]> {
  const figures: Figure[] = [];
  for (const tasks of sizes) {
    const rounds = await rotate(bench, contenders(bench, 'pair', tasks, bench.quick ? 100 : 300));
    const of = `at ${tasks.toLocaleString('en')} tasks`;
    figures.push(
      { name: `Andon by the floor ${of}`, ...ratio(rounds, 'Andon', 'floor'), goal: { atMost: 1.25 } },
      { name: `Andon by plainjob ${of}`, ...ratio(rounds, 'Andon', 'plainjob'), goal: { atMost: 1 } },
      ...timesOf(rounds, of),
    );
  }
  return [...figures, ...(await surfaceFigures(bench, 'pair'))];
}

export const claimComplete: Row = {
  id: 'P1',
  title: 'claim and complete, with their run and events',
  goal: 'at most 1.25x the floor at 1,000 and 10,000 tasks; faster than plainjob, which writes neither',
  measure,
};
