import { describe, expect, it } from 'vitest';
import { asMillis, asSeconds } from '../../src/domain/ids.ts';
import type { PauseKey } from '../../src/domain/pause.ts';
import { board, openBoard, profile, startOf, startRun, value } from '../support/board.ts';
import { stores } from '../support/stores.ts';

const wholeBoard: PauseKey = { scope: 'board', name: '' };
const by = 'ada';

/** Pains 19: a pause is kept in the board, and checked where the leader claims. */
describe.each(stores)('a pause on $name', (kind) => {
  it.each<PauseKey>([wholeBoard, { scope: 'profile', name: 'bob' }, { scope: 'tenant', name: 'acme' }])(
    'of a $scope keeps the leader from starting what it covers, and nobody from claiming it by hand',
    async (key) => {
      const { create, kernel, clock, refused, claim } = openBoard(kind);
      const bob = { assignee: profile('bob'), tenant: 'acme' };
      const [covered, byHand, other] = [
        await create('Covered', bob),
        await create('By hand', bob),
        await create('Other'),
      ];
      value(await kernel.pause(board, { ...key, by, reason: ' Not now ' }));
      const refusal = await refused('paused', () => startRun(kernel, startOf(covered, clock)));
      expect(refusal.sentence).toContain('paused by ada');
      expect(refusal.ids).toEqual([covered]);
      await claim(byHand);
      if (key.scope === 'board') await refused('paused', () => startRun(kernel, startOf(other, clock)));
      else value(await startRun(kernel, startOf(other, clock)));
      value(await kernel.resume(board, key));
      value(await startRun(kernel, startOf(covered, clock, { mark: 'second' })));
    },
  );

  it('lets what runs finish, and ends by itself', async () => {
    const { create, start, kernel, clock, refused, task } = openBoard(kind);
    const running = await start(await create('Running', { assignee: profile('bob') }));
    const next = await create('Next', { assignee: profile('bob') });
    value(await kernel.pause(board, { ...wholeBoard, by, for_seconds: asSeconds(60) }));
    value(await kernel.complete(board, { task_id: running.task.id, run_id: running.run_id }));
    expect((await task(running.task.id)).status).toBe('done');
    clock.advance(59);
    await refused('paused', () => startRun(kernel, startOf(next, clock)));
    expect(value(await kernel.standing(board, { task_id: next })).pauses).toHaveLength(1);
    clock.advance(1);
    expect(value(await kernel.pauses(board, {}))).toEqual([]);
    expect(value(await kernel.standing(board, { task_id: next })).pauses).toEqual([]);
    value(await startRun(kernel, startOf(next, clock)));
    await refused('not_paused', () => kernel.resume(board, wholeBoard));
  });

  it('is told with its reason, its author and its end; a second one of the same thing replaces it', async () => {
    const { kernel, clock } = openBoard(kind);
    const until = asMillis(clock.now() + 1000);
    value(await kernel.pause(board, { scope: 'tenant', name: 'acme', by, until }));
    value(await kernel.pause(board, { scope: 'profile', name: ' bob ', by, reason: 'First' }));
    const second = { scope: 'profile', name: 'bob', by: 'eve', reason: ' Second ' } as const;
    expect(value(await kernel.pause(board, second)).pause).toEqual({
      scope: 'profile',
      name: 'bob',
      by: 'eve',
      reason: 'Second',
      created_at: clock.now(),
      until: null,
    });
    const told = value(await kernel.pauses(board, {}));
    expect(told).toMatchObject([
      { scope: 'profile', reason: 'Second' },
      { scope: 'tenant', reason: null, until },
    ]);
    const view = await kernel.dispatchView(board, { assignees: [], unassigned: false, limit: 0 });
    expect(value(view).pauses).toEqual(told);
  });

  it('that is over, or of nothing, is refused', async () => {
    const { create, kernel, clock, refused } = openBoard(kind);
    await create('A task');
    await refused('invalid_input', () => kernel.pause(board, { ...wholeBoard, by, until: clock.now() }));
    await refused('blank_text', () => kernel.pause(board, { scope: 'profile', name: '  ', by }));
    await refused('blank_text', () => kernel.pause(board, { scope: 'board', name: 'x', by }));
    await refused('not_paused', () => kernel.resume(board, { scope: 'tenant', name: 'acme' }));
  });
});
