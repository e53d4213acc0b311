import { once } from 'node:events';
import { createInterface } from 'node:readline';
import { setTimeout as delay } from 'node:timers/promises';
import { z } from 'zod';
import { allDone, type Board, type Card, emptyBoard, type FeedEvent, feedEvent, fold } from './board.ts';
import type { Home, Worker } from './home.ts';
import type { Screen } from './screen.ts';

/** How long the whole graph may take. */
const limit = 120_000;
/** How long the person thinks: long enough that the question is seen on the board. */
const thinking = 1000;
const logShown = '800';

export interface Stage {
  readonly home: Home;
  readonly screen: Screen;
  /** What the person answers when a worker asks for the report's heading. */
  readonly heading: string;
  /** Milliseconds since the demo began. */
  readonly elapsed: () => number;
  /** Ends the run early. */
  readonly signal: AbortSignal;
}

/**
 * Puts the graph on the board and follows it until the report is written, the last of all tasks. Throws when a task can
 * not be finished, when the time is over, or with the signal's reason.
 */
export async function play(stage: Stage): Promise<void> {
  const broken = new AbortController();
  const timeout = AbortSignal.timeout(limit);
  const signal = AbortSignal.any([stage.signal, timeout, broken.signal]);
  const abort = (error: unknown): void => broken.abort(error);
  let board = emptyBoard;

  const feed = follow(stage.home, signal);
  const graph = putGraph(stage.home);
  graph.catch(abort);
  for await (const event of feed) {
    board = fold(board, event, stage.elapsed());
    stage.screen.show(board);
    const card = board.cards.get(event.task_id);
    if (card === undefined) continue;
    if (card.gaveUp) throw new Error(await whyGivenUp(stage.home, card));
    if (event.kind === 'blocked') {
      if (card.assignee !== worker('asks') || card.attempts > 1) {
        throw new Error(`"${card.title}" (${card.id}) asks what nobody here can answer: ${card.note}`);
      }
      graph.then(() => answer(stage, card, signal)).catch(abort);
    }
    if (event.kind === 'completed' && card.assignee === worker('synthesiser')) break;
  }
  if (timeout.aborted) throw new Error(await whatIsStuck(stage.home, board));
  signal.throwIfAborted();
  if (!allDone(board)) throw new Error(`The report is written, but: ${await whatIsStuck(stage.home, board)}`);
}

const worker = (name: Worker): Worker => name;

/** The board's events as they happen. */
async function* follow(home: Home, signal: AbortSignal): AsyncGenerator<FeedEvent> {
  const watch = home.start('watch', '--json');
  const stop = (): void => void watch.kill();
  signal.addEventListener('abort', stop, { once: true });
  const complaint: string[] = [];
  watch.stderr?.on('data', (chunk) => complaint.push(String(chunk)));
  try {
    if (watch.stdout === null) throw new Error('andon watch has no output to read.');
    for await (const line of createInterface({ input: watch.stdout }))
      yield feedEvent.parse(JSON.parse(line));
    if (!signal.aborted) throw new Error(`andon watch ended by itself. ${complaint.join('')}`);
  } finally {
    signal.removeEventListener('abort', stop);
    if (watch.exitCode === null && watch.signalCode === null) {
      watch.kill();
      await once(watch, 'exit');
    }
  }
}

const created = z.object({ id: z.string() });

/** The first five cards; the planner's worker adds the rest. */
async function putGraph({ andon }: Home): Promise<void> {
  const create = async (title: string, assignee: Worker, ...more: string[]): Promise<string> =>
    created.parse(JSON.parse(await andon('create', title, '--assignee', assignee, '--json', ...more))).id;

  const history = await create('Read the history', 'flaky');
  const heading = await create('Choose a heading', 'asks');
  const report = await create('Write the report', 'synthesiser', '--parent', history, '--parent', heading);
  const plan = await create('Plan the census', 'planner', '--body', `Report: ${report}`);
  // In time: the report also waits for the heading, and that for an answer which is given after this.
  await andon('link', plan, report);
}

/** What a person does when a worker asks. */
async function answer({ home, heading }: Stage, card: Card, signal: AbortSignal): Promise<void> {
  await delay(thinking, undefined, { signal });
  await home.andon('comment', card.id, `Answer: ${heading}`);
  await home.andon('unblock', card.id);
}

async function whyGivenUp({ andon }: Home, card: Card): Promise<string> {
  const log = await andon('log', card.id, '--tail', logShown).catch(() => 'It left no log.');
  return `"${card.title}" (${card.id}) failed too often: ${card.note}\n${log.trim()}`;
}

async function whatIsStuck({ andon }: Home, board: Board): Promise<string> {
  const open = [...board.cards.values()].filter((card) => card.column !== 'done');
  const reasons = open.map(async ({ id, title, column }) => {
    const why = await andon('why', id).catch((error: unknown) => String(error));
    return `  ${id} "${title}" is ${column}: ${why.trim()}`;
  });
  return [`${open.length} tasks are not done after ${limit / 1000} s.`, ...(await Promise.all(reasons))].join(
    '\n',
  );
}
