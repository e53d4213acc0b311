import { Webhook } from 'standardwebhooks';
import type { BoardId } from '../domain/ids.ts';
import { messageOf } from '../domain/message.ts';
import type { DueDelivery } from '../domain/view.ts';
import { type Channel, deliveryKey, type Sent } from './channel.ts';
import { faultText } from './faults.ts';
import type { Env } from './home.ts';
import { retryAfterOf } from './retry-after.ts';
import type { Settings } from './settings.ts';
import type { World } from './world.ts';

const timeout = 15_000;

/**
 * Signed outgoing webhooks (Standard Webhooks). The chat id of a subscription is a name of `webhooks:` in `andon.yaml`;
 * the message id stays the same over all attempts, so that a receiver can drop a repetition.
 */
export function createWebhookChannel(world: World, env: Env, webhooks: Settings['webhooks']): Channel {
  return {
    platform: 'webhook',
    send: async (board, delivery) => {
      const hook = webhooks[delivery.chat_id];
      if (!hook) return failed(`No webhook "${delivery.chat_id}" is defined in andon.yaml.`);
      const secret = env[hook.secret_env];
      if (!secret)
        return failed(
          `The environment variable ${hook.secret_env} of webhook "${delivery.chat_id}" is not set.`,
        );
      const body = JSON.stringify(payloadOf(board, delivery));
      const id = deliveryKey(board, delivery);
      const at = new Date(world.now());
      try {
        const signature = new Webhook(secret).sign(id, at, body);
        const answer = await world.send({
          url: hook.url,
          body,
          timeout,
          headers: {
            'content-type': 'application/json',
            'user-agent': 'andon',
            'webhook-id': id,
            'webhook-timestamp': String(Math.floor(at.getTime() / 1000)),
            'webhook-signature': signature,
          },
        });
        return judge(answer, world);
      } catch (error) {
        return failed(faultText(error));
      }
    },
  };
}

const failed = (error: string): Sent => ({ ok: false, error, final: false });

type Answer = Awaited<ReturnType<World['send']>>;

/** 2xx is delivered; 410 says that nobody listens there any more; all else may pass. */
function judge({ status, retryAfter }: Answer, world: Pick<World, 'now'>): Sent {
  if (status >= 200 && status < 300) return { ok: true };
  return {
    ok: false,
    error: `The webhook answered ${status}.`,
    final: status === 410,
    retryAfter: retryAfterOf(retryAfter, world.now()),
  };
}

const payloadOf = (board: BoardId, { event, title, assignee, ...delivery }: DueDelivery) => ({
  type: `task.${event.kind}`,
  timestamp: new Date(event.created_at * 1000).toISOString(),
  data: {
    board,
    task_id: delivery.task_id,
    title,
    assignee,
    thread_id: delivery.thread_id,
    event: { id: event.id, kind: event.kind, run_id: event.run_id, payload: event.payload },
    text: messageOf({ ...delivery, event, title, assignee }),
  },
});
