import type { BoardId, TaskId } from '../domain/ids.ts';
import type { Kernel } from '../kernel/kernel.ts';
import type { World } from './world.ts';

/**
 * The worker of another program on the task's claim, if it belongs to this machine and is dead. The world is asked for only
 * when there is one to look at: it starts slowly.
 */
export async function deadWorkerOf(
  { kernel, board }: { readonly kernel: Kernel; readonly board: BoardId },
  task_id: TaskId,
  look: () => Promise<Pick<World, 'processes' | 'hostname'>>,
): Promise<number | undefined> {
  const shown = await kernel.show(board, { task_id, events: 0 });
  const { worker_pid: pid = null, claim_lock: lock = null } = shown.ok ? shown.value.task : {};
  if (pid === null || lock === null) return undefined;
  const { processes, hostname } = await look();
  const isOurs = lock.startsWith(`${hostname}:`);
  return isOurs && (await processes.identify(pid)) === undefined ? pid : undefined;
}
