import type { Result } from '../../domain/errors.ts';
import { homeBoard, type RunId, type TaskId } from '../../domain/ids.ts';
import type { Task } from '../../domain/task.ts';
import type { Reclaimed } from '../../domain/view.ts';
import { deadWorkerOf } from '../../services/dead-worker.ts';
import { Failure, granted } from './failure.ts';
import type { Desk } from './on-board.ts';

/** Ending a worker takes five polite seconds, then two (contract §5.12); the rest is for a busy gateway. */
const patience = 20_000;

/**
 * The task once nobody holds it any more. A gateway ends its worker; where none is running, this process is the dispatcher
 * for one pass that starts nothing.
 */
export async function freed(desk: Pick<Desk, 'kernel' | 'board'>, answer: Result<Reclaimed>): Promise<Task> {
  const { task, stopping } = granted(answer);
  if (stopping === null) return task;
  const { lease } = granted(await desk.kernel.lease(homeBoard, { role: 'dispatcher' }));
  const asked = `The worker of ${task.id} (run ${stopping}) was asked to stop`;
  if (lease === null) {
    const { dispatchOnce } = await import('../gateway/dispatch-once.ts');
    const done = await dispatchOnce({ most: 0, dryRun: false });
    if (!done.ok) throw new Failure(`${asked}, but: ${done.message}`);
  }
  const after = await untilFree(desk, task.id, stopping);
  if (after !== undefined) return after;
  throw new Failure(
    `${asked}, but is not gone after ${patience / 1000} s; \`andon why ${task.id}\` tells more.`,
  );
}

async function untilFree(
  { kernel, board }: Pick<Desk, 'kernel' | 'board'>,
  task_id: TaskId,
  run: RunId,
): Promise<Task | undefined> {
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

/** The worker of another program that is dead here. */
export const deadWorkerHere = (
  desk: Pick<Desk, 'kernel' | 'board'>,
  task_id: TaskId,
): Promise<number | undefined> =>
  deadWorkerOf(desk, task_id, async () => (await import('./quiet-world.ts')).quietWorld());
