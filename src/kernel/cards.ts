import type { Card, CardCursor, CardFilter, CardPage, Column, Columns } from '../domain/card.ts';
import { ok, type Result } from '../domain/errors.ts';
import { toSeconds } from '../domain/ids.ts';
import { type Status, statuses } from '../domain/task.ts';
import type { Reader } from '../store/store.ts';
import {
  type Beside,
  besideCards,
  countCards,
  type PlainCard,
  selectCards,
  selectForeignCards,
} from '../store/tables/cards.ts';
import { lastEventId } from '../store/tables/events.ts';

/** What a board shows: slim cards in pages, whatever the size of the board. */

/** Columns are counted up to here; who wants to know more asks for the statistics. */
const mostCounted = 1000;

export interface CardsInput extends CardFilter {
  readonly status: Status;
  readonly after?: CardCursor | null | undefined;
  readonly limit: number;
}

/** One page of one column. What another program's status means nobody knows, so such cards stand under `todo`. */
export async function cards(reader: Reader, input: CardsInput): Promise<Result<CardPage>> {
  const page = await pageOf(reader, input);
  return ok({ cards: await filled(reader, page.cards), next: page.next });
}

/** Every column's first page in one look: what a page in a browser paints first. */
export async function columns(
  reader: Reader,
  input: CardFilter & { readonly limit: number; readonly include_archived?: boolean | undefined },
): Promise<Result<Columns>> {
  const { limit, include_archived, ...filter } = input;
  const shown = statuses.filter((status) => include_archived === true || status !== 'archived');
  const pages: Omit<Column, 'cards'>[] = [];
  const found: PlainCard[][] = [];
  for (const status of shown) {
    const page = await pageOf(reader, { ...filter, status, limit });
    const counted =
      page.next === null ? page.cards.length : await countCards(reader, status, filter, mostCounted + 1);
    const more = counted > mostCounted;
    pages.push({ status, next: page.next, count: more ? mostCounted : counted, more });
    found.push(page.cards);
  }
  // What stands beside the cards of all columns is asked for once.
  const all = await filled(reader, found.flat());
  let from = 0;
  const columns = pages.map((page, index): Column => {
    const to = from + (found[index]?.length ?? 0);
    const column = { ...page, cards: all.slice(from, to) };
    from = to;
    return column;
  });
  return ok({ columns, latest_event_id: await lastEventId(reader), now: toSeconds(reader.now) });
}

async function pageOf(
  reader: Reader,
  { status, after = null, limit, ...filter }: CardsInput,
): Promise<{ cards: PlainCard[]; next: CardCursor | null }> {
  const found = await selectCards(reader, { status, filter, after, limit: limit + 1 });
  const own = found.slice(0, limit);
  const last = own.at(-1);
  const next = found.length > limit && last !== undefined ? cursorOf(status, last) : null;
  const foreign = status === 'todo' && after === null ? await selectForeignCards(reader, filter, limit) : [];
  return { cards: [...own, ...foreign], next };
}

const cursorOf = (status: Status, card: PlainCard): CardCursor => [
  status === 'done' ? (card.completed_at ?? 0) : card.priority,
  card.created_at,
  card.id,
];

async function filled(reader: Reader, plain: readonly PlainCard[]): Promise<Card[]> {
  if (plain.length === 0) return [];
  const beside = await besideCards(
    reader,
    plain.map(({ id }) => id),
  );
  return plain.map((card) => fill(card, beside));
}

const fill = (card: PlainCard, beside: Beside): Card => ({
  ...card,
  latest_summary: beside.summaries.get(card.id) ?? null,
  parents: beside.parents.get(card.id) ?? 0,
  comments: beside.comments.get(card.id) ?? 0,
  attachments: beside.attachments.get(card.id) ?? 0,
  children: beside.children.get(card.id) ?? { done: 0, total: 0 },
  scheduled_at: beside.scheduled.get(card.id) ?? null,
});
