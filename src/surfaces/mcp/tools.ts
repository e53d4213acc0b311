import { ok, type Result } from '../../domain/errors.ts';
import type { Task } from '../../domain/task.ts';
import type { TaskView } from '../../domain/view.ts';
import { showAnswer } from '../answers.ts';
import { commentTask, createTask, limitUpTo, linkTasks, listFilter, record } from '../contract.ts';
import { askForChanges, askForReview, beat, block, complete, reach } from './answer-tools.ts';
import { attach, attachments, attachUrl } from './attach-tools.ts';
import { signature, steers, takesPart } from './caller.ts';
import { board, oneTask, ownTaskId } from './fields.ts';
import { type Answer, answer, type Call, meantTask, ownTask, type Tool, tool } from './tool.ts';

const shownEvents = 50;
const usualLimit = 50;
const mostTasks = 200;

const show = tool({
  description:
    'Shows one task with its parents, children, comments, latest events and runs, and `worker_context`: the brief a worker starts from.',
  visible: takesPart,
  input: record({ task_id: ownTaskId, board }),
  work: async (call, { task_id }) => {
    const meant = meantTask(call, task_id);
    if (!meant.ok) return meant;
    const view = await call.kernel.show(call.board, { task_id: meant.value, events: shownEvents });
    if (!view.ok) return view;
    const brief = await call.kernel.brief(call.board, { task_id: meant.value });
    return answer(brief, (worker_context) => ({ ...showAnswer(view.value), worker_context }));
  },
});

const list = tool({
  description: 'Lists tasks of the board, most urgent first. It changes nothing.',
  visible: steers,
  input: record({
    assignee: listFilter.shape.assignee.describe('Only tasks of this profile.'),
    status: listFilter.shape.status.describe('Only tasks in this status.'),
    tenant: listFilter.shape.tenant.describe('Only tasks of this tenant.'),
    include_archived: listFilter.shape.include_archived.describe('Also archived tasks.'),
    limit: limitUpTo(mostTasks)
      .default(usualLimit)
      .describe(`At most this many tasks, 1 to ${mostTasks}; ${usualLimit} when left out.`),
    board,
  }),
  work: async (call, { board: _, limit, ...filter }) => {
    const found = await call.kernel.list(call.board, { ...filter, limit: limit + 1 });
    if (!found.ok) return found;
    const truncated = found.value.length > limit;
    const tasks: Answer[] = [];
    for (const task of found.value.slice(0, limit)) {
      const view = await call.kernel.show(call.board, { task_id: task.id, events: 0 });
      if (view.ok) tasks.push(listRow(task, view.value));
    }
    return ok({
      tasks,
      count: tasks.length,
      limit,
      truncated,
      next_limit: truncated ? Math.min(limit * 2, mostTasks) : null,
      // Kept for readers of contract §9.2; a read promotes nothing.
      promoted: 0,
    });
  },
});

const listRow = (task: Task, { parents, children }: TaskView): Answer => ({
  id: task.id,
  title: task.title,
  assignee: task.assignee,
  status: task.foreign_status ?? task.status,
  priority: task.priority,
  tenant: task.tenant,
  workspace_kind: task.workspace_kind,
  workspace_path: task.workspace_path,
  created_by: task.created_by,
  created_at: task.created_at,
  started_at: task.started_at,
  completed_at: task.completed_at,
  current_run_id: task.current_run_id,
  model_override: task.model_override,
  parents,
  children,
  parent_count: parents.length,
  child_count: children.length,
});

const comment = tool({
  description: 'Writes a comment on any task; whoever works on it next will read it.',
  visible: takesPart,
  input: record({
    task_id: oneTask,
    body: commentTask.shape.body.describe('The comment, as Markdown.'),
    board,
  }),
  work: async (call, { task_id, body }) => {
    const written = await call.kernel.comment(call.board, {
      task_id,
      body,
      author: signature(call.caller),
    });
    return answer(written, (value) => ({ task_id, comment_id: value.comment.id }));
  },
});

const { shape } = createTask;

const create = tool({
  description:
    'Creates a task for a profile. It starts as soon as its parents are done and a slot is free; you need not wait for it.',
  visible: takesPart,
  input: record({
    title: shape.title.describe('What is to be done, in one line.'),
    assignee: shape.assignee.unwrap().describe('The profile that shall do it.'),
    body: shape.body.describe('All that the worker must know, as Markdown: it sees nothing of your session.'),
    parents: shape.parents.describe('Ids of the tasks that must be done before.'),
    tenant: shape.tenant.describe('A namespace; your own when left out.'),
    priority: shape.priority.describe('Higher starts earlier; 0 when left out.'),
    workspace_kind: shape.workspace_kind.describe(
      'Where the work happens; when left out, your own `dir` or `worktree` if you have one, else a fresh `scratch` folder.',
    ),
    workspace_path: shape.workspace_path.describe('The folder of a `dir` or `worktree`, absolute.'),
    triage: shape.triage.describe('Park it until a person has looked at it.'),
    idempotency_key: shape.idempotency_key.describe(
      'Creating again with the same key gives the first task instead of a second.',
    ),
    max_runtime_seconds: shape.max_runtime_seconds.describe('How long one attempt may take: 900, 15m, 2h.'),
    initial_status: shape.initial_status.describe('`blocked` keeps it until somebody unblocks it.'),
    skills: shape.skills.describe('Skills that the worker shall load.'),
    goal_mode: shape.goal_mode.describe('Let a judge decide whether the goal is reached.'),
    goal_max_turns: shape.goal_max_turns.describe('How many turns the judge allows.'),
    board,
  }),
  work: async (call, { board: _, ...wanted }) => {
    const { caller } = call;
    const workspace = await inheritedWorkspace(call, wanted);
    if (!workspace.ok) return workspace;
    const input = await call.withBoardWorkdir(call.board, {
      ...wanted,
      ...workspace.value,
      tenant: wanted.tenant ?? caller.tenant,
      created_by: signature(caller),
      session_id: caller.session,
      subscribe: caller.chat,
    });
    const created = await call.kernel.create(call.board, input);
    return answer(created, ({ task }) => ({ task_id: task.id, status: task.status }));
  },
});

type Workspace = Partial<Pick<Task, 'workspace_kind'>> & { readonly workspace_path?: string | undefined };

/**
 * What a worker's child takes over when nobody said where it works: a `dir` or `worktree`, never a scratch folder, because
 * the first of its users to finish would delete it under the others (contract §9.2).
 */
async function inheritedWorkspace(
  call: Call,
  wanted: { readonly workspace_kind?: unknown; readonly workspace_path?: unknown },
): Promise<Result<Workspace>> {
  const task_id = ownTask(call);
  if (task_id === undefined || wanted.workspace_kind !== undefined || wanted.workspace_path !== undefined)
    return ok({});
  const own = await call.kernel.show(call.board, { task_id, events: 0 });
  if (!own.ok) return own;
  const { workspace_kind, workspace_path } = own.value.task;
  return ok(
    workspace_kind === 'scratch' ? {} : { workspace_kind, workspace_path: workspace_path ?? undefined },
  );
}

const unblock = tool({
  description: 'Lets a blocked task go on: it is ready again, or waits for parents that are not done.',
  visible: steers,
  input: record({ task_id: oneTask, board }),
  work: async (call, { task_id }) => {
    const unblocked = await call.kernel.unblock(call.board, { task_id });
    return answer(unblocked, ({ task }) => ({ task_id: task.id, status: task.status }));
  },
});

const link = tool({
  description: 'Makes one task wait for another.',
  visible: takesPart,
  input: record({
    parent_id: linkTasks.shape.parent_id.describe('The task that must be done first.'),
    child_id: linkTasks.shape.child_id.describe('The task that waits.'),
    board,
  }),
  work: async (call, { parent_id, child_id }) => {
    const linked = await call.kernel.link(call.board, { parent_id, child_id });
    return answer(linked, () => ({ parent_id, child_id }));
  },
});

/** Every tool of contract §9.2, by name. */
export const tools: Readonly<Record<string, Tool>> = {
  kanban_show: show,
  kanban_list: list,
  kanban_complete: complete,
  kanban_block: block,
  kanban_request_review: askForReview,
  kanban_request_changes: askForChanges,
  kanban_heartbeat: beat,
  kanban_checkpoint: reach,
  kanban_attach: attach,
  kanban_attach_url: attachUrl,
  kanban_attachments: attachments,
  kanban_comment: comment,
  kanban_create: create,
  kanban_unblock: unblock,
  kanban_link: link,
};
