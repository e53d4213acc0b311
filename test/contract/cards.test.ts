import { describe, expect, it } from 'vitest';
import type { Card, CardCursor, CardFilter, CardPage } from '../../src/domain/card.ts';
import { asMillis, type TaskId } from '../../src/domain/ids.ts';
import type { Status } from '../../src/domain/task.ts';
import { type Board, board, openBoard, profile, value } from '../support/board.ts';
import { stores } from '../support/stores.ts';

/** What a board shows, page by page. */
describe.each(stores)('the cards of a board on $name', (kind) => {
  /** The titles of a whole column, read in pages of two. */
  async function column({ kernel }: Board, status: Status, filter: CardFilter = {}): Promise<string[]> {
    const titles: string[] = [];
    for (let after: CardCursor | null = null; ; ) {
      const page: CardPage = value(await kernel.cards(board, { ...filter, status, after, limit: 2 }));
      titles.push(...page.cards.map(({ title }) => title));
      if (page.next === null) return titles;
      after = page.next;
    }
  }
  const cardOf = async ({ kernel }: Board, status: Status, id: TaskId): Promise<Card> => {
    const { cards } = value(await kernel.cards(board, { status, limit: 9 }));
    const card = cards.find((each) => each.id === id);
    if (!card) throw new Error(`Task ${id} is not ${status}.`);
    return card;
  };

  it('are paged by urgency, each once, also when several are equal', async () => {
    const on = openBoard(kind);
    for (const [title, priority] of [
      ['a', 0],
      ['b', 5],
      ['c', 0],
      ['d', 5],
      ['e', 0],
    ] as const) {
      await on.create(title, { priority });
      if (title !== 'c') on.clock.advance(1);
    }
    const titles = await column(on, 'ready');
    expect(titles.slice(0, 3)).toEqual(['b', 'd', 'a']);
    expect(titles.toSorted()).toEqual(['a', 'b', 'c', 'd', 'e']);
  });

  it('that are done stand newest first', async () => {
    const on = openBoard(kind);
    const ids: TaskId[] = [];
    for (const title of ['a', 'b', 'c', 'd', 'e']) ids.push(await on.create(title));
    for (const [index, id] of ids.entries()) {
      if (index !== 2) on.clock.advance(1);
      await on.done(id);
    }
    const titles = await column(on, 'done');
    expect(titles[0]).toBe('e');
    expect(titles.slice(1, 2)).toEqual(['d']);
    expect(titles.at(-1)).toBe('a');
    expect(titles).toHaveLength(5);
  });

  it('a card that comes while one reads neither doubles nor hides another', async () => {
    const on = openBoard(kind);
    for (const title of ['a', 'b', 'c', 'd']) {
      await on.create(title);
      on.clock.advance(1);
    }
    const first = value(await on.kernel.cards(board, { status: 'ready', limit: 2 }));
    await on.create('urgent', { priority: 9 });
    const next = value(await on.kernel.cards(board, { status: 'ready', limit: 2, after: first.next }));
    expect([...first.cards, ...next.cards].map(({ title }) => title)).toEqual(['a', 'b', 'c', 'd']);
    expect(next.next).toBeNull();
  });

  it('are filtered by profile, nobody, tenant and words of the title', async () => {
    const on = openBoard(kind);
    await on.create('Count 100% of it', { assignee: profile('ada'), tenant: 'acme' });
    await on.create('Count 100 of it', { assignee: profile('bea') });
    await on.create('Draw');
    expect(await column(on, 'ready', { assignee: profile('ada') })).toEqual(['Count 100% of it']);
    expect(await column(on, 'ready', { assignee: null })).toEqual(['Draw']);
    expect(await column(on, 'ready', { tenant: 'acme' })).toEqual(['Count 100% of it']);
    expect(await column(on, 'ready', { title: 'COUNT 100%' })).toEqual(['Count 100% of it']);
    expect(await column(on, 'ready', { title: 'count' })).toHaveLength(2);
    expect(await column(on, 'ready', { title: '%' })).toHaveLength(1);
  });

  it('say what stands around them, and only the beginning of long texts', async () => {
    const on = openBoard(kind);
    const parent = await on.create('Parent');
    const id = await on.create('Middle', { parents: [parent], body: 'x'.repeat(5000) });
    const [one] = [await on.create('One', { parents: [id] }), await on.create('Two', { parents: [id] })];
    value(await on.kernel.comment(board, { task_id: id, author: 'ada', body: 'Hello.' }));
    expect(await cardOf(on, 'todo', id)).toMatchObject({
      id,
      body_preview: 'x'.repeat(200),
      parents: 1,
      comments: 1,
      attachments: 0,
      children: { done: 0, total: 2 },
      latest_summary: null,
      scheduled_at: null,
    });
    value(await on.kernel.archive(board, { task_id: one }));
    value(await on.kernel.complete(board, { task_id: parent }));
    value(await on.kernel.complete(board, { task_id: id, summary: 'y'.repeat(300) }));
    expect(await cardOf(on, 'done', id)).toMatchObject({
      latest_summary: 'y'.repeat(200),
      children: { done: 1, total: 2 },
    });
    const later = await on.create('Later', { scheduled_at: inAnHour(on) });
    expect(await cardOf(on, 'scheduled', later)).toMatchObject({ scheduled_at: inAnHour(on) });
  });

  it('of another program’s status stand under todo', async () => {
    const on = openBoard(kind);
    const id = await on.create('Strange');
    await on.create('Waits', { parents: [await on.create('Parent')] });
    await on.foreign(`update tasks set status = 'qa' where id = '${id}'`);
    const { cards } = value(await on.kernel.cards(board, { status: 'todo', limit: 9 }));
    expect(cards.map((card) => [card.title, card.foreign_status])).toEqual([
      ['Waits', undefined],
      ['Strange', 'qa'],
    ]);
    await on.foreign(`update tasks set status = 'ready' where id = '${id}'`);
  });

  it('come with every column and its count at first, archived ones when asked', async () => {
    const on = openBoard(kind);
    for (const title of ['a', 'b', 'c']) await on.create(title);
    await on.done(await on.create('finished'));
    value(await on.kernel.archive(board, { task_id: await on.create('old') }));
    const first = value(await on.kernel.columns(board, { limit: 2 }));
    const shown = first.columns.map(({ status, count, more, cards, next }) => [
      status,
      count,
      more,
      cards.length,
      next !== null,
    ]);
    expect(shown).toEqual([
      ['triage', 0, false, 0, false],
      ['todo', 0, false, 0, false],
      ['scheduled', 0, false, 0, false],
      ['ready', 3, false, 2, true],
      ['running', 0, false, 0, false],
      ['blocked', 0, false, 0, false],
      ['review', 0, false, 0, false],
      ['done', 1, false, 1, false],
    ]);
    expect(first.latest_event_id).toBeGreaterThan(0);
    expect(first.now).toBe(on.clock.seconds());
    const all = value(await on.kernel.columns(board, { limit: 2, include_archived: true }));
    expect(all.columns.at(-1)).toMatchObject({ status: 'archived', count: 1 });
  });

  it('of a board that was never made are none', async () => {
    const { kernel } = openBoard(kind);
    const { columns } = value(await kernel.columns(board, { limit: 50 }));
    expect(columns.every(({ count, cards }) => count === 0 && cards.length === 0)).toBe(true);
  });
});

const inAnHour = ({ clock }: Board) => asMillis(clock.now() + 3_600_000);
