import type { Escalation } from '../../domain/escalation.ts';
import type { Event } from '../../domain/event.ts';
import { asEventId, asMillis, asSeconds, asTaskId, type EventId, type TaskId } from '../../domain/ids.ts';
import type { PeopleFacts, Placed } from '../../domain/inbox.ts';
import { brandedText, integer, integerAs, jsonObject, nullable, paired, rowOf, text } from '../columns.ts';
import { command, type Fragment, fragment, list, sql, upTo } from '../sql.ts';
import type { Reader, Tx } from '../store.ts';
import { taskRow } from './tasks.ts';

/** What waits for people: tasks, who is reminded of them, and what was pressed. */

const placedEvent = rowOf<{
  event_id: EventId | null;
  event_kind: string | null;
  event_payload: Event['payload'];
  event_at: Event['created_at'] | null;
}>('task_events', {
  event_id: nullable(integerAs(asEventId)),
  event_kind: nullable(text),
  event_payload: nullable(jsonObject),
  event_at: nullable(integerAs(asSeconds)),
});

const placedRow = paired(taskRow, placedEvent, (task, newest): Placed => {
  const { event_id: id, event_kind: kind, event_payload: payload, event_at: created_at } = newest;
  if (id === null || kind === null || created_at === null) return { task, event: null };
  return { task, event: { id, task_id: task.id, run_id: null, kind, payload, created_at } };
});

/** The kinds of which the newest says why a task is where it is. */
export interface PlacingKinds {
  readonly blocked: readonly string[];
  readonly otherwise: readonly string[];
}

const mostPlaced = 1000;

/** Tasks that nobody holds and that may wait for a person, or one of them, each with the event that put it there. */
export const selectPlaced = (
  reader: Reader,
  facts: PeopleFacts,
  kinds: PlacingKinds,
  only?: TaskId,
): Promise<Placed[]> =>
  reader.all(sql(placedRow)`
    select t.*, e.id as event_id, e.kind as event_kind, e.payload as event_payload, e.created_at as event_at
    from tasks t left join task_events e on e.id = (
      select max(x.id) from task_events x where x.task_id = t.id and (
        (t.status = 'blocked' and x.kind in (${list(kinds.blocked)}))
        or (t.status <> 'blocked' and x.kind in (${list(kinds.otherwise)}))))
    where t.claim_lock is null and (t.status in ('blocked', 'review', 'triage')
      or (t.status = 'ready' and ${notStartable(facts)}))
      and ${only === undefined ? fragment`1 = 1` : fragment`t.id = ${only}`}
    order by t.created_at, t.id ${upTo(mostPlaced)}`);

const notStartable = ({ startable }: PeopleFacts): Fragment =>
  startable.length === 0
    ? fragment`1 = 1`
    : fragment`(t.assignee is null or t.assignee not in (${list(startable)}))`;

const linkRow = rowOf<{ parent_id: TaskId; child_id: TaskId }>('task_links', {
  parent_id: brandedText(asTaskId),
  child_id: brandedText(asTaskId),
});

/** The children of each task that are not finished. */
export async function openChildren(reader: Reader): Promise<ReadonlyMap<TaskId, readonly TaskId[]>> {
  const links = await reader.all(sql(linkRow)`
    select l.parent_id, l.child_id from task_links l join tasks c on c.id = l.child_id
    where c.status not in ('done', 'archived') order by l.parent_id, l.child_id`);
  const children = new Map<TaskId, TaskId[]>();
  for (const { parent_id, child_id } of links) {
    children.set(parent_id, [...(children.get(parent_id) ?? []), child_id]);
  }
  return children;
}

const escalationRow = rowOf<Escalation>('andon_escalations', {
  task_id: brandedText(asTaskId),
  event_id: integerAs(asEventId),
  rung: integer,
  reminders: integer,
  due_at: integerAs(asMillis),
  acknowledged_by: nullable(text),
  acknowledged_at: nullable(integerAs(asMillis)),
});

export const allEscalations = (reader: Reader): Promise<Escalation[]> =>
  reader.all(sql(escalationRow)`select * from andon_escalations order by task_id`);

export function writeEscalation(tx: Tx, row: Escalation): void {
  tx.run(command`
    insert into andon_escalations (task_id, event_id, rung, reminders, due_at, acknowledged_by, acknowledged_at)
    values (${row.task_id}, ${row.event_id}, ${row.rung}, ${row.reminders}, ${row.due_at}, ${row.acknowledged_by},
      ${row.acknowledged_at})
    on conflict (task_id) do update set event_id = excluded.event_id, rung = excluded.rung,
      reminders = excluded.reminders, due_at = excluded.due_at, acknowledged_by = excluded.acknowledged_by,
      acknowledged_at = excluded.acknowledged_at`);
}

export const deleteEscalation = (tx: Tx, id: TaskId): void =>
  tx.run(command`delete from andon_escalations where task_id = ${id}`);

const pressRow = rowOf<{ by: string; pressed_at: number }>('andon_presses', {
  by: text,
  pressed_at: integer,
});

/** Who pressed this button of this event, and when. */
export const findPress = (
  reader: Reader,
  event: EventId,
  button: string,
): Promise<{ by: string; pressed_at: number } | undefined> =>
  reader.one(
    sql(pressRow)`select by, pressed_at from andon_presses where event_id = ${event} and button = ${button}`,
  );

export const insertPress = (
  tx: Tx,
  press: {
    readonly task_id: TaskId;
    readonly event_id: EventId;
    readonly button: string;
    readonly by: string;
  },
): void =>
  tx.run(command`
    insert into andon_presses (task_id, event_id, button, by, pressed_at)
    values (${press.task_id}, ${press.event_id}, ${press.button}, ${press.by}, ${tx.now})`);
