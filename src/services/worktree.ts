import { basename, dirname, join } from 'node:path';
import type { Task } from '../domain/task.ts';
import type { Git } from './git.ts';
import { makeFolderOf, type WorkspaceTask } from './workspace.ts';
import type { Files } from './world.ts';

/** Worktrees of git that tasks work in (contract §5.9): how one comes to be, and what it is. */

/** The branch of a task's worktree. */
export const branchOf = ({ id, branch_name }: Pick<Task, 'id' | 'branch_name'>): string =>
  branch_name ?? `andon/${id}`;

export interface WorkspaceOrder {
  readonly task: WorkspaceTask & Pick<Task, 'branch_name'>;
  /** Where it shall be. */
  readonly path: string;
  /** Where the gateway stands: its repository is meant when the path lies in none. */
  readonly cwd: string;
  /** In the environment of git while it works, so that it is ended with the run. */
  readonly env: Readonly<Record<string, string>>;
  /** Told of the commit that a new one begins at, before it is made. */
  readonly onBase: (commit: string) => Promise<void>;
}

/** Makes the place where a worker works, as far as it is not there. Throws one sentence when it cannot be made. */
export const makeWorkspace = (git: Git, files: Files, order: WorkspaceOrder): Promise<void> =>
  order.task.workspace_kind === 'worktree'
    ? makeWorktree(git, files, order)
    : makeFolderOf(files, order.task, order.path);

/**
 * Makes the worktree of a task; one that is there is used as it is. A gateway that died in the midst left one that
 * git itself calls unfinished: that one is made anew.
 */
async function makeWorktree(git: Git, files: Files, order: WorkspaceOrder): Promise<void> {
  const { task, cwd, env } = order;
  const path = await resolved(files, order.path);
  if (await isUsable(git, files, path)) return;
  const repository = await repositoryOf(git, files, path, cwd);
  const branch = branchOf(task);
  const known = await worktreesOf(git, repository);
  const before = known.find((one) => one.path === path);
  if (before?.unfinished) await git.ask(repository, ['worktree', 'remove', '-f', '-f', path]);
  const holder = known.find((one) => one.branch === branch && one.path !== path);
  if (holder && (await files.isFolder(holder.path))) {
    throw new Error(
      `The branch ${branch} is checked out at ${holder.path}; give the task another branch, or free that one.`,
    );
  }
  const exists =
    (await git.run(repository, ['show-ref', '--verify', '--quiet', `refs/heads/${branch}`])).code === 0;
  const start = exists ? `refs/heads/${branch}` : 'HEAD';
  const { code, out } = await git.run(repository, ['rev-parse', '--verify', '--quiet', `${start}^{commit}`]);
  if (code !== 0)
    throw new Error(`The repository ${repository} has no commit yet that could be checked out.`);
  const base = out.trim();
  await order.onBase(base);
  // Git may know a folder, or the branch in a folder, that is gone.
  const forced = before !== undefined || holder !== undefined ? ['--force'] : [];
  const what = exists ? [path, branch] : ['-b', branch, path, base];
  await git.ask(repository, ['worktree', 'add', ...forced, ...what], { env });
}

/** The real path of what may not be there yet. */
async function resolved(files: Files, path: string): Promise<string> {
  const real = await files.realPath(path);
  if (real !== undefined || dirname(path) === path) return real ?? path;
  return join(await resolved(files, dirname(path)), basename(path));
}

/** Whether work can begin there at once. An empty folder is as good as none; anything else is somebody's. */
async function isUsable(git: Git, files: Files, path: string): Promise<boolean> {
  if (!(await files.isFolder(path))) return false;
  const found = await checkoutAt(git, path);
  if (found !== undefined) return (await files.read(join(found.gitDir, 'locked')))?.trim() !== unfinished;
  if ((await files.names(path)).length === 0) return false;
  throw new Error(
    `${path} is there already and is no worktree; move it away, or name another path for the task.`,
  );
}

/** Git's own word on a worktree that is not all there yet. */
const unfinished = 'initializing';

export interface Checkout {
  readonly gitDir: string;
  /** It is the repository's own work tree, and not one that was added to it. */
  readonly main: boolean;
}

/** The checkout whose topmost folder this is. */
export async function checkoutAt(git: Git, folder: string): Promise<Checkout | undefined> {
  const asked = ['--show-toplevel', '--absolute-git-dir', '--git-common-dir'];
  const { code, out } = await git.run(folder, ['rev-parse', '--path-format=absolute', ...asked]);
  const [top, gitDir = '', common] = out.split('\n');
  return code === 0 && top === folder ? { gitDir, main: gitDir === common } : undefined;
}

/** The work tree around the path, else the one around the gateway. */
async function repositoryOf(git: Git, files: Files, path: string, cwd: string): Promise<string> {
  let nearest = dirname(path);
  while (!(await files.isFolder(nearest)) && dirname(nearest) !== nearest) nearest = dirname(nearest);
  for (const folder of [nearest, cwd]) {
    const { code, out } = await git.run(folder, ['rev-parse', '--show-toplevel']);
    if (code === 0 && out.trim() !== '') return out.replace(/\n$/, '');
  }
  throw new Error(
    `No git repository was found for a worktree at ${path}: neither ${nearest} nor ${cwd} lies in one.`,
  );
}

interface Known {
  readonly path: string;
  readonly branch: string | undefined;
  readonly unfinished: boolean;
}

/** What a repository knows of its worktrees, its own one first. */
async function worktreesOf(git: Git, repository: string): Promise<Known[]> {
  const entries = (await git.ask(repository, ['worktree', 'list', '--porcelain'])).split('\n\n');
  return entries.map((entry) => ({
    path: /^worktree (.*)$/m.exec(entry)?.[1] ?? '',
    branch: /^branch refs\/heads\/(.*)$/m.exec(entry)?.[1],
    unfinished: /^locked (.*)$/m.exec(entry)?.[1] === unfinished,
  }));
}
