import { z } from 'zod';

/** One line of `andon watch --json`, as far as the demo reads it. */
export const feedEvent = z.object({
  id: z.number(),
  task_id: z.string(),
  kind: z.string(),
  payload: z.record(z.string(), z.unknown()).nullable(),
  title: z.string().nullable(),
  assignee: z.string().nullable(),
});
export type FeedEvent = z.infer<typeof feedEvent>;

/** The columns of the demo's board, in their order. */
export const columns = ['todo', 'ready', 'running', 'blocked', 'done'] as const;
export type Column = (typeof columns)[number];

export interface Card {
  readonly id: string;
  readonly title: string;
  readonly assignee: string;
  readonly column: Column;
  /** Runs that were claimed so far. */
  readonly attempts: number;
  /** When the card came into its column, in milliseconds since the demo began. */
  readonly since: number;
  /** Why it waits for a person, or how its last attempt failed. */
  readonly note: string | undefined;
  /** Its failures reached the limit: nobody will start it again. */
  readonly gaveUp: boolean;
}

/** Something worth a line in the story of the run. */
export interface Moment {
  readonly at: number;
  readonly column: Column;
  readonly text: string;
}

/** What the demo knows of the board: nothing but the events folded together. */
export interface Board {
  readonly cards: ReadonlyMap<string, Card>;
  readonly story: readonly Moment[];
}

export const emptyBoard: Board = { cards: new Map(), story: [] };

/** The board after one more event, which arrived `at` milliseconds after the demo began. */
export function fold(board: Board, event: FeedEvent, at: number): Board {
  const before = board.cards.get(event.task_id) ?? unknownCard(event, at);
  const change = changeOf(before, event, board);
  if (change === undefined) return board;
  const moved = change.column !== undefined && change.column !== before.column;
  const card = { ...before, ...change, since: moved ? at : before.since };
  const text = tell(card, event);
  return {
    cards: new Map(board.cards).set(card.id, card),
    story: text === undefined ? board.story : [...board.story, { at, column: card.column, text }],
  };
}

const unknownCard = (event: FeedEvent, at: number): Card => ({
  id: event.task_id,
  title: printable(event.title ?? event.task_id),
  assignee: event.assignee ?? 'nobody',
  column: 'todo',
  attempts: 0,
  since: at,
  note: undefined,
  gaveUp: false,
});

type Change = Partial<Pick<Card, 'column' | 'attempts' | 'note' | 'gaveUp'>>;

/** What an event does to its card; `undefined` when the board looks the same after it. */
function changeOf(card: Card, event: FeedEvent, board: Board): Change | undefined {
  switch (event.kind) {
    case 'created':
      // A card that is known already came from `list`, which may be newer than this event.
      return board.cards.has(card.id)
        ? undefined
        : { column: columnNamed(event.payload?.['status']) ?? 'ready' };
    case 'promoted':
      return { column: 'ready' };
    case 'linked':
      return waits(card, event, board) ? { column: 'todo' } : undefined;
    case 'claim_rejected':
      return { column: 'todo' };
    case 'claimed':
      return { column: 'running', attempts: card.attempts + 1, note: undefined };
    case 'completed':
      return { column: 'done', note: printable(event.payload?.['summary'] ?? '') };
    case 'blocked':
      return { column: 'blocked', note: printable(event.payload?.['reason'] ?? 'no reason given') };
    case 'unblocked':
      return { column: columnNamed(event.payload?.['status']) ?? 'ready', note: undefined };
    case 'gave_up':
      return { column: 'blocked', note: printable(event.payload?.['error'] ?? card.note), gaveUp: true };
    case 'crashed':
    case 'protocol_violation':
    case 'timed_out':
    case 'spawn_failed':
    case 'rate_limited':
    case 'reclaimed':
      // Where failures reached their limit the task stays blocked, in whichever order the two events come.
      return { column: card.gaveUp ? 'blocked' : 'ready', note: failure(event) };
    case 'status':
      return { column: columnNamed(event.payload?.['status']) ?? card.column };
    default:
      return undefined;
  }
}

/** True when a new parent that is not done takes a ready card back. */
function waits(card: Card, event: FeedEvent, board: Board): boolean {
  const parent = board.cards.get(String(event.payload?.['parent']));
  return card.column === 'ready' && parent?.column !== 'done';
}

const columnNamed = (status: unknown): Column | undefined => columns.find((column) => column === status);

function failure({ kind, payload }: FeedEvent): string {
  const code = payload?.['exit_code'];
  const words = kind.replaceAll('_', ' ');
  return typeof code === 'number' ? `${words}, exit code ${code}` : words;
}

/** The line of the story that an event deserves, if any. */
function tell(card: Card, { kind }: FeedEvent): string | undefined {
  switch (kind) {
    case 'created':
      return `${card.title} · for ${card.assignee}`;
    case 'claimed':
      return card.attempts > 1 ? `${card.title} · attempt ${card.attempts}` : card.title;
    case 'completed':
      return card.note === '' ? card.title : `${card.title} · ${card.note}`;
    case 'promoted':
      return undefined;
    case 'unblocked':
      return `${card.title} · answered`;
    default:
      return card.note === undefined ? card.title : `${card.title} · ${card.note}`;
  }
}

/** A value as text that cannot steer a terminal. */
const printable = (value: unknown): string =>
  String(value)
    .replaceAll(/\p{Cc}+/gu, ' ')
    .trim();

/** How many cards stand in a column. */
export const count = (board: Board, column: Column): number =>
  [...board.cards.values()].filter((card) => card.column === column).length;

/** True when there are cards and every one is done. */
export const allDone = (board: Board): boolean =>
  board.cards.size > 0 && count(board, 'done') === board.cards.size;
