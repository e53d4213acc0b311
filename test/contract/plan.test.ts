import { describe, expect, it } from 'vitest';
import { asProfileName, type TaskId } from '../../src/domain/ids.ts';
import type { DecomposeTask, PlannedTask } from '../../src/domain/plan.ts';
import { board, leader, nobody, openBoard, profile, value } from '../support/board.ts';
import { stores } from '../support/stores.ts';

/** Contract §4.11. */
describe.each(stores)('specifying on $name', (kind) => {
  it('better words bring a card out of triage and make it ready, and a comment tells what was changed', async () => {
    const { create, kernel, show } = openBoard(kind);
    const id = await create('rough idea', { triage: true });
    const { task } = value(
      await kernel.specify(board, {
        task_id: id,
        title: ' Count the lines ',
        body: 'Goal: a number.',
        assignee: profile('ada'),
        author: 'me',
      }),
    );
    const words = { title: 'Count the lines', body: 'Goal: a number.', assignee: 'ada' };
    expect(task).toMatchObject({ status: 'ready', ...words });
    const { comments, events } = await show(id);
    expect(comments).toMatchObject([{ author: 'me', body: 'Specified: changed title, body, assignee.' }]);
    expect(events.slice(1)).toMatchObject([
      { kind: 'specified', payload: { changed_fields: ['title', 'body', 'assignee'] } },
      { kind: 'promoted', payload: null },
    ]);
  });

  it('without other words nothing is told to have changed; an assignee is taken only where there is none', async () => {
    const { create, kernel, show } = openBoard(kind);
    const id = await create('Good as it is', { triage: true, assignee: profile('ada') });
    const input = { task_id: id, title: 'Good as it is', assignee: profile('bob'), author: 'me' };
    expect(value(await kernel.specify(board, input)).task.assignee).toBe('ada');
    const { comments, events } = await show(id);
    expect(comments).toEqual([]);
    expect(events[1]).toMatchObject({ kind: 'specified', payload: null });
  });

  it('a card with an unfinished parent waits for it; nobody known, nothing commented', async () => {
    const { create, kernel, show } = openBoard(kind);
    const parent = await create('Parent');
    const id = await create('rough', { triage: true, parents: [parent] });
    value(await kernel.specify(board, { task_id: id, body: 'More' }));
    const { task, comments } = await show(id);
    expect([task.status, comments.length]).toEqual(['todo', 0]);
  });

  it('a blank title, another status and an unknown id are refused', async () => {
    const { create, kernel, refused } = openBoard(kind);
    const id = await create('rough', { triage: true });
    await refused('blank_text', () => kernel.specify(board, { task_id: id, title: ' ' }));
    await refused('unknown_task', () => kernel.specify(board, { task_id: nobody }));
    const ready = await create('Ready');
    await refused('wrong_status', () => kernel.specify(board, { task_id: ready, title: 'Other' }));
  });
});

const task = (
  title: string,
  parents: readonly number[] = [],
  assignee: string | null = null,
): PlannedTask => ({
  title,
  body: `About ${title}`,
  assignee: assignee === null ? null : asProfileName(assignee),
  parents,
});

const diamond = [task('Find', [], 'ada'), task('Left', [0]), task('Right', [0]), task('Join', [1, 2])];

/** Contract §4.11. */
describe.each(stores)('decomposing on $name', (kind) => {
  const plan = (id: TaskId, more: Partial<DecomposeTask> = {}): DecomposeTask => ({
    task_id: id,
    tasks: diamond,
    root_assignee: profile('boss'),
    auto_promote: true,
    author: 'me',
    ...more,
  });

  it('a card becomes a graph of tasks for which it waits; the first of them are ready', async () => {
    const { create, kernel, show, task: find, done } = openBoard(kind);
    const id = await create('Large', { triage: true, tenant: 'acme' });
    const { task: root, child_ids } = value(await kernel.decompose(board, plan(id)));
    expect(root).toMatchObject({ id, status: 'todo', assignee: 'boss' });
    const [find0, left, right, join] = child_ids;
    if (!find0 || !left || !right || !join) throw new Error('There are four.');
    const children = await Promise.all(child_ids.map((child) => show(child)));
    expect(children.map((view) => [view.task.title, view.task.status, view.task.assignee])).toEqual([
      ['Find', 'ready', 'ada'],
      ['Left', 'todo', null],
      ['Right', 'todo', null],
      ['Join', 'todo', null],
    ]);
    expect(children.map((view) => view.parents)).toEqual([[], [find0], [find0], [left, right].toSorted()]);
    expect(children.every((view) => view.task.tenant === 'acme' && view.children.includes(id))).toBe(true);
    expect(children[1]?.events).toMatchObject([
      { kind: 'created', payload: { by: 'me', from_decompose_of: id, status: 'todo' } },
      { kind: 'linked', payload: { parent: find0, child: left } },
    ]);
    const view = await show(id);
    expect(view.parents).toEqual([...child_ids].toSorted());
    expect(view.comments).toMatchObject([{ author: 'me', body: `Decomposed into ${child_ids.join(', ')}.` }]);
    expect(view.events.at(-1)).toMatchObject({
      kind: 'decomposed',
      payload: { child_ids, root_assignee: 'boss' },
    });
    for (const child of [find0, left, right]) await done(child);
    expect([(await find(join)).status, (await find(id)).status]).toEqual(['ready', 'todo']);
    await done(join);
    expect((await find(id)).status).toBe('ready');
  });

  it('a dir is shared, a scratch folder never', async () => {
    const { create, kernel, task: find } = openBoard(kind);
    const folder = { workspace_kind: 'dir', workspace_path: '/work' } as const;
    const inDir = await create('In a folder', { triage: true, ...folder });
    const scratch = await create('In its own', { triage: true, workspace_path: '/scratch/own' });
    const tasks = [task('Only')];
    for (const [id, expected] of [
      [inDir, folder],
      [scratch, { workspace_kind: 'scratch', workspace_path: null }],
    ] as const) {
      const [child] = value(await kernel.decompose(board, plan(id, { tasks }))).child_ids;
      expect(await find(child ?? nobody)).toMatchObject(expected);
    }
  });

  it('without promotion the first tasks wait for a person, also past the full pass', async () => {
    const { create, kernel, task: find } = openBoard(kind);
    const id = await create('Large', { triage: true });
    const input = plan(id, { auto_promote: false, root_assignee: null, author: undefined });
    const { child_ids } = value(await kernel.decompose(board, input));
    const [first = nobody, second = nobody] = child_ids;
    value(await kernel.promoteAll(board, { ...leader, failure_limit: undefined }));
    expect([(await find(first)).status, (await find(second)).status]).toEqual(['blocked', 'todo']);
    value(await kernel.unblock(board, { task_id: first }));
    expect((await find(first)).status).toBe('ready');
  });

  it('a plan that is wrong anywhere is refused with its place, and nothing is made', async () => {
    const { create, kernel, refused } = openBoard(kind);
    const id = await create('Large', { triage: true });
    const bad = async (tasks: readonly PlannedTask[], code: 'invalid_input' | 'cycle' | 'blank_text') =>
      (await refused(code, () => kernel.decompose(board, plan(id, { tasks })))).sentence;
    expect(await bad([task('One'), task('Two', [0, 9])], 'invalid_input')).toContain('`tasks.1.parents.1`');
    expect(await bad([task('One', [1]), task('Two', [0])], 'cycle')).toContain('`tasks.0`, `tasks.1`');
    expect(await bad([task('One'), task(' ')], 'blank_text')).toContain('`tasks.1.title`');
    expect(await bad([], 'invalid_input')).toContain('`tasks`');
    await refused('unknown_task', () => kernel.decompose(board, plan(nobody)));
    value(await kernel.specify(board, { task_id: id }));
    await refused('wrong_status', () => kernel.decompose(board, plan(id)));
  });
});
