import { asEpoch, asMillis, asProfileName, asSeconds, asTaskId, defaultBoard } from '../../src/domain/ids.ts';
import type { StartRun } from '../../src/domain/leading.ts';
import { createKernel } from '../../src/kernel/create-kernel.ts';
import type { Kernel } from '../../src/kernel/kernel.ts';
import { openSqliteStore } from '../../src/store/sqlite/sqlite.ts';
import { nameOf } from '../harness/boards.ts';
import type { Work } from '../harness/child.ts';
import { batchSize, idsOf, type Job, parentsOf, timed, words } from './job.ts';

/** Andon through its public kernel. */
export const work: Work<Job, number> = async (job) => {
  const { clock } = job;
  const ids = idsOf(job);
  const kernel = createKernel(
    openSqliteStore({
      locate: () => job.path,
      newId: () => asTaskId(ids()),
      ...(clock !== undefined && { now: () => asMillis(clock) }),
    }),
  );
  const time = await timed(job, operationOf(kernel, job));
  await kernel.close();
  return time;
};

/** The value of an answer; a bench asks nothing that is refused. */
export function granted<Value>(
  answer: { ok: true; value: Value } | { ok: false; refusal: { sentence: string } },
): Value {
  if (answer.ok) return answer.value;
  throw new Error(answer.refusal.sentence);
}

const readyTask = (number: number) => asTaskId(nameOf('ready', number));

/** The leader of the boards that `harness/boards.ts` builds. */
const leader = { role: 'dispatcher', epoch: asEpoch(1) } as const;

const startOf = (number: number): StartRun => ({
  task_id: readyTask(number),
  claim_lock: words.lock,
  ttl_seconds: asSeconds(words.ttl),
  workspace_path: null,
  host: words.host,
  runs_root: words.runs,
  mark: words.mark,
  max_runtime_seconds: null,
  slot_free_since: asMillis(0),
});

export function operationOf(kernel: Kernel, { does }: Pick<Job, 'does'>): (number: number) => Promise<void> {
  const claim = async (number: number) =>
    granted(
      await kernel.claim(defaultBoard, {
        task_id: readyTask(number),
        claim_lock: words.lock,
        ttl_seconds: asSeconds(words.ttl),
        workspace_path: null,
      }),
    );
  const start = async (first: number, count: number) => {
    const starts = Array.from({ length: count }, (_, index) => startOf(first + index));
    const answers = granted(await kernel.startRuns(defaultBoard, { epoch: leader.epoch, starts }));
    for (const answer of answers) granted(answer);
  };
  switch (does) {
    case 'single':
      return async (number) => void (await start(number, 1));
    case 'pair':
      return async (number) => {
        const { task, run_id } = await claim(number);
        const { summary } = words;
        granted(await kernel.complete(defaultBoard, { task_id: task.id, run_id, summary }));
      };
    case 'create':
      return async (number) => {
        granted(
          await kernel.create(defaultBoard, {
            title: words.titleOf(number),
            body: words.body,
            assignee: asProfileName('worker'),
            idempotency_key: words.keyOf(number),
            parents: parentsOf(number).map(asTaskId),
          }),
        );
      };
    case 'promotion':
      return async (number) => {
        const task_id = asTaskId(nameOf('chain', number));
        granted(await kernel.complete(defaultBoard, { task_id, summary: words.summary }));
      };
    case 'batch':
      return async (number) => void (await start(number * batchSize, batchSize));
  }
}
