import { z } from '@hono/zod-openapi';
import { buttonNames } from '../../../domain/button.ts';
import { asEventId } from '../../../domain/ids.ts';
import { peopleFacts } from '../../../services/people.ts';
import { readRoster } from '../../../services/roster.ts';
import { positive, record, somebody, taskId, text, word } from '../../contract.ts';
import { oneTask } from '../fields.ts';
import { boardRoute, nothing } from '../route.ts';
import * as shape from '../shapes.ts';
import * as homeShape from '../shapes-home.ts';
import { shown, taskOf } from '../views.ts';

/** What waits for a person, and what a person answers. */

const tag = 'People';

const inbox = boardRoute({
  method: 'get',
  path: '/inbox',
  tag,
  role: 'viewer',
  summary: 'All that waits for a person: first what most tasks wait behind',
  input: nothing,
  answer: shape.listOf('inbox', homeShape.inboxItem),
  work: async ({ kernel, board, desk }) => {
    const { startable } = await readRoster(desk.world, desk.home);
    const facts = peopleFacts(desk.settings, startable.keys());
    return shown(await kernel.inbox(board, facts), (items) => ({ inbox: items }));
  },
});

const acknowledge = boardRoute({
  method: 'post',
  path: '/tasks/{task_id}/acknowledge',
  tag,
  role: 'operator',
  summary: 'Say that somebody is on what a task waits for: nobody is reminded of it any more',
  input: oneTask,
  answer: z.strictObject({ task_id: z.string() }),
  work: ({ kernel, board, identity }, { task_id }) =>
    kernel.acknowledge(board, { task_id, by: identity.name }),
});

const press = boardRoute({
  method: 'post',
  path: '/tasks/{task_id}/press',
  tag,
  role: 'operator',
  summary: 'Answer the message of an event by one of its buttons, once',
  description: '`answer` and `changes` need `text`, `reassign` needs `assignee`. A second press is refused.',
  input: record({
    task_id: taskId,
    event_id: positive.transform(asEventId),
    button: word(buttonNames),
    text: text.optional(),
    assignee: somebody.optional(),
  }),
  answer: shape.changedTask,
  work: async ({ kernel, board, identity }, given) =>
    shown(await kernel.press(board, { ...given, by: identity.name }), ({ task }) => ({ task: taskOf(task) })),
});

const retry = boardRoute({
  method: 'post',
  path: '/deliveries/retry',
  tag: 'Subscriptions',
  role: 'operator',
  summary: 'Send messages again, from the first attempt on: those named, or all that were given up',
  input: record({ ids: z.array(positive).min(1).max(500).optional() }),
  answer: z.strictObject({ retried: z.int() }),
  work: async ({ kernel, board }, input) =>
    shown(await kernel.retryDeliveries(board, input), (retried) => ({ retried })),
});

export const peopleRoutes = [inbox, acknowledge, press, retry];
