import type { Result } from '../domain/errors.ts';
import { asMillis, type BoardId, type Epoch, parseAssignee } from '../domain/ids.ts';
import type { DeliveryOutcome, DeliveryScope, Role } from '../domain/leading.ts';
import { messageOf, newestOfEach, retryDelay } from '../domain/message.ts';
import { placeText } from '../domain/place.ts';
import { releaseAt, sendableAt } from '../domain/quiet.ts';
import type { DueDelivery } from '../domain/view.ts';
import type { Kernel } from '../kernel/kernel.ts';
import { type Channel, deliveryKey, type Sent } from './channel.ts';
import { type NotifySettings, wishesAt } from './notify-settings.ts';
import { longestWish } from './retry-after.ts';
import type { World } from './world.ts';

/** What becomes of one delivery that is due: the agent of its place is woken, people are told now or later, and it is recorded. */
export interface DeliveryOptions {
  readonly role: Role;
  readonly scope: DeliveryScope;
  readonly channels: ReadonlyMap<string, Channel>;
  readonly notifications: NotifySettings;
  /** The profile that answers where the settings name none. */
  readonly agent: () => Promise<string | undefined>;
  /** Whether this gateway still leads under that epoch. */
  readonly leads: (epoch: Epoch) => boolean;
  readonly onRefusal: (result: Result<unknown>, epoch: Epoch) => void;
}

/** How many that were held back meet in one message. */
const mostGathered = 100;
const longestTitle = 120;

export function createDelivery(
  world: World,
  kernel: Pick<Kernel, 'recordDelivery' | 'wake' | 'dueDeliveries'>,
  options: DeliveryOptions,
): (board: BoardId, epoch: Epoch, delivery: DueDelivery) => Promise<void> {
  const { role, scope, channels, onRefusal, leads } = options;

  /** What could not be recorded, as on a disk that is full: what was sent is not sent again for that. */
  const owed = new Map<string, DeliveryOutcome>();

  const record = async (
    board: BoardId,
    epoch: Epoch,
    { id }: DueDelivery,
    outcome: DeliveryOutcome,
  ): Promise<void> => {
    const key = deliveryKey(board, { id });
    owed.set(key, outcome);
    const recorded = await kernel.recordDelivery(board, { role, epoch, id, outcome });
    owed.delete(key);
    onRefusal(recorded, epoch);
  };

  const recordSent = async (
    board: BoardId,
    epoch: Epoch,
    delivery: DueDelivery,
    sent: Sent,
  ): Promise<void> => {
    if (sent.ok) return record(board, epoch, delivery, { sent: true });
    const jitter = Number.parseInt(world.random(2), 16) / 0xffff;
    const delay = sent.final ? null : retryDelay(delivery.attempts + 1, jitter);
    const retry_at =
      delay === null
        ? null
        : asMillis(world.now() + Math.max(delay, Math.min(longestWish, sent.retryAfter ?? 0)));
    await record(board, epoch, delivery, { sent: false, error: sent.error, retry_at });
    const fate = retry_at === null ? 'given up' : 'tried again later';
    const { task_id: task, event_id: event } = delivery;
    const fields = { board, task, event, attempts: delivery.attempts + 1 };
    world.log.warn(`A message was not delivered and is ${fate}: ${sent.error}`, fields);
  };

  /** Starts a turn of the agent who answers there (contract §7.6); once for an event, however often it comes by here. */
  const wake = async (
    board: BoardId,
    epoch: Epoch,
    delivery: DueDelivery,
    channel: Channel,
  ): Promise<Sent> => {
    const named = wishesAt(options.notifications, delivery).agent ?? (await options.agent());
    const profile = parseAssignee(named ?? '');
    const place = placeText(delivery);
    if (profile === null) {
      const error = `No agent answers at ${place}: name its profile as notifications.agent in andon.yaml.`;
      return { ok: false, error, final: true };
    }
    const told = channel.tells ?? true;
    const words = { title: titleOf(delivery), body: bodyOf(board, delivery, told), told };
    const woken = await kernel.wake(board, { role, epoch, delivery_id: delivery.id, profile, ...words });
    onRefusal(woken, epoch);
    return woken.ok ? { ok: true } : { ok: false, error: woken.refusal.sentence, final: false };
  };

  const policyAt = (delivery: DueDelivery) => wishesAt(options.notifications, delivery).policy;
  const sendable = (delivery: DueDelivery) => {
    const { event, created_at } = delivery;
    return sendableAt(policyAt(delivery), event.kind, created_at, world.now());
  };
  const wasHeld = (delivery: DueDelivery): boolean => {
    const { event, created_at } = delivery;
    return releaseAt(policyAt(delivery), event.kind, created_at) > created_at;
  };

  /** All that was held back at the place of `first` and may go out now. */
  const gathered = async (board: BoardId, first: DueDelivery): Promise<readonly DueDelivery[]> => {
    if (!wasHeld(first)) return [first];
    const asked = await kernel.dueDeliveries(board, { ...scope, limit: mostGathered, of: first });
    if (!asked.ok) return [first];
    const others = asked.value.due.filter(
      (one) =>
        one.id !== first.id &&
        tells(one) &&
        wasHeld(one) &&
        sendable(one) <= world.now() &&
        !owed.has(deliveryKey(board, one)),
    );
    return [first, ...others].sort((one, other) => one.event_id - other.event_id || one.id - other.id);
  };

  /** Tells people, together with whatever else was held back there. */
  const tell = async (
    board: BoardId,
    epoch: Epoch,
    delivery: DueDelivery,
    channel: Channel,
  ): Promise<void> => {
    const all = channel.sendDigest === undefined ? [delivery] : await gathered(board, delivery);
    for (const other of all) {
      if (other !== delivery && wakes(other)) await wakeToo(board, epoch, other, channel);
    }
    const shown = newestOfEach(all);
    const [only = delivery, ...more] = shown;
    if (!leads(epoch)) return;
    const sent =
      more.length === 0 || channel.sendDigest === undefined
        ? await channel.send(board, only)
        : await channel.sendDigest(board, shown);
    const recorded = await Promise.allSettled(all.map((one) => recordSent(board, epoch, one, sent)));
    const fault = recorded.find((one) => one.status === 'rejected');
    if (fault !== undefined) throw fault.reason;
  };

  /** Beside a message: that reaches people although no agent could be woken. */
  const wakeToo = async (
    board: BoardId,
    epoch: Epoch,
    delivery: DueDelivery,
    channel: Channel,
  ): Promise<void> => {
    const woken = await wake(board, epoch, delivery, channel);
    if (!woken.ok) {
      const { task_id: task, event_id: event } = delivery;
      world.log.warn(`An agent was not woken: ${woken.error}`, { board, task, event });
    }
  };

  return async (board, epoch, delivery) => {
    const channel = channels.get(delivery.platform);
    if (!channel || !leads(epoch)) return;
    const known = owed.get(deliveryKey(board, delivery));
    if (known !== undefined) return record(board, epoch, delivery, known);
    const isTold = tells(delivery) && (channel.tells ?? true);
    if (!isTold && wakes(delivery)) {
      return recordSent(board, epoch, delivery, await wake(board, epoch, delivery, channel));
    }
    // A reminder of what an agent was woken for: it had its time, and the next rung is a person.
    if (!tells(delivery)) return record(board, epoch, delivery, { sent: true });
    if (wakes(delivery)) await wakeToo(board, epoch, delivery, channel);
    const held_until = sendable(delivery);
    if (held_until > world.now()) return record(board, epoch, delivery, { sent: false, held_until });
    await tell(board, epoch, delivery, channel);
  };
}

const tells = ({ delivery_mode }: DueDelivery): boolean => delivery_mode !== 'wake';
const wakes = ({ delivery_mode, reminder }: DueDelivery): boolean =>
  delivery_mode !== 'notify' && reminder === 0;

const titleOf = (delivery: DueDelivery): string =>
  [...(messageOf(delivery).split('\n')[0] ?? '')].slice(0, longestTitle).join('');

const bodyOf = (board: BoardId, delivery: DueDelivery, told: boolean): string =>
  [
    messageOf(delivery),
    `This is about task ${delivery.task_id} of board ${board}; \`kanban_show\` tells all of it.`,
    ...(told ? [`Your summary is told at ${placeText(delivery)}.`] : []),
  ].join('\n\n');

/** The platform of contract §7.6 that cannot be sent to: an agent alone listens there. */
export const agentsOnly: Channel = {
  platform: 'api_server',
  tells: false,
  send: async () => ({
    ok: false,
    final: true,
    error: 'Nobody reads api_server; subscribe it with the mode wake, which starts a turn of its agent.',
  }),
};
