import { mostCheckpoint } from '../domain/checkpoint.ts';
import type { CheckpointTask } from '../domain/command.ts';
import { type Result, refuse } from '../domain/errors.ts';
import { toSeconds } from '../domain/ids.ts';
import type { Task } from '../domain/task.ts';
import { firstLine } from '../domain/text.ts';
import type { Tx } from '../store/store.ts';
import { writeCheckpoint } from '../store/tables/checkpoints.ts';
import { insertEvent } from '../store/tables/events.ts';
import { heartbeat } from './claim.ts';

/** Keeps how far the work is, for the attempt that may have to go on with it; it is a sign of life too. */
export async function checkpoint(tx: Tx, input: CheckpointTask): Promise<Result<{ task: Task }>> {
  const { text: given, data = null, ...by } = input;
  const text = given.trim();
  if (text === '') return refuse('blank_text', 'A checkpoint needs words; the ones given are blank.');
  for (const [name, length] of [
    ['text', [...text].length],
    ['data', [...JSON.stringify(data)].length],
  ] as const) {
    if (length <= mostCheckpoint) continue;
    const way = 'write what is longer into a file and name it';
    return refuse(
      'invalid_input',
      `\`${name}\` must have at most ${mostCheckpoint} characters, not ${length}; ${way}.`,
    );
  }
  const beaten = await heartbeat(tx, by);
  if (!beaten.ok) return beaten;
  const { id: task_id, current_run_id: run_id } = beaten.value.task;
  if (run_id === null) return refuse('not_running', `Task ${task_id} runs without an attempt.`, [task_id]);
  writeCheckpoint(tx, task_id, { run_id, text, data, at: tx.now });
  const payload = { text: firstLine(text, 200) };
  insertEvent(tx, { kind: 'checkpoint', payload, task_id, run_id, at: toSeconds(tx.now) });
  return beaten;
}
