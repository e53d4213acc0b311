import { formatDuration } from '../domain/duration.ts';
import { type Finding, note, wrong } from '../domain/health.ts';
import type { BoardId, Millis } from '../domain/ids.ts';
import { formatBytes } from '../domain/size.ts';
import type { Kernel } from '../kernel/kernel.ts';
import { backupsOf } from './backups.ts';
import { boardPaths, everyBoard, type Home } from './home.ts';
import { hasReserve } from './reserve.ts';
import type { Settings } from './settings.ts';
import { keptCopies, staleFiles } from './stale-files.ts';
import type { World } from './world.ts';

/** The side of `andon doctor` that looks at disk and files. */

/** Bytes. Below this a board of usual size cannot be backed up any more. */
const leastFree = 64 * 1024 * 1024;
const mostUnwritten = 16 * 1024 * 1024;
/** Longer than any board is old, in seconds: only what belongs to nothing is prunable then. */
export const noAge = { events_older_than: 1e10, logs_older_than: 1e10 } as const;

/** Whether the disk has room, and what lies about that nobody needs. */
export async function homeFileFindings(world: World, home: Home): Promise<Finding[]> {
  if (!(await world.files.isFolder(home.root))) return [];
  const found: Finding[] = [];
  const { free } = await world.files.space(home.root);
  if (free < leastFree) {
    const sentence = `Only ${formatBytes(free)} are free on the disk of ${home.root}.`;
    found.push(wrong('disk', sentence, 'Free some space; `andon gc` removes what nobody needs.'));
  }
  const stale = await staleFiles(home, world);
  if (stale.length > 0) {
    const sentence = `Processes that are dead left ${stale.length} files: ${some(stale)}.`;
    found.push(note('files', sentence, '`andon doctor --fix` removes them.'));
  }
  const kept = await keptCopies(home, world);
  if (kept.length > 0) {
    const bytes = formatBytes(kept.reduce((sum, each) => sum + each.bytes, 0));
    const sentence = `${kept.length} copies of what was broken, lost or replaced take ${bytes}: ${some(kept.map(({ path }) => path))}.`;
    found.push(note('files', sentence, 'Look at them, and remove what you do not need.'));
  }
  return found;
}

const some = (paths: readonly string[]): string =>
  [...paths.slice(0, 3), ...(paths.length > 3 ? ['…'] : [])].join(', ');

/** That the reserve is there, once there is a folder for it. */
export async function reserveFindings(world: World, home: Home): Promise<Finding[]> {
  const isMade = await world.files.isFolder(`${home.root}/kanban`);
  if (!isMade || (await hasReserve(world, home))) return [];
  const sentence =
    'There is no reserve file, without which nothing can be removed from a board on a full disk.';
  return [note('disk', sentence, '`andon doctor --fix` makes it when there is room.')];
}

/** A board's file: what waits to be written back, and whether there is a backup. `snapshots` when a gateway makes them. */
export async function boardFileFindings(
  world: World,
  home: Home,
  kernel: Kernel,
  board: BoardId,
  snapshots: Pick<Settings, 'snapshot_interval_minutes'> | undefined,
): Promise<Finding[]> {
  const about = `board ${board}`;
  const { db } = boardPaths(home, board);
  const found: Finding[] = [];
  const unwritten = await kernel.unwritten(board);
  if (unwritten > mostUnwritten) {
    const sentence = `${formatBytes(unwritten)} in ${db}-wal wait to be written back; somebody reads all the time, or has stopped in it.`;
    found.push(wrong(about, sentence, '`andon doctor --fix` writes them back.'));
  }
  const interval = (snapshots?.snapshot_interval_minutes ?? 0) * 60_000;
  const changed = Math.max(...(await Promise.all([db, `${db}-wal`].map((path) => modified(world, path)))));
  const [newest] = await backupsOf(home, world.files, board);
  const age = world.now() - (newest?.at ?? changed);
  if (interval > 0 && changed > (newest?.at ?? 0) && age > 2 * interval) {
    const sentence =
      newest === undefined
        ? `It has no backup, and the oldest change without one is ${formatDuration(age)} old.`
        : `Its newest backup is ${formatDuration(age)} old, and it has changed since.`;
    found.push(
      wrong(about, sentence, '`andon backup` makes one; the log of the gateway tells why it did not.'),
    );
  }
  return found;
}

const modified = async ({ files }: World, path: string): Promise<number> =>
  (await files.stamp(path))?.modified ?? 0;

/** Rows of ours that belong to nothing any more. */
export async function orphanFindings(kernel: Kernel, board: BoardId): Promise<Finding[]> {
  const found = await kernel.prunable(board, noAge);
  if (!found.ok) throw new Error(found.refusal.sentence);
  const rows = found.value.orphans + found.value.deliveries;
  if (rows === 0) return [];
  const sentence = `${rows} rows belong to tasks, events or subscriptions that are gone.`;
  return [note(`board ${board}`, sentence, '`andon gc` or `andon doctor --fix` removes them.')];
}

/** What there is, whether or not anything is wrong. */
export interface StorageFacts {
  readonly disk: { readonly free: number; readonly total: number } | null;
  readonly boards: readonly {
    readonly board: BoardId;
    /** Bytes. */
    readonly size: number;
    readonly wal: number;
    readonly newest_backup: Millis | null;
  }[];
}

export async function storageFacts(world: World, home: Home, inFiles: boolean): Promise<StorageFacts> {
  const { files } = world;
  const disk = (await files.isFolder(home.root)) ? await files.space(home.root) : null;
  const boards: StorageFacts['boards'][number][] = [];
  for (const board of inFiles ? await everyBoard(home, files) : []) {
    const { db } = boardPaths(home, board);
    const size = await files.size(db);
    if (size === undefined) continue;
    const [newest] = await backupsOf(home, files, board);
    const wal = (await files.size(`${db}-wal`)) ?? 0;
    boards.push({ board, size, wal, newest_backup: newest?.at ?? null });
  }
  return { disk, boards };
}
