import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { defaultBoard, type TaskId } from '../../src/domain/ids.ts';
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

/** Many short processes at once, each with its own log, all of them ended. */
async function measure(bench: Bench): Promise<readonly Figure[]> {
  const many = bench.quick ? 50 : 200;
  const gateway = await startGateway(bench, 'many', {
    meters: ['loop'],
    settings: { max_in_progress: 16 },
  });
  const kernel = besides(gateway);
  let figures: readonly Figure[] = [];
  try {
    const before = gateway.processorTime();
    const begun = performance.now();
    const tasks: TaskId[] = [];
    for (let number = 0; number < many; number += 1) tasks.push(await createFor(kernel, `Short ${number}`));
    await answerAll(gateway, kernel, many);
    await untilFound('the end of all', async () => ((await living(kernel)) === 0 ? true : undefined), 60);
    const seconds = (performance.now() - begun) / 1000;
    const processor = gateway.processorTime() - before;
    const [reaped, logged] = [await reapedOf(kernel, tasks), tasks.filter((task) => isLogged(gateway, task))];
    figures = [
      {
        name: 'processes that were started',
        ...all(new Set(gateway.signed().map(({ task }) => task)).size, many),
      },
      { name: 'with their line in their log', ...all(logged.length, many) },
      { name: 'done and reaped after one run', ...all(reaped, many) },
      { name: 'gateway’s processor time for each', value: processor / many, unit: 'ms' },
      { name: 'processes a second', value: many / seconds, unit: '/s' },
      { name: 'wall time', value: seconds, unit: 's' },
    ];
  } finally {
    await kernel.close();
    await gateway.end();
  }
  const [p50 = 0, p99 = 0, most = 0] = (gateway.metered('loop')[0] ?? '').split(' ').map(Number);
  return [
    ...figures,
    // The timer that looks comes each millisecond, which is in these.
    { name: 'between two turns of its event loop, p50', value: p50, unit: 'ms' },
    { name: 'between two turns of its event loop, p99', value: p99, unit: 'ms' },
    { name: 'between two turns of its event loop, most', value: most, unit: 'ms' },
  ];
}

const all = (value: number, many: number) => ({ value, unit: 'count', goal: { atLeast: many } }) as const;

/** Answers for each worker as it signs. */
async function answerAll(gateway: BenchGateway, kernel: Kernel, many: number): Promise<void> {
  for (let answered = 0; answered < many; ) {
    const fresh = await untilFound(
      'the next worker',
      () => {
        const signed = gateway.signed().slice(answered);
        return signed.length === 0 ? undefined : signed;
      },
      60,
    );
    for (const signature of fresh) await answerFor(kernel, signature);
    answered += fresh.length;
  }
}

async function living(kernel: Kernel): Promise<number> {
  const seen = await kernel.dispatchView(defaultBoard, { assignees: [], unassigned: false, limit: 0 });
  return seen.ok ? seen.value.processes.length : -1;
}

async function reapedOf(kernel: Kernel, tasks: readonly TaskId[]): Promise<number> {
  let reaped = 0;
  for (const task of tasks) {
    const view = await kernel.show(defaultBoard, { task_id: task });
    if (view.ok && view.value.task.status === 'done' && view.value.runs.length === 1) reaped += 1;
  }
  return reaped;
}

const isLogged = ({ logs }: BenchGateway, task: TaskId): boolean => {
  const log = join(logs, `${task}.log`);
  return existsSync(log) && readFileSync(log, 'utf8').includes(`Here is the work on ${task}.`);
};

export const many: Row = {
  id: 'P16',
  title: '200 short processes from one gateway',
  goal: 'all started, logged and reaped, none lost; its processor time and loop delay are told',
  measure,
};
