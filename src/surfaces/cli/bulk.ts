import type { Result } from '../../domain/errors.ts';
import { asTaskId, type TaskId } from '../../domain/ids.ts';
import type { Status, Task } from '../../domain/task.ts';
import { type Desk, onBoard } from './on-board.ts';
import { say, sayJson, warn } from './output.ts';
import type { Program } from './verb.ts';

/**
 * One command for each id, in order: a refused one does not stop the others, and makes the exit code 1 (contract §8.1).
 * JSON is one object for one id, else an array.
 */
export const forEachTask = (
  program: Program,
  ids: readonly string[],
  verb: {
    readonly past: string;
    readonly json: boolean | undefined;
    /** Where the verb leads to, as long as that goes without saying; the status is told when it does not. */
    readonly lands?: Status | 'varies';
  },
  command: (desk: Desk, id: TaskId) => Promise<Result<{ task: Task }>>,
): Promise<void> =>
  onBoard(program, async (desk) => {
    const answers: unknown[] = [];
    for (const id of ids) {
      const result = await command(desk, asTaskId(id));
      if (result.ok) {
        const { task, ...rest } = result.value;
        answers.push({ ok: true, task_id: id, status: task.status, ...rest });
        const told = verb.lands !== undefined && verb.lands !== task.status;
        if (!verb.json) say(`${verb.past} ${id}${told ? `  (${task.status})` : ''}`);
      } else {
        const { code, sentence } = result.refusal;
        answers.push({ ok: false, task_id: id, code, error: sentence });
        warn(`andon: ${sentence}`);
        process.exitCode = 1;
      }
    }
    if (verb.json) sayJson(ids.length === 1 ? answers[0] : answers);
  });
