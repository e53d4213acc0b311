import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { makeWorkerUtils } from 'graphile-worker';
import { PgBoss } from 'pg-boss';
import { asProfileName, defaultBoard } from '../../src/domain/ids.ts';
import type { LiveRun } from '../../src/domain/view.ts';
import { createKernel } from '../../src/kernel/create-kernel.ts';
import { hashOf } from '../../src/services/secret.ts';
import { openPostgresStore } from '../../src/store/postgres/postgres.ts';
import { until } from '../../test/support/until.ts';
import type { Work } from '../harness/child.ts';
import { median } from '../harness/stats.ts';
import { quietly, startQueue } from './postgres-queue.ts';

export interface Starts {
  readonly kind: 'andon' | 'graphile' | 'boss';
  readonly url: string;
  /** Where workers write when they began: a file each, named after the task or job. */
  readonly folder: string;
  readonly samples: number;
}

/** Creates work whose worker writes the nanosecond at which it began into the file of that name. */
interface Creator {
  create(): Promise<string>;
  /** Returns when what was created is over, so that the next one finds everybody at rest. */
  settle(name: string): Promise<void>;
  close(): Promise<void>;
}

async function andon({ url, folder }: Starts): Promise<Creator> {
  const kernel = createKernel(openPostgresStore({ url }));
  const nobody = { assignees: [], unassigned: false, limit: 0 };
  const running = async (): Promise<readonly LiveRun[]> => {
    const seen = await kernel.dispatchView(defaultBoard, nobody);
    if (!seen.ok) throw new Error(seen.refusal.sentence);
    return seen.value.processes;
  };
  return {
    create: async () => {
      const made = await kernel.create(defaultBoard, { title: 'Begin', assignee: asProfileName('starter') });
      if (!made.ok) throw new Error(made.refusal.sentence);
      return made.value.task.id;
    },
    // As the worker itself would, but without a second process in its place.
    settle: async (name) => {
      const run = (await running()).find(({ task_id }) => task_id === name);
      if (run === undefined) throw new Error(`${name} does not run, although its worker began.`);
      const proof = await until('the worker says who it is', () => contentOf(join(folder, `${name}.token`)));
      const { task_id, run_id } = run;
      const done = await kernel.complete(defaultBoard, { task_id, run_id, proof: hashOf(proof) });
      if (!done.ok) throw new Error(done.refusal.sentence);
      writeFileSync(join(folder, `${name}.over`), '');
      await until('the worker is gone', async () => (await running()).length === 0);
    },
    close: () => kernel.close(),
  };
}

async function graphile({ url }: Starts): Promise<Creator> {
  const utils = await makeWorkerUtils({ connectionString: url, logger: quietly });
  return {
    create: async () => (await utils.addJob(startQueue, {})).id,
    settle: async () => {},
    close: async () => utils.release(),
  };
}

async function boss({ url }: Starts): Promise<Creator> {
  const queue = new PgBoss({ connectionString: url, supervise: false, schedule: false });
  queue.on('error', () => {});
  await queue.start();
  return {
    create: async () => String(await queue.send(startQueue, {})),
    settle: async () => {},
    close: () => queue.stop({ graceful: false }),
  };
}

const creators: Readonly<Record<Starts['kind'], (input: Starts) => Promise<Creator>>> = {
  andon,
  graphile,
  boss,
};

/** Everybody is at rest again after this many milliseconds; the first one connects and prepares, and is not told. */
const [rest, first] = [40, 1];

/** Gives microseconds from before the create to the worker's first act, the median of the samples. */
export const work: Work<Starts, number> = async (input) => {
  const creator = await creators[input.kind](input);
  const took: number[] = [];
  for (let number = 0; number < first + input.samples; number += 1) {
    await pause(rest);
    const begun = performance.timeOrigin + performance.now();
    const name = await creator.create();
    const at = await until(`${input.kind} starts a worker`, () => contentOf(join(input.folder, name)));
    took.push((Number(at) / 1e6 - begun) * 1000);
    await creator.settle(name);
  }
  await creator.close();
  return median(took.slice(first));
};

/** Once a line is there whole. */
function contentOf(file: string): string | undefined {
  if (!existsSync(file)) return undefined;
  const text = readFileSync(file, 'utf8');
  return text.endsWith('\n') ? text.trim() : undefined;
}
