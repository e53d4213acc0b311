import type { TaskId } from './ids.ts';
import type { Task } from './task.ts';

/** What goes for good: tasks that are deleted, and what gc sweeps up. */

/** Contract §4.10. `deleted_by` stands on the tombstone. */
export interface DeleteTask {
  readonly task_id: TaskId;
  readonly deleted_by?: string | undefined;
}

/** Contract §8.2, `gc`. Ages are whole seconds, counted back from now. */
export interface Prune {
  readonly events_older_than: number;
  readonly logs_older_than: number;
}

/** What still says something of a task whose rows are gone (`andon_tombstones`). */
export interface Tombstone {
  readonly task_id: TaskId;
  readonly title: string;
  /** Milliseconds. */
  readonly deleted_at: number;
  readonly deleted_by: string | null;
}

/** The files that a task leaves behind, as its rows name them; whether they may be removed is proved where they are. */
export interface Leftovers {
  readonly task_id: TaskId;
  /** Its scratch folder; a folder of kind `dir` or `worktree` is somebody's own and never named here. */
  readonly workspace: string | null;
  /** The folders of its runs: identity, exit, brief. */
  readonly run_folders: readonly string[];
  readonly attachments: readonly string[];
}

export interface Deleted {
  /** The row as it was. */
  readonly task: Task;
  readonly leftovers: Leftovers;
  /** Paths that other tasks still need: whatever holds one of them, or lies in one, stays. */
  readonly in_use: readonly string[];
}

export interface Pruned {
  /** Events that are too old to be of use, and deliveries and own rows that belong to nothing any more. */
  readonly events: number;
  readonly deliveries: number;
  readonly orphans: number;
  /** The folders of archived tasks. */
  readonly leftovers: readonly Leftovers[];
  /** Finished or deleted tasks whose logs are old. */
  readonly old_logs: readonly TaskId[];
  readonly in_use: readonly string[];
}

/** The folders that may go: a scratch folder, and those of runs; attachments only with their task. */
export const leftoversOf = (
  task: Task,
  run_folders: readonly string[],
  attachments: readonly string[] = [],
): Leftovers => ({
  task_id: task.id,
  workspace: task.workspace_kind === 'scratch' ? task.workspace_path : null,
  run_folders,
  attachments,
});
