import { describe, expect, it } from 'vitest';
import { asEventId, asRunId } from '../../src/domain/ids.ts';
import { board, openBoard, profile, value } from '../support/board.ts';
import { stores } from '../support/stores.ts';

describe.each(stores)('the feed on $name', (kind) => {
  it('it goes on after a cursor, in pages, and misses nothing', async () => {
    const { create, done, kernel } = openBoard(kind);
    const first = await create('First', { assignee: profile('ada'), tenant: 'acme' });
    await done(first);
    await create('Second');
    const page = async (after: number) =>
      value(await kernel.feed(board, { after: asEventId(after), limit: 2 }));
    const one = await page(0);
    expect(one).toMatchObject([
      { task_id: first, kind: 'created', title: 'First', assignee: 'ada', tenant: 'acme' },
      { task_id: first, kind: 'completed' },
    ]);
    const two = await page(one.at(-1)?.id ?? 0);
    expect(two).toMatchObject([{ kind: 'created', title: 'Second', assignee: null }]);
    expect(await page(two.at(-1)?.id ?? 0)).toEqual([]);
    expect(two.at(-1)?.id).toBe(value(await kernel.lastEvent(board, {})));
  });

  it('it is narrowed by task, kinds, assignee and tenant', async () => {
    const { create, done, kernel } = openBoard(kind);
    const mine = await create('Mine', { assignee: profile('ada'), tenant: 'acme' });
    const other = await create('Other');
    await done(mine);
    await done(other);
    const kinds = async (filter: object) => {
      const found = value(await kernel.feed(board, { after: asEventId(0), limit: 99, ...filter }));
      return found.map((event) => `${event.title} ${event.kind}`);
    };
    expect(await kinds({ task_id: other })).toEqual(['Other created', 'Other completed']);
    expect(await kinds({ kinds: ['completed'] })).toEqual(['Mine completed', 'Other completed']);
    expect(await kinds({ kinds: [] })).toHaveLength(4);
    expect(await kinds({ assignee: profile('ada') })).toEqual(['Mine created', 'Mine completed']);
    expect(await kinds({ tenant: 'acme', kinds: ['created'] })).toEqual(['Mine created']);
  });

  it('a refused command leaves no event: the next one follows the last', async () => {
    const { create, kernel, lastEvent } = openBoard(kind);
    const id = await create('Work');
    const before = (await lastEvent(id)).id;
    await kernel.block(board, { task_id: id, run_id: asRunId(99), reason: 'Late.', comment_as: 'old' });
    value(await kernel.comment(board, { task_id: id, author: 'ada', body: 'Hello.' }));
    const later = value(await kernel.feed(board, { after: before, limit: 9 }));
    expect(later.map((event) => event.kind)).toEqual(['commented']);
  });

  it('whoever follows hears of commits here and in another process, and no more after the end', async () => {
    const { create, another, kernel } = openBoard(kind);
    await create('Before');
    let heard = Promise.withResolvers<void>();
    const unfollow = kernel.follow(board, () => heard.resolve());
    value(await kernel.create(board, { title: 'Here' }));
    await heard.promise;
    heard = Promise.withResolvers();
    value(await another().create(board, { title: 'Elsewhere' }));
    await heard.promise;
    unfollow();
  });
});
