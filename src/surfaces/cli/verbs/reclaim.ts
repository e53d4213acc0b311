import type { Result } from '../../../domain/errors.ts';
import { asTaskId, homeBoard, parseAssignee, type RunId, type TaskId } from '../../../domain/ids.ts';
import type { Task } from '../../../domain/task.ts';
import type { Reclaimed } from '../../../domain/view.ts';
import { Failure, granted } from '../failure.ts';
import { type Desk, onBoard } from '../on-board.ts';
import { say, sayJson } from '../output.ts';
import type { Program } from '../verb.ts';

/** Ending a worker takes five polite seconds, then two (contract §5.12); the rest is for a busy gateway. */
const patience = 20_000;

export function register(program: Program): void {
  program
    .command('reclaim')
    .description('take a task back from whoever holds it; a worker is ended first')
    .argument('<id>', 'the task')
    .option('--reason <text>', 'why')
    .option('--json', 'print JSON')
    .action((id, { reason, json }) =>
      onBoard(program, async (desk) => {
        const task = await freed(
          desk,
          await desk.kernel.reclaim(desk.board, { task_id: asTaskId(id), reason }),
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
        const input = { task_id: asTaskId(id), assignee, reclaim, reason };
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

/** The task once nobody holds it any more. Only a gateway ends workers, so without one there is nothing to wait for. */
async function freed(desk: Desk, answer: Result<Reclaimed>): Promise<Task> {
  const { task, stopping } = granted(answer);
  if (stopping === null) return task;
  const { lease } = granted(await desk.kernel.lease(homeBoard, { role: 'dispatcher' }));
  const asked = `The worker of ${task.id} (run ${stopping}) was asked to stop`;
  if (lease === null) {
    throw new Failure(`${asked}, but no gateway is running that could end it; the next one will.`);
  }
  const after = await untilFree(desk, task.id, stopping);
  if (after !== undefined) return after;
  throw new Failure(
    `${asked}, but is not gone after ${patience / 1000} s; \`andon why ${task.id}\` tells more.`,
  );
}

async function untilFree({ kernel, board }: Desk, task_id: TaskId, run: RunId): Promise<Task | undefined> {
  const { setTimeout: sleep } = await import('node:timers/promises');
  const end = Date.now() + patience;
  let wake = new AbortController();
  const unfollow = kernel.follow(board, () => wake.abort());
  try {
    for (;;) {
      // Made before the look, so that a change during it is not lost.
      wake = new AbortController();
      const { task } = granted(await kernel.show(board, { task_id, events: 0 }));
      if (task.current_run_id !== run) return task;
      if (Date.now() >= end) return undefined;
      await sleep(1000, undefined, { signal: wake.signal }).catch(() => undefined);
    }
  } finally {
    unfollow();
  }
}
