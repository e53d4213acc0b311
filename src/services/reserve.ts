import { join } from 'node:path';
import { storeFault } from './faults.ts';
import type { Home } from './home.ts';
import type { World } from './world.ts';

/**
 * A file that keeps some room on the disk (measured: on a full one SQLite cannot even delete). `andon gc` and
 * `andon doctor --fix` give it up, and it is made again when there is room.
 */
export const reservePath = (home: Home): string => join(home.root, 'kanban', '.reserve');

/** Enough for the WAL of a large deletion. */
const reserveBytes = 256 * 1024;
/** It must not be what fills the disk. */
const leastFree = 4 * reserveBytes;

type Needs = Pick<World, 'files' | 'random'>;

export const hasReserve = async ({ files }: Pick<Needs, 'files'>, home: Home): Promise<boolean> =>
  (await files.size(reservePath(home))) === reserveBytes;

/** Makes the reserve when it is not there and there is room; gives whether it made one. */
export async function keepReserve(world: Needs, home: Home): Promise<boolean> {
  const { files, random } = world;
  if (await hasReserve(world, home)) return false;
  try {
    const folder = join(home.root, 'kanban');
    await files.makeFolder(folder);
    if ((await files.space(folder)).free < leastFree) return false;
    // No text that a file system could make small.
    await files.write(reservePath(home), random(reserveBytes / 2));
    return true;
  } catch {
    // Full or read-only: whoever needs the disk says so himself.
    return false;
  }
}

/** Does what frees room on a disk; when that is full, the reserve is given up for it first, and made again afterwards. */
export async function withReserve<T>(world: Needs, home: Home, work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    if (storeFault(error) !== 'full' || !(await hasReserve(world, home))) throw error;
  }
  await world.files.remove(reservePath(home));
  try {
    return await work();
  } finally {
    await keepReserve(world, home);
  }
}
