import { join, relative, sep } from 'node:path';
import type { TaskId } from '../domain/ids.ts';
import type { Leftovers } from '../domain/prune.ts';
import type { BoardPaths } from './home.ts';
import type { World } from './world.ts';

/**
 * Removes the files of tasks whose rows are gone, or are not needed any more. How this could go wrong is the end of
 * somebody's work, so each path is proved first: what it really is lies strictly inside the folder that we manage for such
 * things, no symbolic link leads there or on from there, and no other task needs it or something in it. Whatever fails the
 * proof stays and is told. Paths come from rows that other programs write too.
 */

export interface SweepRequest {
  readonly leftovers: readonly Leftovers[];
  /** Tasks whose logs go. */
  readonly logs: readonly TaskId[];
  readonly in_use: readonly string[];
  /** Only tells what would go. */
  readonly dry_run?: boolean;
}

export interface Swept {
  readonly removed: readonly string[];
  readonly kept: readonly { readonly path: string; readonly because: string }[];
}

type Files = Pick<World['files'], 'realPath' | 'names' | 'remove' | 'removeFolder' | 'isFolder'>;
type SweepPaths = Pick<BoardPaths, 'workspaces' | 'runs' | 'logs' | 'attachments'>;

/** Sweeps one board. Repeating it is fine: what is already gone is not mentioned. */
export async function sweep(files: Files, paths: SweepPaths, request: SweepRequest): Promise<Swept> {
  const removed: string[] = [];
  const kept: { path: string; because: string }[] = [];
  const needed = new Set<string>();
  for (const path of request.in_use) needed.add((await files.realPath(path)) ?? path);

  const go = async (root: string, path: string): Promise<void> => {
    const proof = await prove(files, root, path, needed);
    if (proof === undefined) return;
    if ('because' in proof) {
      kept.push({ path, because: proof.because });
      return;
    }
    if (request.dry_run !== true) {
      if (await files.isFolder(proof.real)) await files.removeFolder(proof.real);
      else await files.remove(proof.real);
    }
    removed.push(path);
  };

  for (const { task_id, workspace, run_folders, attachments } of request.leftovers) {
    if (workspace !== null) await go(paths.workspaces, workspace);
    for (const folder of run_folders) await go(paths.runs, folder);
    for (const file of attachments) await go(paths.attachments, file);
    if (attachments.length > 0) {
      const folder = join(paths.attachments, task_id);
      const left = (await files.names(folder)).filter((name) => !removed.includes(join(folder, name)));
      if (left.length === 0) await go(paths.attachments, folder);
    }
  }
  for (const log of await logsOf(files, paths.logs, request.logs)) await go(paths.logs, log);
  return { removed, kept };
}

async function logsOf(files: Files, folder: string, ids: readonly TaskId[]): Promise<string[]> {
  const wanted = new Set<string>(ids);
  const names = await files.names(folder);
  return names.flatMap((name) => {
    const id = /^(.+)\.log(?:\.\d+)?$/.exec(name)?.[1];
    return id !== undefined && wanted.has(id) ? [join(folder, name)] : [];
  });
}

/** The real path of what may go, or why it may not; nothing when nothing is there. */
async function prove(
  files: Files,
  root: string,
  path: string,
  needed: ReadonlySet<string>,
): Promise<{ readonly real: string } | { readonly because: string } | undefined> {
  const real = await files.realPath(path);
  if (real === undefined) return undefined;
  const realRoot = await files.realPath(root);
  const way = [root, realRoot ?? root].map((from) => relative(from, path)).find(isBelow);
  if (realRoot === undefined || way === undefined) {
    return { because: `it does not lie inside ${root}, so it is not ours to remove` };
  }
  if (real !== join(realRoot, way)) return { because: `a symbolic link leads from it to ${real}` };
  for (const other of needed) {
    const inside = isBelow(relative(real, other));
    // A task that works in a folder around all of ours, as `dir:~` does, means none of them.
    const around = isBelow(relative(other, real)) && isBelow(relative(realRoot, other));
    if (other === real || inside || around) return { because: `another task needs ${other}` };
  }
  return { real };
}

/** A relative path that leads strictly downwards. */
const isBelow = (way: string): boolean => way !== '' && way !== '..' && !way.startsWith(`..${sep}`);
