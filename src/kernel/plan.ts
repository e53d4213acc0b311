import { ok, type Result, refuse, unknownTask } from '../domain/errors.ts';
import { type TaskId, toSeconds } from '../domain/ids.ts';
import { checkPlan, type DecomposeTask, type PlannedTask, type SpecifyTask } from '../domain/plan.ts';
import type { Task } from '../domain/task.ts';
import type { Tx } from '../store/store.ts';
import { insertComment } from '../store/tables/comments.ts';
import { insertEvent } from '../store/tables/events.ts';
import { insertLink } from '../store/tables/links.ts';
import { findMovable } from '../store/tables/movable.ts';
import { findTask } from '../store/tables/tasks.ts';
import { move, promoted } from './apply.ts';
import { freshId, insertNew } from './create.ts';

/** Contract §4.11: better words for a card in triage, which then waits for its parents or becomes ready. */
export async function specify(tx: Tx, input: SpecifyTask): Promise<Result<{ task: Task }>> {
  const { task_id: id, title, body, assignee, author } = input;
  if (title?.trim() === '') return refuse('blank_text', `The new title of ${id} must not be blank.`, [id]);
  const known = await findMovable(tx, id);
  if (!known) return unknownTask(id);
  const { task } = known;
  const specified = await move(tx, known, { verb: 'specify', title: title?.trim(), body, assignee });
  if (!specified.ok) return specified;
  const { task: after } = specified.value;
  const changed = (['title', 'body', 'assignee'] as const).filter((field) => after[field] !== task[field]);
  if (changed.length > 0) await audit(tx, id, author, `Specified: changed ${changed.join(', ')}.`);
  const now = await promoted(tx, id);
  return now ? ok({ task: now }) : unknownTask(id);
}

/**
 * Contract §4.11: a card in triage becomes a graph of tasks in one transaction. The card waits for all of them, so it wakes
 * last, when everything is there to be put together.
 */
export async function decompose(
  tx: Tx,
  input: DecomposeTask,
): Promise<Result<{ task: Task; child_ids: readonly TaskId[] }>> {
  const wrong = checkPlan(input.tasks);
  if (wrong) return refuse(wrong.code, `${wrong.sentence} Nothing was created.`, [input.task_id]);
  const root = await findTask(tx, input.task_id);
  if (!root) return unknownTask(input.task_id);
  const child_ids: TaskId[] = [];
  for (const planned of input.tasks) child_ids.push(await insertChild(tx, root, planned, input));
  for (const [index, child] of child_ids.entries()) {
    for (const parent of new Set(input.tasks[index]?.parents)) join(tx, child_ids[parent], child);
  }
  for (const child of child_ids) join(tx, child, root.id);
  const { root_assignee } = input;
  const waiting = await findMovable(tx, root.id);
  if (!waiting) return unknownTask(root.id);
  const decomposed = await move(tx, waiting, { verb: 'decompose', root_assignee, children: child_ids });
  if (!decomposed.ok) return decomposed;
  await audit(tx, root.id, input.author, `Decomposed into ${child_ids.join(', ')}.`);
  for (const child of child_ids) await promoted(tx, child);
  return ok({ task: decomposed.value.task, child_ids });
}

/** Scratch folders and worktrees are never shared (contract §15.22); a `dir` is somebody's own, and meant for all. */
async function insertChild(
  tx: Tx,
  root: Task,
  planned: PlannedTask,
  { author, auto_promote }: DecomposeTask,
): Promise<TaskId> {
  const id = await freshId(tx);
  // A full pass, ours or Hermes', would promote whatever waits for nobody: only a block on purpose holds it.
  const held = !auto_promote && planned.parents.length === 0;
  const { workspace_kind, workspace_path } = root;
  const child = {
    ...planned,
    parents: [],
    created_by: author,
    tenant: root.tenant ?? undefined,
    workspace_kind,
    workspace_path: (workspace_kind === 'dir' && workspace_path) || undefined,
    initial_status: held ? ('blocked' as const) : undefined,
  };
  const from = { by: author ?? null, from_decompose_of: root.id };
  insertNew(tx, id, child, { status: held ? 'blocked' : 'todo', from });
  return id;
}

function join(tx: Tx, parent: TaskId | undefined, child: TaskId): void {
  if (parent === undefined) throw new Error('A plan that was found right names a task that is not in it.');
  insertLink(tx, parent, child);
  const payload = { parent, child };
  insertEvent(tx, { kind: 'linked', payload, task_id: child, run_id: null, at: toSeconds(tx.now) });
}

/** Contract §4.11: the event says enough, so the comment has none of its own. */
async function audit(tx: Tx, id: TaskId, author: string | undefined, body: string): Promise<void> {
  const name = author?.trim() ?? '';
  if (name !== '') await insertComment(tx, { task_id: id, author: name, body, at: toSeconds(tx.now) });
}
