import { ok } from '../../domain/errors.ts';
import type { Swept } from '../../services/sweep.ts';
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
  const { inUseAnywhere } = await import('../../services/in-use.ts');
  const { settingsOf } = await import('./configuration.ts');
  const { quietWorld } = await import('./quiet-world.ts');
  const past = verb === 'delete' ? 'Deleted' : 'Purged';
  const all: Swept[] = [];
  await forEachTask(program, ids, { past, json }, async ({ home, kernel, board, author }, task_id) => {
    const settings = await settingsOf(home);
    const deleted = await kernel[verb](board, { task_id, deleted_by: author });
    if (!deleted.ok) return deleted;
    const { task, leftovers } = deleted.value;
    const world = quietWorld();
    const here = { board, in_use: deleted.value.in_use };
    const in_use = await inUseAnywhere(kernel, world.files, home, here);
    const request = { leftovers: [leftovers], logs: [task_id], gone: [task_id], in_use };
    const swept = await sweep(world, { home, board, settings }, request);
    all.push(swept);
    return ok({ task, status: 'deleted', ...swept });
  });
  if (!json) for (const swept of all) tellSwept(swept);
}

/** One line for each path: on stdout what went, on stderr what stayed. */
export function tellSwept({ removed, trashed, kept }: Swept, { dry_run = false } = {}): void {
  for (const { path, to } of trashed) {
    say(dry_run ? `  Would move ${path} to the trash` : `  Moved ${path} to ${to}`);
  }
  for (const path of removed) say(`  ${dry_run ? 'Would remove' : 'Removed'} ${path}`);
  for (const { path, because } of kept) warn(`andon: kept ${path}: ${because}.`);
}
