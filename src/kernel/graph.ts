import type { AssignTask, LinkTasks } from '../domain/command.ts';
import { ok, type Result, refuse, unknownTask } from '../domain/errors.ts';
import { toSeconds } from '../domain/ids.ts';
import type { Task } from '../domain/task.ts';
import type { Tx } from '../store/store.ts';
import { insertEvent } from '../store/tables/events.ts';
import { deleteLink, insertLink, reaches } from '../store/tables/links.ts';
import { findMovable } from '../store/tables/movable.ts';
import { writeSide } from '../store/tables/sides.ts';
import { existingIds } from '../store/tables/tasks.ts';
import { move, promoted } from './apply.ts';

/** Contract §4.6. A ready child goes back to todo when the new parent is not done; a repeated link is fine. */
export async function link(tx: Tx, input: LinkTasks): Promise<Result<{ child: Task }>> {
  const { parent_id: parent, child_id: child } = input;
  if (parent === child) return refuse('cycle', `Task ${parent} cannot wait for itself.`, [parent]);
  const [known, closes] = await Promise.all([existingIds(tx, [parent, child]), reaches(tx, child, parent)]);
  const unknown = [parent, child].filter((id) => !known.has(id));
  if (unknown.length > 0) {
    return refuse('unknown_task', `unknown task(s): ${unknown.join(', ')}; nothing was linked.`, unknown);
  }
  if (closes) {
    return refuse('cycle', `Task ${parent} already waits for ${child}, so ${child} cannot wait for it.`, [
      parent,
      child,
    ]);
  }
  insertLink(tx, parent, child);
  const payload = { parent, child };
  insertEvent(tx, { kind: 'linked', payload, task_id: child, run_id: null, at: toSeconds(tx.now) });
  const linked = await findMovable(tx, child);
  if (!linked) return unknownTask(child);
  const { task, side } = linked;
  // Whoever promoted it in spite of its parents did not know this one.
  if (side.waived) writeSide(tx, child, { ...side, waived: false });
  if (task.status !== 'ready' || !linked.has_open_parents) return ok({ child: task });
  const unwaived = { ...linked, side: { ...side, waived: false } };
  const demoted = await move(tx, unwaived, { verb: 'demote', reason: 'parent_linked', parent });
  return demoted.ok ? ok({ child: demoted.value.task }) : demoted;
}

/** Contract §4.6. The child is promoted when this was the last parent it waited for. */
export async function unlink(tx: Tx, input: LinkTasks): Promise<Result<{ child: Task }>> {
  const { parent_id: parent, child_id: child } = input;
  if ((await deleteLink(tx, parent, child)) === 0) {
    return refuse('not_linked', `Task ${child} does not wait for ${parent}; nothing was unlinked.`, [
      parent,
      child,
    ]);
  }
  const payload = { parent, child };
  insertEvent(tx, { kind: 'unlinked', payload, task_id: child, run_id: null, at: toSeconds(tx.now) });
  const task = await promoted(tx, child);
  return task ? ok({ child: task }) : unknownTask(child);
}

/** Another profile starts with a clean count of failures, so a card that gave up becomes ready again (contract §4.3). */
export async function assign(tx: Tx, input: AssignTask): Promise<Result<{ task: Task }>> {
  const known = await findMovable(tx, input.task_id);
  if (!known) return unknownTask(input.task_id);
  const assigned = await move(tx, known, {
    verb: 'assign',
    assignee: input.assignee,
    source: input.source ?? null,
  });
  if (!assigned.ok) return assigned;
  const after = await promoted(tx, input.task_id);
  return after ? ok({ task: after }) : unknownTask(input.task_id);
}
