import { describe, expect, it } from 'vitest';
import { asMillis, type RunId, type TaskId } from '../../src/domain/ids.ts';
import type { SpendingFilter, Usage } from '../../src/domain/usage.ts';
import { board, openBoard, profile, value } from '../support/board.ts';
import { stores } from '../support/stores.ts';

const used = (more: Partial<Usage> = {}): Usage => ({
  model: 'one',
  input_tokens: 100,
  output_tokens: 20,
  cache_read_tokens: 60,
  cache_write_tokens: 5,
  reasoning_tokens: 7,
  cost_micros: 1250,
  source: 'agent',
  ...more,
});

describe.each(stores)('what a run tells about itself, on $name', (kind) => {
  const session = { driver: 'claude', driver_version: '2.1.0', session: 'abc' };

  it('is the session of its agent; the newer one stands', async () => {
    const { create, start, kernel } = openBoard(kind);
    const task_id = await create('Remembered');
    const { run_id } = await start(task_id);
    value(await kernel.recordSession(board, { task_id, run_id, ...session, session: 'old' }));
    value(await kernel.recordSession(board, { task_id, run_id, ...session }));
    expect(value(await kernel.run(board, { run_id })).process).toMatchObject(session);
  });

  it('is what it has used: the newest figures stand, also after its answer', async () => {
    const { create, start, kernel } = openBoard(kind);
    const task_id = await create('Costly');
    const { run_id } = await start(task_id);
    value(await kernel.recordUsage(board, { task_id, run_id, usages: [used(), used({ model: 'two' })] }));
    value(await kernel.complete(board, { task_id, run_id }));
    const last = [used({ output_tokens: 30, cost_micros: null, source: 'unknown' })];
    value(await kernel.recordUsage(board, { task_id, run_id, usages: last }));
    value(await kernel.recordUsage(board, { task_id, run_id, usages: last }));
    expect(value(await kernel.usage(board, { by: 'run' }))).toEqual([
      {
        key: String(run_id),
        runs: 1,
        input_tokens: 100,
        cache_read_tokens: 60,
        output_tokens: 30,
        cost_micros: 0,
        unpriced_tokens: 130,
      },
    ]);
  });

  it('is summed by task, tree, profile, model, day and in all, the dearest first', async () => {
    const { create, start, kernel, clock } = openBoard(kind);
    const parent = await create('Parent', { assignee: profile('ada') });
    const first = await start(parent);
    const spend = async (task_id: TaskId, run_id: RunId, usages: readonly Usage[]) =>
      value(await kernel.recordUsage(board, { task_id, run_id, usages }));
    await spend(parent, first.run_id, [used(), used({ model: 'two', cost_micros: 5000 })]);
    value(await kernel.complete(board, { task_id: parent, run_id: first.run_id }));
    clock.advance(86_400);
    const child = await create('Child', { assignee: profile('bob'), parents: [parent] });
    const second = await start(child);
    await spend(child, second.run_id, [used({ cost_micros: 9000 })]);
    const other = await create('Other', { assignee: profile('bob') });
    await spend(other, (await start(other)).run_id, [used({ cost_micros: 1 })]);

    const sums = async (filter: SpendingFilter) =>
      Object.fromEntries(
        value(await kernel.usage(board, filter)).map(({ key, cost_micros }) => [key, cost_micros]),
      );
    expect(Object.entries(await sums({ by: 'task' }))).toEqual([
      [child, 9000],
      [parent, 6250],
      [other, 1],
    ]);
    expect(await sums({ by: 'profile' })).toEqual({ ada: 6250, bob: 9001 });
    expect(await sums({ by: 'model' })).toEqual({ one: 10_251, two: 5000 });
    expect(await sums({ by: 'board' })).toEqual({ all: 15_251 });
    const days = Object.keys(await sums({ by: 'day' }));
    expect(days).toHaveLength(2);
    expect(days[0]).toBe(new Date(clock.now()).toISOString().slice(0, 10));
    expect(await sums({ by: 'board', task_id: parent })).toEqual({ all: 6250 });
    expect(await sums({ by: 'board', task_id: parent, tree: true })).toEqual({ all: 15_250 });
    expect(await sums({ by: 'board', since: asMillis(clock.now()) })).toEqual({ all: 9001 });
  });

  it('is believed only with its secret, of its own task, and when it can be counted', async () => {
    const { create, start, kernel, refused } = openBoard(kind);
    const task_id = await create('Mine');
    const other = await create('Other');
    const { run_id } = await start(task_id, { token_hash: 'good' });
    const mine = { task_id, run_id, proof: 'good' };
    await refused('out_of_scope', () => kernel.recordSession(board, { ...mine, ...session, proof: 'bad' }));
    await refused('out_of_scope', () => kernel.recordUsage(board, { task_id, run_id, usages: [] }));
    await refused('unknown_run', () => kernel.recordUsage(board, { ...mine, task_id: other, usages: [] }));
    await refused('blank_text', () => kernel.recordSession(board, { ...mine, ...session, session: ' ' }));
    for (const usages of [[used({ input_tokens: -1 })], [used({ cost_micros: 0.5 })], [used(), used()]]) {
      await refused('invalid_input', () => kernel.recordUsage(board, { ...mine, usages }));
    }
  });
});
