import { describe, expect, it } from 'vitest';
import { asEpoch, asRunId } from '../../src/domain/ids.ts';
import type { Comment } from '../../src/domain/task.ts';
import { board, exited, killed, nobody, openBoard, value } from '../support/board.ts';
import { stores } from '../support/stores.ts';

/** Long lists, page by page: each row once, whatever comes meanwhile. */
describe.each(stores)('pages on $name', (kind) => {
  it('of tasks go by their ids', async () => {
    const { kernel, create } = openBoard(kind);
    const ids = [];
    for (const title of ['a', 'b', 'c', 'd', 'e']) ids.push(await create(title));
    const seen: string[] = [];
    for (let after = ''; ; ) {
      const page = value(await kernel.list(board, { after, limit: 2 }));
      seen.push(...page.map(({ id }) => id));
      const last = page.at(-1);
      if (last === undefined) break;
      after = last.id;
    }
    expect(seen).toEqual(ids.toSorted());
  });

  it('of comments go forward, also within one second', async () => {
    const { kernel, create, clock } = openBoard(kind);
    const id = await create('Talk');
    for (const body of ['1', '2', '3', '4', '5']) {
      value(await kernel.comment(board, { task_id: id, author: 'ada', body }));
      if (body === '3') clock.advance(1);
    }
    const said: string[] = [];
    for (let after: Comment | undefined; ; ) {
      const page: readonly Comment[] = value(await kernel.comments(board, { task_id: id, after, limit: 2 }));
      said.push(...page.map(({ body }) => body));
      after = page.at(-1);
      if (after === undefined) break;
    }
    expect(said.join('')).toBe('12345');
    const unknown = await kernel.comments(board, { task_id: nobody, limit: 2 });
    expect(unknown).toMatchObject({ refusal: { code: 'unknown_task' } });
  });

  it('of runs and of a task’s events go back from the newest', async () => {
    const { kernel, create, start, reap, claim, clock } = openBoard(kind);
    const id = await create('Tried', { max_retries: 9 });
    for (let attempt = 0; attempt < 3; attempt += 1) {
      await reap(await start(id), killed);
      clock.advance(600);
    }
    const other = await claim(await create('Other'));
    const all = value(await kernel.runPage(board, { limit: 9 }));
    expect(all.map(({ task_id }) => task_id)).toEqual([other.task.id, id, id, id]);
    expect(all.map(({ process }) => process?.exit_signal)).toEqual([undefined, 9, 9, 9]);
    const own = value(await kernel.runPage(board, { task_id: id, limit: 2 }));
    const rest = value(await kernel.runPage(board, { task_id: id, limit: 2, before: own.at(-1)?.id }));
    expect([...own, ...rest].map((run) => run.id)).toEqual(all.slice(1).map((run) => run.id));
    expect(value(await kernel.runPage(board, { open: true, limit: 9 }))).toMatchObject([
      { id: other.run_id },
    ]);
    expect(await kernel.runPage(board, { task_id: nobody, limit: 2 })).toMatchObject({
      refusal: { code: 'unknown_task' },
    });

    const newest = value(await kernel.taskEvents(board, { task_id: id, limit: 2 }));
    const before = value(await kernel.taskEvents(board, { task_id: id, limit: 99, before: newest[0]?.id }));
    const kinds = [...before, ...newest].map((event) => event.kind);
    expect(kinds.slice(0, 2)).toEqual(['created', 'claimed']);
    expect(kinds.filter((each) => each === 'claimed')).toHaveLength(3);
  });

  it('one run is found by its number', async () => {
    const { kernel, create, start } = openBoard(kind);
    const { run_id, task } = await start(await create('Once'));
    expect(value(await kernel.run(board, { run_id }))).toMatchObject({ id: run_id, task_id: task.id });
    expect(await kernel.run(board, { run_id: asRunId(99) })).toMatchObject({
      refusal: { code: 'unknown_run' },
    });
  });

  it('a look at a run never counts as having been told of its end; telling does, once', async () => {
    const { kernel, create, start, reap } = openBoard(kind);
    const claim = await start(await create('Awaited'));
    const { run_id } = claim;
    expect(value(await kernel.tellRun(board, { run_id }))).toEqual({ first: false });
    await reap(claim, exited(1));
    for (let look = 0; look < 3; look += 1) {
      expect(value(await kernel.run(board, { run_id })).process?.told_at).toBeNull();
    }
    expect(value(await kernel.tellRun(board, { run_id }))).toEqual({ first: true });
    expect(value(await kernel.tellRun(board, { run_id }))).toEqual({ first: false });
    expect(await kernel.tellRun(board, { run_id: asRunId(99) })).toMatchObject({
      refusal: { code: 'unknown_run' },
    });
  });

  it('of subscriptions go by their keys, of deliveries back from the newest', async () => {
    const { kernel, create, done } = openBoard(kind);
    const id = await create('Told');
    for (const chat_id of ['a', 'b', 'c']) {
      value(await kernel.subscribe(board, { task_id: id, platform: 'webhook', chat_id }));
    }
    const first = value(await kernel.subscriptions(board, { limit: 2 }));
    const last = first[1];
    if (last === undefined) throw new Error('There are two.');
    const after = [last.task_id, last.platform, last.chat_id, last.thread_id] as const;
    const next = value(await kernel.subscriptions(board, { limit: 2, after }));
    expect([...first, ...next].map(({ chat_id }) => chat_id)).toEqual(['a', 'b', 'c']);

    await done(id);
    const notifier = { role: 'notifier', epoch: asEpoch(1) } as const;
    value(await kernel.fanOut(board, { ...notifier, platforms: ['webhook'], owner: null }));
    const page = value(await kernel.deliveries(board, { limit: 2 }));
    const rest = value(await kernel.deliveries(board, { limit: 2, before: page.at(-1)?.id, task_id: id }));
    expect([...page, ...rest].map(({ chat_id }) => chat_id)).toEqual(['c', 'b', 'a']);
    expect(value(await kernel.deliveries(board, { state: 'dead', limit: 9 }))).toEqual([]);
    expect(value(await kernel.deliveryCounts(board, {}))).toEqual({ pending: 3, sent: 0, dead: 0 });
  });
});
