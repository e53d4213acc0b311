import { homeBoard } from '../domain/ids.ts';
import type { Kernel } from '../kernel/kernel.ts';
import { noAge } from './doctor-storage.ts';
import { messageOf } from './faults.ts';
import { everyBoard, type Home } from './home.ts';
import { keepReserve, withReserve } from './reserve.ts';
import { staleFiles } from './stale-files.ts';
import type { World } from './world.ts';

/** What `andon doctor --fix` came to, a sentence each. */
export interface Mended {
  readonly done: readonly string[];
  readonly failed: readonly string[];
}

/**
 * Does what is safe whatever else is wrong: nothing of a task is changed, and no copy of a board is removed. What remains is
 * for people, and for `examine` to tell.
 */
export async function mend(world: World, home: Home, kernel: Kernel, inFiles: boolean): Promise<Mended> {
  const done: string[] = [];
  const failed: string[] = [];
  const attempt = async (what: string, work: () => Promise<readonly string[]>): Promise<void> => {
    try {
      const sentences = await (inFiles ? withReserve(world, home, work) : work());
      done.push(...sentences.map((sentence) => `${what}: ${sentence}.`));
    } catch (error) {
      failed.push(`${what}: ${messageOf(error)}`);
    }
  };
  for (const board of [...(await everyBoard(home, world.files)), homeBoard]) {
    const about = board === homeBoard ? 'home store' : `board ${board}`;
    await attempt(about, async () => {
      const added = (await kernel.upgrade(board)) ?? [];
      return added.length > 0 ? [`added ${added.join(', ')}`] : [];
    });
    await attempt(about, () => kernel.mend(board));
    if (board !== homeBoard) await attempt(about, () => removeOrphans(kernel, board));
  }
  await attempt('files', async () => {
    const stale = await staleFiles(home, world);
    for (const path of stale) await world.files.remove(path);
    return stale.map((path) => `removed ${path}`);
  });
  const isMade = inFiles && (await world.files.isFolder(`${home.root}/kanban`));
  if (isMade && (await keepReserve(world, home))) done.push('disk: made the reserve file.');
  return { done, failed };
}

async function removeOrphans(kernel: Kernel, board: Parameters<Kernel['prune']>[0]): Promise<string[]> {
  const found = await kernel.prunable(board, noAge);
  if (!found.ok || found.value.orphans + found.value.deliveries === 0) return [];
  const pruned = await kernel.prune(board, noAge);
  if (!pruned.ok) throw new Error(pruned.refusal.sentence);
  return [`removed ${pruned.value.orphans + pruned.value.deliveries} rows that belonged to nothing`];
}
