import type { Card, Columns, RevisableStatus, Status } from '../../../src/surfaces/http/wire.ts';
import type { Filter } from '../state/address.ts';
import { isStatusName, t } from '../strings.ts';

/** A board as it is shown: what the server said, with the moves on top that it has not answered yet. No browser in here. */

/** A card on its way to another column, or to somebody else. */
export interface Move {
  readonly card: Card;
  readonly to: Status;
  /** Whose it will be; undefined when that stays as it is. */
  readonly assignee?: string | null;
}

/** The card as it will be. */
export const afterMove = ({ card, to, assignee }: Move): Card => ({
  ...card,
  status: to,
  ...(assignee !== undefined && { assignee }),
});

/** A row of the board: the cards of one profile or tenant, or with the name `none` those of nobody. */
export interface Lane {
  readonly by: 'assignee' | 'tenant';
  readonly name: string;
}
export const noLane = 'none';
/** How people call a lane. */
export const laneLabel = ({ by, name }: Lane): string =>
  name !== noLane ? name : by === 'assignee' ? t.nobody : t.noTenant;
export const laneOf = (by: Lane['by'], card: Card): string => card[by] ?? noLane;

const belongs = (card: Card, { assignee, tenant }: Filter): boolean =>
  (assignee === undefined || laneOf('assignee', card) === assignee) &&
  (tenant === undefined || laneOf('tenant', card) === tenant);

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
 * A column with `further` cards behind the first ones, and every moved card where it is going: `filter` says which are shown. A card stands once: the first
 * answer, with the cards `inFirst`, is newer than the pages behind it.
 */
export function columnOf(
  { status, cards, count, more }: Columns['columns'][number],
  further: readonly Card[],
  inFirst: ReadonlySet<string>,
  moves: readonly Move[],
  filter: Filter = {},
): ColumnView {
  const moved = moves.map(afterMove);
  const moving = new Map(moved.map((card) => [card.id, card]));
  const isHere = (card: Card): boolean => card.status === status && belongs(card, filter);
  const here = [...cards, ...further.filter(({ id }) => !inFirst.has(id))];
  const staying = here.filter(({ id }) => {
    const after = moving.get(id);
    return after === undefined || isHere(after);
  });
  const stays = new Set(staying.map(({ id }) => id));
  const coming = moved.filter((card) => isHere(card) && !stays.has(card.id));
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

/** Whether a card may be dropped in this column of this lane; who does a task can be changed so, whose it is cannot. */
export function mayDropAt(card: Card, to: Status, lane: Lane | undefined): boolean {
  if (lane === undefined || laneOf(lane.by, card) === lane.name) return mayDrop(card.status, to);
  return lane.by === 'assignee' && (card.status === to || mayDrop(card.status, to));
}

/** The move that such a drop is. */
export function moveInto(card: Card, to: Status, lane: Lane | undefined): Move {
  if (lane?.by !== 'assignee' || laneOf('assignee', card) === lane.name) return { card, to };
  return { card, to, assignee: lane.name === noLane ? null : lane.name };
}

/** The move to another profile's lane, in the column where the card is; none of a status that another program made up. */
export function gift(card: Card, name: string): Move | undefined {
  const { status } = card;
  return isStatusName(status) ? moveInto(card, status, { by: 'assignee', name }) : undefined;
}
