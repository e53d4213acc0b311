import type { Result } from '../domain/errors.ts';
import { asSeconds, type BoardId, type Epoch, type Millis, type ProfileName } from '../domain/ids.ts';
import type { StartRun } from '../domain/leading.ts';
import type { Lane, Task } from '../domain/task.ts';
import type { Claim, ReadyTask } from '../domain/view.ts';
import type { Kernel } from '../kernel/kernel.ts';
import type { Executor } from './executor.ts';
import { boardPaths, type Home } from './home.ts';
import type { Profile } from './profile.ts';
import { hashOf } from './secret.ts';
import { findWorkspace } from './workspace.ts';
import type { World } from './world.ts';

/** A waiting task that may start. */
export interface Wanted {
  readonly ready: ReadyTask;
  readonly profile: Profile;
  readonly slotFreeSince: Millis;
}

export interface Starter {
  /**
   * Claims waiting tasks of a board together and starts their workers one after the other; tells each task as it was claimed
   * once its worker runs, or will as soon as its worktree is made.
   */
  start(
    board: BoardId,
    epoch: Epoch,
    wanted: readonly Wanted[],
    onStarted: (task: Task, wanted: Wanted) => void,
  ): Promise<void>;
  /** Resolves when no worktree is being made. */
  idle(): Promise<void>;
}

export interface StarterOptions {
  readonly home: Home;
  readonly cwd: string;
  readonly executor: Executor;
  readonly ttlSeconds: number;
  readonly failureLimit: number | undefined;
  /** Told of every refusal, so that a lost lease is noticed. */
  readonly onRefusal: (result: Result<unknown>, epoch: Epoch) => void;
  readonly wake: () => void;
}

/** Claims of one transaction: others have to write too. */
const mostAtOnce = 50;

/**
 * The order matters: the claim with its run folder's name is committed first, then the folder is made, then the process.
 * Whoever dies in between leaves a run whose folder says how far it came.
 */
export function createStarter(world: World, kernel: Kernel, options: StarterOptions): Starter {
  const { home, executor } = options;

  const persistAssignee = async (board: BoardId, task: Task, profile: ProfileName): Promise<boolean> => {
    if (task.assignee !== null) return true;
    const source = 'kanban.default_assignee';
    return (await kernel.assign(board, { task_id: task.id, assignee: profile, source })).ok;
  };

  /** Starts under way that nobody waits for. */
  const pending = new Set<Promise<unknown>>();

  /** What its claim says of a task, and what its worker needs beside it. */
  const prepare = async (board: BoardId, wanted: Wanted) => {
    const { task } = wanted.ready;
    if (!(await persistAssignee(board, task, wanted.profile.name))) return [];
    const paths = boardPaths(home, board);
    const roots = { workspaces: paths.workspaces, cwd: options.cwd, userHome: home.userHome };
    const workspace = await findWorkspace(world.files, task, roots);
    const mark = world.random(8);
    const token = world.random(32);
    const start: StartRun = {
      task_id: task.id,
      claim_lock: `${world.hostname}:${world.self.pid}:${mark}`,
      ttl_seconds: asSeconds(options.ttlSeconds),
      workspace_path: workspace.ok ? workspace.value : null,
      host: world.hostname,
      runs_root: paths.runs,
      mark,
      token_hash: hashOf(token),
      max_runtime_seconds: task.max_runtime_seconds ?? wanted.profile.max_runtime_seconds ?? null,
      slot_free_since: wanted.slotFreeSince,
    };
    return [{ wanted, workspace, mark, token, start }];
  };
  type Prepared = Awaited<ReturnType<typeof prepare>>[number];

  const begin = async (
    { board, epoch }: { readonly board: BoardId; readonly epoch: Epoch },
    { wanted, workspace, mark, token }: Prepared,
    { run_id, dir, task: claimed }: Claim & { readonly dir: string },
  ): Promise<Task | undefined> => {
    const { profile } = wanted;
    const { task } = wanted.ready;
    const fail = async (error: string, by_host = false): Promise<undefined> => {
      world.log.warn('A worker could not be started.', { board, task: task.id, run: run_id, error });
      options.onRefusal(
        await kernel.failStart(board, { run_id, epoch, error, by_host, failure_limit: options.failureLimit }),
        epoch,
      );
      return undefined;
    };
    if (!workspace.ok) return fail(`workspace: ${workspace.refusal.sentence}`);
    const brief = async (): Promise<string> => {
      const told = await kernel.brief(board, { task_id: task.id, review_skills: profile.review_skills });
      return told.ok ? told.value : '';
    };
    const onBase = async (base_commit: string): Promise<void> => {
      const recorded = await kernel.recordBase(board, { run_id, epoch, base_commit });
      options.onRefusal(recorded, epoch);
      if (!recorded.ok) throw new Error(recorded.refusal.sentence);
    };
    const lane: Lane = task.status === 'review' ? 'review' : 'work';
    const told = { board, task: claimed, run_id, dir, lane, mark, token, profile };
    const launch = async (): Promise<Task | undefined> => {
      const started = await executor.start({ ...told, brief, onBase });
      if (!started.ok) return fail(started.error, started.by_host);
      const identity = await world.processes.identify(started.pid);
      // Gone already: its folder tells the rest at the next look.
      if (!identity) return claimed;
      const startedAt = world.processes.startedAt(identity);
      const record = { run_id, epoch, identity, started_at: startedAt };
      options.onRefusal(await kernel.recordStart(board, record), epoch);
      return claimed;
    };
    if (task.workspace_kind !== 'worktree') return launch();
    // The checkout of a large repository takes minutes, in which a pass has others to look after.
    const started = launch()
      .catch((error: unknown) =>
        world.log.error('A worker could not be started.', { board, run: run_id, error: String(error) }),
      )
      .finally(() => {
        pending.delete(started);
        options.wake();
      });
    pending.add(started);
    return claimed;
  };

  const start: Starter['start'] = async (board, epoch, wanted, onStarted) => {
    for (let first = 0; first < wanted.length; first += mostAtOnce)
      await startSome(board, epoch, wanted.slice(first, first + mostAtOnce), onStarted);
  };

  const startSome: Starter['start'] = async (board, epoch, wanted, onStarted) => {
    const prepared: Prepared[] = [];
    for (const one of wanted) prepared.push(...(await prepare(board, one)));
    if (prepared.length === 0) return;
    const claimed = await kernel.startRuns(board, { epoch, starts: prepared.map((one) => one.start) });
    options.onRefusal(claimed, epoch);
    if (!claimed.ok) return;
    for (const [index, answer] of claimed.value.entries()) {
      const one = prepared[index];
      if (!answer.ok || one === undefined) continue;
      const task = await begin({ board, epoch }, one, answer.value);
      if (task) onStarted(task, one.wanted);
    }
  };

  return {
    start,
    idle: async () => {
      await Promise.all(pending);
    },
  };
}
