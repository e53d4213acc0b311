import { fork } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { setTimeout as pause } from 'node:timers/promises';
import { defaultBoard } from '../../src/domain/ids.ts';
import type { Kernel } from '../../src/kernel/kernel.ts';
import {
  answerFor,
  type BenchGateway,
  besides,
  createFor,
  startGateway,
  untilFound,
} from '../harness/metered-gateway.ts';
import type { Bench, Figure, Row } from '../harness/row.ts';
import { median, quantile } from '../harness/stats.ts';

/** Milliseconds after which a commit was not heard through its bell, but found by the look that comes once a second. */
const netBegins = 900;

async function measure(bench: Bench): Promise<readonly Figure[]> {
  const gateway = await startGateway(bench, 'start', { meters: ['spawn'] });
  const kernel = besides(gateway);
  try {
    await pause(2000);
    const times: number[] = [];
    for (let number = 0; number < (bench.quick ? 30 : 200); number += 1)
      times.push(await started(gateway, kernel, () => createFor(kernel, `Task ${number}`)));
    const silent: number[] = [];
    for (let number = 0; number < (bench.quick ? 3 : 10); number += 1)
      silent.push(await started(gateway, kernel, async () => createSilently(gateway, number)));
    const wakes = bench.quick ? 300 : 10_000;
    return [
      { name: 'create to spawn, p50', value: median(times), unit: 'ms', goal: { atMost: 6 } },
      { name: 'create to spawn, p99', value: quantile(times, 0.99), unit: 'ms', goal: { atMost: 30 } },
      {
        name: 'starts that only the look of each second found',
        ...none(times.filter((time) => time > netBegins).length),
      },
      {
        name: `wake-ups lost of ${wakes.toLocaleString('en')}`,
        ...none(await lostWakes(join(bench.folder, 'wakes.db'), wakes)),
      },
      { name: 'without a bell, most', value: Math.max(...silent), unit: 'ms', goal: { atMost: 1100 } },
    ];
  } finally {
    await kernel.close();
    await gateway.end();
  }
}

const none = (value: number) => ({ value, unit: 'count', goal: { atMost: 0 } }) as const;

/** From the call of `create` until `spawn()` has returned in the gateway, in milliseconds; then the worker is answered for. */
async function started(
  gateway: BenchGateway,
  kernel: Kernel,
  create: () => Promise<string>,
): Promise<number> {
  const begun = process.hrtime.bigint();
  const task = await create();
  const signature = await untilFound('a worker', () => gateway.signed().find((one) => one.task === task));
  const of = `/runs/${signature.run}-`;
  const line = gateway.metered('spawn').find((one) => one.includes(of));
  const [at = '0'] = line?.split(' ') ?? [];
  await answerFor(kernel, signature);
  await untilFound('the end of a worker', async () => {
    const seen = await kernel.dispatchView(defaultBoard, { assignees: [], unassigned: false, limit: 0 });
    return seen.ok && seen.value.processes.length === 0 ? true : undefined;
  });
  // The gateway goes to rest; the next one comes at any moment of its second.
  await pause(30 + Math.random() * 20);
  return Number(BigInt(at) - begun) / 1e6;
}

/** As a program does that knows no bell. */
function createSilently({ board }: BenchGateway, number: number): string {
  const id = `t_silent${number}`;
  const database = new DatabaseSync(board, { timeout: 5000 });
  database
    .prepare(`insert into tasks (id, title, assignee, status, priority, created_by, created_at, workspace_kind)
      values (?, 'Silent', 'signer', 'ready', 0, 'bench', ?, 'scratch')`)
    .run(id, Math.floor(Date.now() / 1000));
  database.close();
  return id;
}

/** How many of so many commits of another process, one after the other, were not heard of through the bell. */
async function lostWakes(path: string, commits: number): Promise<number> {
  const kernel = besides({ board: path });
  await createFor(kernel, 'The first, which makes the board');
  const writer = fork(import.meta.filename, [path], { stdio: 'inherit' });
  let wake = (): void => {};
  let heard = false;
  const unfollow = kernel.follow(defaultBoard, () => {
    heard = true;
    wake();
  });
  let lost = 0;
  try {
    await once(writer, 'message');
    await pause(1500);
    for (let number = 0; number < commits; number += 1) {
      heard = false;
      const { promise, resolve } = Promise.withResolvers<void>();
      wake = resolve;
      const made = once(writer, 'message');
      writer.send('create');
      await made;
      const begun = performance.now();
      if (!heard) await promise;
      if (performance.now() - begun > netBegins) lost += 1;
    }
  } finally {
    unfollow();
    if (writer.connected) writer.disconnect();
    if (writer.exitCode === null) await once(writer, 'exit');
    await kernel.close();
  }
  return lost;
}

/** The other process of `lostWakes`: a commit for each message. */
async function write(path: string): Promise<void> {
  const kernel = besides({ board: path });
  process.on('message', () => void createFor(kernel, 'One more').then(() => process.send?.('made')));
  process.on('disconnect', () => void kernel.close());
  await kernel.lastEvent(defaultBoard, {});
  process.send?.('ready');
}

if (process.argv[1] === import.meta.filename) void write(process.argv[2] ?? '');

export const start: Row = {
  id: 'P5',
  title: 'from create, in another process, to a worker’s spawn()',
  goal: 'p50 at most 6 ms, p99 at most 30 ms; no wake-up lost of 10,000; without a bell at most 1.1 s',
  measure,
};
