import { join } from 'node:path';
import { backupsFolder } from './backups.ts';
import { boardFolder, boardPaths, everyBoard, type Home } from './home.ts';
import { isOfDead } from './presence.ts';
import type { World } from './world.ts';

/**
 * Files that a process left which is provably dead: unfinished copies and texts, which carry its id in their names, and what
 * gateways keep beside their presence.
 */
export async function staleFiles(home: Home, world: World): Promise<readonly string[]> {
  const { files } = world;
  const gateways = join(home.root, 'gateways');
  const folders = [home.root, gateways, join(home.root, 'kanban')];
  for (const board of await everyBoard(home, files))
    folders.push(boardFolder(home, board), backupsFolder(home, board));
  const stale: string[] = [];
  for (const folder of folders) {
    for (const name of await files.names(folder)) {
      const path = join(folder, name);
      const pid = /\.(\d+)\.(?:part|[0-9a-f]{8}\.new)(?:-wal|-shm|-journal)?$|\.start-(\d+)$/.exec(name);
      const isLeft = pid
        ? (await world.processes.identify(Number(pid[1] ?? pid[2]))) === undefined
        : folder === gateways &&
          /\.(?:json|aside)(?:\.after-.+)?$/.test(name) &&
          (await isOfDead(world, await files.read(path)));
      if (isLeft) stale.push(path);
    }
  }
  return stale;
}

/** Copies of boards that were made when something went wrong; they stay until somebody has looked at them. */
export async function keptCopies(
  home: Home,
  world: World,
): Promise<readonly { path: string; bytes: number }[]> {
  const { files } = world;
  const kept: { path: string; bytes: number }[] = [];
  const folders = new Set([home.root, join(home.root, 'kanban')]);
  for (const board of await everyBoard(home, files)) folders.add(join(boardPaths(home, board).db, '..'));
  for (const folder of folders) {
    for (const name of await files.names(folder)) {
      if (
        !/\.db(?:-wal|-shm)?\.(?:corrupt|lost|replaced|before-restore)[.-]/.test(name) ||
        name.endsWith('.part')
      )
        continue;
      const path = join(folder, name);
      kept.push({ path, bytes: (await files.size(path)) ?? 0 });
    }
  }
  return kept;
}
