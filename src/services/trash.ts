import { join } from 'node:path';
import { asMillis, type Millis, type TaskId } from '../domain/ids.ts';
import { type Because, checkoutIn, neededPaths, prove } from './containment.ts';
import { codeOf } from './faults.ts';
import { fileTime, readFileTime } from './file-time.ts';
import type { World } from './world.ts';

/**
 * Where a worker's folder goes when its task is gone or archived: `<board folder>/trash/<time>-<task id>`, by a rename, so
 * that it is there as a whole and can be put back by `mv`. What has been there for longer than the retention is removed.
 */

type Place = Pick<World, 'files' | 'now'>;

const day = 86_400_000;

/** Puts the folder at `real` into the trash; gives where it is now, or why it stays. */
export async function moveToTrash(
  { files, now }: Place,
  trash: string,
  real: string,
  task_id: TaskId,
): Promise<{ readonly to: string } | Because> {
  // An id written by somebody else must not climb out of the trash.
  if (!/^[\w-]+$/.test(task_id)) return { because: `the id "${task_id}" cannot be the name of a folder` };
  const to = join(trash, `${fileTime(now())}-${task_id}`);
  await files.makeFolder(trash, 0o700);
  try {
    await files.rename(real, to);
  } catch (error) {
    // A pinned ANDON_WORKSPACES_ROOT may lie on another disk. Under its name in the trash it is there as a whole or not at all.
    if (codeOf(error) !== 'EXDEV') throw error;
    await files.copy(real, `${to}.part`);
    await files.rename(`${to}.part`, to);
    await files.removeFolder(real);
  }
  return { to };
}

/** The entries that have been in the trash for longer than `days`; whatever else somebody put there is not looked at. */
export async function oldInTrash(
  { files, now }: Place,
  trash: string,
  days: number,
): Promise<readonly string[]> {
  const before: Millis = asMillis(now() - days * day);
  const names = await files.names(trash);
  return names.filter((name) => isEntry(name, before)).map((name) => join(trash, name));
}

function isEntry(name: string, before: Millis): boolean {
  const { at, rest = '' } = readFileTime(name) ?? {};
  return at !== undefined && at <= before && rest.startsWith('-');
}

/** What went, and what stayed with the reason. */
export interface Emptied {
  readonly removed: readonly string[];
  readonly kept: readonly (Because & { readonly path: string })[];
}

/** Removes these entries, each after the same proof as when it came. */
export async function emptyTrash(
  { files }: Place,
  trash: string,
  entries: readonly string[],
  about: {
    readonly in_use: readonly string[] | Because;
    readonly userHome: string;
    readonly dry_run?: boolean | undefined;
  },
): Promise<Emptied> {
  const removed: string[] = [];
  const kept: (Because & { path: string })[] = [];
  const needed = await neededPaths(files, about.in_use, about.userHome);
  for (const path of entries) {
    const proof = await prove(files, trash, path, needed);
    if (proof === undefined) continue;
    const hindrance = 'because' in proof ? proof : await checkoutIn(files, proof.real, true);
    if (hindrance) {
      kept.push({ path, because: hindrance.because });
      continue;
    }
    if (about.dry_run !== true) await files.removeFolder(path);
    removed.push(path);
  }
  return { removed, kept };
}
