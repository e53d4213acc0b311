import type { SubscriptionKey } from '../../domain/command.ts';
import { toldKinds } from '../../domain/event.ts';
import {
  asEventId,
  asMillis,
  asProfileName,
  asSeconds,
  asTaskId,
  type EventId,
  type Millis,
  type Seconds,
  type TaskId,
} from '../../domain/ids.ts';
import type { DeliveryScope } from '../../domain/leading.ts';
import type { DeliveryPage, SubscriptionPage } from '../../domain/page.ts';
import { deliveryModes, type Place } from '../../domain/place.ts';
import {
  type Delivery,
  type DeliveryState,
  type DueDelivery,
  deliveryStates,
  type Subscription,
} from '../../domain/view.ts';
import {
  brandedText,
  flag,
  integer,
  integerAs,
  jsonObject,
  nullable,
  oneOf,
  oneOfOr,
  rowOf,
  single,
  text,
  toJson,
  withDefault,
} from '../columns.ts';
import { command, every, type Fragment, fragment, list, sql, upTo } from '../sql.ts';
import type { Reader, Tx } from '../store.ts';
import { spentByTasks } from './budgets.ts';
import { eventRow } from './events.ts';

const key = {
  task_id: brandedText(asTaskId),
  platform: text,
  chat_id: text,
  thread_id: withDefault(text, ''),
};

const wishes = {
  delivery_mode: withDefault(oneOfOr(deliveryModes, 'notify'), 'notify'),
  delivery_metadata: nullable(jsonObject),
  last_ping_event_id: withDefault(integerAs(asEventId), asEventId(0)),
};

const subscriptionRow = rowOf<Subscription>('kanban_notify_subs', {
  ...key,
  user_id: nullable(text),
  notifier_profile: nullable(text),
  created_at: integerAs(asSeconds),
  last_event_id: withDefault(integerAs(asEventId), asEventId(0)),
  ...wishes,
  notify_progress: flag,
});

const deliveryColumns = {
  ...key,
  id: integer,
  event_id: integerAs(asEventId),
  reminder: integer,
  state: oneOf(deliveryStates),
  attempts: integer,
  next_try_at: integerAs(asMillis),
  last_error: nullable(text),
  created_at: integerAs(asMillis),
  sent_at: nullable(integerAs(asMillis)),
};
const deliveryRow = rowOf<Delivery>('andon_deliveries', deliveryColumns);

const matches = (of: SubscriptionKey): Fragment =>
  fragment`task_id = ${of.task_id} and platform = ${of.platform} and chat_id = ${of.chat_id} and thread_id = ${of.thread_id}`;

export const findSubscription = (reader: Reader, of: SubscriptionKey): Promise<Subscription | undefined> =>
  reader.one(sql(subscriptionRow)`select * from kanban_notify_subs where ${matches(of)}`);

/** The newest subscription of a place, of whatever task. */
export const newestSubscriptionAt = (reader: Reader, of: Place): Promise<Subscription | undefined> =>
  reader.one(sql(subscriptionRow)`
    select * from kanban_notify_subs
    where platform = ${of.platform} and chat_id = ${of.chat_id} and thread_id = ${of.thread_id}
    order by created_at desc, task_id desc limit 1`);

export function selectSubscriptions(
  reader: Reader,
  { task_id, after, limit }: SubscriptionPage,
): Promise<Subscription[]> {
  const conditions = [
    ...(task_id === undefined ? [] : [fragment`task_id = ${task_id}`]),
    ...(after === undefined
      ? []
      : [fragment`(task_id, platform, chat_id, thread_id) > (${list([...after])})`]),
  ];
  const most = limit === undefined ? fragment`` : fragment` ${upTo(limit)}`;
  return reader.all(sql(subscriptionRow)`
    select * from kanban_notify_subs where ${every(conditions)}
    order by task_id, platform, chat_id, thread_id${most}`);
}

export function insertSubscription(tx: Tx, of: Subscription): void {
  tx.run(command`
    insert into kanban_notify_subs (task_id, platform, chat_id, thread_id, user_id, notifier_profile, created_at,
      last_event_id, delivery_mode, delivery_metadata, last_ping_event_id, notify_progress)
    values (${of.task_id}, ${of.platform}, ${of.chat_id}, ${of.thread_id}, ${of.user_id}, ${of.notifier_profile},
      ${of.created_at}, ${of.last_event_id}, ${of.delivery_mode}, ${toJson(of.delivery_metadata)},
      ${of.last_ping_event_id}, ${of.notify_progress ? 1 : 0})`);
}

/** Writes what may change of a subscription: its owner and its wishes. */
export const updateSubscription = (tx: Tx, of: Subscription): void =>
  tx.run(command`
    update kanban_notify_subs set notifier_profile = ${of.notifier_profile}, delivery_mode = ${of.delivery_mode},
      delivery_metadata = ${toJson(of.delivery_metadata)}, last_ping_event_id = ${of.last_ping_event_id},
      notify_progress = ${of.notify_progress ? 1 : 0}
    where ${matches(of)}`);

export const deleteSubscription = (tx: Tx, of: SubscriptionKey): Promise<number> =>
  tx.change(command`delete from kanban_notify_subs where ${matches(of)}`);

/** A child is told where its parents are, from its own first event on (contract §4.1). */
export function inheritSubscriptions(tx: Tx, child: TaskId, at: Seconds): void {
  tx.run(command`
    insert into kanban_notify_subs (task_id, platform, chat_id, thread_id, user_id, notifier_profile, created_at,
      last_event_id, delivery_mode, delivery_metadata)
    select ${child}, s.platform, s.chat_id, s.thread_id, max(s.user_id), max(s.notifier_profile), ${at}, 0,
      max(s.delivery_mode), max(s.delivery_metadata)
    from task_links l join kanban_notify_subs s on s.task_id = l.parent_id
    where l.child_id = ${child} group by s.platform, s.chat_id, s.thread_id
    on conflict do nothing`);
}

/** One of the scope's platforms, with a subscription that its owner, or nobody, owns. */
const within = ({ platforms, owner }: DeliveryScope, of: Fragment): Fragment =>
  fragment`${of}.platform in (${list(platforms)}) and coalesce(s.notifier_profile, '') = ${owner ?? ''}`;

/** Events of which a subscription is told. */
const told = fragment`(e.kind in (${list(toldKinds)}) or (s.notify_progress = 1 and e.kind = 'heartbeat'))`;

/** Subscriptions in the scope whose task has events that they have not been told of. */
export const subscriptionsBehind = (reader: Reader, scope: DeliveryScope): Promise<Subscription[]> =>
  reader.all(sql(subscriptionRow)`
    select s.* from kanban_notify_subs s
    where ${within(scope, fragment`s`)} and exists (
      select 1 from task_events e where e.task_id = s.task_id and e.id > s.last_event_id and ${told})
    order by s.task_id, s.platform, s.chat_id, s.thread_id`);

export const moveCursor = (tx: Tx, of: Subscription, to: EventId): void =>
  tx.run(command`
    update kanban_notify_subs set last_event_id = ${to} where ${matches(of)} and last_event_id = ${of.last_event_id}`);

/** One delivery per subscription, event and reminder, however often it is asked for; gives the rows added. */
export const insertDelivery = (tx: Tx, of: SubscriptionKey, event: EventId, reminder = 0): Promise<number> =>
  tx.change(command`
    insert into andon_deliveries (task_id, platform, chat_id, thread_id, event_id, reminder, state, attempts, next_try_at,
      created_at)
    values (${of.task_id}, ${of.platform}, ${of.chat_id}, ${of.thread_id}, ${event}, ${reminder}, 'pending', 0, ${tx.now},
      ${tx.now})
    on conflict do nothing`);

export const findDelivery = (reader: Reader, id: number): Promise<Delivery | undefined> =>
  reader.one(sql(deliveryRow)`select * from andon_deliveries where id = ${id}`);

export function updateDelivery(
  tx: Tx,
  delivery: Pick<Delivery, 'id' | 'state' | 'attempts' | 'next_try_at' | 'last_error'>,
): void {
  const sent = delivery.state === 'sent' ? tx.now : null;
  tx.run(command`
    update andon_deliveries set state = ${delivery.state}, attempts = ${delivery.attempts},
      next_try_at = ${delivery.next_try_at}, last_error = ${delivery.last_error}, sent_at = ${sent}
    where id = ${delivery.id}`);
}

/** Makes one delivery, or every dead one, due from its first attempt on; gives how many. */
export const reviveDeliveries = (tx: Tx, id: number | undefined): Promise<number> =>
  tx.change(command`
    update andon_deliveries set state = 'pending', attempts = 0, next_try_at = ${tx.now}
    where ${id === undefined ? fragment`state = 'dead'` : fragment`id = ${id}`}`);

/** The newest first, whether anybody still waits for them or not. */
export function deliveriesBefore(
  reader: Reader,
  { task_id, state, before, limit }: DeliveryPage,
): Promise<Delivery[]> {
  const conditions = [
    ...(task_id === undefined ? [] : [fragment`task_id = ${task_id}`]),
    ...(state === undefined ? [] : [fragment`state = ${state}`]),
    ...(before === undefined ? [] : [fragment`id < ${before}`]),
  ];
  return reader.all(sql(deliveryRow)`
    select * from andon_deliveries where ${every(conditions)} order by id desc ${upTo(limit)}`);
}

const stateRow = rowOf<{ state: DeliveryState; amount: number }>('andon_deliveries', {
  state: oneOf(deliveryStates),
  amount: integer,
});

export const countDeliveries = (reader: Reader): Promise<{ state: DeliveryState; amount: number }[]> =>
  reader.all(sql(stateRow)`
    select state, count(*) as amount from andon_deliveries group by state order by state`);

const dueRow = rowOf<Omit<DueDelivery, 'event' | 'spent'>>('andon_deliveries', {
  ...deliveryColumns,
  ...wishes,
  title: text,
  assignee: nullable(brandedText(asProfileName)),
  result: nullable(text),
  workspace_path: nullable(text),
});

// A delivery whose task, event or subscription is gone is nobody's any more: it is neither sent nor waited for. Only a
// reminder may go to somebody who never subscribed.
const pending = fragment`
  andon_deliveries d join task_events e on e.id = d.event_id join tasks t on t.id = d.task_id
  left join kanban_notify_subs s on s.task_id = d.task_id and s.platform = d.platform and s.chat_id = d.chat_id
    and s.thread_id = d.thread_id
  where d.state = 'pending' and (s.task_id is not null or d.reminder > 0)`;

/**
 * The first due delivery of each destination, with its event and task: a destination that fails or hangs delays no other.
 * Of one destination, all that is due there.
 */
export async function selectDue(
  reader: Reader,
  scope: DeliveryScope & { readonly limit: number; readonly of?: Place | undefined },
): Promise<DueDelivery[]> {
  const { of } = scope;
  const which =
    of === undefined
      ? fragment`place = 1`
      : fragment`platform = ${of.platform} and chat_id = ${of.chat_id} and thread_id = ${of.thread_id}`;
  const due = await reader.all(sql(dueRow)`
    select * from (
      select d.*, t.title, t.assignee, t.result, t.workspace_path, s.delivery_mode, s.delivery_metadata, s.last_ping_event_id,
        row_number() over (partition by d.platform, d.chat_id order by d.next_try_at, d.event_id, d.id) as place
      from ${pending} and ${within(scope, fragment`d`)} and d.next_try_at <= ${reader.now}
    ) as due where ${which} order by next_try_at, event_id, id ${upTo(scope.limit)}`);
  if (due.length === 0) return [];
  const events = await reader.all(
    sql(eventRow)`select * from task_events where id in (${list(due.map((delivery) => delivery.event_id))})`,
  );
  const byId = new Map(events.map((event) => [event.id, event]));
  const sums = await spentByTasks(reader, [...new Set(due.map(({ task_id }) => task_id))]);
  const spent = new Map(sums.map(({ subject, ...sum }) => [subject, sum]));
  return due.flatMap((delivery) => {
    const event = byId.get(delivery.event_id);
    return event ? [{ ...delivery, event, spent: spent.get(delivery.task_id) ?? null }] : [];
  });
}

/** When the next delivery that is not due yet will be. */
export async function nextDueAt(reader: Reader, scope: DeliveryScope): Promise<Millis | null> {
  const at = await reader.one(
    sql(
      single(nullable(integerAs(asMillis))),
    )`select min(d.next_try_at) as value from ${pending} and ${within(scope, fragment`d`)} and d.next_try_at > ${reader.now}`,
  );
  return at ?? null;
}
