import { type ButtonName, buttonWords } from '../domain/button.ts';
import { ok, type Result, refuse, unknownTask } from '../domain/errors.ts';
import { toldKinds } from '../domain/event.ts';
import type { EventId, ProfileName, TaskId } from '../domain/ids.ts';
import type { Task } from '../domain/task.ts';
import type { Tx } from '../store/store.ts';
import { newestOfKinds } from '../store/tables/events.ts';
import { findPress, insertPress } from '../store/tables/people.ts';
import { findTask } from '../store/tables/tasks.ts';
import { addComment } from './discuss.ts';
import { complete, unblock } from './finish.ts';
import { assign } from './graph.ts';
import { acknowledge } from './people.ts';
import { specify } from './plan.ts';
import { stop } from './reclaim.ts';
import { requestChanges } from './review.ts';

/** A button below the message of an event was pressed. */
export interface PressButton {
  readonly task_id: TaskId;
  readonly event_id: EventId;
  readonly button: ButtonName;
  readonly by: string;
  /** The words that the button asked for. */
  readonly text?: string | undefined;
  /** To whom the task is given. */
  readonly assignee?: ProfileName | undefined;
}

/**
 * Does what a button says, once: a second press of it, and one of a message that a newer one has overtaken, is refused and
 * told who was quicker. Check, deed and record are one transaction.
 */
export async function press(tx: Tx, input: PressButton): Promise<Result<{ task: Task }>> {
  const task = await findTask(tx, input.task_id);
  if (!task) return unknownTask(input.task_id);
  const before = await findPress(tx, input.event_id, input.button);
  if (before !== undefined) return settled(task, `${before.by} ${buttonWords[input.button].past} already`);
  const newest = await newestOfKinds(tx, task.id, toldKinds);
  if (newest !== undefined && newest.id > input.event_id) {
    return settled(task, 'the task has moved on since that message');
  }
  const done = await deed(tx, task, input);
  if (!done.ok) return done;
  insertPress(tx, input);
  const after = await findTask(tx, task.id);
  return after ? ok({ task: after }) : unknownTask(task.id);
}

const settled = (task: Task, why: string): Result<never> =>
  refuse('stale_press', `Nothing was done: ${why}; ${task.id} is ${task.status} now.`, [task.id]);

function deed(
  tx: Tx,
  task: Task,
  { button, by, text, assignee }: PressButton,
): Promise<Result<unknown>> | Result<unknown> {
  const task_id = task.id;
  switch (button) {
    case 'answer':
      return answer(tx, task, by, text ?? '');
    case 'unblock':
    case 'retry':
      return unblock(tx, { task_id });
    case 'approve':
      return complete(tx, { task_id, summary: `Approved by ${by}.` });
    case 'changes':
      return requestChanges(tx, { task_id, reason: text });
    case 'reassign':
      return give(tx, task, assignee);
    case 'stop':
      return stop(tx, { task_id, by });
    case 'ack':
      return acknowledge(tx, { task_id, by });
  }
}

/** The answer is read by the next worker, and the task goes on. */
async function answer(tx: Tx, task: Task, by: string, words: string): Promise<Result<unknown>> {
  if (words.trim() === '') return refuse('blank_text', 'An answer needs words; the one given is blank.');
  if (task.status !== 'triage')
    return unblock(tx, { task_id: task.id, reason: words.trim(), comment_as: by });
  await addComment(tx, { task_id: task.id, author: by, body: words });
  return specify(tx, { task_id: task.id, author: by });
}

/** Whoever gets a blocked task shall also be able to go on with it. */
async function give(tx: Tx, task: Task, assignee: ProfileName | undefined): Promise<Result<unknown>> {
  if (assignee === undefined) return refuse('invalid_input', 'To whom it shall be given was not said.');
  const given = await assign(tx, { task_id: task.id, assignee });
  if (!given.ok || given.value.task.status !== 'blocked') return given;
  return unblock(tx, { task_id: task.id });
}
