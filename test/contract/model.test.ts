import fc from 'fast-check';
import { afterAll, describe, expect, it } from 'vitest';
import type { Result } from '../../src/domain/errors.ts';
import { asMillis, type RunId, type TaskId, toSeconds } from '../../src/domain/ids.ts';
import type { Claim } from '../../src/domain/view.ts';
import {
  type Board,
  board,
  exited,
  leader,
  openBoard,
  profile,
  startOf,
  startRun,
  ttl,
  value,
} from '../support/board.ts';
import { ReferenceModel, type Said } from '../support/reference-model.ts';
import { stores } from '../support/stores.ts';

/** One board and its model side by side. Each step asks both, and both must say the same. */
class Pair {
  readonly model = new ReferenceModel();
  readonly ids: TaskId[] = [];
  readonly runs: RunId[] = [];
  readonly on: Board;
  constructor(on: Board) {
    this.on = on;
    this.model.now = toSeconds(on.clock.now());
  }

  task(choice: number): TaskId | undefined {
    return this.ids[choice % Math.max(1, this.ids.length)];
  }

  agree(what: string, expected: Said, answer: Result<unknown>): void {
    const said = answer.ok ? 'ok' : answer.refusal.code;
    expect(`${what}: ${said}`).toBe(`${what}: ${expected}`);
  }

  took(answer: Result<Claim>, id: TaskId, alive: boolean): void {
    if (!answer.ok) return;
    this.runs.push(answer.value.run_id);
    this.model.granted(id, answer.value.run_id, this.model.now + ttl, alive);
  }

  /** Every task and every run of the board, as the model sees them. */
  async compare(): Promise<void> {
    const { kernel } = this.on;
    const tasks = value(await kernel.list(board, { include_archived: true }));
    const seen = tasks.map((task) => ({
      id: task.id,
      status: task.status,
      assignee: task.assignee,
      failures: task.consecutive_failures,
      run: task.current_run_id,
      expires: task.status === 'running' ? task.claim_expires : null,
    }));
    const expected = [...this.model.tasks.values()].map((task) => ({
      id: task.id,
      status: task.status,
      assignee: task.assignee,
      failures: task.failures,
      run: task.run,
      expires: task.status === 'running' ? task.expires : null,
    }));
    const byId = (a: { id: string }, b: { id: string }) => (a.id < b.id ? -1 : 1);
    expect(seen.sort(byId)).toEqual(expected.sort(byId));
    for (const run of value(await kernel.runs(board, {}))) {
      const known = this.model.runs.get(run.id);
      // A run without an attempt is the record of an answer; the model keeps none.
      if (!known) continue;
      const alive = run.process !== null && run.process.gone_at === null;
      expect({ id: run.id, outcome: run.outcome, alive }).toEqual({
        id: run.id,
        outcome: known.outcome,
        alive: known.alive,
      });
    }
  }
}

type Step = (pair: Pair) => Promise<void>;

const choice = fc.nat(9);
const names = fc.constantFrom(profile('ada'), profile('bob'), null);

const onTask = (step: (pair: Pair, id: TaskId) => Promise<void>): fc.Arbitrary<Step> =>
  choice.map((number) => async (pair) => {
    const id = pair.task(number);
    if (id) await step(pair, id);
  });

const onRun = (step: (pair: Pair, id: RunId, task: TaskId) => Promise<void>): fc.Arbitrary<Step> =>
  choice.map((number) => async (pair) => {
    const id = pair.runs[number % Math.max(1, pair.runs.length)];
    const task = id === undefined ? undefined : pair.model.runs.get(id)?.task;
    if (id !== undefined && task) await step(pair, id, task);
  });

const create: fc.Arbitrary<Step> = fc
  .record({
    parents: fc.array(choice, { maxLength: 2 }),
    assignee: names,
    maxRetries: fc.constantFrom(1, 3, null, null),
    kind: fc.constantFrom('blocked', 'triage', 'usual', 'usual', 'usual'),
  })
  .map(({ parents: chosen, assignee, maxRetries, kind }) => async (pair) => {
    const parents = [...new Set(chosen.flatMap((number) => pair.task(number) ?? []))];
    const id = await pair.on.create('Some work', {
      parents,
      assignee,
      ...(maxRetries !== null && { max_retries: maxRetries }),
      ...(kind === 'blocked' && { initial_status: 'blocked' as const }),
      triage: kind === 'triage',
    });
    pair.ids.push(id);
    pair.model.create(id, {
      parents,
      assignee,
      maxRetries,
      blocked: kind === 'blocked',
      triage: kind === 'triage',
    });
  });

const links: fc.Arbitrary<Step> = fc
  .tuple(choice, choice, fc.boolean())
  .map(([one, two, add]) => async (pair) => {
    const [parent_id, child_id] = [pair.task(one), pair.task(two)];
    if (!parent_id || !child_id) return;
    if (add)
      pair.agree(
        'link',
        pair.model.link(parent_id, child_id),
        await pair.on.kernel.link(board, { parent_id, child_id }),
      );
    else
      pair.agree(
        'unlink',
        pair.model.unlink(parent_id, child_id),
        await pair.on.kernel.unlink(board, { parent_id, child_id }),
      );
  });

const assign: fc.Arbitrary<Step> = fc.tuple(choice, names).map(([number, assignee]) => async (pair) => {
  const task_id = pair.task(number);
  if (!task_id) return;
  pair.agree(
    'assign',
    pair.model.assign(task_id, assignee),
    await pair.on.kernel.assign(board, { task_id, assignee }),
  );
});

const claim = onTask(async (pair, task_id) => {
  const expected = pair.model.mayClaim(task_id);
  const input = { task_id, claim_lock: 'here:1', ttl_seconds: ttl, workspace_path: null };
  const answer = await pair.on.kernel.claim(board, input);
  pair.agree('claim', expected, answer);
  pair.took(answer, task_id, false);
});

const start = onTask(async (pair, task_id) => {
  const expected = pair.model.mayClaim(task_id);
  const answer = await startRun(pair.on.kernel, startOf(task_id, pair.on.clock));
  pair.agree('start', expected, answer);
  pair.took(answer, task_id, true);
});

const reap: fc.Arbitrary<Step> = fc
  .tuple(choice, fc.constantFrom(0, 1, 75))
  .map(([number, code]) => async (pair) => {
    const run_id = pair.runs[number % Math.max(1, pair.runs.length)];
    // A plain claim has no process that could be dead.
    if (
      run_id === undefined ||
      value(await pair.on.kernel.runs(board, {})).find(({ id }) => id === run_id)?.process === null
    )
      return;
    const input = {
      run_id,
      epoch: leader.epoch,
      exit: exited(code),
      stopped: null,
      failure_limit: undefined,
    };
    pair.agree('reap', pair.model.reap(run_id, code), await pair.on.kernel.reap(board, input));
  });

const wait: fc.Arbitrary<Step> = fc.constantFrom(1, 600, ttl + 1).map((seconds) => async (pair) => {
  pair.on.clock.advance(seconds);
  pair.model.expire(toSeconds(pair.on.clock.now()), ttl);
  pair.model.wake();
  value(await pair.on.kernel.expireClaims(board, { ...leader, ttl_seconds: ttl }));
  value(await pair.on.kernel.wakeScheduled(board, leader));
});

/** Sometimes the worker of the newest run says it, sometimes somebody else. */
const speaker = fc.boolean();

const schedule: fc.Arbitrary<Step> = fc
  .tuple(choice, speaker, fc.constantFrom(300, null))
  .map(([number, worker, seconds]) => async (pair) => {
    const task_id = pair.task(number);
    if (!task_id) return;
    const run = worker ? pair.model.task(task_id).run : null;
    const at = seconds === null ? null : pair.model.now + seconds;
    const expected = pair.model.schedule(task_id, run, at);
    const input = {
      task_id,
      ...(run !== null && { run_id: run }),
      ...(at !== null && { scheduled_at: asMillis(at * 1000) }),
    };
    pair.agree('schedule', expected, await pair.on.kernel.schedule(board, input));
  });

const review: fc.Arbitrary<Step> = fc
  .tuple(choice, speaker, fc.constantFrom(profile('eve'), undefined))
  .map(([number, worker, reviewer]) => async (pair) => {
    const task_id = pair.task(number);
    if (!task_id) return;
    const run = worker ? pair.model.task(task_id).run : null;
    const expected = pair.model.requestReview(task_id, run, reviewer ?? null);
    const input = { task_id, ...(run !== null && { run_id: run }), reviewer };
    pair.agree('request review', expected, await pair.on.kernel.requestReview(board, input));
  });

const changes: fc.Arbitrary<Step> = fc.tuple(choice, speaker).map(([number, worker]) => async (pair) => {
  const task_id = pair.task(number);
  if (!task_id) return;
  const run = worker ? pair.model.task(task_id).run : null;
  const expected = pair.model.requestChanges(task_id, run);
  const input = { task_id, ...(run !== null && { run_id: run }) };
  pair.agree('request changes', expected, await pair.on.kernel.requestChanges(board, input));
});

const steps: fc.Arbitrary<Step> = fc.oneof(
  schedule,
  { arbitrary: review, weight: 2 },
  changes,
  { arbitrary: create, weight: 3 },
  { arbitrary: links, weight: 3 },
  assign,
  { arbitrary: claim, weight: 2 },
  { arbitrary: start, weight: 3 },
  { arbitrary: reap, weight: 3 },
  wait,
  onTask(async (pair, task_id) =>
    pair.agree(
      'complete',
      pair.model.complete(task_id, null),
      await pair.on.kernel.complete(board, { task_id }),
    ),
  ),
  onTask(async (pair, task_id) =>
    pair.agree(
      'block',
      pair.model.block(task_id, null),
      await pair.on.kernel.block(board, { task_id, reason: 'Why?' }),
    ),
  ),
  {
    arbitrary: onTask(async (pair, task_id) =>
      pair.agree('unblock', pair.model.unblock(task_id), await pair.on.kernel.unblock(board, { task_id })),
    ),
    weight: 2,
  },
  onTask(async (pair, task_id) =>
    pair.agree('archive', pair.model.archive(task_id), await pair.on.kernel.archive(board, { task_id })),
  ),
  onTask(async (pair, task_id) => {
    const expected = pair.model.heartbeat(task_id, pair.model.now + ttl);
    pair.agree('heartbeat', expected, await pair.on.kernel.heartbeat(board, { task_id, ttl_seconds: ttl }));
  }),
  onRun(async (pair, run_id, task_id) =>
    pair.agree(
      'answer',
      pair.model.complete(task_id, run_id),
      await pair.on.kernel.complete(board, { task_id, run_id, summary: 'Done.' }),
    ),
  ),
  onRun(async (pair, run_id, task_id) =>
    pair.agree(
      'ask',
      pair.model.block(task_id, run_id),
      await pair.on.kernel.block(board, { task_id, run_id, reason: 'Which?' }),
    ),
  ),
  fc.constant<Step>(async (pair) => {
    pair.model.promoteAll();
    value(await pair.on.kernel.promoteAll(board, { ...leader, failure_limit: undefined }));
  }),
);

const counted = { sequences: 0, steps: 0 };
afterAll(() => {
  process.stdout.write(
    `model: ${counted.sequences} sequences, ${counted.steps} steps, boards and model agreed after each\n`,
  );
});

describe.each(stores)('a board on $name', (kind) => {
  it('does what the reference model does, after every command of any sequence', async () => {
    const property = fc.asyncProperty(fc.array(steps, { minLength: 10, maxLength: 40 }), async (sequence) => {
      const pair = new Pair(openBoard(kind));
      for (const step of sequence) {
        await step(pair);
        await pair.compare();
        counted.steps += 1;
      }
      counted.sequences += 1;
      await pair.on.close();
    });
    await fc.assert(property, { numRuns: 150, interruptAfterTimeLimit: 4000 });
  });
});
