import { once } from 'node:events';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { setTimeout as delay } from 'node:timers/promises';
import { z } from 'zod';
import { allDone, type Board, type Card, emptyBoard, type FeedEvent, feedEvent, fold } from './board.ts';
import type { Home, Worker } from './home.ts';
import type { Screen } from './screen.ts';

/** How long the person thinks: long enough that the question is seen on the board. */
const thinking = 1000;
/** How many characters of a log are shown when something goes wrong. */
const logShown = 1500;

export interface Stage {
  readonly home: Home;
  readonly screen: Screen;
  /** What the person answers when a worker asks for the report's heading. */
  readonly heading: string;
  /** How long the whole graph may take, in milliseconds. */
  readonly limit: number;
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
  const ended = new AbortController();
  const timeout = AbortSignal.timeout(stage.limit);
  const signal = AbortSignal.any([stage.signal, timeout, ended.signal]);
  const end = (error?: unknown): void => ended.abort(error);
  const person: Person = {
    andon: (...args) => {
      signal.throwIfAborted();
      return stage.home.andon(...args);
    },
    think: () => delay(thinking, undefined, { signal }),
  };
  let board = emptyBoard;
  let answered: Promise<void> | undefined;

  const take = (event: FeedEvent): void => {
    board = fold(board, event, stage.elapsed());
    stage.screen.show(board);
    const question = questionOn(board);
    if (question === undefined || answered !== undefined) return;
    answered = graph.then(() => answer(person, question, stage.heading));
    answered.catch(end);
  };
  const feed = follow(stage.home, signal);
  const graph = putGraph(person);
  // The feed begins when its process has begun; what came before that is on the board.
  const seed = graph.then(() => missed(person, board)).then((events) => events.forEach(take));
  seed.catch(end);

  try {
    for await (const event of feed) {
      take(event);
      const card = board.cards.get(event.task_id);
      if (card !== undefined && isLost(card)) throw new Error(await whyLost(stage.home, card));
      if (event.kind === 'completed' && card?.assignee === worker('synthesiser')) break;
    }
    if (timeout.aborted)
      throw new Error(`${stage.limit / 1000} s are over. ${await whatIsStuck(stage.home, board)}`);
    signal.throwIfAborted();
    await seed;
    if (!allDone(board)) throw new Error(`The report is written. ${await whatIsStuck(stage.home, board)}`);
  } finally {
    end();
    // No command may still be under way when the home is removed.
    await Promise.allSettled([seed, answered]);
  }
}

/** The person at the board, until the run ends. */
interface Person extends Pick<Home, 'andon'> {
  think(): Promise<void>;
}

const worker = (name: Worker): Worker => name;

/** The card whose worker waits for a person's answer. */
const questionOn = (board: Board): Card | undefined =>
  [...board.cards.values()].find((card) => card.column === 'blocked' && card.assignee === worker('asks'));

/** True when the card needs what nobody here gives: another attempt after too many, or a second answer. */
const isLost = (card: Card): boolean =>
  card.gaveUp || (card.column === 'blocked' && (card.assignee !== worker('asks') || card.attempts > 1));

/** Starts to follow the board; gives its events as they happen. */
function follow(home: Home, signal: AbortSignal): AsyncGenerator<FeedEvent> {
  const watch = home.start('watch', '--json');
  const stop = (): void => void watch.kill();
  signal.addEventListener('abort', stop, { once: true });
  const complaints: string[] = [];
  watch.stderr.on('data', (chunk) => complaints.push(String(chunk)));
  return read();

  async function* read(): AsyncGenerator<FeedEvent> {
    try {
      for await (const line of createInterface({ input: watch.stdout })) {
        yield feedEvent.parse(JSON.parse(line));
      }
      if (!signal.aborted) throw new Error(`andon watch ended by itself. ${complaints.join('')}`);
    } finally {
      signal.removeEventListener('abort', stop);
      watch.kill();
      if (watch.exitCode === null && watch.signalCode === null) await once(watch, 'exit');
    }
  }
}

const listed = z.object({
  id: z.string(),
  title: z.string(),
  assignee: z.string().nullable(),
  status: z.string(),
});

/** A `created` event for each card that the board does not know yet. */
async function missed({ andon }: Person, board: Board): Promise<FeedEvent[]> {
  return z
    .array(listed)
    .parse(JSON.parse(await andon('list', '--json')))
    .filter(({ id }) => !board.cards.has(id))
    .map(({ id, title, assignee, status }) => ({
      id: 0,
      task_id: id,
      kind: 'created',
      payload: { status },
      title,
      assignee,
    }));
}

const created = z.object({ id: z.string() });

/** What an agent needs to be told; the script knows. */
const askForHeading = `A person knows which heading the report shall carry.
Ask for it by blocking this task, with the kind needs_input.
When a comment brings the answer, complete this task with the heading alone as its summary.`;

/** Starts the workers' gateway and puts the first four cards on the board; the planner's worker adds the rest. */
async function putGraph({ andon }: Person): Promise<void> {
  await andon('gateway', 'start');
  const create = async (title: string, assignee: Worker, ...more: string[]): Promise<string> =>
    created.parse(JSON.parse(await andon('create', title, '--assignee', assignee, '--json', ...more))).id;

  const history = await create('Read the history', 'flaky');
  const heading = await create('Choose a heading', 'asks', '--body', askForHeading);
  const report = await create('Write the report', 'synthesiser', '--parent', history, '--parent', heading);
  const plan = await create('Plan the census', 'planner', '--body', `Report: ${report}`);
  // In time: the report also waits for the heading, and that for an answer which is given after this.
  await andon('link', plan, report);
}

/** What a person does when a worker asks. */
async function answer({ andon, think }: Person, card: Card, heading: string): Promise<void> {
  await think();
  await andon('comment', card.id, `Answer: ${heading}`);
  await andon('unblock', card.id);
}

async function whyLost({ andon }: Home, card: Card): Promise<string> {
  const log = await andon('log', card.id, '--tail', String(logShown)).catch(() => 'It left no log.');
  return `"${card.title}" (${card.id}) cannot be finished: ${card.note}\n${log.trim()}`;
}

async function whatIsStuck({ andon, folder }: Home, board: Board): Promise<string> {
  const open = [...board.cards.values()].filter((card) => card.column !== 'done');
  const reasons = open.map(async ({ id, title, column }) => {
    const why = await andon('why', id).catch((error: unknown) => String(error));
    return `  ${id} "${title}" is ${column}: ${why.trim()}`;
  });
  const log = await readFile(join(folder, 'gateways', 'default.log'), 'utf8').catch(() => '');
  return [
    'Not done:',
    ...(await Promise.all(reasons)),
    `The gateway's log ends with:`,
    log.slice(-logShown),
  ].join('\n');
}
