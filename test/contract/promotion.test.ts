import { describe, expect, it } from 'vitest';
import { board, leader, openBoard, profile, value } from '../support/board.ts';
import { stores } from '../support/stores.ts';

/** Design §3.1: promotion happens in the command that satisfies the last parent. */
describe.each(stores)('promotion on $name', (kind) => {
  const pass = { ...leader, failure_limit: undefined };

  it('the last of several parents to be done or archived promotes the child, in its own transaction', async () => {
    const { create, done, kernel, task, dump } = openBoard(kind);
    const parents = [await create('One'), await create('Two'), await create('Three')];
    const child = await create('Child', { parents });
    const [one, two, three] = parents;
    if (!one || !two || !three) throw new Error('There are three.');
    await done(one);
    value(await kernel.archive(board, { task_id: two }));
    expect((await task(child)).status).toBe('todo');
    await done(three);
    expect((await task(child)).status).toBe('ready');
    const events = (await dump()).task_events.slice(-2).map((event) => [event['task_id'], event['kind']]);
    expect(events).toEqual([
      [three, 'completed'],
      [child, 'promoted'],
    ]);
  });

  it('it goes one generation at a time', async () => {
    const { create, done, task } = openBoard(kind);
    const parent = await create('Parent');
    const child = await create('Child', { parents: [parent] });
    const grandchild = await create('Grandchild', { parents: [child] });
    await done(parent);
    expect([(await task(child)).status, (await task(grandchild)).status]).toEqual(['ready', 'todo']);
  });

  it('a promoted task counts as ready from then', async () => {
    const { create, done, clock, kernel } = openBoard(kind);
    const parent = await create('Parent');
    await create('Child', { parents: [parent], assignee: profile('ada') });
    clock.advance(100);
    await done(parent);
    const view = { assignees: ['ada'], unassigned: false, limit: 5 };
    expect(value(await kernel.dispatchView(board, view)).ready[0]?.ready_at).toBe(clock.now());
  });

  it('an unassigned child takes the profile of its first assigned parent', async () => {
    const { create, done, show } = openBoard(kind);
    const unassigned = await create('Nobody');
    const parent = await create('Somebody', { assignee: profile('ada') });
    const child = await create('Child', { parents: [unassigned, parent] });
    const own = await create('Own', { parents: [unassigned, parent], assignee: profile('bob') });
    await done(unassigned);
    await done(parent);
    const { task, events } = await show(child);
    expect(task).toMatchObject({ status: 'ready', assignee: 'ada' });
    expect(events.slice(1)).toMatchObject([
      { kind: 'assigned', payload: { assignee: 'ada', source: 'parent' } },
      { kind: 'promoted', payload: null },
    ]);
    expect((await show(own)).task.assignee).toBe('bob');
  });

  it('triage, scheduled and review wait for nobody but people', async () => {
    const { create, done, foreign, kernel, task } = openBoard(kind);
    const parent = await create('Parent');
    const triage = await create('Triage', { parents: [parent], triage: true });
    const scheduled = await create('Scheduled', { parents: [parent] });
    await foreign(`update tasks set status = 'scheduled' where id = '${scheduled}';
      insert into task_events (task_id, kind, payload, created_at)
        select id, 'status', '{"status":"scheduled"}', created_at from tasks where id = '${scheduled}'`);
    await done(parent);
    expect(value(await kernel.promoteAll(board, pass))).toBe(0);
    expect([(await task(triage)).status, (await task(scheduled)).status]).toEqual(['triage', 'scheduled']);
  });

  it('a child blocked on purpose stays blocked when its parents are done, and over every full pass', async () => {
    const { create, done, kernel, kinds, task } = openBoard(kind);
    const parent = await create('Parent');
    const born = await create('Born blocked', { parents: [parent], initial_status: 'blocked' });
    const asked = await create('Asked');
    value(await kernel.block(board, { task_id: asked, reason: 'Which?' }));
    value(await kernel.link(board, { parent_id: parent, child_id: asked }));
    await done(parent);
    expect(value(await kernel.promoteAll(board, pass))).toBe(0);
    expect([(await task(born)).status, (await task(asked)).status]).toEqual(['blocked', 'blocked']);
    expect(await kinds(asked)).toEqual(['created', 'blocked', 'linked']);
  });

  it('a full pass promotes what a foreign writer left waiting, once', async () => {
    const { create, foreign, kernel, lastEvent } = openBoard(kind);
    const parent = await create('Parent');
    const child = await create('Child', { parents: [parent] });
    await foreign(`update tasks set status = 'done' where id = '${parent}';
      insert into task_events (task_id, kind, created_at)
        select id, 'completed', created_at from tasks where id = '${parent}'`);
    expect(value(await kernel.promoteAll(board, pass))).toBe(1);
    expect(await lastEvent(child)).toMatchObject({ kind: 'promoted', payload: null, run_id: null });
    expect(value(await kernel.promoteAll(board, pass))).toBe(0);
  });

  it('a blocked card that nobody blocked is promoted by a full pass, as Hermes does', async () => {
    const { create, foreign, kernel, task } = openBoard(kind);
    const id = await create('Moved by hand');
    await foreign(`update tasks set status = 'blocked' where id = '${id}'`);
    expect(value(await kernel.promoteAll(board, pass))).toBe(1);
    expect((await task(id)).status).toBe('ready');
  });

  it('a link to a task that is gone holds nobody', async () => {
    const { create, foreign, kernel, task } = openBoard(kind);
    const parent = await create('Deleted by another program');
    const child = await create('Child', { parents: [parent] });
    await foreign(`delete from tasks where id = '${parent}'`);
    expect(value(await kernel.promoteAll(board, pass))).toBe(1);
    expect((await task(child)).status).toBe('ready');
  });
});
