import { describe, expect, it } from 'vitest';
import type { Budget } from '../../src/domain/budget.ts';
import type { TaskId } from '../../src/domain/ids.ts';
import type { Claim } from '../../src/domain/view.ts';
import { board, killed, leader, oldEpoch, openBoard, profile, value } from '../support/board.ts';
import { type StoreKind, stores } from '../support/stores.ts';

const dollar = 1_000_000;
const budget = (scope: Budget['scope'], own: Partial<Budget> = {}): Budget => ({
  scope,
  name: null,
  cost_micros: dollar,
  tokens: null,
  warn: 80,
  ...own,
});

const ada = profile('ada');
const bob = profile('bob');

function spendingOn(kind: StoreKind) {
  const on = openBoard(kind);
  const { kernel } = on;
  const look = async (...budgets: Budget[]) =>
    value(await kernel.dispatchView(board, { assignees: null, unassigned: true, limit: 99, budgets }))
      .budgets;
  return {
    ...on,
    look,
    /** Whose budget is near or over, and what was spent. */
    strained: async (...budgets: Budget[]) =>
      (await look(...budgets)).map(({ subject, level, spent }) => [subject, level, spent.cost_micros]),
    /** All that the run has cost until now. */
    costs: async ({ task, run_id }: Claim, cost_micros: number | null, input_tokens = 10) => {
      const tokens = { input_tokens, output_tokens: 0, cache_read_tokens: 0, cache_write_tokens: 0 };
      const usage = { model: 'one', ...tokens, reasoning_tokens: 0, cost_micros, source: 'agent' } as const;
      value(await kernel.recordUsage(board, { task_id: task.id, run_id, usages: [usage] }));
    },
    enforce: async (budgets: readonly Budget[], tasks: readonly TaskId[] = []) =>
      value(await kernel.enforceBudgets(board, { ...leader, budgets, tasks })),
  };
}

describe.each(stores)('what budgets are told on $name', (kind) => {
  it('a task is judged by what all its runs have spent, by the newest figures of each', async () => {
    const { create, start, reap, strained, costs } = spendingOn(kind);
    const id = await create('Costly', { assignee: ada, max_retries: 9 });
    const first = await start(id);
    await costs(first, 700_000);
    await costs(first, 600_000);
    expect(await strained(budget('task'))).toEqual([]);
    await reap(first, killed);
    const second = await start(id, { mark: 'm2' });
    await costs(second, 300_000);
    expect(await strained(budget('task'))).toEqual([[id, 'near', 900_000]]);
    await costs(second, 400_000);
    expect(await strained(budget('task'))).toEqual([[id, 'over', dollar]]);
    expect(await strained(budget('task', { cost_micros: null, tokens: 25 }))).toEqual([[id, 'near', dollar]]);
    expect(await strained()).toEqual([]);
  });

  it('a tree is a root with all that depends on it; a task with several belongs to the oldest', async () => {
    const { create, start, done, look, costs, clock, kernel } = spendingOn(kind);
    const root = await create('Root');
    clock.advance(1);
    const younger = await create('Younger root');
    const middle = await create('Middle', { parents: [root], assignee: ada });
    const leaf = await create('Leaf', { parents: [middle, younger] });
    const beside = await create('Beside', { assignee: ada });
    await done(root);
    const claim = await start(middle);
    await costs(claim, 900_000);
    await costs(await start(beside, { mark: 'm2' }), 5 * dollar);
    value(await kernel.complete(board, { task_id: middle, run_id: claim.run_id }));
    await done(younger);
    const states = await look(budget('tree'));
    expect(states.map(({ subject, level, tasks }) => [subject, level, tasks])).toEqual(
      expect.arrayContaining([
        [root, 'near', expect.arrayContaining([middle, leaf])],
        [beside, 'over', [beside]],
      ]),
    );
    expect(states).toHaveLength(2);
  });

  it('a profile, the board and its day are judged by sums; a day ends at midnight UTC', async () => {
    const { create, start, strained, costs, clock, kernel } = spendingOn(kind);
    const mine = await start(await create('Mine', { assignee: ada }));
    const other = await start(await create('Other', { assignee: bob }), { mark: 'm2' });
    await costs(mine, dollar);
    await costs(other, 100_000);
    const today = new Date(clock.now()).toISOString().slice(0, 10);
    const all = [budget('profile'), budget('board', { name: 'main' }), budget('day')];
    expect(await strained(...all)).toEqual([
      ['ada', 'over', dollar],
      ['main', 'over', 1_100_000],
      [today, 'over', 1_100_000],
    ]);
    expect(await strained(budget('profile', { name: 'bob', cost_micros: 100_000 }))).toEqual([
      ['bob', 'over', 100_000],
    ]);
    expect(await strained(budget('profile', { name: 'bob' }))).toEqual([]);

    clock.advance(86_400);
    expect(await strained(budget('day'))).toEqual([]);
    // Only what comes on top of yesterday's figures was spent today.
    await costs(other, 950_000);
    const tomorrow = new Date(clock.now()).toISOString().slice(0, 10);
    expect(await strained(budget('day'))).toEqual([[tomorrow, 'near', 850_000]]);

    // What was spent stays spent, also when the task is deleted.
    value(await kernel.complete(board, { task_id: mine.task.id, run_id: mine.run_id }));
    value(
      await kernel.reap(board, {
        ...leader,
        run_id: mine.run_id,
        exit: killed,
        stopped: null,
        failure_limit: 9,
      }),
    );
    value(await kernel.delete(board, { task_id: mine.task.id }));
    expect(await strained(budget('profile'))).toEqual([
      ['ada', 'over', dollar],
      ['bob', 'near', 950_000],
    ]);
  });

  it('a price that nobody knows counts nothing in money, and its tokens count', async () => {
    const { create, start, strained, costs } = spendingOn(kind);
    const claim = await start(await create('Free?', { assignee: ada }));
    await costs(claim, null, 5000);
    expect(await strained(budget('board'))).toEqual([]);
    expect(await strained(budget('board', { tokens: 5000 }))).toEqual([['', 'over', 0]]);
  });
});

describe.each(stores)('what follows from a budget on $name', (kind) => {
  it('a warning and its end are told once each, and again when it was raised', async () => {
    const { create, start, kinds, lastEvent, costs, enforce, look } = spendingOn(kind);
    const id = await create('Costly', { assignee: ada });
    const claim = await start(id);
    const mine = [budget('task'), budget('profile', { name: 'bob' })];
    const told = async () => (await kinds(id)).filter((kind) => kind.startsWith('budget_'));
    await enforce(mine);
    expect(await told()).toEqual([]);
    await costs(claim, 850_000);
    expect((await look(...mine)).map((state) => state.told)).toEqual([false]);
    expect(await enforce(mine)).toBe(0);
    expect(await lastEvent(id)).toMatchObject({
      kind: 'budget_warning',
      run_id: claim.run_id,
      payload: {
        scope: 'task',
        subject: id,
        sentence: `The budget of the task ${id} is used to 85 %: $0.85 of $1.00.`,
        limit: { cost_micros: dollar, tokens: null },
      },
    });
    expect((await look(...mine)).map((state) => state.told)).toEqual([true]);
    await enforce(mine);
    expect(await told()).toEqual(['budget_warning']);
    await costs(claim, dollar);
    expect(await enforce(mine)).toBe(1);
    expect(await enforce(mine)).toBe(0);
    expect(await told()).toEqual(['budget_warning', 'budget_exceeded']);
    await enforce([budget('task', { cost_micros: 1_200_000 })]);
    expect(await told()).toEqual(['budget_warning', 'budget_exceeded', 'budget_warning']);
  });

  it('a run that passes it is stopped, and its task parked once the process is gone', async () => {
    const { create, start, reap, kernel, costs, enforce, kinds } = spendingOn(kind);
    const [id, cheap] = [await create('Costly', { assignee: ada }), await create('Cheap', { assignee: bob })];
    const claim = await start(id);
    const other = await start(cheap, { mark: 'm2' });
    await costs(claim, 2 * dollar);
    expect(await enforce([budget('profile')])).toBe(1);
    const { process } = value(await kernel.run(board, { run_id: claim.run_id }));
    expect(process).toMatchObject({
      stop_parked_by: 'budget',
      stop_reason: 'The budget of the profile ada is used up: $2.00 of $1.00.',
    });
    expect(value(await kernel.run(board, { run_id: other.run_id })).process?.stop_at).toBeNull();
    const task = await reap(claim, killed, { stopped: { because: 'reclaimed', sigkill: false } });
    expect(task.status).toBe('blocked');
    expect((await kinds(id)).slice(-4)).toEqual([
      'budget_exceeded',
      'stop_requested',
      'reclaimed',
      'blocked',
    ]);
    expect(value(await kernel.standing(board, { task_id: id })).blocked).toMatchObject({
      reason: 'Stopped by budget: The budget of the profile ada is used up: $2.00 of $1.00.',
      sticky: true,
    });
  });

  it('a run that has answered is left to its end, and waiting tasks are told of', async () => {
    const { create, start, done, kernel, costs, enforce, kinds } = spendingOn(kind);
    const root = await create('Root', { assignee: ada });
    const child = await create('Child', { parents: [root], assignee: ada });
    const claim = await start(root);
    await costs(claim, dollar);
    value(await kernel.complete(board, { task_id: root, run_id: claim.run_id }));
    expect(await enforce([budget('tree')], [child])).toBe(0);
    expect(await kinds(root)).toContain('budget_exceeded');
    expect(await kinds(child)).not.toContain('budget_exceeded');
    await done(child);
  });

  it('subscribers are told of it', async () => {
    const { create, start, kernel, costs, enforce } = spendingOn(kind);
    const id = await create('Costly', { assignee: ada });
    value(await kernel.subscribe(board, { task_id: id, platform: 'webhook', chat_id: 'ops' }));
    await costs(await start(id), 900_000);
    await enforce([budget('board', { name: 'main' })]);
    expect(value(await kernel.fanOut(board, { ...leader, platforms: ['webhook'], owner: null }))).toBe(1);
  });

  it('a leader of yesterday changes nothing', async () => {
    const { create, start, refused, kernel, costs } = spendingOn(kind);
    await costs(await start(await create('Costly', { assignee: ada })), 9 * dollar);
    value(await kernel.raiseEpoch(board, leader));
    const asked = { role: 'dispatcher', epoch: oldEpoch, budgets: [budget('task')], tasks: [] } as const;
    await refused('not_leader', () => kernel.enforceBudgets(board, asked));
  });
});
