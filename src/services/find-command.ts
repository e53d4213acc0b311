import { delimiter, join } from 'node:path';
import type { Files } from './world.ts';

/** The file that a command names, if there is one: as a path from the worker's folder, else in a folder of PATH. */
export async function findCommand(
  files: Pick<Files, 'size'>,
  name: string,
  path: string,
  cwd: string,
): Promise<string | undefined> {
  const places = name.includes('/')
    ? [name.startsWith('/') ? name : join(cwd, name)]
    : path.split(delimiter).map((folder) => join(folder || '.', name));
  // As in a shell, a folder of PATH that may not be looked into has nothing to offer.
  const sizes = await Promise.all(places.map((place) => files.size(place).catch(() => undefined)));
  return places.find((_, index) => sizes[index] !== undefined);
}
