import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { Logger, makeWorkerUtils, run } from 'graphile-worker';
import { PgBoss } from 'pg-boss';
import { z } from 'zod';

/** The queue whose jobs start a process each. */
export const startQueue = 'start';

export const quietly = new Logger(() => () => {});

/** What a worker does first of all, for every contender the same: it tells the nanosecond. The path is `$0`. */
export const firstAct = 'date +%s%N > "$0"';

const input = z.object({ kind: z.enum(['graphile', 'boss']), url: z.string(), folder: z.string() });
type Input = z.infer<typeof input>;

async function begin(folder: string, id: string): Promise<void> {
  const child = spawn('sh', ['-c', firstAct, join(folder, id)], { stdio: 'ignore' });
  await once(child, 'close');
}

async function graphile({ url, folder }: Input): Promise<() => Promise<void>> {
  const shared = { connectionString: url, logger: quietly };
  const utils = await makeWorkerUtils(shared);
  await utils.migrate();
  await utils.release();
  const runner = await run({
    ...shared,
    noHandleSignals: true,
    taskList: { [startQueue]: (_, { job }) => begin(folder, job.id) },
  });
  return () => runner.stop();
}

async function boss({ url, folder }: Input): Promise<() => Promise<void>> {
  const queue = new PgBoss({ connectionString: url, useListenNotify: true });
  queue.on('error', () => {});
  await queue.start();
  await queue.createQueue(startQueue, { notify: true });
  await queue.work(startQueue, async (jobs) => {
    for (const { id } of jobs) await begin(folder, id);
  });
  return () => queue.stop();
}

/** The process that works off a queue, until whoever started it lets go of the channel. */
if (process.argv[1] === import.meta.filename) {
  const given = input.parse(JSON.parse(process.argv[2] ?? ''));
  const stop = await { graphile, boss }[given.kind](given);
  process.once('disconnect', () => void stop().finally(() => process.exit()));
  process.send?.('ready');
}
