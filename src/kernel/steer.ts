import type { EditTask, PlaceTask, PromoteTask } from '../domain/command.ts';
import { decide } from '../domain/decide.ts';
import type { Move } from '../domain/decision.ts';
import { ok, type Result, refuse, unknownTask } from '../domain/errors.ts';
import type { Status, Task } from '../domain/task.ts';
import type { Reader, Tx } from '../store/store.ts';
import { findMovable } from '../store/tables/movable.ts';
import { factsOf, move, promoted } from './apply.ts';

/** What a person does past the usual order of things. */

const promoting = (input: PromoteTask): Move => ({
  verb: 'promote_manual',
  actor: input.actor ?? null,
  reason: input.reason?.trim() || null,
  force: input.force ?? false,
});

export async function promoteTask(tx: Tx, input: PromoteTask): Promise<Result<{ task: Task }>> {
  const known = await findMovable(tx, input.task_id);
  return known ? move(tx, known, promoting(input)) : unknownTask(input.task_id);
}

/** Decides as `promoteTask` does, and writes nothing. */
export async function promotion(reader: Reader, input: PromoteTask): Promise<Result<{ status: Status }>> {
  const known = await findMovable(reader, input.task_id);
  if (!known) return unknownTask(input.task_id);
  const decision = decide(known.task, promoting(input), await factsOf(reader, known));
  return decision.ok ? ok({ status: decision.value.to }) : decision;
}

/** A card that nothing holds does not stay in `todo`: the next full pass, ours or Hermes', would promote it anyway. */
export async function place(tx: Tx, input: PlaceTask): Promise<Result<{ task: Task }>> {
  const known = await findMovable(tx, input.task_id);
  if (!known) return unknownTask(input.task_id);
  const placed = await move(tx, known, { verb: 'place', to: input.to });
  if (!placed.ok || input.to !== 'todo') return placed;
  const after = await promoted(tx, input.task_id);
  return after ? ok({ task: after }) : unknownTask(input.task_id);
}

export async function edit(tx: Tx, input: EditTask): Promise<Result<{ task: Task }>> {
  const { task_id, title, body, priority, result, summary, metadata } = input;
  const changes = { title, body, priority, result, summary, metadata };
  if (Object.values(changes).every((value) => value === undefined)) {
    return refuse('invalid_input', `Name what shall change in task ${task_id}; nothing was given.`, [
      task_id,
    ]);
  }
  if (title?.trim() === '') {
    return refuse('blank_text', `Task ${task_id} needs a title; the one given is blank.`, [task_id]);
  }
  if (priority !== undefined && !Number.isSafeInteger(priority)) {
    return refuse(
      'invalid_input',
      `priority is a whole number, higher runs earlier; given was ${priority}.`,
      [task_id],
    );
  }
  const known = await findMovable(tx, task_id);
  return known ? move(tx, known, { verb: 'edit', ...changes }) : unknownTask(task_id);
}
