import { z } from '@hono/zod-openapi';
import { budgetsOn } from '../../../domain/budget.ts';
import { ok, type Result } from '../../../domain/errors.ts';
import { asSeconds, type TaskId } from '../../../domain/ids.ts';
import type { Why } from '../../../domain/why.ts';
import { readAside } from '../../../services/aside.ts';
import { hermesDispatcher } from '../../../services/hermes.ts';
import { inUseAnywhere } from '../../../services/in-use.ts';
import { liveGateways } from '../../../services/presence.ts';
import { reasonOf } from '../../../services/reason.ts';
import { readRoster } from '../../../services/roster.ts';
import { type Swept, sweep } from '../../../services/sweep.ts';
import { commentTask, filledText, flag, linkTasks, record, taskId } from '../../contract.ts';
import { createSwarm } from '../../contract-steering.ts';
import type { BoardCall } from '../call.ts';
import { before, oneTask, pageLimit } from '../fields.ts';
import { withoutLock } from '../live/channel.ts';
import { boardRoute, nothing } from '../route.ts';
import * as shape from '../shapes.ts';
import { decodeCursor, paged, shown, taskOf } from '../views.ts';

/** What belongs to a task: why it waits, its brief, comments, events, links; and how it goes for good. */

const tag = 'Tasks';

/** Why a task does not run, by its board and by this home. */
export async function reasonFor({ kernel, board, desk }: BoardCall, task_id: TaskId): Promise<Result<Why>> {
  const { home, world, settings } = desk;
  const standing = await kernel.standing(board, { task_id, budgets: budgetsOn(settings.budgets, board) });
  if (!standing.ok) return standing;
  const gateways = await liveGateways(home, world);
  const reason = await reasonOf(
    { kernel, home, files: world.files },
    {
      board,
      standing: standing.value,
      settings,
      roster: await readRoster(world, home),
      dispatchers: gateways.flatMap(({ dispatcher, name }) => (dispatcher ? [name] : [])),
      hermes: await hermesDispatcher(home, world),
      aside: await readAside(home, world),
      host: world.hostname,
    },
  );
  return ok(reason);
}

const whyRoute = boardRoute({
  method: 'get',
  path: '/tasks/{task_id}/why',
  tag,
  role: 'viewer',
  summary: 'Why a task does not run, and what happens next',
  input: oneTask,
  answer: shape.why,
  work: (call, { task_id }) => reasonFor(call, task_id),
});

const brief = boardRoute({
  method: 'get',
  path: '/tasks/{task_id}/brief',
  tag,
  role: 'viewer',
  summary: 'What its worker is told before it starts, as Markdown',
  input: oneTask,
  answer: z.strictObject({ task_id: z.string(), brief: z.string() }),
  work: async ({ kernel, board }, { task_id }) =>
    shown(await kernel.brief(board, { task_id }), (text) => ({ task_id, brief: text })),
});

const comments = boardRoute({
  method: 'get',
  path: '/tasks/{task_id}/comments',
  tag,
  role: 'viewer',
  summary: 'The comments of a task, oldest first',
  input: record({ task_id: taskId, after: filledText.optional(), limit: pageLimit(50, 200) }),
  answer: shape.pageOf('comments', shape.comment),
  work: async ({ kernel, board }, { task_id, after, limit }) => {
    const place = after === undefined ? ok(undefined) : decodeCursor(after, 'nn');
    if (!place.ok) return place;
    const from = place.value && { created_at: asSeconds(Number(place.value[0])), id: Number(place.value[1]) };
    const found = await kernel.comments(board, { task_id, after: from, limit: limit + 1 });
    return shown(found, (all) => {
      const { items, next } = paged(all, limit, ({ created_at, id }) => [created_at, id]);
      return { comments: items, next };
    });
  },
});

const comment = boardRoute({
  method: 'post',
  path: '/tasks/{task_id}/comments',
  tag,
  role: 'operator',
  summary: 'Write a comment; it stands under the name of the token',
  input: commentTask.omit({ author: true }),
  answer: z.strictObject({ comment: shape.comment }),
  status: 201,
  work: ({ kernel, board, identity }, input) => kernel.comment(board, { ...input, author: identity.name }),
});

const events = boardRoute({
  method: 'get',
  path: '/tasks/{task_id}/events',
  tag,
  role: 'viewer',
  summary: 'The events of a task, from the newest back',
  input: record({ task_id: taskId, before, limit: pageLimit(50, 500) }),
  answer: shape.pageOf('events', shape.event),
  work: async ({ kernel, board }, { task_id, before: id, limit }) => {
    const found = await kernel.taskEvents(board, { task_id, before: id, limit: limit + 1 });
    return shown(found, (all) => {
      const newestFirst = all.toReversed().map(withoutLock);
      const items = newestFirst.slice(0, limit);
      const more = newestFirst.length > limit;
      return { events: items, next: more ? String(items.at(-1)?.id) : null };
    });
  },
});

const mostLinks = 2000;

const links = boardRoute({
  method: 'get',
  path: '/links',
  tag,
  role: 'viewer',
  summary: 'Who waits for whom, among the tasks that are not archived',
  description: `At most ${mostLinks} links; \`more\` when there are others.`,
  input: nothing,
  answer: z.strictObject({ links: z.array(shape.edge), more: z.boolean() }),
  work: async ({ kernel, board }) =>
    shown(await kernel.links(board, { limit: mostLinks + 1 }), (found) => ({
      links: found.slice(0, mostLinks),
      more: found.length > mostLinks,
    })),
});

const link = boardRoute({
  method: 'post',
  path: '/links',
  tag,
  role: 'operator',
  summary: 'Make one task wait for another',
  input: linkTasks,
  answer: z.strictObject({ child: shape.task }),
  work: async ({ kernel, board }, input) =>
    shown(await kernel.link(board, input), ({ child }) => ({ child: taskOf(child) })),
});

const unlink = boardRoute({
  method: 'delete',
  path: '/links',
  tag,
  role: 'operator',
  summary: 'Let a task no longer wait for another',
  input: linkTasks,
  answer: z.strictObject({ child: shape.task }),
  work: async ({ kernel, board }, input) =>
    shown(await kernel.unlink(board, input), ({ child }) => ({ child: taskOf(child) })),
});

const swarm = boardRoute({
  method: 'post',
  path: '/swarms',
  tag,
  role: 'operator',
  summary: 'Lay out a goal as workers side by side, a verifier and a synthesizer',
  input: createSwarm,
  answer: z.strictObject({
    root_id: z.string(),
    worker_ids: z.array(z.string()),
    verifier_id: z.string(),
    synthesizer_id: z.string(),
    created: z.boolean(),
  }),
  status: 201,
  work: ({ kernel, board, identity }, input) => kernel.swarm(board, { ...input, created_by: identity.name }),
});

const remove = boardRoute({
  method: 'delete',
  path: '/tasks/{task_id}',
  tag,
  role: 'admin',
  summary: 'Delete a task for good, with its rows and files',
  description: 'With `purge=true` only if it is archived.',
  input: record({ task_id: taskId, purge: flag.default(false) }),
  answer: z.strictObject({ task_id: z.string(), files: shape.swept }),
  work: async (call, { task_id, purge }) =>
    shown(await deleteTask(call, task_id, purge ? 'purge' : 'delete'), (files) => ({ task_id, files })),
});

/** The rows in one transaction, then the files. */
export async function deleteTask(
  { kernel, board, desk, identity }: BoardCall,
  task_id: TaskId,
  verb: 'delete' | 'purge',
): Promise<Result<Swept>> {
  const deleted = await kernel[verb](board, { task_id, deleted_by: identity.name });
  if (!deleted.ok) return deleted;
  const { leftovers } = deleted.value;
  const { world, home, settings } = desk;
  const here = { board, in_use: deleted.value.in_use };
  const in_use = await inUseAnywhere(kernel, world.files, home, here);
  const request = { leftovers: [leftovers], logs: [task_id], gone: [task_id], in_use };
  return ok(await sweep(world, { home, board, settings }, request));
}

export const aroundRoutes = [whyRoute, brief, comments, comment, events, links, link, unlink, swarm, remove];
