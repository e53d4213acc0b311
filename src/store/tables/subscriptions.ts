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
import type { DeliveryPage, SubscriptionPage } from '../../domain/page.ts';
import {
  type Delivery,
  type DeliveryScope,
  type DeliveryState,
  type DueDelivery,
  deliveryStates,
  type Subscription,
} from '../../domain/view.ts';
import {
  brandedText,
  integer,
  integerAs,
  nullable,
  oneOf,
  rowOf,
  single,
  text,
  withDefault,
} from '../columns.ts';
import { command, every, type Fragment, fragment, list, sql } from '../sql.ts';
import type { Reader, Tx } from '../store.ts';
import { eventRow } from './events.ts';

const key = {
  task_id: brandedText(asTaskId),
  platform: text,
  chat_id: text,
  thread_id: withDefault(text, ''),
};

const subscriptionRow = rowOf<Subscription>('kanban_notify_subs', {
  ...key,
  user_id: nullable(text),
  notifier_profile: nullable(text),
  created_at: integerAs(asSeconds),
  last_event_id: withDefault(integerAs(asEventId), asEventId(0)),
});

const deliveryColumns = {
  ...key,
  id: integer,
  event_id: integerAs(asEventId),
  state: oneOf(deliveryStates),
  attempts: integer,
  next_try_at: integerAs(asMillis),
  last_error: nullable(text),
};
const deliveryRow = rowOf<Delivery>('andon_deliveries', deliveryColumns);

const matches = (of: SubscriptionKey): Fragment =>
  fragment`task_id = ${of.task_id} and platform = ${of.platform} and chat_id = ${of.chat_id} and thread_id = ${of.thread_id}`;

export const findSubscription = (reader: Reader, of: SubscriptionKey): Promise<Subscription | undefined> =>
  reader.one(sql(subscriptionRow)`select * from kanban_notify_subs where ${matches(of)}`);

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
  const most = limit === undefined ? fragment`` : fragment` limit ${limit}`;
  return reader.all(sql(subscriptionRow)`
    select * from kanban_notify_subs where ${every(conditions)}
    order by task_id, platform, chat_id, thread_id${most}`);
}

/** Adds a subscription, or fills the empty profile of the one that is there (contract §7.5). */
export async function insertSubscription(
  tx: Tx,
  of: SubscriptionKey & { readonly user_id: string | null; readonly notifier_profile: string | null },
  cursor: EventId,
  at: Seconds,
): Promise<void> {
  await tx.run(command`
    insert into kanban_notify_subs (task_id, platform, chat_id, thread_id, user_id, notifier_profile, created_at, last_event_id)
    values (${of.task_id}, ${of.platform}, ${of.chat_id}, ${of.thread_id}, ${of.user_id}, ${of.notifier_profile}, ${at}, ${cursor})
    on conflict (task_id, platform, chat_id, thread_id) do update
      set notifier_profile = coalesce(kanban_notify_subs.notifier_profile, excluded.notifier_profile)`);
}

export const deleteSubscription = (tx: Tx, of: SubscriptionKey): Promise<number> =>
  tx.run(command`delete from kanban_notify_subs where ${matches(of)}`);

/** A child is told where its parents are, from its own first event on (contract §4.1). */
export async function inheritSubscriptions(tx: Tx, child: TaskId, at: Seconds): Promise<void> {
  await tx.run(command`
    insert into kanban_notify_subs (task_id, platform, chat_id, thread_id, user_id, notifier_profile, created_at, last_event_id)
    select ${child}, s.platform, s.chat_id, s.thread_id, max(s.user_id), max(s.notifier_profile), ${at}, 0
    from task_links l join kanban_notify_subs s on s.task_id = l.parent_id
    where l.child_id = ${child} group by s.platform, s.chat_id, s.thread_id
    on conflict do nothing`);
}

/** A subscription of one of the scope's platforms that its owner, or nobody, owns. */
const within = ({ platforms, owner }: DeliveryScope): Fragment =>
  fragment`s.platform in (${list(platforms)}) and coalesce(s.notifier_profile, '') = ${owner ?? ''}`;

/** Subscriptions in the scope whose task has events that they have not been told of. */
export const subscriptionsBehind = (reader: Reader, scope: DeliveryScope): Promise<Subscription[]> =>
  reader.all(sql(subscriptionRow)`
    select s.* from kanban_notify_subs s
    where ${within(scope)} and exists (
      select 1 from task_events e where e.task_id = s.task_id and e.id > s.last_event_id and e.kind in (${list(toldKinds)}))
    order by s.task_id, s.platform, s.chat_id, s.thread_id`);

export const moveCursor = (tx: Tx, of: Subscription, to: EventId): Promise<number> =>
  tx.run(command`
    update kanban_notify_subs set last_event_id = ${to} where ${matches(of)} and last_event_id = ${of.last_event_id}`);

/** One delivery per subscription and event, however often it is asked for; gives the rows added. */
export const insertDelivery = (tx: Tx, of: SubscriptionKey, event: EventId): Promise<number> =>
  tx.run(command`
    insert into andon_deliveries (task_id, platform, chat_id, thread_id, event_id, state, attempts, next_try_at, created_at)
    values (${of.task_id}, ${of.platform}, ${of.chat_id}, ${of.thread_id}, ${event}, 'pending', 0, ${tx.now}, ${tx.now})
    on conflict do nothing`);

export const findDelivery = (reader: Reader, id: number): Promise<Delivery | undefined> =>
  reader.one(sql(deliveryRow)`select * from andon_deliveries where id = ${id}`);

export async function updateDelivery(
  tx: Tx,
  delivery: Pick<Delivery, 'id' | 'state' | 'attempts' | 'next_try_at' | 'last_error'>,
): Promise<void> {
  const sent = delivery.state === 'sent' ? tx.now : null;
  await tx.run(command`
    update andon_deliveries set state = ${delivery.state}, attempts = ${delivery.attempts},
      next_try_at = ${delivery.next_try_at}, last_error = ${delivery.last_error}, sent_at = ${sent}
    where id = ${delivery.id}`);
}

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
    select * from andon_deliveries where ${every(conditions)} order by id desc limit ${limit}`);
}

const stateRow = rowOf<{ state: DeliveryState; amount: number }>('andon_deliveries', {
  state: oneOf(deliveryStates),
  amount: integer,
});

export const countDeliveries = (reader: Reader): Promise<{ state: DeliveryState; amount: number }[]> =>
  reader.all(sql(stateRow)`
    select state, count(*) as amount from andon_deliveries group by state order by state`);

const dueRow = rowOf<Omit<DueDelivery, 'event'>>('andon_deliveries', {
  ...deliveryColumns,
  title: text,
  assignee: nullable(brandedText(asProfileName)),
  result: nullable(text),
});

// A delivery whose task, event or subscription is gone is nobody's any more: it is neither sent nor waited for.
const pending = fragment`
  andon_deliveries d join task_events e on e.id = d.event_id join tasks t on t.id = d.task_id
  join kanban_notify_subs s on s.task_id = d.task_id and s.platform = d.platform and s.chat_id = d.chat_id
    and s.thread_id = d.thread_id
  where d.state = 'pending'`;

/** The first due delivery of each destination, with its event and task: a destination that fails or hangs delays no other. */
export async function selectDue(
  reader: Reader,
  scope: DeliveryScope & { readonly limit: number },
): Promise<DueDelivery[]> {
  const due = await reader.all(sql(dueRow)`
    select * from (
      select d.*, t.title, t.assignee, t.result,
        row_number() over (partition by d.platform, d.chat_id order by d.next_try_at, d.event_id, d.id) as place
      from ${pending} and ${within(scope)} and d.next_try_at <= ${reader.now}
    ) as due where place = 1 order by next_try_at, event_id, id limit ${scope.limit}`);
  if (due.length === 0) return [];
  const events = await reader.all(
    sql(eventRow)`select * from task_events where id in (${list(due.map((delivery) => delivery.event_id))})`,
  );
  const byId = new Map(events.map((event) => [event.id, event]));
  return due.flatMap((delivery) => {
    const event = byId.get(delivery.event_id);
    return event ? [{ ...delivery, event }] : [];
  });
}

/** When the next delivery that is not due yet will be. */
export async function nextDueAt(reader: Reader, scope: DeliveryScope): Promise<Millis | null> {
  const at = await reader.one(
    sql(
      single(nullable(integerAs(asMillis))),
    )`select min(d.next_try_at) as value from ${pending} and ${within(scope)} and d.next_try_at > ${reader.now}`,
  );
  return at ?? null;
}
