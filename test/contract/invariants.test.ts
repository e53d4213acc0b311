import fc from 'fast-check';
import { describe, it } from 'vitest';
import { asSeconds, type TaskId } from '../../src/domain/ids.ts';
import type { Claim } from '../../src/domain/view.ts';
import {
  type Board,
  board,
  exited,
  killed,
  leader,
  openBoard,
  profile,
  startOf,
  startRun,
  ttl,
} from '../support/board.ts';
import { stores } from '../support/stores.ts';

/** What a sequence of commands knows of the board: the tasks and runs that it has met. */
interface Model {
  readonly tasks: TaskId[];
  readonly runs: Claim[];
}

type Step = (on: Board, model: Model) => Promise<unknown>;

/** A task or run by number: the same choice on every replay, whatever ids were drawn. */
const pick = <Item>(items: readonly Item[], choice: number): Item | undefined => items[choice % items.length];

const choice = fc.nat(11);
const names = fc.constantFrom(profile('ada'), profile('bob'), null);
const exits = fc.constantFrom(exited(0), exited(1), exited(75), killed);

const onTask = (step: (on: Board, id: TaskId, model: Model) => Promise<unknown>) =>
  choice.map(
    (number): Step =>
      async (on, model) => {
        const id = pick(model.tasks, number);
        if (id) await step(on, id, model);
      },
  );

const onRun = (step: (on: Board, run: Claim) => Promise<unknown>) =>
  choice.map(
    (number): Step =>
      async (on, model) => {
        const run = pick(model.runs, number);
        if (run) await step(on, run);
      },
  );

const create = fc
  .record({
    parents: fc.array(choice, { maxLength: 3 }),
    assignee: names,
    max_retries: fc.constantFrom(1, 2, undefined),
    initial_status: fc.constantFrom('blocked', undefined, undefined),
    triage: fc.constantFrom(true, false, false),
  })
  .map(
    ({ parents, ...input }): Step =>
      async (on, { tasks }) => {
        const known = parents.flatMap((number) => pick(tasks, number) ?? []);
        tasks.push(await on.create('Some work', { ...input, parents: known }));
      },
  );

const link = fc.tuple(choice, choice, fc.boolean()).map(
  ([one, two, add]): Step =>
    async (on, { tasks }) => {
      const [parent_id, child_id] = [pick(tasks, one), pick(tasks, two)];
      if (parent_id && child_id) await on.kernel[add ? 'link' : 'unlink'](board, { parent_id, child_id });
    },
);

const reap = fc.tuple(choice, exits, fc.boolean()).map(
  ([number, exit, late]): Step =>
    async (on, { runs }) => {
      const run = pick(runs, number);
      const stopped = late ? ({ because: 'timed_out', sigkill: true } as const) : null;
      const input = { epoch: leader.epoch, exit, stopped, failure_limit: undefined };
      if (run) await on.kernel.reap(board, { run_id: run.run_id, ...input });
    },
);

const claim = onTask(async ({ kernel }, task_id, { runs }) => {
  const input = { task_id, claim_lock: 'here:1', ttl_seconds: ttl, workspace_path: null };
  const answer = await kernel.claim(board, input);
  if (answer.ok) runs.push(answer.value);
});

const start = onTask(async ({ kernel, clock }, id, { runs }) => {
  const answer = await startRun(kernel, startOf(id, clock));
  if (answer.ok) runs.push(answer.value);
});

const unblock = onTask(({ kernel }, task_id) => kernel.unblock(board, { task_id }));

const assign = fc.tuple(choice, names).map(
  ([number, assignee]): Step =>
    async ({ kernel }, { tasks }) => {
      const task_id = pick(tasks, number);
      if (task_id) await kernel.assign(board, { task_id, assignee });
    },
);

const wait = fc.constantFrom(1, ttl + 1).map(
  (seconds): Step =>
    async ({ clock, kernel }) => {
      clock.advance(seconds);
      await kernel.expireClaims(board, { ...leader, ttl_seconds: ttl });
    },
);

const steps: fc.Arbitrary<Step> = fc.oneof(
  create,
  assign,
  wait,
  // What most stories need comes more often.
  { arbitrary: link, weight: 3 },
  { arbitrary: claim, weight: 3 },
  { arbitrary: start, weight: 3 },
  { arbitrary: reap, weight: 2 },
  { arbitrary: unblock, weight: 3 },
  onTask(({ kernel }, task_id) => kernel.complete(board, { task_id })),
  onTask(({ kernel }, task_id) => kernel.block(board, { task_id, reason: 'Which?' })),
  onTask(({ kernel }, task_id) => kernel.archive(board, { task_id })),
  onTask(({ kernel }, task_id) => kernel.heartbeat(board, { task_id, ttl_seconds: asSeconds(60) })),
  onRun(({ kernel }, { task, run_id }) =>
    kernel.complete(board, { task_id: task.id, run_id, summary: 'Done.' }),
  ),
  onRun(({ kernel }, { task, run_id }) =>
    kernel.block(board, { task_id: task.id, run_id, reason: 'Which?' }),
  ),
  onRun(({ kernel }, { run_id }) =>
    kernel.failStart(board, { run_id, epoch: leader.epoch, error: 'no folder', failure_limit: undefined }),
  ),
  fc.constant<Step>(({ kernel }) => kernel.promoteAll(board, { ...leader, failure_limit: undefined })),
);

describe.each(stores)('whatever is asked of a board on $name', (kind) => {
  it('task, run, event and process tell one story after every command', async () => {
    const property = fc.asyncProperty(fc.array(steps, { minLength: 10, maxLength: 30 }), async (sequence) => {
      const on = openBoard(kind);
      const parent = await on.create('Parent');
      const tasks = [parent, await on.create('Child', { parents: [parent] }), await on.create('Another')];
      const model: Model = { tasks, runs: [] };
      for (const step of sequence) {
        await step(on, model);
        await on.check();
      }
      await on.close();
    });
    await fc.assert(property, { numRuns: 100, interruptAfterTimeLimit: 5000 });
  });
});
