import { describe, expect, it } from 'vitest';
import { asMillis, asRunId } from '../../src/domain/ids.ts';
import type { Usage } from '../../src/domain/usage.ts';
import { board, killed, openBoard, profile, value } from '../support/board.ts';
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
  const key = { profile: profile('ada'), lane: 'work' } as const;

  it('is a session, which the next attempt of the same profile finds once the run has ended', async () => {
    const { create, start, reap, kernel } = openBoard(kind);
    const task_id = await create('Resumed', { assignee: profile('ada'), max_retries: 3 });
    const run = await start(task_id);
    value(await kernel.recordSession(board, { task_id, run_id: run.run_id, ...session }));
    expect(value(await kernel.lastSession(board, { task_id, ...key }))).toBeNull();
    await reap(run, killed);
    const last = value(await kernel.lastSession(board, { task_id, ...key }));
    expect(last).toMatchObject({ run_id: run.run_id, ...session, outcome: 'crashed' });
    expect(value(await kernel.lastSession(board, { task_id, ...key, lane: 'review' }))).toBeNull();
    const other = await kernel.lastSession(board, { task_id, ...key, profile: profile('bob') });
    expect(value(other)).toBeNull();
  });

  it('is that the board answers it: the first time stands', async () => {
    const { create, start, kernel, clock } = openBoard(kind);
    const task_id = await create('Seen');
    const { run_id } = await start(task_id);
    expect(value(await kernel.isBoardSeen(board, { run_id }))).toBe(false);
    const first = asMillis(clock.now());
    value(await kernel.boardSeen(board, { task_id, run_id }));
    clock.advance(5);
    value(await kernel.boardSeen(board, { task_id, run_id }));
    expect(value(await kernel.isBoardSeen(board, { run_id }))).toBe(true);
    expect(value(await kernel.run(board, { run_id })).process?.board_seen_at).toBe(first);
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
    expect(value(await kernel.usageOf(board, { run_id }))).toEqual(last);
  });

  it('is believed only with its secret, of its own task, and when it can be counted', async () => {
    const { create, start, kernel, refused } = openBoard(kind);
    const task_id = await create('Mine');
    const other = await create('Other');
    const { run_id } = await start(task_id, { token_hash: 'good' });
    const mine = { task_id, run_id, proof: 'good' };
    await refused('out_of_scope', () => kernel.recordSession(board, { ...mine, ...session, proof: 'bad' }));
    await refused('out_of_scope', () => kernel.boardSeen(board, { task_id, run_id }));
    await refused('unknown_run', () => kernel.boardSeen(board, { ...mine, task_id: other }));
    await refused('unknown_run', () => kernel.isBoardSeen(board, { run_id: asRunId(99) }));
    await refused('blank_text', () => kernel.recordSession(board, { ...mine, ...session, session: ' ' }));
    for (const usages of [[used({ input_tokens: -1 })], [used({ cost_micros: 0.5 })], [used(), used()]]) {
      await refused('invalid_input', () => kernel.recordUsage(board, { ...mine, usages }));
    }
  });
});
