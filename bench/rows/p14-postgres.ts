import { fork } from 'node:child_process';
import { once } from 'node:events';
import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { gatewayHome } from '../../test/support/gateway-home.ts';
import type { work as deadRows } from '../contenders/postgres-dead-rows.ts';
import { firstAct } from '../contenders/postgres-queue.ts';
import { counted, type work as roundTrips } from '../contenders/postgres-round-trips.ts';
import type { Starts } from '../contenders/postgres-starts.ts';
import { inChild, profiling } from '../harness/child.ts';
import { type DurablePostgres, startDurablePostgres } from '../harness/postgres.ts';
import { ratio, rotate, timesOf } from '../harness/rotate.ts';
import type { Bench, Figure, Row } from '../harness/row.ts';

const contender = (name: string): string => join(import.meta.dirname, '..', 'contenders', `${name}.ts`);

/** Claim and complete, one after the other. graphile-worker's own tables know neither runs nor events. */
async function pairs(bench: Bench, postgres: DurablePostgres): Promise<readonly Figure[]> {
  const amounts = bench.quick ? { warm: 20, pairs: 60 } : { warm: 40, pairs: 150 };
  const of = async (database: string) => ({ ...amounts, url: await postgres.database(database) });
  const graphile = contender('postgres-graphile');
  const rounds = await rotate(bench, [
    { name: 'Andon', module: contender('postgres-andon'), input: await of('pair_andon') },
    {
      name: 'graphile-worker with run and events',
      module: graphile,
      input: { ...(await of('pair_recorded')), records: true },
    },
    {
      name: 'graphile-worker bare',
      module: graphile,
      input: { ...(await of('pair_bare')), records: false },
    },
    { name: 'pg-boss', module: contender('postgres-boss'), input: await of('pair_boss') },
    { name: 'floor', module: contender('postgres-floor'), input: await of('pair_floor') },
  ]);
  const beside = 'claim + complete beside';
  return [
    {
      name: `${beside} graphile-worker on equal work`,
      ...ratio(rounds, 'Andon', 'graphile-worker with run and events'),
      goal: { atMost: 1.5 },
    },
    {
      name: `${beside} graphile-worker, which writes neither`,
      ...ratio(rounds, 'Andon', 'graphile-worker bare'),
    },
    { name: `${beside} pg-boss, which writes neither`, ...ratio(rounds, 'Andon', 'pg-boss') },
    { name: `${beside} the floor of two statements`, ...ratio(rounds, 'Andon', 'floor') },
    ...timesOf(rounds, 'claim + complete'),
  ];
}

/** From before the create, in another process, to the first act of the worker: the same command for every contender. */
async function starts(bench: Bench, postgres: DurablePostgres): Promise<readonly Figure[]> {
  const ends: (() => Promise<unknown>)[] = [];
  try {
    const kinds: Starts['kind'][] = ['andon', 'graphile', 'boss'];
    const inputs = await Promise.all(kinds.map((kind) => startsOf(kind, bench, postgres)));
    const [andon, graphile, boss] = inputs;
    if (andon === undefined || graphile === undefined || boss === undefined) throw new Error('Three kinds.');
    await serveHome(andon, bench, (end) => void ends.push(end));
    for (const peer of [graphile, boss]) ends.push(await serveQueue(peer));
    const module = contender('postgres-starts');
    const rounds = await rotate(bench, [
      { name: 'Andon', module, input: andon },
      { name: 'graphile-worker', module, input: graphile },
      { name: 'pg-boss', module, input: boss },
    ]);
    const beside = 'create → start beside';
    return [
      {
        name: `${beside} graphile-worker`,
        ...ratio(rounds, 'Andon', 'graphile-worker'),
        goal: { atMost: 1.5 },
      },
      { name: `${beside} pg-boss that listens`, ...ratio(rounds, 'Andon', 'pg-boss') },
      ...timesOf(rounds, 'create → start'),
    ];
  } finally {
    for (const end of ends.toReversed()) await end();
  }
}

async function startsOf(kind: Starts['kind'], bench: Bench, postgres: DurablePostgres): Promise<Starts> {
  const folder = join(bench.folder, kind);
  mkdirSync(folder, { recursive: true });
  return { kind, folder, url: await postgres.database(`start_${kind}`), samples: bench.quick ? 4 : 9 };
}

/** A real gateway on this database, whose worker begins as those of the queues do, and then waits until it is over. */
async function serveHome(
  { url, folder }: Starts,
  bench: Bench,
  onEnd: (end: () => Promise<unknown>) => void,
) {
  const answer = 'echo "$ANDON_RUN_TOKEN" > "$0.token"; until [ -e "$0.over" ]; do sleep 0.02; done';
  const command = ['sh', '-c', `${firstAct}; ${answer}`, join(folder, '{task}')];
  const home = gatewayHome(
    { onTestFinished: onEnd },
    { store: url, workers: { starter: { command } }, env: profiling(bench) },
  );
  const gateway = await home.gateway();
  onEnd(() => gateway.stop());
}

async function serveQueue({ kind, url, folder }: Starts): Promise<() => Promise<void>> {
  const child = fork(contender('postgres-queue'), [JSON.stringify({ kind, url, folder })]);
  const ended = once(child, 'exit');
  const failed = ended.then(() => {
    throw new Error(`The queue of ${kind} has ended with ${child.exitCode ?? child.signalCode}.`);
  });
  failed.catch(() => {});
  await Promise.race([once(child, 'message'), failed]);
  return async () => {
    if (child.connected) child.disconnect();
    await ended;
  };
}

async function waits(bench: Bench, postgres: DurablePostgres): Promise<readonly Figure[]> {
  const input = { url: await postgres.database('trips') };
  const module = contender('postgres-round-trips');
  const trips = await inChild<typeof input, Awaited<ReturnType<typeof roundTrips>>>(bench, module, input);
  return counted.map((name) => ({
    name: `round trips of one command: ${name}`,
    value: trips[name],
    unit: 'count',
    goal: { atMost: 4 },
  }));
}

async function behindSnapshot(bench: Bench, postgres: DurablePostgres): Promise<readonly Figure[]> {
  const input = { url: await postgres.database('dead_rows'), tasks: 30_000, claims: bench.quick ? 10 : 30 };
  const module = contender('postgres-dead-rows');
  const times = await inChild<typeof input, Awaited<ReturnType<typeof deadRows>>>(bench, module, input);
  const { before, after } = times;
  return [
    {
      name: 'claim with 30,000 dead rows behind an old snapshot, beside before',
      value: after / before,
      unit: 'x',
      goal: { atMost: 2 },
    },
    { name: 'claim before the dead rows', value: before, unit: 'µs' },
    { name: 'claim with the dead rows', value: after, unit: 'µs' },
  ];
}

export const postgres: Row = {
  id: 'P14',
  title: 'PostgreSQL: claim + complete; create → start; claims behind an old snapshot',
  goal: 'at most 4 round trips per command; at most 1.5 times graphile-worker, on equal work and from create to start; a claim with 30,000 dead rows at most 2 times one without',
  measure: async (bench) => {
    const server = await startDurablePostgres();
    try {
      return [
        ...(await pairs(bench, server)),
        ...(await starts(bench, server)),
        ...(await waits(bench, server)),
        ...(await behindSnapshot(bench, server)),
      ];
    } finally {
      await server.end();
    }
  },
};
