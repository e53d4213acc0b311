import type { Card, CardCursor, CardFilter, CardPage, Column, Columns } from '../domain/card.ts';
import { ok, type Result } from '../domain/errors.ts';
import { toSeconds } from '../domain/ids.ts';
import { type Status, statuses } from '../domain/task.ts';
import type { Reader } from '../store/store.ts';
import { countCards, selectCards, selectForeignCards } from '../store/tables/cards.ts';
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
  return ok(await pageOf(reader, input));
}

/** Every column's first page in one look: what a page in a browser paints first. */
export async function columns(
  reader: Reader,
  input: CardFilter & { readonly limit: number; readonly include_archived?: boolean | undefined },
): Promise<Result<Columns>> {
  const { limit, include_archived, ...filter } = input;
  const shown = statuses.filter((status) => include_archived === true || status !== 'archived');
  const columns: Column[] = [];
  for (const status of shown) {
    const page = await pageOf(reader, { ...filter, status, limit });
    const counted =
      page.next === null ? page.cards.length : await countCards(reader, status, filter, mostCounted + 1);
    const more = counted > mostCounted;
    columns.push({ status, ...page, count: more ? mostCounted : counted, more });
  }
  return ok({ columns, latest_event_id: await lastEventId(reader), now: toSeconds(reader.now) });
}

async function pageOf(
  reader: Reader,
  { status, after = null, limit, ...filter }: CardsInput,
): Promise<CardPage> {
  const found = await selectCards(reader, { status, filter, after, limit: limit + 1 });
  const own = found.slice(0, limit);
  const last = own.at(-1);
  const next = found.length > limit && last !== undefined ? cursorOf(status, last) : null;
  const foreign = status === 'todo' && after === null ? await selectForeignCards(reader, filter, limit) : [];
  return { cards: [...own, ...foreign], next };
}

const cursorOf = (status: Status, card: Card): CardCursor => [
  status === 'done' ? (card.completed_at ?? 0) : card.priority,
  card.created_at,
  card.id,
];
