import { ok, type Result, refuse } from '../domain/errors.ts';
import type { ProfileName } from '../domain/ids.ts';
import type { AsLeader } from '../domain/leading.ts';
import { placeText } from '../domain/place.ts';
import type { Task } from '../domain/task.ts';
import type { Subscription } from '../domain/view.ts';
import type { Tx } from '../store/store.ts';
import { findDelivery, findSubscription, updateSubscription } from '../store/tables/subscriptions.ts';
import { openTurns } from '../store/tables/tasks.ts';
import { create } from './create.ts';
import { addComment } from './discuss.ts';
import { fenced } from './lead.ts';

/** Who signs the turns that a message started. */
const waker = 'notifier';

/** A message starts a turn of the agent who answers at its place. */
export interface WakeAgent extends AsLeader {
  readonly delivery_id: number;
  readonly profile: ProfileName;
  readonly title: string;
  readonly body: string;
  /** Whether the end of the turn is told at the place; not unless said. */
  readonly told?: boolean | undefined;
}

/**
 * Contract §7.6. An agent is woken once for each event, and no faster than it works: one turn may run and one may wait for
 * it, to which whatever else happens meanwhile is added. Gives the turn, or nothing when this event has woken it already.
 */
export async function wake(tx: Tx, input: WakeAgent): Promise<Result<{ task: Task | null }>> {
  const stale = await fenced(tx, input);
  if (stale) return stale;
  const delivery = await findDelivery(tx, input.delivery_id);
  const subscription = delivery && (await findSubscription(tx, delivery));
  if (!delivery || !subscription) {
    return refuse('unknown_delivery', `No delivery ${input.delivery_id} of a subscription on this board.`);
  }
  if (delivery.event_id <= subscription.last_ping_event_id) return ok({ task: null });
  const session_id = placeText(subscription);
  const turns = await openTurns(tx, session_id, waker);
  const waiting = turns.find(({ status }) => status !== 'running');
  const turn = waiting ?? (await begin(tx, input, subscription, turns));
  if ('ok' in turn) return turn;
  if (waiting !== undefined) await addComment(tx, { task_id: turn.id, author: waker, body: input.body });
  updateSubscription(tx, { ...subscription, last_ping_event_id: delivery.event_id });
  return ok({ task: turn });
}

async function begin(
  tx: Tx,
  { profile, title, body, told }: WakeAgent,
  { platform, chat_id, thread_id, notifier_profile }: Subscription,
  turns: readonly Task[],
): Promise<Task | Result<never>> {
  const parents = turns.map(({ id }) => id);
  const place = { platform, chat_id, thread_id };
  // Told to people only: the end of a turn that woke its agent would begin the next one.
  const reader = {
    ...place,
    notifier_profile: notifier_profile ?? undefined,
    delivery_mode: 'notify',
  } as const;
  const created = await create(tx, {
    ...{ title, body, assignee: profile, session_id: placeText(place), parents },
    created_by: waker,
    subscribe: told ? reader : null,
  });
  return created.ok ? created.value.task : created;
}
