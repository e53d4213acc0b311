import { join } from 'node:path';
import type { BoardId } from '../domain/ids.ts';
import { superfluous } from '../domain/retention.ts';
import type { Kernel } from '../kernel/kernel.ts';
import { type Backup, backupName, backupsFolder, backupsOf } from './backups.ts';
import type { BoardGuard } from './board-guard.ts';
import { noAge } from './doctor-storage.ts';
import type { Elector } from './elector.ts';
import { boardPaths, type Home } from './home.ts';
import { inUseAnywhere } from './in-use.ts';
import { keepReserve } from './reserve.ts';
import { createLoop, type Loop } from './service.ts';
import type { Settings } from './settings.ts';
import { createErrorReport } from './throttle.ts';
import { emptyTrash, oldInTrash } from './trash.ts';
import type { World } from './world.ts';

/**
 * What the leading gateway does for the files of a home: it keeps the reserve, takes a snapshot of each board that has
 * changed, removes old ones, and empties the trash of what has been there for long. A snapshot is made and checked by a process of its own, so that nothing here waits for it;
 * one that fails is reported and tried again later, and an unfinished one has another name.
 */
export interface MaintenanceOptions {
  readonly home: Home;
  readonly settings: Pick<
    Settings,
    'snapshot_interval_minutes' | 'snapshot_keep' | 'snapshot_keep_days' | 'trash_retention_days'
  >;
  readonly kernel: Pick<Kernel, 'prunable' | 'inUse'>;
  readonly elector: Elector;
  readonly guard: BoardGuard;
  readonly boards: () => Promise<readonly BoardId[]>;
  /** The path of the `andon` command. */
  readonly andon: string;
}

/** Milliseconds between two looks at the boards; the first is out of the way of all that a gateway begins with. */
const between = 60_000;
const afterFailure = 300_000;
/** A board of a gigabyte takes seconds. */
const longestBackup = 600_000;

export function createMaintenance(world: World, options: MaintenanceOptions): Loop {
  const { home, settings, elector, guard } = options;
  const { files } = world;
  const report = createErrorReport(world, world.log);
  const interval = settings.snapshot_interval_minutes * 60_000;
  const retryAt = new Map<BoardId, number>();
  const told = new Set<string>();
  let stopping = new AbortController();
  let isFirst = true;

  /** Whether anybody has written to a board since its newest snapshot was begun. */
  const hasChanged = async (board: BoardId, newest: Backup | undefined): Promise<boolean> => {
    const { db } = boardPaths(home, board);
    const stamps = await Promise.all([db, `${db}-wal`].map((path) => files.stamp(path)));
    return stamps.some((stamp) => stamp !== undefined && stamp.modified >= (newest?.at ?? 0));
  };

  const isDue = async (board: BoardId): Promise<boolean> => {
    if (interval === 0 || guard.isAside(board) || world.monotonic() < (retryAt.get(board) ?? 0)) return false;
    const [newest] = await backupsOf(home, files, board);
    // A snapshot from tomorrow, by a clock that was wrong, does not hold up today's.
    const age = newest === undefined ? interval : Math.abs(world.now() - newest.at);
    return age >= interval && (await hasChanged(board, newest));
  };

  const take = async (board: BoardId): Promise<void> => {
    const to = join(backupsFolder(home, board), backupName(world.now(), 'snapshot'));
    const command = [options.andon, '--board', board, 'backup', '--to', to, '--json'] as const;
    const run = { command, env: home.env, timeout: longestBackup, signal: stopping.signal };
    const { code, err } = await world.processes.run(run);
    if (code === 0 || stopping.signal.aborted) return;
    throw new Error(err.trim().replace(/^andon: /, '') || `andon backup ended with ${code ?? 'a signal'}`);
  };

  const forget = async (board: BoardId): Promise<void> => {
    const snapshots = (await backupsOf(home, files, board)).filter((backup) => backup.is_snapshot);
    const old = new Set(
      superfluous(
        snapshots.map(({ at }) => at),
        world.now(),
        settings,
      ),
    );
    for (const { path, at } of snapshots) if (old.has(at)) await files.remove(path);
  };

  /** The board is asked only when there is something to remove: which folders its tasks work in. */
  const empty = async (board: BoardId): Promise<void> => {
    try {
      const { trash } = boardPaths(home, board);
      const old = await oldInTrash(world, trash, settings.trash_retention_days);
      if (old.length === 0 || guard.isAside(board)) return;
      const found = await options.kernel.prunable(board, noAge);
      if (!found.ok) return;
      const here = { board, in_use: found.value.in_use };
      const in_use = await inUseAnywhere(options.kernel, files, home, here);
      const { removed, kept } = await emptyTrash(world, trash, old, { in_use, userHome: home.userHome });
      if (removed.length > 0) world.log.info('Old folders were removed from the trash.', { board, removed });
      for (const { path, because } of kept) {
        if (told.has(path)) continue;
        told.add(path);
        world.log.warn('A folder stays in the trash.', { board, path, because });
      }
    } catch (error) {
      report('The trash of a board could not be emptied', error, { board });
    }
  };

  const look = async (board: BoardId): Promise<void> => {
    try {
      if (!(await isDue(board))) return;
      await take(board);
      await forget(board);
    } catch (error) {
      retryAt.set(board, world.monotonic() + afterFailure);
      report('A snapshot of a board could not be made', error, { board });
    }
  };

  const pass = async (): Promise<number> => {
    if (elector.epoch() === undefined) return between;
    const boards = isFirst ? [] : await options.boards();
    isFirst = false;
    try {
      await keepReserve(world, home);
      for (const board of boards) {
        if (stopping.signal.aborted) break;
        await look(board);
        await empty(board);
      }
    } catch (error) {
      report('The files of this home could not be looked after', error);
    }
    return between;
  };
  const loop = createLoop(world, pass);

  return {
    ...loop,
    start: async () => {
      stopping = new AbortController();
      await loop.start();
    },
    stop: async () => {
      stopping.abort();
      await loop.stop();
    },
  };
}
