import type { SubscribeTask, SubscriptionKey } from '../domain/command.ts';
import { ok, type Result, refuse, unknownTask } from '../domain/errors.ts';
import { toldKinds } from '../domain/event.ts';
import { type Millis, toSeconds } from '../domain/ids.ts';
import type { AsLeader } from '../domain/leading.ts';
import type { DeliveryScope, Subscription } from '../domain/view.ts';
import type { Tx } from '../store/store.ts';
import { eventsAfter, lastEventIdOf } from '../store/tables/events.ts';
import {
  deleteSubscription,
  findDelivery,
  findSubscription,
  insertDelivery,
  insertSubscription,
  moveCursor,
  subscriptionsBehind,
  updateDelivery,
} from '../store/tables/subscriptions.ts';
import { findTask } from '../store/tables/tasks.ts';
import { fenced } from './lead.ts';

/** Contract §7.5. A new subscription starts at the task's newest event: history is not replayed (contract §15.19). */
export async function subscribe(
  tx: Tx,
  input: SubscribeTask,
): Promise<Result<{ subscription: Subscription }>> {
  if (!(await findTask(tx, input.task_id))) return unknownTask(input.task_id);
  const key = keyOf(input);
  if (key.platform === '' || key.chat_id === '') {
    return refuse('blank_text', 'A subscription needs a platform and a chat id; one of them is blank.');
  }
  const who = { user_id: input.user_id ?? null, notifier_profile: input.notifier_profile ?? null };
  await insertSubscription(tx, { ...key, ...who }, await lastEventIdOf(tx, input.task_id), toSeconds(tx.now));
  const subscription = await findSubscription(tx, key);
  if (!subscription)
    throw new Error(`The subscription of ${input.task_id} is missing right after it was written.`);
  return ok({ subscription });
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
    const events = await eventsAfter(tx, subscription.task_id, subscription.last_event_id, toldKinds);
    for (const event of events) made += await insertDelivery(tx, subscription, event.id);
    const last = events.at(-1);
    if (last) await moveCursor(tx, subscription, last.id);
  }
  return ok(made);
}

/** What became of one attempt. Without a time for the next it is dead, and stays to be seen. */
export async function recordDelivery(
  tx: Tx,
  input: AsLeader & {
    id: number;
    outcome: { sent: true } | { sent: false; error: string; retry_at: Millis | null };
  },
): Promise<Result<null>> {
  const stale = await fenced(tx, input);
  if (stale) return stale;
  const delivery = await findDelivery(tx, input.id);
  if (!delivery) return refuse('unknown_subscription', `No delivery ${input.id} on this board.`);
  const { outcome } = input;
  const attempts = delivery.attempts + 1;
  const next = outcome.sent ? tx.now : (outcome.retry_at ?? tx.now);
  const state = outcome.sent ? 'sent' : outcome.retry_at === null ? 'dead' : 'pending';
  const error = outcome.sent ? null : outcome.error;
  await updateDelivery(tx, { id: delivery.id, state, attempts, next_try_at: next, last_error: error });
  return ok(null);
}
