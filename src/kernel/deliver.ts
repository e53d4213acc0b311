import type { SubscribeTask, SubscriptionKey } from '../domain/command.ts';
import { ok, type Result, refuse, unknownTask } from '../domain/errors.ts';
import { type Event, toldKinds } from '../domain/event.ts';
import { asEventId, type EventId, type Millis, toSeconds } from '../domain/ids.ts';
import type { AsLeader, DeliveryOutcome, DeliveryScope } from '../domain/leading.ts';
import type { DeliveryMode } from '../domain/place.ts';
import type { Metadata } from '../domain/task.ts';
import type { Delivery, Subscription } from '../domain/view.ts';
import type { Tx } from '../store/store.ts';
import { eventsAfter, lastEventIdOf } from '../store/tables/events.ts';
import {
  deleteSubscription,
  findDelivery,
  findSubscription,
  insertDelivery,
  insertSubscription,
  moveCursor,
  reviveDeliveries,
  subscriptionsBehind,
  updateDelivery,
  updateSubscription,
} from '../store/tables/subscriptions.ts';
import { findTask } from '../store/tables/tasks.ts';
import { fenced } from './lead.ts';

/** Contract §7.5. A new subscription starts at the task's newest event: history is not replayed (contract §15.19). */
export async function subscribe(
  tx: Tx,
  input: SubscribeTask,
): Promise<Result<{ subscription: Subscription }>> {
  const key = keyOf(input);
  const [task, known, newest] = await Promise.all([
    findTask(tx, input.task_id),
    findSubscription(tx, key),
    lastEventIdOf(tx, input.task_id),
  ]);
  if (!task) return unknownTask(input.task_id);
  if (key.platform === '' || key.chat_id === '') {
    return refuse('blank_text', 'A subscription needs a platform and a chat id; one of them is blank.');
  }
  const subscription = known === undefined ? begin(tx, key, input, newest) : renewed(known, input);
  if (known === undefined) insertSubscription(tx, subscription);
  else updateSubscription(tx, subscription);
  return ok({ subscription });
}

function begin(tx: Tx, key: SubscriptionKey, input: SubscribeTask, newest: EventId): Subscription {
  return {
    ...key,
    user_id: input.user_id ?? null,
    notifier_profile: input.notifier_profile ?? null,
    created_at: toSeconds(tx.now),
    last_event_id: newest,
    delivery_mode: input.delivery_mode ?? usualMode(key.platform),
    delivery_metadata: scalars({ ...input.delivery_metadata }),
    last_ping_event_id: asEventId(0),
    notify_progress: input.notify_progress ?? false,
  };
}

/** An owner fills only an empty place; of the wishes the last word counts. */
const renewed = (known: Subscription, input: SubscribeTask): Subscription => ({
  ...known,
  notifier_profile: known.notifier_profile ?? input.notifier_profile ?? null,
  delivery_mode: input.delivery_mode ?? known.delivery_mode,
  delivery_metadata: scalars({ ...known.delivery_metadata, ...input.delivery_metadata }),
  notify_progress: input.notify_progress ?? known.notify_progress,
});

/** Contract §7.6: the platform of the API server cannot send, so there an agent is woken too. */
const usualMode = (platform: string): DeliveryMode => (platform === 'api_server' ? 'notify+wake' : 'notify');

/** A flat object of plain values; nothing when it is empty. */
function scalars(given: Metadata): Metadata | null {
  const plain = Object.entries(given).filter(([, value]) =>
    ['string', 'number', 'boolean'].includes(typeof value),
  );
  return plain.length === 0 ? null : Object.fromEntries(plain);
}

/** One spelling for adding and for ending. */
const keyOf = (input: SubscribeTask): SubscriptionKey => ({
  task_id: input.task_id,
  platform: input.platform.trim().toLowerCase(),
  chat_id: input.chat_id.trim(),
  thread_id: input.thread_id?.trim() ?? '',
});

export async function unsubscribe(tx: Tx, input: SubscriptionKey): Promise<Result<null>> {
  if ((await deleteSubscription(tx, keyOf(input))) > 0) return ok(null);
  return refuse(
    'unknown_subscription',
    `Task ${input.task_id} has no subscription of ${input.platform} ${input.chat_id}; \`andon notify-list\` shows them.`,
    [input.task_id],
  );
}

/**
 * Events become deliveries, and the cursors move, in one transaction: whatever happens next, nothing is forgotten and
 * nothing fans out twice (design §3.5). An event that Hermes wrote is delivered like ours.
 */
export async function fanOut(tx: Tx, input: AsLeader & DeliveryScope): Promise<Result<number>> {
  const stale = await fenced(tx, input);
  if (stale) return stale;
  if (input.platforms.length === 0) return ok(0);
  let made = 0;
  for (const subscription of await subscriptionsBehind(tx, input)) {
    const kinds = subscription.notify_progress ? [...toldKinds, 'heartbeat'] : toldKinds;
    const events = await eventsAfter(tx, subscription.task_id, subscription.last_event_id, kinds);
    for (const event of events) {
      if (saysSomething(event)) made += await insertDelivery(tx, subscription, event.id);
    }
    const last = events.at(-1);
    if (last) moveCursor(tx, subscription, last.id);
  }
  return ok(made);
}

/** A sign of life without a note tells nobody anything. */
const saysSomething = ({ kind, payload }: Event): boolean =>
  kind !== 'heartbeat' || typeof payload?.['note'] === 'string';

/** What became of one attempt. */
export async function recordDelivery(
  tx: Tx,
  input: AsLeader & { id: number; outcome: DeliveryOutcome },
): Promise<Result<null>> {
  const stale = await fenced(tx, input);
  if (stale) return stale;
  const delivery = await findDelivery(tx, input.id);
  if (!delivery) return unknownDelivery(input.id);
  updateDelivery(tx, { ...delivery, ...after(delivery, input.outcome, tx.now) });
  return ok(null);
}

type Attempted = Pick<Delivery, 'state' | 'attempts' | 'next_try_at' | 'last_error'>;

function after(delivery: Delivery, outcome: DeliveryOutcome, now: Millis): Attempted {
  const { attempts, last_error } = delivery;
  if (outcome.sent) return { state: 'sent', attempts: attempts + 1, next_try_at: now, last_error: null };
  if ('held_until' in outcome)
    return { state: 'pending', attempts, next_try_at: outcome.held_until, last_error };
  const { error, retry_at } = outcome;
  const tried = { attempts: attempts + 1, last_error: error };
  return retry_at === null
    ? { ...tried, state: 'dead', next_try_at: now }
    : { ...tried, state: 'pending', next_try_at: retry_at };
}

const unknownDelivery = (id: number): Result<never> =>
  refuse('unknown_delivery', `No delivery ${id} on this board; \`andon deliveries\` lists them.`, [
    String(id),
  ]);

/** Sends again, from the first attempt on: those named, or all that are dead. What was sent is not sent twice. */
export async function retryDeliveries(
  tx: Tx,
  input: { ids?: readonly number[] | undefined },
): Promise<Result<number>> {
  if (input.ids === undefined) return ok(await reviveDeliveries(tx, undefined));
  for (const id of input.ids) {
    const delivery = await findDelivery(tx, id);
    if (!delivery) return unknownDelivery(id);
    if (delivery.state === 'sent') {
      return refuse('wrong_status', `Delivery ${id} has arrived; what arrived is not sent again.`, [
        String(id),
      ]);
    }
    await reviveDeliveries(tx, id);
  }
  return ok(input.ids.length);
}
