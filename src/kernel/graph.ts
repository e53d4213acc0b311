import type { AssignTask, LinkTasks } from '../domain/command.ts';
import { ok, type Result, refuse, unknownTask } from '../domain/errors.ts';
import { toSeconds } from '../domain/ids.ts';
import type { Task } from '../domain/task.ts';
import type { Tx } from '../store/store.ts';
import { insertEvent } from '../store/tables/events.ts';
import { deleteLink, insertLink, reaches, unsatisfiedParents } from '../store/tables/links.ts';
import { sideOf, writeSide } from '../store/tables/sides.ts';
import { existingIds, findTask } from '../store/tables/tasks.ts';
import { move, onlyForgiven, promote } from './apply.ts';

/** Contract §4.6. A ready child goes back to todo when the new parent is not done; a repeated link is fine. */
export async function link(tx: Tx, input: LinkTasks): Promise<Result<{ child: Task }>> {
  const { parent_id: parent, child_id: child } = input;
  if (parent === child) return refuse('cycle', `Task ${parent} cannot wait for itself.`, [parent]);
  const known = await existingIds(tx, [parent, child]);
  const unknown = [parent, child].filter((id) => !known.has(id));
  if (unknown.length > 0) {
    return refuse('unknown_task', `unknown task(s): ${unknown.join(', ')}; nothing was linked.`, unknown);
  }
  if (await reaches(tx, child, parent)) {
    return refuse('cycle', `Task ${parent} already waits for ${child}, so ${child} cannot wait for it.`, [
      parent,
      child,
    ]);
  }
  await insertLink(tx, parent, child);
  const payload = { parent, child };
  await insertEvent(tx, { kind: 'linked', payload, task_id: child, run_id: null, at: toSeconds(tx.now) });
  const task = await existing(tx, input);
  const side = await sideOf(tx, task);
  // Whoever promoted it in spite of its parents did not know this one.
  if (side.waived) await writeSide(tx, child, { ...side, waived: false });
  if (task.status !== 'ready' || (await unsatisfiedParents(tx, child)).length === 0)
    return ok({ child: task });
  const demoted = await move(tx, task, { verb: 'demote', reason: 'parent_linked', parent });
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
  await insertEvent(tx, { kind: 'unlinked', payload, task_id: child, run_id: null, at: toSeconds(tx.now) });
  await promote(tx, await existing(tx, input), onlyForgiven);
  return ok({ child: await existing(tx, input) });
}

async function existing(tx: Tx, input: LinkTasks): Promise<Task> {
  const task = await findTask(tx, input.child_id);
  if (!task) throw new Error(`Task ${input.child_id} vanished inside a transaction.`);
  return task;
}

/** Another profile starts with a clean count of failures, so a card that gave up becomes ready again (contract §4.3). */
export async function assign(tx: Tx, input: AssignTask): Promise<Result<{ task: Task }>> {
  const task = await findTask(tx, input.task_id);
  if (!task) return unknownTask(input.task_id);
  const assigned = await move(tx, task, {
    verb: 'assign',
    assignee: input.assignee,
    source: input.source ?? null,
  });
  if (!assigned.ok) return assigned;
  await promote(tx, assigned.value.task, onlyForgiven);
  const after = await findTask(tx, input.task_id);
  return after ? ok({ task: after }) : unknownTask(input.task_id);
}
