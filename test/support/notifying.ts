import type { SubscribeTask } from '../../src/domain/command.ts';
import { asEpoch, asMillis, type TaskId } from '../../src/domain/ids.ts';
import type { DeliveryScope } from '../../src/domain/leading.ts';
import type { DueDelivery } from '../../src/domain/view.ts';
import { type Board, board, value } from './board.ts';

/** For whom `notifying` speaks. */
export const notifier = { role: 'notifier', epoch: asEpoch(1) } as const;
export const everybody: DeliveryScope = { platforms: ['webhook'], owner: null };
export const ops = { platform: 'webhook', chat_id: 'ops' };

/** The few words of a notifier: subscribe, turn events into deliveries, ask what is due, record. */
export function notifying({ kernel }: Board) {
  const due = async (scope = everybody) => value(await kernel.dueDeliveries(board, { ...scope, limit: 10 }));
  const sent = async (id: number) =>
    value(await kernel.recordDelivery(board, { ...notifier, id, outcome: { sent: true } }));
  return {
    due,
    sent,
    subscribe: async (task_id: TaskId, more: Partial<SubscribeTask> = {}) =>
      value(await kernel.subscribe(board, { task_id, ...ops, ...more })).subscription,
    fanOut: async (scope = everybody) => value(await kernel.fanOut(board, { ...notifier, ...scope })),
    failed: async (id: number, retry_at: number | null) => {
      const at = retry_at === null ? null : asMillis(retry_at);
      const outcome = { sent: false, error: 'HTTP 503', retry_at: at } as const;
      value(await kernel.recordDelivery(board, { ...notifier, id, outcome }));
    },
    held: async (id: number, until: number) => {
      const outcome = { sent: false, held_until: asMillis(until) } as const;
      value(await kernel.recordDelivery(board, { ...notifier, id, outcome }));
    },
    /** Sends whatever is due until nothing is, and gives it in the order of sending. */
    drain: async () => {
      const all: DueDelivery[] = [];
      for (let next = (await due()).due; next.length > 0; next = (await due()).due) {
        for (const delivery of next) {
          await sent(delivery.id);
          all.push(delivery);
        }
      }
      return all;
    },
  };
}
