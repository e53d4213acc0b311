import { describe, expect, it } from 'vitest';
import { asEventId, type TaskId } from '../../src/domain/ids.ts';
import { boardMigrations } from '../../src/store/migrations/board.ts';
import { sharedTables } from '../../src/store/schema.ts';
import type { NamedRow } from '../../src/store/sql.ts';
import { tablesOfTasks } from '../../src/store/tables/prune.ts';
import { board, exited, leader, nobody, openBoard, profile, value } from '../support/board.ts';
import { stores } from '../support/stores.ts';

const day = 86_400;
const month = { events_older_than: 30 * day, logs_older_than: 30 * day };
const webhook = { platform: 'webhook', chat_id: 'ops' };

const rowsOf = (rows: readonly NamedRow[], id: TaskId) => rows.filter((row) => row['task_id'] === id);

/** A tombstone stays for its task; a rest only tells whose run met it. */
const spared = ['andon_tombstones', 'andon_rests'];

it('every table with a task_id is emptied with its task, but for the spared', () => {
  const own = boardMigrations.flatMap(({ statements }) =>
    statements.flatMap((text) => {
      const name = /^create table (\w+) \([\s\S]*?\btask_id text/.exec(text)?.[1];
      return name === undefined || spared.includes(name) ? [] : [name];
    }),
  );
  const shared = sharedTables.filter(({ columns }) => columns.some(([name]) => name === 'task_id'));
  const named = tablesOfTasks.map(({ parts }) => parts.join(''));
  expect(named.toSorted()).toEqual([...shared.map(({ name }) => name), ...own].toSorted());
});

/** Contract §4.10. */
describe.each(stores)('deleting on $name', (kind) => {
  it('a task goes with all its rows; a tombstone and one event stay, and the feed still knows its title', async () => {
    const { create, kernel, start, reap, dump, refused, foreign } = openBoard(kind);
    const parent = await create('Parent');
    value(await kernel.complete(board, { task_id: parent }));
    const id = await create('Gone', { parents: [parent], assignee: profile('ada') });
    value(await kernel.subscribe(board, { task_id: id, ...webhook }));
    value(await kernel.comment(board, { task_id: id, author: 'me', body: 'Hello' }));
    const claim = await start(id);
    value(await kernel.block(board, { task_id: id, run_id: claim.run_id, reason: 'why' }));
    value(await kernel.fanOut(board, { ...leader, platforms: ['webhook'], owner: null }));
    await reap(claim, exited(0));
    await foreign(`insert into task_attachments (task_id, filename, stored_path, created_at)
      values ('${id}', 'a.txt', '/attachments/${id}/a.txt', 1)`);

    const { task, leftovers, in_use } = value(await kernel.delete(board, { task_id: id, deleted_by: 'me' }));
    expect(task).toMatchObject({ id, status: 'blocked' });
    expect(leftovers).toMatchObject({
      task_id: id,
      workspace: `/jobs/${id}`,
      run_folders: [expect.stringMatching(/^\/runs\//)],
      attachments: [`/attachments/${id}/a.txt`],
    });
    expect(in_use).toEqual([]);

    const { tasks, task_links, task_events, andon_tombstones, ...rest } = await dump();
    expect(tasks.map((row) => row['id'])).toEqual([parent]);
    expect(task_links).toEqual([]);
    expect(rowsOf(task_events, id)).toMatchObject([{ kind: 'deleted' }]);
    for (const [table, rows] of Object.entries(rest)) expect(rowsOf(rows, id), table).toEqual([]);
    expect(andon_tombstones).toMatchObject([{ task_id: id, title: 'Gone', deleted_by: 'me' }]);
    const feed = value(await kernel.feed(board, { after: asEventId(0), limit: 100, task_id: id }));
    expect(feed).toMatchObject([{ kind: 'deleted', title: 'Gone', payload: { title: 'Gone', by: 'me' } }]);

    const refusal = await refused('unknown_task', () => kernel.show(board, { task_id: id }));
    expect(refusal.sentence).toMatch(/\(“Gone”\) was deleted on \d{4}-\d\d-\d\d \d\d:\d\d UTC by me\.$/);
    await refused('unknown_task', () => kernel.delete(board, { task_id: id }));
    await refused('unknown_task', () => kernel.delete(board, { task_id: nobody }));
  });

  it('children that waited for it alone are promoted in the same transaction; others wait on', async () => {
    const { create, kernel, task, dump } = openBoard(kind);
    const parent = await create('Parent');
    const other = await create('Other');
    const freed = await create('Freed', { parents: [parent] });
    const waits = await create('Waits', { parents: [parent, other] });
    value(await kernel.delete(board, { task_id: parent }));
    expect([(await task(freed)).status, (await task(waits)).status]).toEqual(['ready', 'todo']);
    const events = (await dump()).task_events.slice(-4).map((event) => [event['task_id'], event['kind']]);
    expect(new Set(events.slice(0, 2).map(String))).toEqual(
      new Set([`${freed},unlinked`, `${waits},unlinked`]),
    );
    expect(events.slice(2)).toEqual([
      [parent, 'deleted'],
      [freed, 'promoted'],
    ]);
  });

  it('it is refused while a process of the task may live, ours or that of another program', async () => {
    const { create, kernel, start, claim, reap, refused, foreign } = openBoard(kind);
    const id = await create('Busy', { assignee: profile('ada') });
    const held = await start(id);
    const remove = () => kernel.delete(board, { task_id: id });
    expect((await refused('worker_alive', remove)).sentence).toContain(`run ${held.run_id}`);
    value(await kernel.complete(board, { task_id: id, run_id: held.run_id }));
    await refused('worker_alive', remove);
    await reap(held, exited(0));
    value(await remove());

    const outside = await create('Pulled');
    await claim(outside);
    await foreign(`update tasks set worker_pid = 4711 where id = '${outside}'`);
    await refused('worker_alive', () => kernel.delete(board, { task_id: outside }));
    await foreign(`update tasks set worker_pid = null where id = '${outside}'`);
    value(await kernel.delete(board, { task_id: outside }));
  });

  it('a claim without a process is no hindrance, and its holder learns that the task is gone', async () => {
    const { create, kernel, claim, refused } = openBoard(kind);
    const id = await create('Pulled');
    const { run_id } = await claim(id);
    value(await kernel.delete(board, { task_id: id }));
    await refused('unknown_task', () => kernel.complete(board, { task_id: id, run_id }));
  });

  it('purge takes archived tasks only', async () => {
    const { create, kernel, refused, dump } = openBoard(kind);
    const id = await create('Old');
    await refused('wrong_status', () => kernel.purge(board, { task_id: id }));
    value(await kernel.archive(board, { task_id: id }));
    value(await kernel.purge(board, { task_id: id }));
    expect((await dump()).tasks).toEqual([]);
    await refused('unknown_task', () => kernel.purge(board, { task_id: id }));
  });

  it('the paths of unfinished tasks are named, so that nothing of theirs goes', async () => {
    const { create, kernel, foreign } = openBoard(kind);
    const shared = { workspace_kind: 'dir', workspace_path: '/shared' } as const;
    await create('Works there', shared);
    const done = await create('Did', { workspace_kind: 'dir', workspace_path: '/done' });
    value(await kernel.complete(board, { task_id: done }));
    const id = await create('Gone', shared);
    await foreign(`insert into task_attachments (task_id, filename, stored_path, created_at)
      values ('${id}', 'a', '/files/a', 1)`);
    const { leftovers, in_use } = value(await kernel.delete(board, { task_id: id }));
    expect(leftovers).toMatchObject({ workspace: null, attachments: ['/files/a'] });
    expect(in_use).toEqual(['/shared']);
  });
});

/** Contract §8.2, `gc`. */
describe.each(stores)('pruning on $name', (kind) => {
  it('old events of finished tasks go, but for the one that tells the status; a look says the same before', async () => {
    const { create, kernel, claim, done, clock, kinds } = openBoard(kind);
    const finished = await create('Finished');
    await claim(finished);
    await done(finished);
    const archived = await create('Archived');
    value(await kernel.archive(board, { task_id: archived }));
    const open = await create('Open');
    clock.advance(20 * day);
    const young = await create('Young');
    await done(young);
    clock.advance(11 * day);

    const expected = { events: 3, deliveries: 0, orphans: 0 };
    expect(value(await kernel.prunable(board, month))).toMatchObject(expected);
    expect(value(await kernel.prune(board, month))).toMatchObject(expected);
    expect(value(await kernel.prune(board, month))).toMatchObject({ events: 0 });
    expect(await kinds(finished)).toEqual(['completed']);
    expect(await kinds(archived)).toEqual(['archived']);
    expect(await kinds(open)).toEqual(['created']);
    expect(await kinds(young)).toEqual(['created', 'completed']);
  });

  it('an event that somebody has not been told of stays, until the message was sent or is nobody’s', async () => {
    const { create, kernel, claim, done, clock, kinds, dump } = openBoard(kind);
    const scope = { ...leader, platforms: ['webhook'], owner: null };
    const id = await create('Followed');
    value(await kernel.subscribe(board, { task_id: id, ...webhook }));
    await claim(id);
    await done(id);
    value(await kernel.comment(board, { task_id: id, author: 'me', body: 'Well done' }));
    clock.advance(31 * day);
    value(await kernel.prune(board, month));
    expect(await kinds(id)).toEqual(['claimed', 'completed', 'commented']);

    value(await kernel.fanOut(board, scope));
    value(await kernel.prune(board, month));
    expect(await kinds(id)).toEqual(['completed', 'commented']);
    expect((await dump()).andon_deliveries).toHaveLength(1);

    value(await kernel.unsubscribe(board, { task_id: id, ...webhook, thread_id: '' }));
    expect(value(await kernel.prune(board, month))).toMatchObject({ events: 1, deliveries: 1 });
    expect(await kinds(id)).toEqual(['completed']);
  });

  it('rows of ours whose task another program deleted go, but not while their process may live', async () => {
    const { create, kernel, start, foreign, dump, clock, close } = openBoard(kind);
    const id = await create('Deleted elsewhere', { assignee: profile('ada') });
    const { run_id } = await start(id);
    await foreign(`delete from tasks where id = '${id}'; delete from task_runs; delete from task_events`);
    expect(value(await kernel.prune(board, month))).toMatchObject({ orphans: 1 });
    expect((await dump()).andon_runs).toHaveLength(1);
    await foreign(`update andon_runs set gone_at = ${clock.now()} where run_id = ${run_id}`);
    expect(value(await kernel.prune(board, month))).toMatchObject({ orphans: 1 });
    expect((await dump()).andon_runs).toEqual([]);
    await close();
  });

  it('folders of archived tasks are named, unless a child is unfinished; old logs are those of tasks at rest', async () => {
    const { create, kernel, start, reap, clock, done } = openBoard(kind);
    const parent = await create('Parent', { assignee: profile('ada') });
    const claim = await start(parent);
    value(await kernel.complete(board, { task_id: parent, run_id: claim.run_id }));
    await reap(claim, exited(0));
    value(await kernel.archive(board, { task_id: parent }));
    const child = await create('Child', { parents: [parent] });
    const gone = await create('Gone');
    value(await kernel.delete(board, { task_id: gone }));
    const early = value(await kernel.prunable(board, month));
    expect([early.leftovers, early.old_logs]).toEqual([[], []]);

    await done(child);
    clock.advance(31 * day);
    const late = value(await kernel.prunable(board, month));
    expect(late.leftovers).toMatchObject([
      { task_id: parent, workspace: `/jobs/${parent}`, attachments: [] },
    ]);
    expect(late.old_logs.toSorted()).toEqual([parent, child, gone].toSorted());
  });

  it('an age below zero is refused', async () => {
    const { kernel, refused, create } = openBoard(kind);
    await create('One');
    await refused('invalid_input', () => kernel.prune(board, { ...month, events_older_than: -1 }));
    await refused('invalid_input', () => kernel.prunable(board, { ...month, logs_older_than: 1.5 }));
  });
});
