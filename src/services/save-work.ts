import { join } from 'node:path';
import type { RunId, TaskId } from '../domain/ids.ts';
import type { SavedWork } from '../domain/run.ts';
import type { Git } from './git.ts';
import { checkoutAt } from './worktree.ts';
import type { Files, World } from './world.ts';

/**
 * Keeps whatever a worktree holds that no commit has: as a commit of its own under `refs/andon/<task>/<run>`, which no
 * branch shows and no push takes along. It is made with an index of its own: files, index, HEAD and branches stay as they
 * are. A repository inside the worktree is not saved with its content, and is told.
 */

export interface SaveOrder {
  readonly task_id: TaskId;
  readonly run_id: RunId;
  /** The worktree. */
  readonly folder: string;
  /** Why, for the message of the commit. */
  readonly because: string;
}

export interface Save {
  /** `null` when the last commit has it all. */
  readonly saved: Omit<SavedWork, 'run_id'> | null;
  /** Paths that could not be saved, in words; none when all is. */
  readonly missing: readonly string[];
}

export async function saveWork(
  git: Git,
  world: Pick<World, 'files' | 'random'>,
  order: SaveOrder,
): Promise<Save> {
  const { files } = world;
  const folder = await files.realPath(order.folder);
  const checkout = folder === undefined ? undefined : await checkoutAt(git, folder);
  if (folder === undefined || checkout === undefined) {
    throw new Error(`${order.folder} is no checkout of git, so its work could not be saved.`);
  }
  const head = await commitOf(git, folder, 'HEAD');
  const index = join(checkout.gitDir, `andon-${world.random(6)}.index`);
  try {
    const { tree, failed } = await treeOf(git, files, folder, checkout.gitDir, index);
    const base = head ?? (await git.ask(folder, ['hash-object', '-t', 'tree', '/dev/null']));
    const changes = changesIn(await git.ask(folder, ['diff-tree', '-r', '--raw', '-z', base, tree]));
    const missing = [...changes.flatMap(({ path, repository }) => (repository ? [path] : [])), ...failed];
    const commit =
      changes.length > 0
        ? await commitTree(git, folder, tree, head, order)
        : head !== undefined && (await isAdrift(git, folder, head))
          ? head
          : undefined;
    if (commit === undefined) return { saved: null, missing };
    const saved = await nameIt(git, folder, order, commit);
    return { saved: { ...saved, files: changes.length }, missing };
  } finally {
    await files.remove(index);
    await files.remove(`${index}.lock`);
  }
}

const commitOf = async (git: Git, folder: string, name: string): Promise<string | undefined> => {
  const { code, out } = await git.run(folder, ['rev-parse', '--verify', '--quiet', `${name}^{commit}`]);
  return code === 0 ? out.trim() : undefined;
};

/** The files of a worktree as a tree, those left out that it ignores. A copy of its own index knows what is unchanged. */
async function treeOf(
  git: Git,
  files: Files,
  folder: string,
  gitDir: string,
  index: string,
): Promise<{ tree: string; failed: string[] }> {
  const env = { GIT_INDEX_FILE: index };
  if ((await files.size(join(gitDir, 'index'))) !== undefined) await files.copy(join(gitDir, 'index'), index);
  const { code, err } = await git.run(folder, ['add', '--all', '--ignore-errors'], { env });
  const failed = code === 0 ? [] : [err.trim().replaceAll(/\s*\n\s*/g, '; ') || `git add ended with ${code}`];
  return { tree: await git.ask(folder, ['write-tree'], { env }), failed };
}

/** Reads `:old new old new status NUL path NUL …`. */
function changesIn(raw: string): { path: string; repository: boolean }[] {
  const parts = raw.split('\0');
  const changes: { path: string; repository: boolean }[] = [];
  for (let at = 0; at + 1 < parts.length; at += 2) {
    const [, mode] = parts[at]?.split(' ') ?? [];
    changes.push({ path: parts[at + 1] ?? '', repository: mode === '160000' });
  }
  return changes;
}

function commitTree(
  git: Git,
  folder: string,
  tree: string,
  head: string | undefined,
  { task_id, run_id, because }: SaveOrder,
): Promise<string> {
  const who = { NAME: 'Andon', EMAIL: 'andon@localhost' };
  const env = Object.fromEntries(
    ['AUTHOR', 'COMMITTER'].flatMap((role) =>
      Object.entries(who).map(([name, value]) => [`GIT_${role}_${name}`, value]),
    ),
  );
  const message = `What run ${run_id} of ${task_id} had not committed\n\nSaved because ${because}.`;
  const parent = head === undefined ? [] : ['-p', head];
  return git.ask(folder, ['commit-tree', tree, ...parent, '-m', message], { env });
}

/** Whether a commit is on no branch and under no other name, as one made on a detached HEAD is. */
const isAdrift = async (git: Git, folder: string, head: string): Promise<boolean> =>
  (await git.ask(folder, ['for-each-ref', '--count=1', '--contains', head])) === '';

/** Under the first name that is free, or that has the same content already: a save may be repeated after a crash. */
async function nameIt(
  git: Git,
  folder: string,
  { task_id, run_id }: SaveOrder,
  commit: string,
): Promise<{ ref: string; commit: string }> {
  const contentOf = (name: string) =>
    git.ask(folder, ['log', '-1', '--format=%T %P', '--end-of-options', name]);
  const content = await contentOf(commit);
  for (let number = 1; ; number += 1) {
    const ref = `refs/andon/${task_id}/${run_id}${number === 1 ? '' : `-${number}`}`;
    const before = await commitOf(git, folder, ref);
    if (before !== undefined && (await contentOf(before)) === content) return { ref, commit: before };
    if (before !== undefined) continue;
    // Only if nobody else has made it meanwhile.
    await git.ask(folder, ['update-ref', ref, commit, '0'.repeat(commit.length)]);
    return { ref, commit };
  }
}
