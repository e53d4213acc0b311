import { join } from 'node:path';
import type { BoardId } from '../domain/ids.ts';
import { parseIdentity } from '../domain/liveness.ts';
import type { Kernel } from '../kernel/kernel.ts';
import { lookAt } from './queue.ts';
import type { World } from './world.ts';

/** The runs of a board whose processes live, or may live on another host, by their numbers. */
export async function livingRuns(world: World, kernel: Kernel, board: BoardId): Promise<readonly number[]> {
  const living: number[] = [];
  for (const { run_id, host, mark } of (await lookAt(kernel, board)).processes) {
    const isElsewhere = host !== world.hostname;
    if (isElsewhere || (await world.processes.tree(null, mark)).length > 0) living.push(run_id);
  }
  return living;
}

/** The same by what stands in the folder of its runs, for a board that cannot be read; strays are not found so. */
export async function livingRunsIn(world: World, folder: string): Promise<readonly number[]> {
  const living: number[] = [];
  for (const name of await world.files.names(folder)) {
    const run = Number(/^(\d+)-/.exec(name)?.[1]);
    const identity = parseIdentity(await world.files.read(join(folder, name, 'identity')));
    if (identity && !Number.isNaN(run) && (await world.processes.alive(identity))) living.push(run);
  }
  return living;
}
