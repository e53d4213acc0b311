import { describe, expect, it } from 'vitest';
import type { Card, Columns } from '../../src/surfaces/http/wire.ts';
import { columnOf, mayDrop, mayDropAt, moveInto } from '../../web/src/board/moves.ts';
import { formatRoute, parseRoute } from '../../web/src/state/address.ts';

/** What the page shows, as functions of what it was told: no browser. */

const card = (id: string, more: Partial<Card> = {}): Card => ({
  id,
  title: id,
  assignee: null,
  status: 'todo',
  priority: 0,
  tenant: null,
  created_by: null,
  created_at: 1,
  started_at: null,
  completed_at: null,
  workspace_kind: 'scratch',
  branch_name: null,
  consecutive_failures: 0,
  current_run_id: null,
  block_kind: null,
  goal_mode: false,
  body_preview: null,
  latest_summary: null,
  parents: 0,
  comments: 0,
  attachments: 0,
  children: { done: 0, total: 0 },
  scheduled_at: null,
  ...more,
});

const column = (status: Columns['columns'][number]['status'], cards: Card[], count = cards.length) => ({
  status,
  cards,
  count,
  more: false,
  next: null,
});
const ids = (view: { readonly cards: readonly Card[] }): string[] => view.cards.map(({ id }) => id);
const none: ReadonlySet<string> = new Set();

describe('a column', () => {
  it('shows a moved card where it goes, in its place, and counts it there', () => {
    const moved = card('b', { priority: 5 });
    const moves = [{ card: moved, to: 'ready' } as const];
    const from = columnOf(column('todo', [moved, card('c')], 12), [], none, moves);
    expect([ids(from), from.count]).toEqual([['c'], 11]);
    const there = [card('x', { priority: 9 }), card('y', { priority: 1 })];
    const to = columnOf(column('ready', there, 2), [], none, moves);
    expect([ids(to), to.count]).toEqual([['x', 'b', 'y'], 3]);
    expect(to.cards[1]?.status).toBe('ready');
  });

  it('shows what was just done first, and a card that has arrived once', () => {
    const moved = card('b');
    const moves = [{ card: moved, to: 'done' } as const];
    expect(ids(columnOf(column('done', [card('a')]), [], none, moves))).toEqual(['b', 'a']);
    const arrived = columnOf(column('done', [card('b'), card('a')]), [], none, moves);
    expect([ids(arrived), arrived.count]).toEqual([['b', 'a'], 2]);
  });

  it('leaves out of the pages behind whatever the first answer has elsewhere', () => {
    const view = columnOf(column('todo', [card('a')], 3), [card('b'), card('c')], new Set(['a', 'c']), []);
    expect(ids(view)).toEqual(['a', 'b']);
  });

  it('shows a card that goes to another lane there and nowhere else', () => {
    const moved = card('b', { assignee: 'ada' });
    const moves = [moveInto(moved, 'todo', { by: 'assignee', name: 'bob' })];
    const here = [card('a', { assignee: 'ada' }), moved];
    const lane = (name: string, cards: Card[]) =>
      ids(columnOf(column('todo', cards), [], none, moves, { assignee: name }));
    expect([lane('ada', here), lane('bob', []), lane('none', [])]).toEqual([['a'], ['b'], []]);
  });

  it('of another lane takes a card by its assignee, and never by its tenant', () => {
    const own = card('a', { assignee: 'ada', status: 'ready', tenant: 'docs' });
    const at = (by: 'assignee' | 'tenant', name: string, to: 'ready' | 'done' | 'running') =>
      mayDropAt(own, to, { by, name });
    expect([at('assignee', 'bob', 'ready'), at('assignee', 'ada', 'ready')]).toEqual([true, false]);
    expect([at('assignee', 'none', 'running'), at('assignee', 'none', 'done')]).toEqual([false, true]);
    expect([at('tenant', 'docs', 'done'), at('tenant', 'core', 'done')]).toEqual([true, false]);
  });

  it('takes no card that has to get there by itself', () => {
    expect([mayDrop('ready', 'running'), mayDrop('ready', 'ready'), mayDrop('ready', 'done')]).toEqual([
      false,
      false,
      true,
    ]);
  });
});

describe('an address', () => {
  it('names page, board, task and filter, and reads back as it was written', () => {
    const route = {
      page: 'board',
      board: 'ops',
      task: { board: 'ops', id: 't_1a2b3c4d' },
      filter: { title: 'a & b', assignee: 'none', tenant: undefined },
    } as const;
    expect(parseRoute(formatRoute(route))).toEqual(route);
  });

  it('leads to the board when it names nothing that there is', () => {
    expect(parseRoute('#/nowhere/x')).toEqual({
      page: 'board',
      board: undefined,
      task: undefined,
      filter: { title: undefined, assignee: undefined, tenant: undefined },
    });
  });
});
