import { describe, expect, it } from 'vitest';
import { asEventId, defaultBoard, homeBoard } from '../../src/domain/ids.ts';
import { type SortKey, sortKeys } from '../../src/domain/view.ts';
import { createKernel } from '../../src/kernel/create-kernel.ts';
import { board, exited, killed, nobody, openBoard, profile, value } from '../support/board.ts';
import { stores } from '../support/stores.ts';

describe.each(stores)('a board that was never made, on $name', (kind) => {
  it('answers empty, and is not made by asking', async () => {
    const store = kind.place().open({});
    const kernel = createKernel(store);
    const scope = { platforms: ['webhook'], owner: null, limit: 1 };
    expect(value(await kernel.list(board, {}))).toEqual([]);
    expect(value(await kernel.counts(board, {}))).toMatchObject({ ready: 0, archived: 0 });
    expect(value(await kernel.runs(board, {}))).toEqual([]);
    expect(value(await kernel.summary(board, {}))).toMatchObject({ newest_event: null, unsound: [] });
    expect(value(await kernel.lastEvent(board, {}))).toBe(0);
    expect(value(await kernel.feed(board, { after: asEventId(0), limit: 1 }))).toEqual([]);
    expect(value(await kernel.subscriptions(board, {}))).toEqual([]);
    expect(value(await kernel.dueDeliveries(board, scope))).toMatchObject({ due: [], next_at: null });
    expect(value(await kernel.lease(homeBoard, { role: 'dispatcher' })).lease).toBeNull();
    for (const ask of [kernel.show, kernel.standing, kernel.brief]) {
      expect(await ask(board, { task_id: nobody })).toMatchObject({ refusal: { code: 'unknown_task' } });
    }
    expect([await store.exists(defaultBoard), await store.exists(homeBoard)]).toEqual([false, false]);
    value(await kernel.init(board, {}));
    value(await kernel.init(board, {}));
    expect(await store.exists(defaultBoard)).toBe(true);
    await kernel.close();
  });
});

describe.each(stores)('what a board comes to, on $name', (kind) => {
  it('is its tasks by status, the time of its newest event, and the rules that its rows break', async () => {
    const { create, done, clock, kernel, foreign } = openBoard(kind);
    await create('Waits');
    clock.advance(60);
    const id = await create('Ends');
    await done(id);
    const sound = { counts: { ready: 1, done: 1, blocked: 0 }, newest_event: clock.seconds(), unsound: [] };
    expect(value(await kernel.summary(board, {}))).toMatchObject(sound);
    await foreign(`update tasks set consecutive_failures = -1 where id = '${id}'`);
    const { unsound } = value(await kernel.summary(board, {}));
    expect(unsound).toEqual([expect.stringContaining(id)]);
  });
});

/** Contract §8.2, `list`. */
describe.each(stores)('listing on $name', (kind) => {
  it('the order is by priority, then age, unless another is asked for', async () => {
    const { create, claim, clock, kernel } = openBoard(kind);
    const make = async (title: string, priority: number, assignee: string) => {
      const id = await create(title, { priority, assignee: profile(assignee) });
      clock.advance(10);
      return id;
    };
    const b = await make('b', 0, 'zoe');
    const a = await make('a', 5, 'bob');
    const c = await make('c', 0, 'ada');
    await claim(c);
    clock.advance(10);
    await claim(b);
    const orders: Record<SortKey, string[]> = {
      priority: [a, b, c],
      'priority-desc': [b, c, a],
      created: [b, a, c],
      'created-desc': [c, a, b],
      status: [a, b, c],
      assignee: [c, a, b],
      title: [a, b, c],
      updated: [b, c, a],
    };
    for (const sort of sortKeys) {
      const ids = value(await kernel.list(board, { sort })).map((task) => task.id);
      expect(ids, sort).toEqual(orders[sort]);
    }
    expect(value(await kernel.list(board, { limit: 1 })).map((task) => task.id)).toEqual([a]);
  });

  it('it is filtered by assignee, status, tenant and session; archived ones are asked for', async () => {
    const { create, kernel } = openBoard(kind);
    const mine = await create('Mine', { assignee: profile('ada'), tenant: 'acme', session_id: 's1' });
    const other = await create('Other', { assignee: profile('bob') });
    const gone = await create('Gone', { assignee: profile('ada') });
    value(await kernel.archive(board, { task_id: gone }));
    const ids = async (filter: Parameters<typeof kernel.list>[1]) =>
      value(await kernel.list(board, { sort: 'title', ...filter })).map((task) => task.id);
    expect(await ids({})).toEqual([mine, other]);
    expect(await ids({ assignee: profile('ada') })).toEqual([mine]);
    expect(await ids({ tenant: 'acme' })).toEqual([mine]);
    expect(await ids({ session_id: 's1' })).toEqual([mine]);
    expect(await ids({ status: 'archived' })).toEqual([gone]);
    expect(await ids({ include_archived: true, assignee: profile('ada') })).toEqual([gone, mine]);
    expect(value(await kernel.counts(board, {}))).toMatchObject({ ready: 2, archived: 1, done: 0 });
  });
});

/** Contract §8.3. */
describe.each(stores)('looking at a task on $name', (kind) => {
  it('it shows the newest events, oldest first', async () => {
    const { create, kernel } = openBoard(kind);
    const id = await create('Talked of');
    for (let word = 0; word < 30; word += 1) {
      value(await kernel.comment(board, { task_id: id, author: 'ada', body: `${word}` }));
    }
    const usual = value(await kernel.show(board, { task_id: id })).events;
    expect(usual).toHaveLength(20);
    expect(usual.map((event) => event.id)).toEqual(usual.map((event) => event.id).toSorted((a, b) => a - b));
    expect(usual.at(-1)?.id).toBe(value(await kernel.lastEvent(board, {})));
    expect(value(await kernel.show(board, { task_id: id, events: 2 })).events).toEqual(usual.slice(-2));
    expect(value(await kernel.taskEvents(board, { task_id: id, limit: 2 }))).toEqual(usual.slice(-2));
  });

  it('the latest summary is the newest that says something', async () => {
    const { create, start, reap, claim, clock, kernel, show } = openBoard(kind);
    const id = await create('Work', { max_retries: 9 });
    expect((await show(id)).latest_summary).toBeNull();
    await claim(id);
    value(await kernel.block(board, { task_id: id, reason: 'Which?' }));
    value(await kernel.unblock(board, { task_id: id }));
    clock.advance(1);
    await reap(await start(id), killed);
    expect((await show(id)).latest_summary).toBe('Which?');
    expect((await show(id)).runs.map((run) => run.outcome)).toEqual(['blocked', 'crashed']);
  });

  it('where it stands says what holds it', async () => {
    const { create, start, reap, claim, clock, kernel } = openBoard(kind);
    const stand = async (task_id: typeof first) => value(await kernel.standing(board, { task_id }));
    const first = await create('First', { assignee: profile('ada') });
    const second = await create('Second', { priority: 1, max_retries: 9 });
    const child = await create('Child', { parents: [first, second] });
    expect((await stand(child)).unsatisfied_parents).toEqual(
      [first, second].toSorted().map((id) => ({ id, status: 'ready' })),
    );
    expect(await stand(first)).toMatchObject({ ahead: 1, slots: [], blocked: null, lingering: null });
    expect((await stand(second)).ahead).toBe(0);
    const run = await start(second);
    expect(await stand(second)).toMatchObject({ slots: [{}], ahead: 0, lingering: null });
    await reap(run, exited(2));
    expect((await stand(second)).last_run).toEqual({
      profile: null,
      outcome: 'crashed',
      ended_at: clock.seconds(),
      had_process: true,
    });
    await claim(first);
    value(await kernel.block(board, { task_id: first, reason: 'Which?' }));
    expect((await stand(first)).blocked).toEqual({ reason: 'Which?', since: clock.seconds(), sticky: true });
  });

  it('runs are listed of one task or of all, each with its process', async () => {
    const { create, claim, start, kernel } = openBoard(kind);
    const plain = await claim(await create('Plain'));
    const worked = await start(await create('Worked'));
    const all = value(await kernel.runs(board, {}));
    expect(all.map((run) => [run.id, run.process?.run_id ?? null])).toEqual([
      [plain.run_id, null],
      [worked.run_id, worked.run_id],
    ]);
    expect(value(await kernel.runs(board, { task_id: worked.task.id }))).toEqual(all.slice(1));
    expect(await kernel.runs(board, { task_id: nobody })).toMatchObject({
      refusal: { code: 'unknown_task' },
    });
  });

  it('every question about an unknown task is refused by name', async () => {
    const { create, kernel, refused } = openBoard(kind);
    await create('Another');
    for (const ask of [kernel.show, kernel.standing, kernel.brief, kernel.runs]) {
      expect((await refused('unknown_task', () => ask(board, { task_id: nobody }))).ids).toEqual([nobody]);
    }
  });
});

/** Contract §5.7: priority, then age; unclaimed only. */
describe.each(stores)('what the dispatcher sees on $name', (kind) => {
  it('ready tasks of startable profiles in the order of their start', async () => {
    const { create, claim, clock, kernel } = openBoard(kind);
    const ada = { assignee: profile('ada') };
    const low = await create('Low', { ...ada, priority: -1 });
    clock.advance(1);
    const old = await create('Old', ada);
    clock.advance(1);
    const young = await create('Young', ada);
    const urgent = await create('Urgent', { ...ada, priority: 9 });
    const free = await create('Nobody', { priority: 5 });
    await create('Elsewhere', { assignee: profile('external'), priority: 99 });
    await claim(await create('Claimed', ada));
    const ready = async (unassigned: boolean, limit = 99) => {
      const filter = { assignees: ['ada'], unassigned, limit };
      const view = value(await kernel.dispatchView(board, filter));
      return view.ready.map(({ task }) => task.id);
    };
    const nobodys = value(await kernel.dispatchView(board, { assignees: [], unassigned: true, limit: 9 }));
    expect(nobodys.ready.map(({ task }) => task.id)).toEqual([free]);
    expect(await ready(false)).toEqual([urgent, old, young, low]);
    expect(await ready(true)).toEqual([urgent, free, old, young, low]);
    // A page also holds those that are oldest, so that waiting can make up for priority.
    expect(await ready(false, 2)).toEqual([urgent, old, low]);
  });

  it('processes that may live take a slot, also after their answer', async () => {
    const { create, start, reap, kernel } = openBoard(kind);
    const view = async () =>
      value(await kernel.dispatchView(board, { assignees: ['ada'], unassigned: true, limit: 9 }));
    const id = await create('Work');
    const run = await start(id, { max_runtime_seconds: 30 });
    expect((await view()).processes).toMatchObject([{ run_id: run.run_id, max_runtime_seconds: 30 }]);
    value(await kernel.block(board, { task_id: id, run_id: run.run_id }));
    value(await kernel.unblock(board, { task_id: id }));
    expect(await view()).toMatchObject({ processes: [{ run_id: run.run_id }], ready: [{ lingering: true }] });
    await reap(run, exited(0));
    expect(await view()).toMatchObject({ processes: [], ready: [{ lingering: false }] });
  });
});
