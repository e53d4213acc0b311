import type { Card, Columns, RevisableStatus, Status } from '../../../src/surfaces/http/wire.ts';

/** A board as it is shown: what the server said, with the moves on top that it has not answered yet. No browser in here. */

/** A card on its way to another column. */
export interface Move {
  readonly card: Card;
  readonly to: Status;
}

export interface ColumnView {
  readonly status: Status;
  readonly cards: readonly Card[];
  readonly count: number;
  /** There are more than were counted. */
  readonly more: boolean;
}

/** The order of a column: important first, then the older, then by id. */
export const before = (one: Card, other: Card): number =>
  other.priority - one.priority || one.created_at - other.created_at || (one.id < other.id ? -1 : 1);

/** The ids of all cards of the first answer. */
export const idsIn = ({ columns }: Columns): ReadonlySet<string> =>
  new Set(columns.flatMap(({ cards }) => cards.map(({ id }) => id)));

/**
 * A column with `further` cards behind the first ones, and every moved card where it is going. A card stands once: the first
 * answer, with the cards `inFirst`, is newer than the pages behind it.
 */
export function columnOf(
  { status, cards, count, more }: Columns['columns'][number],
  further: readonly Card[],
  inFirst: ReadonlySet<string>,
  moves: readonly Move[],
): ColumnView {
  const moving = new Map(moves.map((move) => [move.card.id, move]));
  const here = [...cards, ...further.filter(({ id }) => !inFirst.has(id))];
  const staying = here.filter(({ id }) => (moving.get(id)?.to ?? status) === status);
  const stays = new Set(staying.map(({ id }) => id));
  const coming = moves
    .filter(({ card, to }) => to === status && !stays.has(card.id))
    .map(({ card }) => ({ ...card, status }));
  // What was done last stands first.
  const shown = status === 'done' ? [...coming, ...staying] : placed(staying, coming);
  return { status, cards: shown, count: count - (here.length - staying.length) + coming.length, more };
}

/** The server's order stays as it is; only who comes is put into its place. */
const placed = (staying: readonly Card[], coming: readonly Card[]): readonly Card[] =>
  coming.length === 0 ? staying : [...staying, ...coming].sort(before);

/** How a card gets to a column: by a plain change of its status, by a word that must be given, or not from outside. */
export type Way =
  | { readonly kind: 'status'; readonly status: RevisableStatus }
  | { readonly kind: 'review' }
  | { readonly kind: 'reason'; readonly status: 'blocked' }
  | { readonly kind: 'none' };

export function wayTo(status: Status): Way {
  switch (status) {
    case 'running':
      return { kind: 'none' };
    case 'review':
      return { kind: 'review' };
    case 'blocked':
      return { kind: 'reason', status };
    case 'triage':
    case 'todo':
    case 'scheduled':
    case 'ready':
    case 'done':
    case 'archived':
      return { kind: 'status', status };
  }
}

/** Columns that a card may be dropped on. */
export const mayDrop = (from: string, to: Status): boolean => from !== to && wayTo(to).kind !== 'none';
