import { z } from '@hono/zod-openapi';
import { ok, type Result } from '../../../domain/errors.ts';
import { parseAssignee, type TaskId } from '../../../domain/ids.ts';
import type { Task } from '../../../domain/task.ts';
import { deadWorkerOf } from '../../../services/dead-worker.ts';
import {
  blockTask,
  checkpointTask,
  completeTask,
  heartbeat,
  plan,
  record,
  requestChanges,
  requestReview,
  taskId,
} from '../../contract.ts';
import * as steering from '../../contract-steering.ts';
import type { BoardCall } from '../call.ts';
import { boardRoute, type Route } from '../route.ts';
import * as shape from '../shapes.ts';
import * as homeShape from '../shapes-home.ts';
import { shown, taskOf } from '../views.ts';

/** `POST …/tasks/{task_id}/VERB`: each command on one task, one row each. */

const tag = 'Commands';

/** A command that answers the task as it is then, and more only where the row says so. */
const verb = <Shape extends z.ZodRawShape>(row: {
  readonly name: string;
  readonly summary: string;
  readonly input: z.ZodObject<Shape>;
  readonly answer?: z.ZodType;
  readonly work: (
    call: BoardCall,
    input: z.infer<z.ZodObject<Shape>>,
  ) => Promise<Result<{ readonly task: Task }>>;
}): Route =>
  boardRoute({
    method: 'post',
    path: `/tasks/{task_id}/${row.name}`,
    tag,
    role: 'operator',
    summary: row.summary,
    input: row.input,
    answer: row.answer ?? shape.changedTask,
    work: async (call, input) =>
      shown(await row.work(call, input), ({ task, ...rest }) =>
        row.answer === undefined ? { task: taskOf(task) } : { task: taskOf(task), ...rest },
      ),
  });

/** The claim of another program whose worker is dead here may be taken. */
const deadWorker = (call: BoardCall, { task_id }: { readonly task_id: TaskId }) =>
  deadWorkerOf(call, task_id, async () => call.desk.world);

export const commandRoutes: readonly Route[] = [
  verb({
    name: 'claim',
    summary: 'Take a ready task by hand, for a while',
    input: steering.claimTask,
    answer: z.strictObject({ task: shape.task, run_id: z.int() }),
    work: ({ kernel, board }, input) => kernel.claim(board, input),
  }),
  verb({
    name: 'heartbeat',
    summary: 'Say that the work goes on, so that the claim does not run out',
    input: heartbeat,
    work: ({ kernel, board }, input) => kernel.heartbeat(board, input),
  }),
  verb({
    name: 'checkpoint',
    summary: 'Keep how far the work is, for the next attempt; it is a heartbeat too',
    input: checkpointTask,
    work: ({ kernel, board }, input) => kernel.checkpoint(board, input),
  }),
  verb({
    name: 'complete',
    summary: 'Finish a task with its result',
    input: completeTask,
    answer: shape.answered,
    work: ({ kernel, board }, input) => kernel.complete(board, input),
  }),
  verb({
    name: 'block',
    summary: 'Stop work until somebody unblocks the task; the reason becomes a comment',
    input: blockTask,
    answer: shape.answered,
    work: ({ kernel, board, identity }, input) =>
      kernel.block(board, { ...input, comment_as: identity.name }),
  }),
  verb({
    name: 'unblock',
    summary: 'Let a blocked or scheduled task go on',
    input: steering.unblockTask,
    work: ({ kernel, board, identity }, input) =>
      kernel.unblock(board, { ...input, comment_as: identity.name }),
  }),
  verb({
    name: 'schedule',
    summary: 'Put a task off until a time, for a while, or until it is unblocked',
    input: steering.scheduleTask,
    answer: shape.answered,
    work: ({ kernel, board, identity }, input) =>
      kernel.schedule(board, { ...input, comment_as: identity.name }),
  }),
  verb({
    name: 'request-review',
    summary: 'Say that the work is done and shall be looked at',
    input: requestReview,
    answer: shape.answered,
    work: ({ kernel, board }, input) => kernel.requestReview(board, input),
  }),
  verb({
    name: 'request-changes',
    summary: 'Answer a review: the work goes back to whoever did it',
    input: requestChanges,
    answer: shape.answered,
    work: ({ kernel, board }, input) => kernel.requestChanges(board, input),
  }),
  verb({
    name: 'reopen-review',
    summary: 'Take a task out of review, back to whoever did the work',
    input: steering.reopenReview,
    work: ({ kernel, board }, input) => kernel.reopenReview(board, input),
  }),
  verb({
    name: 'promote',
    summary: 'Make a waiting task ready by hand',
    input: steering.promoteTask,
    work: ({ kernel, board, identity }, input) => kernel.promote(board, { ...input, actor: identity.name }),
  }),
  verb({
    name: 'place',
    summary: 'Move a card to triage, todo or ready, as with a mouse',
    input: steering.placeTask,
    work: ({ kernel, board }, input) => kernel.place(board, input),
  }),
  verb({
    name: 'assign',
    summary: 'Give a task to a profile, or to nobody',
    input: steering.assignTask,
    work: ({ kernel, board }, input) => kernel.assign(board, input),
  }),
  verb({
    name: 'reassign',
    summary: 'Give a task to another profile, also one that is being worked on',
    input: steering.reassignTask,
    answer: shape.reclaimed,
    work: async (call, input) =>
      call.kernel.reassign(call.board, { ...input, dead_worker: await deadWorker(call, input) }),
  }),
  verb({
    name: 'reclaim',
    summary: 'Take a task back from whoever holds it; a worker is ended first',
    input: steering.reclaimTask,
    answer: shape.reclaimed,
    work: async (call, input) =>
      call.kernel.reclaim(call.board, { ...input, dead_worker: await deadWorker(call, input) }),
  }),
  verb({
    name: 'stop',
    summary: 'End the work on a task now and keep it from starting again until it is unblocked',
    input: steering.stopTask,
    answer: shape.reclaimed,
    work: async (call, input) =>
      call.kernel.stop(call.board, {
        ...input,
        by: call.identity.name,
        dead_worker: await deadWorker(call, input),
      }),
  }),
  verb({
    name: 'fail',
    summary: 'Say that a worker cannot go on, and whose fault that is',
    input: steering.failTask,
    answer: shape.answered,
    work: ({ kernel, board, desk }, input) =>
      kernel.fail(board, { ...input, failure_limit: desk.settings.failure_limit }),
  }),
  verb({
    name: 'archive',
    summary: 'Take a task off the board',
    input: steering.archiveTask,
    work: ({ kernel, board }, input) => kernel.archive(board, input),
  }),
  verb({
    name: 'specify',
    summary: 'Bring a card out of triage, with better words',
    input: steering.specifyTask,
    work: ({ kernel, board, identity }, input) => kernel.specify(board, { ...input, author: identity.name }),
  }),
  verb({
    name: 'decompose',
    summary: 'Turn a card in triage into a graph of tasks, for all of which it waits',
    input: record({ task_id: taskId, ...plan.shape }),
    answer: z.strictObject({ task: shape.task, child_ids: z.array(z.string()) }),
    work: ({ kernel, board, identity, desk }, { root_assignee, auto_promote, ...input }) =>
      kernel.decompose(board, {
        ...input,
        root_assignee: root_assignee ?? parseAssignee(desk.settings.orchestrator_profile),
        auto_promote: auto_promote ?? desk.settings.auto_promote_children,
        author: identity.name,
      }),
  }),
];

const mostAtOnce = 200;

/** The same commands by name, for many tasks at once. */
const byName = new Map(commandRoutes.map((route) => [route.path.split('/').at(-1) ?? '', route]));

export const bulkRoute = boardRoute({
  method: 'post',
  path: '/tasks/bulk',
  tag,
  role: 'operator',
  summary: 'One command on many tasks, each for itself',
  description:
    'A task that refuses does not stop the others: each has its own result, in the order of `ids`.',
  input: record({
    ids: z.array(taskId).min(1, { error: 'must name at least one task' }).max(mostAtOnce),
    command: z.enum(Object.fromEntries([...byName.keys()].map((name) => [name, name]))),
    input: z.record(z.string(), z.unknown()).default({}),
  }),
  answer: shape.listOf('results', homeShape.outcomeOfOne),
  work: async (call, { ids, command, input }) => {
    const results = [];
    for (const id of [...new Set(ids)]) {
      const answer = await byName.get(command)?.run(call, { ...input, task_id: id });
      const refusal =
        answer === undefined || answer instanceof Response || answer.ok ? undefined : answer.refusal;
      results.push(
        refusal === undefined
          ? { id, ok: true }
          : { id, ok: false, error: { code: refusal.code, detail: refusal.sentence, ids: refusal.ids } },
      );
    }
    return ok({ results });
  },
});
