import { basename, join } from 'node:path';
import type { BoardId, TaskId } from '../domain/ids.ts';
import type { Leftovers } from '../domain/prune.ts';
import { type Because, checkoutIn, neededPaths, type Proof, prove } from './containment.ts';
import { boardPaths, type Home } from './home.ts';
import type { Settings } from './settings.ts';
import { moveToTrash } from './trash.ts';
import type { World } from './world.ts';

/**
 * Removes the files of tasks whose rows are gone, or are not needed any more. How this could go wrong is the end of
 * somebody's work, so each path is proved first (`containment.ts`), and a folder that a worker has worked in only moves to the
 * trash. Whatever fails the proof stays and is told.
 */

export interface SweepRequest {
  readonly leftovers: readonly Leftovers[];
  /** Tasks whose logs go. */
  readonly logs: readonly TaskId[];
  /** Tasks whose rows are gone, and with them what agents remember of them. */
  readonly gone: readonly TaskId[];
  /** What tasks of all boards need (`in-use.ts`). */
  readonly in_use: readonly string[] | Because;
  /** Only tells what would go. */
  readonly dry_run?: boolean;
}

export interface Swept {
  readonly removed: readonly string[];
  /** What is in the trash now; a dry run does not know under which name. */
  readonly trashed: readonly { readonly path: string; readonly to: string | null }[];
  readonly kept: readonly { readonly path: string; readonly because: string }[];
}

export interface SweptBoard {
  readonly home: Home;
  readonly board: BoardId;
  readonly settings: Pick<Settings, 'trash_retention_days'>;
}

/** Sweeps one board. Repeating it is fine: what is already gone is not mentioned. */
export async function sweep(
  world: Pick<World, 'files' | 'now'>,
  { home, board, settings }: SweptBoard,
  request: SweepRequest,
): Promise<Swept> {
  const { files } = world;
  const paths = boardPaths(home, board);
  const removed: string[] = [];
  const trashed: { path: string; to: string | null }[] = [];
  const kept: { path: string; because: string }[] = [];
  const needed = await neededPaths(files, request.in_use, home.userHome);
  const isReal = request.dry_run !== true;

  type Work = (real: string) => Promise<Because | undefined>;
  const go = async (path: string, proof: Proof | undefined, work: Work): Promise<void> => {
    if (proof === undefined) return;
    const hindrance = 'because' in proof ? proof : await work(proof.real);
    if (hindrance) kept.push({ path, because: hindrance.because });
  };
  const remove =
    (path: string): Work =>
    async (real) => {
      if (isReal) await ((await files.isFolder(real)) ? files.removeFolder(real) : files.remove(real));
      removed.push(path);
      return undefined;
    };
  /** With what is in it, so that it is somebody's work. */
  const discard =
    (path: string, task_id: TaskId): Work =>
    async (real) => {
      const hindrance = await checkoutIn(files, real, basename(real) === task_id);
      if (hindrance) return hindrance;
      if (settings.trash_retention_days === 0) return remove(path)(real);
      const moved = isReal ? await moveToTrash(world, paths.trash, real, task_id) : { to: null };
      if ('because' in moved) return moved;
      trashed.push({ path, to: moved.to });
      return undefined;
    };
  const removeIn = async (root: string, path: string): Promise<void> =>
    go(path, await prove(files, root, path, needed), remove(path));

  for (const { task_id, workspace, run_folders, attachments } of request.leftovers) {
    if (workspace !== null) {
      const proof = await prove(files, paths.workspaces, workspace, needed);
      await go(workspace, proof, discard(workspace, task_id));
    }
    for (const folder of run_folders) await removeIn(paths.runs, folder);
    for (const file of attachments) await removeIn(paths.attachments, file);
    if (attachments.length > 0) {
      const folder = join(paths.attachments, task_id);
      const left = (await files.names(folder)).filter((name) => !removed.includes(join(folder, name)));
      if (left.length === 0) await removeIn(paths.attachments, folder);
    }
  }
  for (const id of request.gone) await removeIn(paths.sessions, join(paths.sessions, id));
  for (const log of await logsOf(files, paths.logs, request.logs)) await removeIn(paths.logs, log);
  return { removed, trashed, kept };
}

async function logsOf(
  files: Pick<World['files'], 'names'>,
  folder: string,
  ids: readonly TaskId[],
): Promise<string[]> {
  const wanted = new Set<string>(ids);
  const names = await files.names(folder);
  return names.flatMap((name) => {
    const id = /^(.+)\.log(?:\.\d+)?$/.exec(name)?.[1];
    return id !== undefined && wanted.has(id) ? [join(folder, name)] : [];
  });
}
