import type { FailTask } from '../domain/command.ts';
import type { Move } from '../domain/decision.ts';
import { type Result, refuse, unknownTask } from '../domain/errors.ts';
import { asMillis, type Millis } from '../domain/ids.ts';
import type { Tx } from '../store/store.ts';
import { findMovable } from '../store/tables/movable.ts';
import { type Applied, move } from './apply.ts';

/** A worker says that it cannot go on, and whose fault that is; its process may still live for a while. */
export async function fail(tx: Tx, input: FailTask): Promise<Result<Applied>> {
  const error = input.error.trim();
  if (error === '') {
    return refuse('blank_text', `A failure of task ${input.task_id} needs a word about what went wrong.`, [
      input.task_id,
    ]);
  }
  const known = await findMovable(tx, input.task_id);
  if (!known) return unknownTask(input.task_id);
  return move(tx, known, moveFor(tx, input, error), { failureSetting: input.failure_limit });
}

function moveFor(tx: Tx, { run_id, proof, cause, ...input }: FailTask, error: string): Move {
  if (cause === 'task' || cause === 'agent') {
    const failure = { event: 'failed', error, payload: { error, cause } } as const;
    return { verb: 'fail', run_id, proof, failure };
  }
  const { for_seconds: seconds } = input;
  const until: Millis | null =
    input.until ?? (seconds === undefined ? null : asMillis(tx.now + seconds * 1000));
  return { verb: 'requeue', run_id, proof, excused: { kind: cause, until, error }, payload: {} };
}
