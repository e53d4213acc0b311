import { z } from '@hono/zod-openapi';
import type { CardPage } from '../../../domain/card.ts';
import { ok, type Result } from '../../../domain/errors.ts';
import { asEventId, type EventId, parseAssignee } from '../../../domain/ids.ts';
import { statuses } from '../../../domain/task.ts';
import { dispatchWarning } from '../../../services/dispatch-warning.ts';
import { withBoardWorkdir } from '../../../services/home.ts';
import { createTask, filledText, flag, listFilter, name, record, taskId, word } from '../../contract.ts';
import { reviseTask } from '../../contract-steering.ts';
import type { BoardCall } from '../call.ts';
import { oneTask, pageLimit } from '../fields.ts';
import { HttpProblem } from '../problem.ts';
import { boardRoute } from '../route.ts';
import * as shape from '../shapes.ts';
import {
  cardCursor,
  cardOf,
  decodeCursor,
  encodeCursor,
  paged,
  shown,
  taskOf,
  taskViewOf,
  unlessSame,
} from '../views.ts';

/** Tasks and the cards that stand for them: made, found, looked at, changed. */

const tag = 'Tasks';

/** Nobody's tasks, and those of no tenant, are asked for by `none`. */
const cardFilter = {
  assignee: name.transform(parseAssignee).optional(),
  tenant: filledText.transform((tenant) => (tenant === 'none' ? null : tenant)).optional(),
  workflow_template_id: filledText.optional(),
  current_step_key: filledText.optional(),
  title: filledText.optional(),
};

/** The board's newest event: pages of tasks change with it, and with nothing else. */
async function stateOf({ kernel, board }: BoardCall): Promise<EventId> {
  const last = await kernel.lastEvent(board, {});
  return last.ok ? last.value : asEventId(0);
}

const pageShown = ({ cards, next }: CardPage) => ({
  cards: cards.map(cardOf),
  next: next === null ? null : encodeCursor(next),
});

const columns = boardRoute({
  method: 'get',
  path: '/columns',
  tag,
  role: 'viewer',
  summary: 'The first cards of every column, and how many there are',
  description:
    'Slim cards in the order of the board. `none` as assignee or tenant asks for those without one. Has an ETag: unchanged boards answer 304.',
  input: record({ ...cardFilter, include_archived: flag.optional(), limit: pageLimit(50, 200) }),
  answer: shape.columns,
  work: async (call, filter) =>
    unlessSame(call, await stateOf(call), async () =>
      shown(await call.kernel.columns(call.board, filter), ({ columns: all, ...rest }) => ({
        columns: all.map(({ status, count, more, ...page }) => ({ status, count, more, ...pageShown(page) })),
        ...rest,
      })),
    ),
});

const cards = boardRoute({
  method: 'get',
  path: '/cards',
  tag,
  role: 'viewer',
  summary: 'A page of one column',
  input: record({
    ...cardFilter,
    status: word(statuses),
    after: filledText.optional(),
    limit: pageLimit(50, 200),
  }),
  answer: shape.pageOf('cards', shape.card),
  work: async (call, { after, ...filter }) => {
    const cursor = cardCursor(after);
    if (!cursor.ok) return cursor;
    return unlessSame(call, await stateOf(call), async () =>
      shown(await call.kernel.cards(call.board, { ...filter, after: cursor.value }), pageShown),
    );
  },
});

const list = boardRoute({
  method: 'get',
  path: '/tasks',
  tag,
  role: 'viewer',
  summary: 'Whole tasks, page by page, in the order of their ids',
  input: record({
    ...listFilter.omit({ sort: true, limit: true }).shape,
    workflow_template_id: filledText.optional(),
    current_step_key: filledText.optional(),
    after: filledText.optional(),
    limit: pageLimit(100, 500),
  }),
  answer: shape.pageOf('tasks', shape.task),
  work: async (call, { after, limit, ...filter }) => {
    const place = after === undefined ? ok(['']) : decodeCursor(after, 's');
    if (!place.ok) return place;
    const input = { ...filter, after: String(place.value[0]), limit: limit + 1 };
    return unlessSame(call, await stateOf(call), async () =>
      shown(await call.kernel.list(call.board, input), (found) => {
        const { items, next } = paged(found, limit, ({ id }) => [id]);
        return { tasks: items.map(taskOf), next };
      }),
    );
  },
});

const create = boardRoute({
  method: 'post',
  path: '/tasks',
  tag,
  role: 'operator',
  summary: 'Put a task on the board',
  description:
    '`created` is false when the idempotency key answered a task that was there. `warning` says so when nobody will start it.',
  input: createTask.omit({ created_by: true }),
  answer: z.strictObject({ task: shape.task, created: z.boolean(), warning: z.string().optional() }),
  status: 201,
  work: async ({ kernel, board, desk, identity }, wanted) => {
    const { home, world } = desk;
    const named = { ...wanted, created_by: identity.name };
    const input = await withBoardWorkdir(home, world.files, board, named);
    const made = await kernel.create(board, input);
    if (!made.ok) return made;
    const { task, created } = made.value;
    const waits = task.status === 'ready' && task.assignee !== null;
    const warning = waits ? await dispatchWarning(home, world) : undefined;
    const value = { task: taskOf(task), created, ...(warning !== undefined && { warning }) };
    return created ? ok(value) : Response.json(value, { status: 200 });
  },
});

const show = boardRoute({
  method: 'get',
  path: '/tasks/{task_id}',
  tag,
  role: 'viewer',
  summary: 'A task with all that belongs to it',
  description: 'With its newest 50 events. The ETag is its newest event: `PATCH` takes it as `If-Match`.',
  input: oneTask,
  answer: shape.taskView,
  work: async ({ kernel, board }, { task_id }) => {
    const view = await kernel.show(board, { task_id, events: 50 });
    if (!view.ok) return view;
    const etag = `"${view.value.events.at(-1)?.id ?? 0}"`;
    return Response.json(taskViewOf(view.value), { headers: { etag, 'cache-control': 'private, no-cache' } });
  },
});

/** The event that a client last saw, from `If-Match`. */
function expectedEvent(request: Request): EventId | undefined {
  const given = request.headers.get('if-match');
  if (given === null || given === '*') return undefined;
  const [, digits] = /^"(\d{1,15})"$/.exec(given) ?? [];
  if (digits !== undefined) return asEventId(Number(digits));
  throw new HttpProblem('changed_meanwhile', '`if-match` must be the ETag of the task as it was read.');
}

const revise = boardRoute({
  method: 'patch',
  path: '/tasks/{task_id}',
  tag,
  role: 'operator',
  summary: 'Change a task: words, priority, assignee, status, all or nothing',
  description: 'With `If-Match` only if the task is still as it was read; otherwise 412.',
  input: reviseTask,
  answer: shape.changedTask,
  work: async ({ kernel, board, request }, input) => {
    const if_event = expectedEvent(request);
    return shown(await kernel.revise(board, { ...input, if_event }), ({ task }) => ({ task: taskOf(task) }));
  },
});

const promotion = boardRoute({
  method: 'get',
  path: '/tasks/{task_id}/promotion',
  tag,
  role: 'viewer',
  summary: 'What `promote` would say, without doing it',
  input: record({ task_id: taskId, force: flag.optional() }),
  answer: z.strictObject({ status: z.enum(statuses) }),
  work: ({ kernel, board }, input): Promise<Result<unknown>> => kernel.promotion(board, input),
});

export const taskRoutes = [columns, cards, list, create, show, revise, promotion];
