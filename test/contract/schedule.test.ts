import { describe, expect, it } from 'vitest';
import { asMillis, asSeconds } from '../../src/domain/ids.ts';
import { board, exited, leader, nobody, oldEpoch, openBoard, profile, value } from '../support/board.ts';
import { stores } from '../support/stores.ts';

const [ada, bea] = [profile('ada'), profile('bea')];
const bothLanes = { assignees: ['ada', 'bea'], unassigned: false, limit: 9 };

/** Contract §4.2 and §15.18. */
describe.each(stores)('a time on $name', (kind) => {
  const wake = { role: 'dispatcher', epoch: leader.epoch } as const;

  it('a scheduled task wakes when its time has come, not before, and tells when to look', async () => {
    const { create, clock, kernel, task, lastEvent } = openBoard(kind);
    const id = await create('Later', { assignee: ada });
    const at = clock.now() + 60_000;
    value(
      await kernel.schedule(board, { task_id: id, scheduled_in_seconds: asSeconds(60), reason: 'Rest.' }),
    );
    expect(await lastEvent(id)).toMatchObject({
      kind: 'scheduled',
      payload: { reason: 'Rest.', at: at / 1000 },
    });
    expect(value(await kernel.standing(board, { task_id: id })).scheduled_at).toBe(at);
    expect(value(await kernel.dispatchView(board, bothLanes))).toMatchObject({ ready: [], next_wake: at });
    clock.advance(59);
    expect(value(await kernel.wakeScheduled(board, wake))).toBe(0);
    clock.advance(1);
    expect(value(await kernel.wakeScheduled(board, wake))).toBe(1);
    expect((await task(id)).status).toBe('ready');
    expect(await lastEvent(id)).toMatchObject({ kind: 'unblocked', payload: { source: 'schedule' } });
    expect(value(await kernel.dispatchView(board, bothLanes)).next_wake).toBeNull();
  });

  it('created for a time it waits for that, then for its parents', async () => {
    const { create, clock, kernel, task, done } = openBoard(kind);
    const parent = await create('Parent', { assignee: bea });
    const at = asMillis(clock.now() + 1000);
    const id = await create('Later', { parents: [parent], scheduled_at: at });
    expect((await task(id)).status).toBe('scheduled');
    clock.advance(1);
    expect(value(await kernel.wakeScheduled(board, wake))).toBe(1);
    expect((await task(id)).status).toBe('todo');
    await done(parent);
    expect(await task(id)).toMatchObject({ status: 'ready', assignee: 'bea' });
  });

  it('a time that is past is refused, and so is one that nothing would come of', async () => {
    const { create, clock, kernel, refused } = openBoard(kind);
    const id = await create('Later');
    const past = { scheduled_at: asMillis(clock.now() - 1) };
    const refusal = await refused('invalid_input', () => kernel.schedule(board, { task_id: id, ...past }));
    expect(refusal.sentence).toContain('in the past');
    await refused('invalid_input', () => kernel.create(board, { title: 'X', ...past }));
    const soon = { title: 'X', scheduled_in_seconds: asSeconds(5) };
    await refused('invalid_input', () => kernel.create(board, { ...soon, triage: true }));
    await refused('invalid_input', () => kernel.create(board, { ...soon, initial_status: 'blocked' }));
    await refused('invalid_input', () => kernel.create(board, { ...soon, ...past }));
    await refused('unknown_task', () => kernel.schedule(board, { task_id: nobody }));
    value(await kernel.raiseEpoch(board, wake));
    const old = { role: 'dispatcher', epoch: oldEpoch } as const;
    await refused('not_leader', () => kernel.wakeScheduled(board, old));
  });

  it('unblocked early it does not wake again; put off once more it wakes at the newer time', async () => {
    const { create, clock, kernel, task } = openBoard(kind);
    const [early, moved] = [await create('Early'), await create('Moved')];
    for (const task_id of [early, moved]) {
      value(await kernel.schedule(board, { task_id, scheduled_in_seconds: asSeconds(10) }));
    }
    value(await kernel.unblock(board, { task_id: early }));
    value(await kernel.schedule(board, { task_id: early }));
    value(await kernel.schedule(board, { task_id: moved, scheduled_in_seconds: asSeconds(20) }));
    clock.advance(15);
    expect(value(await kernel.wakeScheduled(board, wake))).toBe(0);
    clock.advance(5);
    expect(value(await kernel.wakeScheduled(board, wake))).toBe(1);
    expect([(await task(early)).status, (await task(moved)).status]).toEqual(['scheduled', 'ready']);
  });

  it('a worker puts its own task off, and nobody else does while it lives', async () => {
    const { create, start, reap, kernel, refused, show } = openBoard(kind);
    const id = await create('Later', { assignee: ada });
    const claim = await start(id);
    await refused('worker_alive', () => kernel.schedule(board, { task_id: id }));
    const input = { task_id: id, run_id: claim.run_id, reason: 'Build runs.', comment_as: 'ada' };
    value(await kernel.schedule(board, { ...input, scheduled_in_seconds: asSeconds(60) }));
    await reap(claim, exited(0));
    const { task, runs, comments } = await show(id);
    expect(task).toMatchObject({ status: 'scheduled', claim_lock: null });
    expect(runs).toMatchObject([{ outcome: 'scheduled', summary: 'Build runs.' }]);
    expect(comments).toMatchObject([{ body: 'SCHEDULED: Build runs.' }]);
  });
});
