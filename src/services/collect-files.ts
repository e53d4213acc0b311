import type { Pruned } from '../domain/prune.ts';
import type { Kernel } from '../kernel/kernel.ts';
import { boardPaths } from './home.ts';
import { inUseAnywhere } from './in-use.ts';
import { type Swept, type SweptBoard, sweep } from './sweep.ts';
import { emptyTrash, oldInTrash } from './trash.ts';
import type { World } from './world.ts';

/** The files of `gc`: what old and archived tasks left behind, and what has been in the trash for long enough. */
export async function collectFiles(
  world: Pick<World, 'files' | 'now'>,
  kernel: Pick<Kernel, 'inUse'>,
  place: SweptBoard,
  found: Pick<Pruned, 'leftovers' | 'old_logs' | 'in_use'>,
  dry_run: boolean,
): Promise<Swept> {
  const { home, board, settings } = place;
  const { trash } = boardPaths(home, board);
  const { leftovers, old_logs } = found;
  const in_use = await inUseAnywhere(kernel, world.files, home, { board, in_use: found.in_use });
  const swept = await sweep(world, place, { leftovers, logs: old_logs, gone: [], in_use, dry_run });
  const old = await oldInTrash(world, trash, settings.trash_retention_days);
  const emptied = await emptyTrash(world, trash, old, { in_use, userHome: home.userHome, dry_run });
  return {
    removed: [...swept.removed, ...emptied.removed],
    trashed: swept.trashed,
    kept: [...swept.kept, ...emptied.kept],
  };
}
