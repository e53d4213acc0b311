import { asEventId, asSeconds, asTaskId, defaultBoard, type RunId } from '../../src/domain/ids.ts';
import { createKernel } from '../../src/kernel/create-kernel.ts';
import type { Kernel } from '../../src/kernel/kernel.ts';
import { openSqliteStore } from '../../src/store/sqlite/sqlite.ts';
import { nameOf } from '../harness/boards.ts';
import type { Work } from '../harness/child.ts';
import { median } from '../harness/stats.ts';
import { granted, operationOf } from './andon.ts';
import { askOf } from './andon-reads.ts';
import { words } from './job.ts';

/** Two boards, and how often each operation is done on each in each round. */
export interface GrowthJob {
  readonly small: string;
  readonly big: string;
  readonly rounds: number;
  readonly count: number;
}

/** By operation: how many times as long it takes on the big board, round by round. */
export type Growth = Readonly<Record<string, readonly number[]>>;

interface Operation {
  /** What must be there first; not timed. */
  readonly prepare?: (number: number) => Promise<unknown>;
  readonly work: (number: number) => Promise<unknown>;
}

/** One process works both boards in turns, so that whatever the machine does meanwhile, it does to both. */
export const work: Work<GrowthJob, Growth> = async ({ small, big, rounds, count }) => {
  const open = (path: string) => openAll(createKernel(openSqliteStore({ locate: () => path })));
  const [fewer, more] = [await open(small), await open(big)];
  const growth: Record<string, number[]> = {};
  for (let round = 0; round <= rounds; round += 1) {
    for (const [name, onSmall] of Object.entries(fewer.operations)) {
      const onBig = more.operations[name];
      if (onBig === undefined) continue;
      const times: [number[], number[]] = [[], []];
      for (let index = 0; index < count; index += 1) {
        const number = round * count + index;
        const turns = [
          [onSmall, times[0]],
          [onBig, times[1]],
        ] as const;
        for (const [operation, taken] of index % 2 === 0 ? turns : turns.toReversed()) {
          await operation.prepare?.(number);
          const begun = performance.now();
          await operation.work(number);
          taken.push(performance.now() - begun);
        }
      }
      // The first round only warms up.
      if (round > 0) growth[name] = [...(growth[name] ?? []), median(times[1]) / median(times[0])];
    }
  }
  await fewer.kernel.close();
  await more.kernel.close();
  return growth;
};

/** The operations of P6 on a board. */
export async function openAll(
  kernel: Kernel,
): Promise<{ kernel: Kernel; operations: Readonly<Record<string, Operation>> }> {
  const last = granted(await kernel.lastEvent(defaultBoard, {}));
  const tail = { after: asEventId(Math.max(0, last - 100)), limit: 100 };
  return {
    kernel,
    operations: {
      create: { work: operationOf(kernel, { does: 'create' }) },
      ...attempts(kernel),
      get: {
        work: async (number) => granted(await kernel.show(defaultBoard, { task_id: readyTask(number) })),
      },
      page: { work: askOf(kernel, { what: 'page', status: 'done', assigned: false }) },
      tail: { work: async () => granted(await kernel.feed(defaultBoard, tail)) },
      promote: promotion(kernel),
      brief: {
        work: async (number) => granted(await kernel.brief(defaultBoard, { task_id: readyTask(number) })),
      },
    },
  };
}

const readyTask = (number: number) => asTaskId(nameOf('ready', number));

/** A claim, a sign of life and the end of the same run; they come after each other in each round. */
function attempts(kernel: Kernel): Record<'claim' | 'heartbeat' | 'complete', Operation> {
  const runs = new Map<number, RunId>();
  const { lock: claim_lock, summary } = words;
  const claiming = { claim_lock, ttl_seconds: asSeconds(words.ttl), workspace_path: null };
  return {
    claim: {
      work: async (number) => {
        const claimed = await kernel.claim(defaultBoard, { task_id: readyTask(number), ...claiming });
        runs.set(number, granted(claimed).run_id);
      },
    },
    heartbeat: {
      work: async (number) =>
        granted(await kernel.heartbeat(defaultBoard, { task_id: readyTask(number), claim_lock })),
    },
    complete: {
      work: async (number) => {
        const run_id = runs.get(number);
        granted(await kernel.complete(defaultBoard, { task_id: readyTask(number), run_id, summary }));
      },
    },
  };
}

/** Ready tasks that no attempt takes. */
const apart = 200;

/** The completion of the last of five parents. */
function promotion(kernel: Kernel): Operation {
  const last = (number: number) => readyTask(apart + number);
  return {
    prepare: async (number) => {
      const done = [1, 2, 3, 4].map((step) => asTaskId(nameOf('done', number + step)));
      granted(await kernel.create(defaultBoard, { title: 'It waits', parents: [last(number), ...done] }));
    },
    work: async (number) =>
      granted(await kernel.complete(defaultBoard, { task_id: last(number), summary: words.summary })),
  };
}
