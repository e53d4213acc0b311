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

/**
 * Runs `work` at once, and when it was wanted meanwhile once more: not before `every` is over and not before the work is done, so
 * that many events ask for no more than a few, and no answer is thrown away for the next one.
 */
export function paced(work: () => Promise<unknown>, every: number): () => void {
  let resting = false;
  let wanted = false;
  const run = async (): Promise<void> => {
    resting = true;
    wanted = false;
    await Promise.allSettled([work(), new Promise((resolve) => setTimeout(resolve, every))]);
    resting = false;
    if (wanted) void run();
  };
  return () => {
    if (resting) wanted = true;
    else void run();
  };
}

const old = (...queryKey: unknown[]): Promise<void> => queryClient.invalidateQueries({ queryKey });
const allOld = (...keys: readonly (readonly unknown[])[]): Promise<unknown> =>
  Promise.all(keys.map((key) => old(...key)));

const boardPaces = new Map<string, () => void>();
function boardChanged(board: string): void {
  let tell = boardPaces.get(board);
  if (tell === undefined) {
    const further = paced(() => allOld(['cards', board], ['lanes', board]), furtherPace);
    tell = paced(() => {
      further();
      return allOld(['columns', board], ['runs', board], ['links', board]);
    }, pace);
    boardPaces.set(board, tell);
  }
  tell();
}
const countsChanged = paced(() => old('boards'), 1000);
const troubleChanged = paced(() => old('diagnostics'), 5000);

/** The tasks of which something was heard since they were last asked for. */
const changed = new Map<string, FeedEvent>();
const tasksChanged = paced(() => {
  const all = [...changed.values()];
  changed.clear();
  return allOld(
    ...all.flatMap(({ board, task_id }) => ['task', 'why', 'events'].map((kind) => [kind, board, task_id])),
  );
}, pace);

function heard(event: FeedEvent): void {
  boardChanged(event.board);
  countsChanged();
  troubleChanged();
  changed.set(`${event.board} ${event.task_id}`, event);
  tasksChanged();
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
