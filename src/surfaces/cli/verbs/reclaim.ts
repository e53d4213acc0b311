import { asTaskId, parseAssignee } from '../../../domain/ids.ts';
import { Failure } from '../failure.ts';
import { deadWorkerHere, freed } from '../freed.ts';
import { onBoard } from '../on-board.ts';
import { say, sayJson } from '../output.ts';
import type { Program } from '../verb.ts';

export function register(program: Program): void {
  program
    .command('reclaim')
    .description('take a task back from whoever holds it; a worker is ended first')
    .argument('<id>', 'the task')
    .option('--reason <text>', 'why')
    .option('--json', 'print JSON')
    .action((id, { reason, json }) =>
      onBoard(program, async (desk) => {
        const task_id = asTaskId(id);
        const dead_worker = await deadWorkerHere(desk, task_id);
        const task = await freed(
          desk,
          await desk.kernel.reclaim(desk.board, { task_id, reason, dead_worker }),
        );
        if (json) sayJson({ ok: true, task_id: id, status: task.status });
        else say(`Reclaimed ${id}  (${task.status})`);
      }),
    );

  program
    .command('reassign')
    .description('give a task to another profile, also one that is being worked on')
    .argument('<id>', 'the task')
    .argument('<profile>', 'who does it; none, - or null for nobody')
    .option('--reclaim', 'take it back from its worker first')
    .option('--reason <text>', 'why')
    .option('--json', 'print JSON')
    .action((id, profile, { reclaim, reason, json }) =>
      onBoard(program, async (desk) => {
        const assignee = parseAssignee(profile);
        const task_id = asTaskId(id);
        const dead_worker = await deadWorkerHere(desk, task_id);
        const input = { task_id, assignee, reclaim, reason, dead_worker };
        const task = await freed(desk, await desk.kernel.reassign(desk.board, input));
        if (task.assignee !== assignee) {
          throw new Failure(
            `Task ${id} was ${task.status} before its worker could be ended; it stays with ${task.assignee ?? 'nobody'}.`,
          );
        }
        if (json) sayJson({ ok: true, task_id: id, status: task.status, assignee });
        else say(`Reassigned ${id} to ${assignee ?? 'nobody'}  (${task.status})`);
      }),
    );
}
