import { ok, type Result, refuse, unknownTask } from '../domain/errors.ts';
import { type Ladder, type LadderWork, ladderWork, ring, type Waits } from '../domain/escalation.ts';
import { asMillis, type Millis, type TaskId, toMillis, toSeconds } from '../domain/ids.ts';
import {
  byUrgency,
  type InboxItem,
  inboxCode,
  type PeopleFacts,
  type Placed,
  saidBy,
  waitingBehind,
} from '../domain/inbox.ts';
import type { AsLeader } from '../domain/leading.ts';
import type { Reader, Tx } from '../store/store.ts';
import { insertEvent } from '../store/tables/events.ts';
import {
  allEscalations,
  deleteEscalation,
  openChildren,
  selectPlaced,
  writeEscalation,
} from '../store/tables/people.ts';
import { insertDelivery, selectSubscriptions } from '../store/tables/subscriptions.ts';
import { findTask } from '../store/tables/tasks.ts';
import { blockingKinds } from './apply.ts';
import { fenced } from './lead.ts';

/** What waits for people, and who is reminded of it. */

const kinds = {
  blocked: blockingKinds,
  otherwise: [
    'created',
    'promoted',
    'promoted_manual',
    'unblocked',
    'review_requested',
    'review_reopened',
    'block_loop_detected',
    'reclaimed',
    'status',
  ],
} as const;

const placed = (reader: Reader, facts: PeopleFacts): Promise<Placed[]> => selectPlaced(reader, facts, kinds);

/** Everything on the board that waits for a person: first what most waits for, then the oldest. */
export async function inbox(reader: Reader, facts: PeopleFacts): Promise<Result<readonly InboxItem[]>> {
  const children = await openChildren(reader);
  const taken = new Map((await allEscalations(reader)).map((row) => [row.task_id, row]));
  const items = (await placed(reader, facts)).flatMap(({ task, event }): InboxItem[] => {
    const code = inboxCode({ task, event }, facts);
    if (code === null) return [];
    const row = taken.get(task.id);
    const { title, assignee, status, priority, tenant, block_kind } = task;
    const event_id = event?.id ?? null;
    return [
      {
        task_id: task.id,
        ...{ title, assignee, status, priority, tenant, block_kind, code, event_id },
        said: saidBy(event),
        since: event?.created_at ?? task.created_at,
        behind: waitingBehind(children, task.id),
        acknowledged_by: row?.event_id === event_id ? row.acknowledged_by : null,
      },
    ];
  });
  return ok(items.sort(byUrgency));
}

export interface EscalationInput {
  readonly ladder: Ladder;
  readonly people: PeopleFacts;
}

/** Whether anything is to be done on the ladder now, and when there will be. */
export async function escalations(
  reader: Reader,
  input: EscalationInput,
): Promise<Result<{ now: Millis; due: boolean; next_at: Millis | null }>> {
  const { begin, end, due, next_at } = await workOn(reader, input);
  return ok({ now: reader.now, due: begin.length + end.length + due.length > 0, next_at });
}

/** Takes every waiting task one step up the ladder that is due for it; a reminder is a delivery like any other. */
export async function escalate(tx: Tx, input: AsLeader & EscalationInput): Promise<Result<number>> {
  const stale = await fenced(tx, input);
  if (stale) return stale;
  const { begin, end, due } = await workOn(tx, input);
  for (const id of end) deleteEscalation(tx, id);
  for (const row of begin) writeEscalation(tx, row);
  let reminded = 0;
  for (const row of due) {
    const { after, places } = ring(row, await creatorsOf(tx, row.task_id), input.ladder, tx.now);
    writeEscalation(tx, after);
    for (const place of places) {
      const to = { ...place, task_id: row.task_id };
      reminded += await insertDelivery(tx, to, row.event_id, after.reminders);
    }
  }
  return ok(reminded);
}

async function workOn(reader: Reader, { ladder, people }: EscalationInput): Promise<LadderWork> {
  const waiting = (await placed(reader, people)).flatMap((one) => waits(one, people));
  return ladderWork(waiting, await allEscalations(reader), ladder, reader.now);
}

/** What is blocked and what is to be reviewed is escalated; what has no specification or no owner is nobody's hurry. */
function waits(one: Placed, people: PeopleFacts): Waits[] {
  const code = inboxCode(one, people);
  if (one.event === null || !(code === 'blocked' || code === 'gave_up' || code === 'review')) return [];
  return [{ task_id: one.task.id, event_id: one.event.id, since: toMillis(one.event.created_at) }];
}

/** Where a task came from: whoever subscribed to it. A terminal is told when somebody types there. */
async function creatorsOf(reader: Reader, id: TaskId) {
  const subscriptions = await selectSubscriptions(reader, { task_id: id });
  return subscriptions.filter(({ platform }) => platform !== 'cli');
}

/** Somebody is on it: nobody is reminded of what it waits for now. */
export async function acknowledge(
  tx: Tx,
  input: { task_id: TaskId; by: string },
): Promise<Result<{ task_id: TaskId }>> {
  const task = await findTask(tx, input.task_id);
  if (!task) return unknownTask(input.task_id);
  const anybody = { startable: [], reviewed_by_workers: false, has_default_assignee: false };
  const [one] = await selectPlaced(tx, anybody, kinds, task.id);
  const event = one?.event ?? null;
  if (event === null) {
    return refuse(
      'wrong_status',
      `Task ${task.id} is ${task.status}; it waits for nobody who could be on it.`,
      [task.id],
    );
  }
  const known = (await allEscalations(tx)).find((row) => row.task_id === task.id);
  const row = known?.event_id === event.id ? known : undefined;
  writeEscalation(tx, {
    task_id: task.id,
    event_id: event.id,
    rung: row?.rung ?? 0,
    reminders: row?.reminders ?? 0,
    due_at: row?.due_at ?? asMillis(tx.now),
    acknowledged_by: input.by,
    acknowledged_at: tx.now,
  });
  const payload = { by: input.by, event_id: event.id };
  const at = toSeconds(tx.now);
  insertEvent(tx, { kind: 'acknowledged', payload, task_id: task.id, run_id: null, at });
  return ok({ task_id: task.id });
}
