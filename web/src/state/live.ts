import type { FeedEvent } from '../../../src/surfaces/http/wire.ts';
import { get, turnedAway } from './api.ts';
import { queryClient } from './queries.ts';
import { createStore } from './store.ts';

/**
 * The stream of all boards' events. An event says what became old and carries no state of its own: what is looked at is
 * asked for again, at most every 150 ms for a board, and an unchanged board answers 304.
 */

export type Connection = 'connecting' | 'live' | 'lost' | 'signed-out';
export const connection = createStore<Connection>('connecting');
/** The newest event, for those who want to say so. */
export const newest = createStore<FeedEvent | undefined>(undefined);

const pace = 150;
const furtherPace = 2000;
const again = 1500;

/** Runs `work` at once, and once more after `every` when it was wanted meanwhile. */
export function paced(work: () => void, every: number): () => void {
  let resting = false;
  let wanted = false;
  const run = (): void => {
    resting = true;
    wanted = false;
    work();
    setTimeout(() => {
      resting = false;
      if (wanted) run();
    }, every);
  };
  return () => {
    if (resting) wanted = true;
    else run();
  };
}

const old = (...queryKey: unknown[]) => void queryClient.invalidateQueries({ queryKey });

const boardPaces = new Map<string, () => void>();
function boardChanged(board: string): void {
  let tell = boardPaces.get(board);
  if (tell === undefined) {
    const further = paced(() => {
      old('cards', board);
      old('lanes', board);
    }, furtherPace);
    tell = paced(() => {
      old('columns', board);
      old('runs', board);
      old('links', board);
      further();
    }, pace);
    boardPaces.set(board, tell);
  }
  tell();
}
const countsChanged = paced(() => old('boards'), 1000);
const troubleChanged = paced(() => old('diagnostics'), 5000);

function heard(event: FeedEvent): void {
  boardChanged(event.board);
  countsChanged();
  troubleChanged();
  for (const kind of ['task', 'why', 'events']) old(kind, event.board, event.task_id);
  newest.set(event);
}

/** Listens for as long as the page is open; gives back how to end it. */
export function listen(): () => void {
  let source: EventSource | undefined;
  let timer: ReturnType<typeof setTimeout> | undefined;
  const open = (): void => {
    source = new EventSource('/api/v1/stream');
    // What happened while nobody listened is seen by asking for everything again.
    const begin = (): void => {
      connection.set('live');
      void queryClient.invalidateQueries();
    };
    source.addEventListener('hello', begin);
    source.addEventListener('reload', begin);
    source.onmessage = ({ data }: MessageEvent<string>) => heard(JSON.parse(data));
    source.onerror = () => {
      if (connection.get() !== 'signed-out') connection.set('lost');
      source?.close();
      clearTimeout(timer);
      timer = setTimeout(() => void reopen(), again);
    };
  };
  /** An `EventSource` does not tell why it failed; a plain question does. */
  const reopen = async (): Promise<void> => {
    try {
      await get('/me');
      open();
    } catch {
      if (connection.get() !== 'signed-out') connection.set('lost');
      timer = setTimeout(() => void reopen(), again);
    }
  };
  const leave = turnedAway.subscribe(() => {
    if (connection.get() === 'signed-out') return;
    connection.set('signed-out');
    source?.close();
    clearTimeout(timer);
    timer = setTimeout(() => void reopen(), again);
  });
  open();
  const retryNow = (): void => {
    if (connection.get() === 'live') return;
    clearTimeout(timer);
    source?.close();
    void reopen();
  };
  addEventListener('online', retryNow);
  return () => {
    leave();
    removeEventListener('online', retryNow);
    clearTimeout(timer);
    source?.close();
  };
}
