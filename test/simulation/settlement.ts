import { toldKinds } from '../../src/domain/event.ts';
import type { BoardId } from '../../src/domain/ids.ts';
import type { NamedRow } from '../../src/store/sql.ts';
import type { Dump } from '../support/dump.ts';
import type { Kept, Ledger } from './ledger.ts';
import type { Arrival } from './receiver.ts';

/** What must be true when nothing has gone wrong for long enough: work is done, people were told, nothing is left over. */

/** How many attempts a delivery has before it may be given up (`src/domain/message.ts`). */
const mostAttempts = 9;
const told: readonly string[] = toldKinds;

type Boards = ReadonlyMap<BoardId, Dump>;
type Told = readonly [rule: string, sentence: string];

/** What still has to happen on the boards; empty when they have settled. */
export const unsettled = (boards: Boards): string[] =>
  [...boards].flatMap(([board, all]) => {
    const known = left.get(all) ?? leftOn(board, all);
    left.set(all, known);
    return known;
  });

/** What is left on a board that was not written since; it is asked for again and again. */
const left = new WeakMap<Dump, readonly string[]>();

const leftOn = (board: BoardId, all: Dump): string[] => [
  ...all.tasks
    .filter((task) => task['status'] !== 'done' && task['status'] !== 'archived')
    .map((task) => `${board}: ${task['id']} is ${task['status']}`),
  ...all.andon_runs
    .filter((run) => run['gone_at'] === null)
    .map((run) => `${board}: run ${run['run_id']} takes a slot`),
  ...all.andon_deliveries
    .filter((delivery) => delivery['state'] === 'pending')
    .map((delivery) => `${board}: delivery ${delivery['id']} waits`),
  ...behind(all).map(({ task_id: task, chat_id: chat }) => `${board}: ${chat} has not heard of ${task}`),
];

/** Subscriptions that have events still to be told. */
const behind = (all: Dump): NamedRow[] =>
  all.kanban_notify_subs.filter((subscription) =>
    all.task_events.some(
      (event) =>
        event['task_id'] === subscription['task_id'] &&
        told.includes(String(event['kind'])) &&
        Number(event['id']) > Number(subscription['last_event_id']),
    ),
  );

/** Everything wrong with a run that has settled. */
export function judge(
  boards: Boards,
  ledger: Ledger,
  arrivals: readonly Arrival[],
  starts: ReadonlyMap<string, number>,
): Told[] {
  return [
    ...brokenPromises(boards, ledger),
    ...[...boards].flatMap(([board, all]) => [
      ...repeatedKeys(all).map((key): Told => ['one task for one key', `${board} has ${key} twice`]),
      ...untold(board, all, arrivals, starts),
    ]),
  ];
}

function brokenPromises(boards: Boards, ledger: Ledger): Told[] {
  const rule = 'what was acknowledged is there';
  const lost = ledger.tasks
    .filter(({ board, id }) => !boards.get(board)?.tasks.some((task) => task['id'] === id))
    .map(({ board, id }): Told => [rule, `the task ${id} of ${board} is gone`]);
  const broken = ledger.promises
    .filter(({ board, what, id }) => !isKept[what](boards.get(board), id))
    .map(({ board, what, id }): Told => [rule, `${what} ${id} on ${board} left no trace`]);
  return [...lost, ...broken];
}

const ended = (outcome: string) => (all: Dump | undefined, id: string | number) =>
  all?.task_runs.some((run) => run['id'] === id && run['outcome'] === outcome) ?? false;

const isKept: Readonly<Record<Kept, (all: Dump | undefined, id: string | number) => boolean>> = {
  comment: (all, id) => all?.task_comments.some((comment) => comment['id'] === id) ?? false,
  completed: ended('completed'),
  blocked: ended('blocked'),
  archived: (all, id) =>
    all?.tasks.some((task) => task['id'] === id && task['status'] === 'archived') ?? false,
  subscribed: (all, id) =>
    all?.kanban_notify_subs.some((row) => `${row['task_id']}/${row['chat_id']}` === id) ?? false,
};

function repeatedKeys(all: Dump): unknown[] {
  const keys = all.tasks
    .filter((task) => task['status'] !== 'archived' && task['idempotency_key'] !== null)
    .map((task) => task['idempotency_key']);
  return keys.filter((key, index) => keys.indexOf(key) !== index);
}

/** Each told event after a subscription's start has its delivery, and the message has arrived. */
function untold(
  board: BoardId,
  all: Dump,
  arrivals: readonly Arrival[],
  starts: ReadonlyMap<string, number>,
): Told[] {
  const arrived = new Set(arrivals.map(({ id }) => id));
  const wrong: string[] = [];
  for (const subscription of all.kanban_notify_subs) {
    const { task_id: task, chat_id: chat } = subscription;
    const start = starts.get(`${board} ${task} ${chat}`) ?? 0;
    for (const event of all.task_events) {
      if (event['task_id'] !== task || !told.includes(String(event['kind'])) || Number(event['id']) <= start)
        continue;
      const delivery = all.andon_deliveries.find(
        (row) => row['event_id'] === event['id'] && row['task_id'] === task && row['chat_id'] === chat,
      );
      const gaveUp = delivery?.['state'] === 'dead' && Number(delivery['attempts']) >= mostAttempts;
      if (gaveUp || (delivery && arrived.has(`andon_${board}_${delivery['id']}`))) continue;
      wrong.push(`${chat} was never told of event ${event['id']} (${event['kind']}) of ${task} on ${board}`);
    }
  }
  return wrong.map((sentence) => ['each event is told', sentence]);
}
