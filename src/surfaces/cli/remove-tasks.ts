import { ok } from '../../domain/errors.ts';
import { forEachTask } from './bulk.ts';
import { say, warn } from './output.ts';
import type { Program } from './verb.ts';

/**
 * Removes tasks for good, one after the other: the rows in one transaction, then their files. What went is told, and what
 * stayed with the reason.
 */
export async function removeTasks(
  program: Program,
  ids: readonly string[],
  verb: 'delete' | 'purge',
  json: boolean | undefined,
): Promise<void> {
  const { sweep } = await import('../../services/sweep.ts');
  const { quietWorld } = await import('./quiet-world.ts');
  const past = verb === 'delete' ? 'Deleted' : 'Purged';
  const removed: string[] = [];
  const kept: { readonly path: string; readonly because: string }[] = [];
  await forEachTask(program, ids, { past, json }, async ({ kernel, board, paths, author }, task_id) => {
    const deleted = await kernel[verb](board, { task_id, deleted_by: author });
    if (!deleted.ok) return deleted;
    const { task, leftovers, in_use } = deleted.value;
    const swept = await sweep(quietWorld().files, paths, {
      leftovers: [leftovers],
      logs: [task_id],
      in_use,
    });
    removed.push(...swept.removed);
    kept.push(...swept.kept);
    return ok({ task, status: 'deleted', ...swept });
  });
  if (json) return;
  tellSwept({ removed, kept });
}

/** One line for each path: on stdout what went, on stderr what stayed. */
export function tellSwept(
  {
    removed,
    kept,
  }: {
    readonly removed: readonly string[];
    readonly kept: readonly { readonly path: string; readonly because: string }[];
  },
  went = 'Removed',
): void {
  for (const path of removed) say(`  ${went} ${path}`);
  for (const { path, because } of kept) warn(`andon: kept ${path}: ${because}.`);
}
