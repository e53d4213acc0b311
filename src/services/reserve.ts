import { join } from 'node:path';
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

/** Makes the reserve when it is not there and there is room; gives whether it made one. */
export async function keepReserve({ files, random }: Needs, home: Home): Promise<boolean> {
  const folder = join(home.root, 'kanban');
  if ((await files.size(reservePath(home))) === reserveBytes) return false;
  await files.makeFolder(folder);
  if ((await files.space(folder)).free < leastFree) return false;
  // No text that a file system could make small.
  await files.write(reservePath(home), random(reserveBytes / 2));
  return true;
}

/** Gives the room back; false when there was no reserve. */
export async function freeReserve({ files }: Needs, home: Home): Promise<boolean> {
  if ((await files.size(reservePath(home))) === undefined) return false;
  await files.remove(reservePath(home));
  return true;
}
