import type { Result } from '../domain/errors.ts';
import { asSeconds, type BoardId, type Epoch, type Millis, type ProfileName } from '../domain/ids.ts';
import type { Task } from '../domain/task.ts';
import type { ReadyTask } from '../domain/view.ts';
import type { Kernel } from '../kernel/kernel.ts';
import type { Executor } from './executor.ts';
import { boardPaths, type Home } from './home.ts';
import type { Profile } from './profile.ts';
import { hashOf } from './secret.ts';
import { workspacePath } from './workspace.ts';
import type { World } from './world.ts';

/** Claims one waiting task for its profile and starts its worker; gives the task as it was claimed if a worker runs. */
export type Start = (
  board: BoardId,
  epoch: Epoch,
  ready: ReadyTask,
  profile: Profile,
  slotFreeSince: Millis,
) => Promise<Task | undefined>;

export interface StarterOptions {
  readonly home: Home;
  readonly cwd: string;
  readonly executor: Executor;
  readonly ttlSeconds: number;
  readonly failureLimit: number | undefined;
  /** Told of every refusal, so that a lost lease is noticed. */
  readonly onRefusal: (result: Result<unknown>, epoch: Epoch) => void;
}

/**
 * The order matters: the claim with its run folder's name is committed first, then the folder is made, then the process.
 * Whoever dies in between leaves a run whose folder says how far it came.
 */
export function createStarter(world: World, kernel: Kernel, options: StarterOptions): Start {
  const { home, executor } = options;

  const persistAssignee = async (board: BoardId, task: Task, profile: ProfileName): Promise<boolean> => {
    if (task.assignee !== null) return true;
    const source = 'kanban.default_assignee';
    return (await kernel.assign(board, { task_id: task.id, assignee: profile, source })).ok;
  };

  return async (board, epoch, { task }, profile, slotFreeSince) => {
    if (!(await persistAssignee(board, task, profile.name))) return undefined;
    const paths = boardPaths(home, board);
    const roots = { workspaces: paths.workspaces, cwd: options.cwd, userHome: home.userHome };
    const workspace = workspacePath(task, roots);
    const mark = world.random(8);
    const token = world.random(32);
    const claimed = await kernel.startRun(board, {
      task_id: task.id,
      claim_lock: `${world.hostname}:${world.self.pid}:${mark}`,
      ttl_seconds: asSeconds(options.ttlSeconds),
      workspace_path: workspace.ok ? workspace.value : null,
      epoch,
      host: world.hostname,
      runs_root: paths.runs,
      mark,
      token_hash: hashOf(token),
      max_runtime_seconds: task.max_runtime_seconds ?? profile.max_runtime_seconds ?? null,
      slot_free_since: slotFreeSince,
    });
    options.onRefusal(claimed, epoch);
    if (!claimed.ok) return undefined;
    const { run_id, dir } = claimed.value;

    const fail = async (error: string, by_host = false): Promise<undefined> => {
      world.log.warn('A worker could not be started.', { board, task: task.id, run: run_id, error });
      options.onRefusal(
        await kernel.failStart(board, { run_id, epoch, error, by_host, failure_limit: options.failureLimit }),
        epoch,
      );
      return undefined;
    };
    if (!workspace.ok) return fail(`workspace: ${workspace.refusal.sentence}`);
    const brief = await kernel.brief(board, { task_id: task.id, review_skills: profile.review_skills });
    const text = brief.ok ? brief.value : '';
    const lane = task.status === 'review' ? 'review' : 'work';
    const order = {
      board,
      task: claimed.value.task,
      lane,
      run_id,
      dir,
      mark,
      token,
      profile,
      brief: text,
    } as const;
    const started = await executor.start(order);
    if (!started.ok) return fail(started.error, started.by_host);
    const identity = await world.processes.identify(started.pid);
    // Gone already: its folder tells the rest at the next look.
    if (!identity) return claimed.value.task;
    const startedAt = world.processes.startedAt(identity);
    const start = { run_id, epoch, identity, started_at: startedAt };
    options.onRefusal(await kernel.recordStart(board, start), epoch);
    return claimed.value.task;
  };
}
