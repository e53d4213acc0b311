import { z } from '@hono/zod-openapi';
import { ok, refuse } from '../../../domain/errors.ts';
import { deliveryStates } from '../../../domain/view.ts';
import { wrongPlace } from '../../../services/destinations/destination-settings.ts';
import { filledText, record, taskId, word } from '../../contract.ts';
import { subscribeTask, subscriptionKey } from '../../contract-steering.ts';
import { before, pageLimit } from '../fields.ts';
import { boardRoute } from '../route.ts';
import * as shape from '../shapes.ts';
import * as homeShape from '../shapes-home.ts';
import { decodeCursor, paged, shown } from '../views.ts';

/** Who is told of what, and what became of each message. */

const tag = 'Subscriptions';

const list = boardRoute({
  method: 'get',
  path: '/subscriptions',
  tag,
  role: 'viewer',
  summary: 'Who is told of a task, or of every task',
  input: record({ task_id: taskId.optional(), after: filledText.optional(), limit: pageLimit(100, 500) }),
  answer: shape.pageOf('subscriptions', homeShape.subscription),
  work: async ({ kernel, board }, { after, limit, task_id }) => {
    const place = after === undefined ? ok(undefined) : decodeCursor(after, 'ssss');
    if (!place.ok) return place;
    const [task = '', platform = '', chat = '', thread = ''] = (place.value ?? []).map(String);
    const from = place.value && ([task, platform, chat, thread] as const);
    const found = await kernel.subscriptions(board, { task_id, after: from, limit: limit + 1 });
    return shown(found, (all) => {
      const { items, next } = paged(all, limit, (last) => [
        last.task_id,
        last.platform,
        last.chat_id,
        last.thread_id,
      ]);
      return { subscriptions: items, next };
    });
  },
});

const subscribe = boardRoute({
  method: 'post',
  path: '/subscriptions',
  tag,
  role: 'operator',
  summary: 'Be told when a task is done, blocked, or in trouble',
  input: subscribeTask,
  answer: z.strictObject({ subscription: homeShape.subscription }),
  status: 201,
  work: async ({ kernel, board, desk }, input) => {
    const platform = input.platform.trim().toLowerCase();
    const wrong = await wrongPlace(desk.settings, platform, input.chat_id.trim());
    return wrong === undefined ? kernel.subscribe(board, input) : refuse('invalid_input', wrong);
  },
});

const unsubscribe = boardRoute({
  method: 'delete',
  path: '/subscriptions',
  tag,
  role: 'operator',
  summary: 'Be told no longer',
  input: subscriptionKey,
  answer: homeShape.done,
  work: async ({ kernel, board }, input) =>
    shown(await kernel.unsubscribe(board, input), () => ({ ok: true })),
});

const deliveries = boardRoute({
  method: 'get',
  path: '/deliveries',
  tag,
  role: 'viewer',
  summary: 'Messages on their way, sent, or given up, from the newest back',
  input: record({
    task_id: taskId.optional(),
    state: word(deliveryStates).optional(),
    before,
    limit: pageLimit(50, 200),
  }),
  answer: shape.pageOf('deliveries', homeShape.delivery),
  work: async ({ kernel, board }, { limit, before: id, ...filter }) =>
    shown(await kernel.deliveries(board, { ...filter, before: id, limit: limit + 1 }), (found) => ({
      deliveries: found.slice(0, limit),
      next: found.length > limit ? String(found[limit - 1]?.id) : null,
    })),
});

export const subscriptionRoutes = [list, subscribe, unsubscribe, deliveries];
