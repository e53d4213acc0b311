import { z } from '@hono/zod-openapi';
import { ok, type Result } from '../../../domain/errors.ts';
import { parseAssignee, type TaskId } from '../../../domain/ids.ts';
import { revisableStatuses } from '../../../domain/task.ts';
import { deadWorkerOf } from '../../../services/dead-worker.ts';
import { dispatchWarning } from '../../../services/dispatch-warning.ts';
import { withBoardWorkdir } from '../../../services/home.ts';
import {
  anyInteger,
  assignee,
  createTask,
  filledText,
  flag,
  linkTasks,
  metadata,
  record,
  taskId,
  text,
  word,
} from '../../contract.ts';
import type { BoardCall } from '../call.ts';
import { oneTask } from '../fields.ts';
import { withoutLock } from '../live/channel.ts';
import { HttpProblem } from '../problem.ts';
import { olderRoute } from '../route.ts';
import { deleteTask } from '../routes/around.ts';
import { asBadRequest, olderAttachment, olderRun, taskNow } from './shown.ts';

/** Contract §10: one task, or many at once. */

const tag = 'Older API';
const anything = z.looseObject({});
const done = z.strictObject({ ok: z.literal(true) });
const oneShown = z.looseObject({ task: anything });

const show = olderRoute({
  method: 'get',
  path: '/tasks/{task_id}',
  tag,
  role: 'viewer',
  summary: 'A task with all that belongs to it',
  input: record({
    task_id: taskId,
    run_state_type: word(['status', 'outcome']).optional(),
    run_state_name: filledText.optional(),
  }),
  answer: oneShown,
  work: async (call, { task_id, run_state_type: type, run_state_name: name }) => {
    if ((type === undefined) !== (name === undefined)) {
      throw new HttpProblem('invalid_input', 'Give both `run_state_type` and `run_state_name`, or neither.');
    }
    const view = await call.kernel.show(call.board, { task_id, events: 1000 });
    if (!view.ok) return view;
    const task = await taskNow(call, task_id);
    if (!task.ok) return task;
    const { comments, events, attachments, parents, children, runs } = view.value;
    const wanted = type === undefined ? runs : runs.filter((run) => run[type] === name);
    return ok({
      task: task.value,
      comments,
      events: events.map(withoutLock),
      attachments: attachments.map((each) => olderAttachment(call, each)),
      links: { parents, children },
      runs: wanted.map((run) => olderRun(call, run)),
    });
  },
});

const create = olderRoute({
  method: 'post',
  path: '/tasks',
  tag,
  role: 'operator',
  summary: 'Put a task on the board',
  input: createTask.omit({ created_by: true, scheduled_at: true, scheduled_in_seconds: true }),
  answer: oneShown,
  work: async (call, wanted) => {
    const { home, world } = call.desk;
    const named = { ...wanted, created_by: 'dashboard' };
    const input = await withBoardWorkdir(home, world.files, call.board, named);
    const made = asBadRequest(await call.kernel.create(call.board, input));
    if (!made.ok) return made;
    const { id, status, assignee: who } = made.value.task;
    const warning = status === 'ready' && who !== null ? await dispatchWarning(home, world) : undefined;
    const task = await taskNow(call, id);
    return task.ok ? ok({ task: task.value, ...(warning !== undefined && { warning }) }) : task;
  },
});

const changes = {
  status: word(revisableStatuses).optional(),
  assignee: assignee.nullable().optional(),
  priority: anyInteger.optional(),
  title: text.optional(),
  body: text.optional(),
  result: text.optional(),
  block_reason: text.optional(),
  summary: text.optional(),
  metadata: metadata.optional(),
};

const change = olderRoute({
  method: 'patch',
  path: '/tasks/{task_id}',
  tag,
  role: 'operator',
  summary: 'Change a task, all or nothing',
  input: record({ task_id: taskId, ...changes }),
  answer: oneShown,
  work: async (call, { block_reason: reason, ...input }) => {
    const revised = await call.kernel.revise(call.board, { ...input, reason });
    if (!revised.ok) return revised;
    const task = await taskNow(call, input.task_id);
    return task.ok ? ok({ task: task.value }) : task;
  },
});

const remove = olderRoute({
  method: 'delete',
  path: '/tasks/{task_id}',
  tag,
  role: 'admin',
  summary: 'Delete a task for good',
  input: oneTask,
  answer: z.strictObject({ deleted: z.literal(true), task_id: z.string() }),
  work: async (call, { task_id }) => {
    const gone = await deleteTask(call, task_id, 'delete');
    return gone.ok ? ok({ deleted: true, task_id }) : gone;
  },
});

const mostAtOnce = 500;

const bulk = olderRoute({
  method: 'post',
  path: '/tasks/bulk',
  tag,
  role: 'operator',
  summary: 'The same change of many tasks, each for itself',
  input: record({
    ids: z.array(taskId).min(1, { error: 'must name at least one task' }).max(mostAtOnce),
    status: changes.status,
    assignee: changes.assignee,
    priority: changes.priority,
    archive: flag.default(false),
    result: changes.result,
    summary: changes.summary,
    metadata: changes.metadata,
    reclaim_first: flag.default(false),
  }),
  answer: z.strictObject({
    results: z.array(z.strictObject({ id: z.string(), ok: z.boolean(), error: z.string().optional() })),
  }),
  work: async (call, { ids, archive, reclaim_first, ...rest }) => {
    const status = archive ? 'archived' : rest.status;
    const results = [];
    for (const id of [...new Set(ids)]) {
      const answer = await changeOne(call, id, { ...rest, status, reclaim: reclaim_first });
      results.push(answer.ok ? { id, ok: true } : { id, ok: false, error: answer.refusal.sentence });
    }
    return ok({ results });
  },
});

/** With `reclaim` the task is taken from its worker and given on in one step, so that nobody starts in between. */
async function changeOne(
  call: BoardCall,
  task_id: TaskId,
  {
    reclaim,
    assignee: to,
    ...rest
  }: { readonly reclaim: boolean } & Partial<Parameters<typeof call.kernel.revise>[1]>,
): Promise<Result<unknown>> {
  const { kernel, board } = call;
  if (!reclaim || to === undefined) return kernel.revise(board, { ...rest, assignee: to, task_id });
  const given = await kernel.reassign(board, { task_id, assignee: to, reclaim: true });
  const more = Object.values(rest).some((value) => value !== undefined);
  return given.ok && more ? kernel.revise(board, { ...rest, task_id }) : given;
}

const comment = olderRoute({
  method: 'post',
  path: '/tasks/{task_id}/comments',
  tag,
  role: 'operator',
  summary: 'Write a comment; it stands under the name of the token, whatever `author` says',
  input: record({ task_id: taskId, body: text, author: text.optional() }),
  answer: done,
  work: async ({ kernel, board, identity }, { task_id, body }) => {
    const written = await kernel.comment(board, { task_id, body, author: identity.name });
    return written.ok ? ok({ ok: true }) : written;
  },
});

const link = olderRoute({
  method: 'post',
  path: '/links',
  tag,
  role: 'operator',
  summary: 'Make one task wait for another',
  input: linkTasks,
  answer: done,
  work: async ({ kernel, board }, input) => {
    const linked = asBadRequest(await kernel.link(board, input));
    return linked.ok ? ok({ ok: true }) : linked;
  },
});

const unlink = olderRoute({
  method: 'delete',
  path: '/links',
  tag,
  role: 'operator',
  summary: 'Let a task no longer wait for another',
  input: linkTasks,
  answer: done,
  work: async ({ kernel, board }, input) => {
    const unlinked = await kernel.unlink(board, input);
    return unlinked.ok ? ok({ ok: true }) : unlinked;
  },
});

const reclaim = olderRoute({
  method: 'post',
  path: '/tasks/{task_id}/reclaim',
  tag,
  role: 'operator',
  summary: 'Take a task back from whoever holds it',
  input: record({ task_id: taskId, reason: text.optional() }),
  answer: z.strictObject({ ok: z.literal(true), task_id: z.string() }),
  work: async (call, { task_id, reason }) => {
    const dead_worker = await deadWorkerOf(call, task_id, async () => call.desk.world);
    const taken = await call.kernel.reclaim(call.board, { task_id, reason, dead_worker });
    return taken.ok ? ok({ ok: true, task_id }) : taken;
  },
});

const reassign = olderRoute({
  method: 'post',
  path: '/tasks/{task_id}/reassign',
  tag,
  role: 'operator',
  summary: 'Give a task to another profile',
  input: record({
    task_id: taskId,
    profile: text,
    reclaim_first: flag.default(false),
    reason: text.optional(),
  }),
  answer: z.strictObject({ ok: z.literal(true), task_id: z.string(), assignee: z.string().nullable() }),
  work: async (call, { task_id, profile, reclaim_first, reason }) => {
    const to = parseAssignee(profile);
    const dead_worker = await deadWorkerOf(call, task_id, async () => call.desk.world);
    const input = { task_id, assignee: to, reclaim: reclaim_first, reason, dead_worker };
    const given = await call.kernel.reassign(call.board, input);
    return given.ok ? ok({ ok: true, task_id, assignee: to }) : given;
  },
});

/** Both need a model that nobody has configured; `andon specify` and `decompose` take the words and the plan themselves. */
const byModel = (verb: 'specify' | 'decompose') =>
  olderRoute({
    method: 'post',
    path: `/tasks/{task_id}/${verb}`,
    tag,
    role: 'operator',
    summary: `Asks a model to ${verb} a card; without one it says so`,
    input: record({ task_id: taskId, author: text.optional() }),
    answer: z.looseObject({ ok: z.boolean(), task_id: z.string(), reason: z.string() }),
    work: async ({ kernel, board }, { task_id }) => {
      const known = await kernel.standing(board, { task_id });
      const none = `No model is configured that would ${verb} it; POST /api/v1/boards/${board}/tasks/${task_id}/${verb} takes what you give.`;
      const reason = known.ok ? none : known.refusal.sentence;
      const more = verb === 'decompose' ? { fanout: false, child_ids: [] } : {};
      return ok({ ok: false, task_id, reason, new_title: null, ...more });
    },
  });

export const olderTaskRoutes = [
  show,
  create,
  change,
  remove,
  bulk,
  comment,
  link,
  unlink,
  reclaim,
  reassign,
  byModel('specify'),
  byModel('decompose'),
];
