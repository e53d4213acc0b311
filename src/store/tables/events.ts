import type { Event, NewEvent } from '../../domain/event.ts';
import {
  asEventId,
  asProfileName,
  asRunId,
  asSeconds,
  asTaskId,
  type EventId,
  type RunId,
  type Seconds,
  type TaskId,
} from '../../domain/ids.ts';
import type { FeedEvent, FeedFilter } from '../../domain/view.ts';
import { brandedText, integerAs, jsonObject, nullable, rowOf, single, text, toJson } from '../columns.ts';
import { command, every, type Fragment, fragment, list, sql, upTo } from '../sql.ts';
import type { Reader, Tx } from '../store.ts';

const columns = {
  id: integerAs(asEventId),
  task_id: brandedText(asTaskId),
  run_id: nullable(integerAs(asRunId)),
  kind: text,
  payload: nullable(jsonObject),
  created_at: integerAs(asSeconds),
};

export const eventRow = rowOf<Event>('task_events', columns);
const feedRow = rowOf<FeedEvent>('task_events', {
  ...columns,
  title: nullable(text),
  assignee: nullable(brandedText(asProfileName)),
  tenant: nullable(text),
});
const idRow = single(nullable(integerAs(asEventId)));
const timeRow = single(integerAs(asSeconds));

/** Appends an event. Its id leaves the transaction only after commit: a rollback hands it out again. */
export function insertEvent(
  tx: Tx,
  event: NewEvent & { readonly task_id: TaskId; readonly run_id: RunId | null; readonly at: Seconds },
): void {
  const payload = tx.actor === undefined ? event.payload : { by: tx.actor, ...event.payload };
  tx.mustChange(command`
    insert into task_events (task_id, run_id, kind, payload, created_at)
    values (${event.task_id}, ${event.run_id}, ${event.kind}, ${toJson(payload)}, ${event.at})`);
}

/** The newest `limit` events of a task, or the newest of those before an id; oldest first. */
export async function newestEvents(
  reader: Reader,
  id: TaskId,
  limit: number,
  before: number = Number.MAX_SAFE_INTEGER,
): Promise<Event[]> {
  const newest = await reader.all(sql(eventRow)`
    select * from task_events where task_id = ${id} and id < ${before} order by id desc ${upTo(limit)}`);
  return newest.reverse();
}

/** The newest event of a task among `kinds`. */
export const newestOfKinds = (
  reader: Reader,
  id: TaskId,
  kinds: readonly string[],
): Promise<Event | undefined> =>
  reader.one(sql(eventRow)`
    select * from task_events where task_id = ${id} and kind in (${list(kinds)}) order by id desc limit 1`);

export const eventsAfter = (
  reader: Reader,
  id: TaskId,
  after: EventId,
  kinds: readonly string[],
): Promise<Event[]> =>
  reader.all(sql(eventRow)`
    select * from task_events where task_id = ${id} and id > ${after} and kind in (${list(kinds)}) order by id`);

export async function lastEventId(reader: Reader): Promise<EventId> {
  const last = await reader.one(sql(idRow)`select max(id) as value from task_events`);
  return last ?? asEventId(0);
}

/** When the newest event was. */
export async function lastEventTime(reader: Reader): Promise<Seconds | null> {
  const last = await reader.one(
    sql(timeRow)`select created_at as value from task_events order by id desc limit 1`,
  );
  return last ?? null;
}

export async function lastEventIdOf(reader: Reader, id: TaskId): Promise<EventId> {
  const last = await reader.one(sql(idRow)`select max(id) as value from task_events where task_id = ${id}`);
  return last ?? asEventId(0);
}

/** Events after a cursor with the task's title, oldest first. */
export function feed(reader: Reader, filter: FeedFilter): Promise<FeedEvent[]> {
  const conditions: Fragment[] = [fragment`e.id > ${filter.after}`];
  if (filter.task_id !== undefined) conditions.push(fragment`e.task_id = ${filter.task_id}`);
  if (filter.kinds !== undefined && filter.kinds.length > 0)
    conditions.push(fragment`e.kind in (${list(filter.kinds)})`);
  if (filter.assignee !== undefined) conditions.push(fragment`t.assignee = ${filter.assignee}`);
  if (filter.tenant !== undefined) conditions.push(fragment`t.tenant = ${filter.tenant}`);
  return reader.all(sql(feedRow)`
    select e.id, e.task_id, e.run_id, e.kind, e.payload, e.created_at, coalesce(t.title, d.title) as title,
      t.assignee, t.tenant
    from task_events e left join tasks t on t.id = e.task_id left join andon_tombstones d on d.task_id = e.task_id
    where ${every(conditions)} order by e.id ${upTo(filter.limit)}`);
}
