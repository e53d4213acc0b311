import { describe, expect, it } from 'vitest';
import { board, exited, nobody, openBoard, profile, value } from '../support/board.ts';
import { stores } from '../support/stores.ts';

/** Contract §4.6, and `assign`. */
describe.each(stores)('links on $name', (kind) => {
  it('a ready child goes back to todo under a parent that is not done', async () => {
    const { create, kernel, task, show } = openBoard(kind);
    const [parent, child] = [await create('Parent'), await create('Child')];
    const answer = value(await kernel.link(board, { parent_id: parent, child_id: child }));
    expect(answer.child.status).toBe('todo');
    expect((await task(child)).status).toBe('todo');
    const { events, parents } = await show(child);
    expect(parents).toEqual([parent]);
    expect((await show(parent)).children).toEqual([child]);
    expect(events.slice(1)).toMatchObject([
      { kind: 'linked', payload: { parent, child }, run_id: null },
      { kind: 'status', payload: { status: 'todo', reason: 'parent_linked', parent } },
    ]);
  });

  it('are listed with both ends, but for those of archived tasks', async () => {
    const { create, kernel } = openBoard(kind);
    const [one, two, gone] = [await create('One'), await create('Two'), await create('Gone')];
    for (const child_id of [two, gone]) value(await kernel.link(board, { parent_id: one, child_id }));
    value(await kernel.archive(board, { task_id: gone }));
    const ends = { parent_title: 'One', parent_status: 'ready', child_title: 'Two', child_status: 'todo' };
    expect(value(await kernel.links(board, { limit: 9 }))).toEqual([
      { parent_id: one, child_id: two, ...ends },
    ]);
    expect(value(await kernel.links(board, { limit: 0 }))).toEqual([]);
  });

  it('a done or archived parent leaves its child where it is', async () => {
    const { create, done, kernel, kinds, task } = openBoard(kind);
    const [finished, shelved, child] = [
      await create('Done'),
      await create('Archived'),
      await create('Child'),
    ];
    await done(finished);
    value(await kernel.archive(board, { task_id: shelved }));
    for (const parent of [finished, shelved]) {
      value(await kernel.link(board, { parent_id: parent, child_id: child }));
    }
    expect((await task(child)).status).toBe('ready');
    expect(await kinds(child)).toEqual(['created', 'linked', 'linked']);
  });

  it('a repeated link is one link, and leaves its event', async () => {
    const { create, kernel, kinds, show } = openBoard(kind);
    const [parent, child] = [await create('Parent'), await create('Child')];
    for (let time = 0; time < 2; time += 1) {
      value(await kernel.link(board, { parent_id: parent, child_id: child }));
    }
    expect((await show(child)).parents).toEqual([parent]);
    expect(await kinds(child)).toEqual(['created', 'linked', 'status', 'linked']);
  });

  it('a running or blocked child is linked without being moved', async () => {
    const { create, claim, kernel, task } = openBoard(kind);
    const parent = await create('Parent');
    const [running, blocked] = [await create('Running'), await create('Blocked')];
    await claim(running);
    value(await kernel.block(board, { task_id: blocked, reason: 'a question' }));
    for (const child of [running, blocked]) {
      value(await kernel.link(board, { parent_id: parent, child_id: child }));
    }
    expect([(await task(running)).status, (await task(blocked)).status]).toEqual(['running', 'blocked']);
  });

  it('a child that was linked while it ran waits when its run fails', async () => {
    const { create, start, reap, done, kernel, task, lastEvent } = openBoard(kind);
    const [parent, child] = [await create('Parent'), await create('Child')];
    const run = await start(child);
    value(await kernel.link(board, { parent_id: parent, child_id: child }));
    await reap(run, exited(1));
    expect((await task(child)).status).toBe('todo');
    expect((await lastEvent(child)).payload).toMatchObject({ exit_code: 1, status: 'todo' });
    await done(parent);
    expect((await task(child)).status).toBe('ready');
  });

  it('unlinking the last parent promotes the child', async () => {
    const { create, kernel, task, show } = openBoard(kind);
    const [first, second] = [await create('First'), await create('Second')];
    const child = await create('Child', { parents: [first, second] });
    value(await kernel.unlink(board, { parent_id: first, child_id: child }));
    expect((await task(child)).status).toBe('todo');
    expect(value(await kernel.unlink(board, { parent_id: second, child_id: child })).child.status).toBe(
      'ready',
    );
    expect((await show(child)).events.slice(1)).toMatchObject([
      { kind: 'unlinked', payload: { parent: first, child } },
      { kind: 'unlinked', payload: { parent: second, child } },
      { kind: 'promoted', payload: null },
    ]);
  });

  it('no path may lead back: not to itself, not to a parent, not over many generations', async () => {
    const { create, kernel, refused } = openBoard(kind);
    const ids = [await create('Generation 0')];
    for (let depth = 1; depth < 30; depth += 1) {
      ids.push(await create(`Generation ${depth}`, { parents: ids.slice(-1) }));
    }
    const [oldest = nobody, second = nobody] = ids;
    const youngest = ids.at(-1) ?? nobody;
    const cousin = await create('Cousin', { parents: [oldest] });
    value(await kernel.link(board, { parent_id: cousin, child_id: youngest }));
    const back = (parent_id: typeof oldest, child_id: typeof oldest) => () =>
      kernel.link(board, { parent_id, child_id });
    await refused('cycle', back(oldest, oldest));
    await refused('cycle', back(second, oldest));
    await refused('cycle', back(youngest, oldest));
    await refused('cycle', back(youngest, cousin));
  });

  it('unknown tasks and missing links are refused by name', async () => {
    const { create, kernel, refused } = openBoard(kind);
    const [one, two] = [await create('One'), await create('Two')];
    const ask = (parent_id: typeof one, child_id: typeof one) => () =>
      kernel.link(board, { parent_id, child_id });
    expect((await refused('unknown_task', ask(nobody, one))).ids).toEqual([nobody]);
    expect((await refused('unknown_task', ask(one, nobody))).ids).toEqual([nobody]);
    await refused('not_linked', () => kernel.unlink(board, { parent_id: one, child_id: two }));
    await refused('not_linked', () => kernel.unlink(board, { parent_id: nobody, child_id: two }));
  });
});

describe.each(stores)('assigning on $name', (kind) => {
  it('another profile starts with a clean count', async () => {
    const { create, start, reap, kernel, lastEvent } = openBoard(kind);
    const id = await create('Hard', { assignee: profile('ada'), max_retries: 3 });
    await reap(await start(id), exited(1));
    const same = value(await kernel.assign(board, { task_id: id, assignee: profile('ada') })).task;
    expect(same.consecutive_failures).toBe(1);
    const other = value(await kernel.assign(board, { task_id: id, assignee: profile('bob') })).task;
    expect(other).toMatchObject({
      assignee: 'bob',
      consecutive_failures: 0,
      last_failure_error: null,
      status: 'ready',
    });
    expect(await lastEvent(id)).toMatchObject({
      kind: 'assigned',
      payload: { assignee: 'bob' },
      run_id: null,
    });
  });

  it('nobody may be assigned, and a source is told', async () => {
    const { create, kernel, lastEvent } = openBoard(kind);
    const id = await create('Anybody', { assignee: profile('ada') });
    expect(value(await kernel.assign(board, { task_id: id, assignee: null })).task.assignee).toBeNull();
    const source = 'kanban.default_assignee';
    value(await kernel.assign(board, { task_id: id, assignee: profile('ada'), source }));
    expect((await lastEvent(id)).payload).toEqual({ assignee: 'ada', source });
  });

  it('a running task keeps its assignee, with a process and without', async () => {
    const { create, claim, start, kernel, refused } = openBoard(kind);
    const [plain, worked] = [await create('Plain'), await create('Worked')];
    await claim(plain);
    await start(worked);
    for (const task_id of [plain, worked]) {
      await refused('already_running', () => kernel.assign(board, { task_id, assignee: profile('bob') }));
    }
    await refused('unknown_task', () => kernel.assign(board, { task_id: nobody, assignee: null }));
  });
});
