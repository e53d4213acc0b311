import { join, relative, resolve, sep } from 'node:path';
import { expandTilde } from './home.ts';
import type { Files } from './world.ts';

/**
 * The proof that a path may be removed or moved: what it really is lies strictly inside the folder that we manage for such
 * things, no symbolic link leads there or on from there, no other task on any board needs it or something in it, and git does not work
 * out of it elsewhere. Paths come from rows that other programs write too.
 */

type Looks = Pick<Files, 'realPath' | 'isFolder' | 'names' | 'read' | 'size'>;

/** Why something stays. */
export interface Because {
  readonly because: string;
}
export type Proof = { readonly real: string } | Because;
/** Real paths that tasks need; or why nobody can tell, and so nothing may go. */
export type Needed = ReadonlySet<string> | Because;

/**
 * The real paths that `in_use` means: of each what it says, and of a worktree also the repository that it belongs to,
 * without which its files are of no use.
 */
export async function neededPaths(
  files: Looks,
  in_use: readonly string[] | Because,
  userHome: string,
): Promise<Needed> {
  if ('because' in in_use) return in_use;
  const needed = new Set<string>();
  for (const stored of in_use) {
    const path = expandTilde(stored, userHome);
    const repository = await repositoryOf(files, path);
    for (const one of repository === undefined ? [path] : [path, repository]) {
      needed.add((await files.realPath(one)) ?? one);
    }
  }
  return needed;
}

/** Where git keeps what it knows of the worktree at `path`; nothing when that is none. */
async function repositoryOf(files: Looks, path: string): Promise<string | undefined> {
  const mark = join(path, '.git');
  if ((await files.isFolder(mark)) || (await files.size(mark)) === undefined) return undefined;
  const place = /^gitdir: (.+)$/m.exec((await files.read(mark)) ?? '')?.[1];
  return place === undefined ? undefined : resolve(path, place);
}

/** The real path of what may go, or why it may not; nothing when nothing is there. */
export async function prove(
  files: Looks,
  root: string,
  path: string,
  needed: Needed,
): Promise<Proof | undefined> {
  const real = await files.realPath(path);
  if (real === undefined) return undefined;
  const realRoot = await files.realPath(root);
  const way = [root, realRoot ?? root].map((from) => relative(from, path)).find(isBelow);
  if (realRoot === undefined || way === undefined) {
    return { because: `it does not lie inside ${root}, so it is not ours to remove` };
  }
  if (real !== join(realRoot, way)) return { because: `a symbolic link leads from it to ${real}` };
  if ('because' in needed) return needed;
  for (const other of needed) {
    const inside = isBelow(relative(real, other));
    // A task that works in a folder around all of ours, as `dir:~` does, means none of them.
    const around = isBelow(relative(other, real)) && isBelow(relative(realRoot, other));
    if (other === real || inside || around) return { because: `another task needs ${other}` };
  }
  return { real };
}

/**
 * Why the checkouts in a folder keep it: a main checkout that is not in a folder of our making is somebody's own, and one
 * with worktrees elsewhere takes their history with it. Looks at the folder and at what lies directly in it, which is where
 * a worker clones to.
 */
export async function checkoutIn(
  files: Looks,
  folder: string,
  isOurs: boolean,
): Promise<Because | undefined> {
  if (!isOurs && (await files.isFolder(join(folder, '.git')))) {
    return { because: 'it is a main checkout of git that Andon has not made' };
  }
  for (const place of [folder, ...(await files.names(folder)).map((name) => join(folder, name))]) {
    const worktree = await worktreeOutside(files, place, folder);
    if (worktree !== undefined) return { because: `the worktree ${worktree} belongs to a repository in it` };
  }
  return undefined;
}

/** A worktree of the repository at `checkout` that exists and does not lie in `folder`. */
async function worktreeOutside(files: Looks, checkout: string, folder: string): Promise<string | undefined> {
  const records = join(checkout, '.git', 'worktrees');
  for (const name of await files.names(records)) {
    const mark = (await files.read(join(records, name, 'gitdir')))?.trim();
    if (!mark) continue;
    const real = await files.realPath(resolve(records, name, mark));
    if (real !== undefined && !isBelow(relative(folder, real))) return resolve(real, '..');
  }
  return undefined;
}

/** A relative path that leads strictly downwards. */
const isBelow = (way: string): boolean => way !== '' && way !== '..' && !way.startsWith(`..${sep}`);
