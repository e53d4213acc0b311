import { isAbsolute, join, normalize } from 'node:path';
import { ok, type Result, refuse } from '../domain/errors.ts';
import type { Task } from '../domain/task.ts';
import { expandTilde } from './home.ts';
import type { Files } from './world.ts';

export type WorkspaceTask = Pick<Task, 'id' | 'workspace_kind' | 'workspace_path'>;

export interface WorkspaceRoots {
  /** Where scratch folders are made. */
  readonly workspaces: string;
  /** Where the gateway stands: worktrees without a path are made below it. */
  readonly cwd: string;
  readonly userHome: string;
}

/**
 * The folder a task's worker works in (contract §5.9). A relative path is refused: it would mean whatever folder the
 * gateway happens to stand in.
 */
export function workspacePath(task: WorkspaceTask, roots: WorkspaceRoots): Result<string> {
  const { id, workspace_kind: kind } = task;
  const stored = task.workspace_path?.trim() ? expandTilde(task.workspace_path.trim(), roots.userHome) : null;
  if (stored !== null) {
    if (isAbsolute(stored)) return ok(normalize(stored));
    return refuse(
      'invalid_input',
      `The workspace of ${id} must be an absolute path, not "${task.workspace_path}".`,
      [id],
    );
  }
  if (kind === 'dir') {
    return refuse(
      'invalid_input',
      `Task ${id} has a dir workspace without a path; give it as dir:/its/path.`,
      [id],
    );
  }
  // An id written by somebody else must not climb out of the root.
  if (!/^[\w-]+$/.test(id)) {
    return refuse('invalid_input', `The id "${id}" cannot be the name of a folder.`, [id]);
  }
  return ok(kind === 'scratch' ? join(roots.workspaces, id) : join(roots.cwd, '.worktrees', id));
}

/**
 * The same, and of a worktree task that names the checkout of a repository: its worktree is made below that, because in the
 * checkout itself somebody works.
 */
export async function findWorkspace(
  files: Pick<Files, 'isFolder'>,
  task: WorkspaceTask,
  roots: WorkspaceRoots,
): Promise<Result<string>> {
  const place = workspacePath(task, roots);
  const isCheckout =
    place.ok && task.workspace_kind === 'worktree' && (await files.isFolder(join(place.value, '.git')));
  return isCheckout ? ok(join(place.value, '.worktrees', task.id)) : place;
}

/** Makes the folder of a scratch or dir workspace; a worktree is more than a folder (`worktree.ts`). */
export async function makeFolderOf(
  files: Pick<Files, 'makeFolder'>,
  task: WorkspaceTask,
  path: string,
): Promise<void> {
  if (task.workspace_kind !== 'worktree') await files.makeFolder(path);
}
