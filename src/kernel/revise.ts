import type { ReviseTask } from '../domain/command.ts';
import { ok, type Result, refuse, unknownTask } from '../domain/errors.ts';
import type { RevisableStatus, Task } from '../domain/task.ts';
import type { Tx } from '../store/store.ts';
import { lastEventIdOf } from '../store/tables/events.ts';
import { findTask } from '../store/tables/tasks.ts';
import { archive, block, complete, unblock } from './finish.ts';
import { assign } from './graph.ts';
import { schedule } from './schedule.ts';
import { edit, place } from './steer.ts';

/**
 * Several changes of one task in the order of contract §10: assignee, status, words. One transaction, so that a blank title
 * does not leave half of them behind (contract §15.26).
 */
export async function revise(tx: Tx, input: ReviseTask): Promise<Result<{ task: Task }>> {
  const { task_id, if_event, assignee, status, title, body, priority, result, summary, metadata } = input;
  const task = await findTask(tx, task_id);
  if (!task) return unknownTask(task_id);
  if (if_event !== undefined && (await lastEventIdOf(tx, task_id)) !== if_event) {
    return refuse('changed_meanwhile', `Task ${task_id} has changed since it was read; read it again.`, [
      task_id,
    ]);
  }
  if (assignee !== undefined && assignee !== task.assignee) {
    const assigned = await assign(tx, { task_id, assignee });
    if (!assigned.ok) return assigned;
  }
  if (status !== undefined) {
    const brought = await bring(tx, { ...input, status }, task);
    if (!brought.ok) return brought;
  }
  // What was done is told by the verb that ends it; of a task that is done already these are other words for it.
  const outcome = status === 'done' ? {} : { result, summary, metadata };
  const words = { title, body, priority, ...outcome };
  const nothing = assignee === undefined && status === undefined;
  if (nothing || Object.values(words).some((value) => value !== undefined)) {
    const edited = await edit(tx, { task_id, ...words });
    if (!edited.ok) return edited;
  }
  const after = await findTask(tx, task_id);
  return after ? ok({ task: after }) : unknownTask(task_id);
}

type Bring = ReviseTask & { readonly status: RevisableStatus };

/** A card that is moved to a column goes by the verb that leads there (contract §10). */
function bring(tx: Tx, input: Bring, before: Task): Promise<Result<{ task: Task }>> {
  const { task_id, status, reason } = input;
  switch (status) {
    case 'done': {
      const { result, summary, metadata } = input;
      return complete(tx, { task_id, result, summary, metadata });
    }
    case 'blocked':
      return block(tx, { task_id, reason });
    case 'scheduled':
      return schedule(tx, { task_id, reason });
    case 'archived':
      return archive(tx, { task_id });
    case 'ready':
      return before.status === 'blocked' || before.status === 'scheduled'
        ? unblock(tx, { task_id, reason })
        : place(tx, { task_id, to: 'ready' });
    case 'todo':
    case 'triage':
      return place(tx, { task_id, to: status });
  }
}
