import { basename, join } from 'node:path';
import { readSeconds } from '../domain/env.ts';
import { asMillis, type BoardId, type Millis, type TaskId } from '../domain/ids.ts';
import { judgeLauncher, type LauncherState, parseExit, parseIdentity } from '../domain/liveness.ts';
import type { Exit, ProcessIdentity, RunProcess } from '../domain/run.ts';
import type { LiveRun } from '../domain/view.ts';
import { cgroupName } from './cgroup.ts';
import { createGit } from './git.ts';
import { boardPaths } from './home.ts';
import { type Save, saveWork } from './save-work.ts';
import type { Settings } from './settings.ts';
import { type Started, type StartOptions, type StartOrder, startWorker } from './start-worker.ts';
import { stopTree } from './stop-tree.ts';
import { cutLog, logPath } from './worker-log.ts';
import type { World } from './world.ts';

/**
 * Starts workers and tells what became of them (contract §5.9 to §5.12, design §3.3). How it can fail:
 * - The gateway dies between claim and spawn, or right after it: the run folder says which, to whoever looks next.
 * - The launcher is killed: there is no exit file, so the run is `lost`, and what it left is found by its traces.
 * - A process id comes round again: every look and every signal compares the start mark and the boot as well.
 * - A worker forks away: the folder, the slot and the next claim wait until `others` is empty.
 */
export interface Executor {
  /** Starts the worker of a run whose claim is committed. A worker that cannot be started is an answer, not a fault. */
  start(order: StartOrder): Promise<Started>;
  observe(run: Traced): Promise<Observation>;
  /** Saves what the worktree of a run holds beyond its last commit, once its processes are gone; `because` says why. */
  save(run: Pick<LiveRun, 'task_id' | 'run_id'>, worktree: string, because: string): Promise<Save>;
  /** Cuts the log of a task whose worker runs, if it has grown too long; gives whether it had. */
  cutLog(board: BoardId, task: TaskId): Promise<boolean>;
  /** Every live process of the run. */
  tree(run: Traced): Promise<readonly ProcessIdentity[]>;
  /** Ends every process of the run: SIGTERM, five seconds, SIGKILL. */
  stop(run: Traced): Promise<Stopped>;
}

/** What of a process record a look at its processes needs; `null`s where the folder alone tells. */
export type Traced = Pick<
  RunProcess,
  'dir' | 'mark' | 'claimed_at' | 'pid' | 'pid_start' | 'boot' | 'started_at'
>;

export interface Observation {
  /** Of the launcher alone. */
  readonly state: LauncherState;
  readonly exit: Exit;
  readonly identity: ProcessIdentity | undefined;
  readonly startedAt: Millis | undefined;
  /** Nobody was ever started for it, and nobody will be: its gateway died between the claim and the start. */
  readonly neverStarted: boolean;
  /** What of the run still lives, once its launcher is `exited` or `lost`; not looked for before. Empty: proved dead. */
  readonly others: readonly ProcessIdentity[];
}

interface Stopped {
  /** False when something outlived SIGKILL, as a process in an uninterruptible wait does. */
  readonly gone: boolean;
  readonly sigkill: boolean;
}

export interface ExecutorOptions extends StartOptions {
  readonly settings: Pick<
    Settings,
    'worker_log_rotate_bytes' | 'worker_log_max_bytes' | 'worker_log_backup_count'
  >;
  /** Called when a launcher that this executor started has ended. */
  readonly onExit: () => void;
}

const forever = asMillis(Number.POSITIVE_INFINITY);
const unseen: Exit = { code: null, signal: null };

export function createExecutor(world: World, options: ExecutorOptions): Executor {
  const { files, processes } = world;
  const grace = asMillis(readSeconds(options.home.env, 'ANDON_CRASH_GRACE_SECONDS', 30) * 1000);
  /** Marks of launchers that ended under this executor and were not yet seen to be over. */
  const ended = new Set<string>();
  /** Marks of runs whose place is still being made here: a large worktree takes longer than any grace. */
  const preparing = new Set<string>();
  const git = createGit(world, options.home.env);

  const identityOf = async (run: Traced): Promise<ProcessIdentity | undefined> =>
    parseIdentity(await files.read(join(run.dir, 'identity'))) ?? recorded(run);

  /** The cgroup of a run, if it has one; the name is checked, because a worker can write into its folder. */
  const cgroupOf = async (run: Traced): Promise<string | undefined> => {
    const path = (await files.read(join(run.dir, 'cgroup')))?.trim();
    return path !== undefined && basename(path) === cgroupName(run.mark) ? path : undefined;
  };

  const tree = async (run: Traced): Promise<readonly ProcessIdentity[]> => {
    const launcher = await identityOf(run);
    if (launcher && launcher.boot !== world.self.boot) return [];
    const traces = { held: join(run.dir, 'identity'), cgroup: await cgroupOf(run), since: launcher?.start };
    const members = await processes.tree(launcher?.pid ?? null, run.mark, traces);
    // While anything of its session lives, the system does not give the launcher's id to another process. So if another
    // has it, the session is over, and only the other traces may still find somebody. Asked afterwards, because an id may come
    // round between two looks.
    const holder = launcher && (await processes.identify(launcher.pid));
    const reused = holder !== undefined && holder.start !== launcher?.start;
    return reused ? processes.tree(null, run.mark, traces) : members;
  };

  /**
   * Sees to it that a launcher of this run which does not run yet never starts its worker: a gateway may have been stopped
   * right before the spawn, and go on when the task has long been given to another run. The identity file is made but once,
   * so one that we make first ends such a launcher. False when it came first after all, and can be known at the next look.
   */
  const shut = async (run: Traced): Promise<boolean> => {
    await files.makeFolder(run.dir, 0o700);
    if (await files.create(join(run.dir, 'identity'), 'nobody\n')) return true;
    return (await identityOf(run)) === undefined;
  };

  return {
    tree,
    stop: async (run) => {
      if ((await identityOf(run)) === undefined) await shut(run);
      return stopTree(world, () => tree(run), await cgroupOf(run));
    },
    start: async (order) => {
      preparing.add(order.mark);
      try {
        return await startWorker(world, git, options, order, () => {
          ended.add(order.mark);
          options.onExit();
        });
      } finally {
        preparing.delete(order.mark);
      }
    },
    save: ({ task_id, run_id }, folder, because) =>
      saveWork(git, world, { task_id, run_id, folder, because }),
    cutLog: (board, task) => {
      const { worker_log_max_bytes: most, worker_log_backup_count: backups } = options.settings;
      const time = new Date(world.now()).toISOString();
      return cutLog(files, logPath(boardPaths(options.home, board).logs, task), most, backups, time);
    },
    observe: async (run) => {
      const identity = await identityOf(run);
      const alive = identity !== undefined && (await processes.alive(identity));
      const exit = parseExit(await files.read(join(run.dir, 'exit')));
      const wasOurs = ended.has(run.mark);
      const judged = judgeLauncher({
        now: world.now(),
        claimed_at: run.claimed_at,
        identity,
        alive,
        exit,
        ended: wasOurs,
        grace: preparing.has(run.mark) ? forever : grace,
      });
      const late = judged === 'lost' && identity === undefined && !(await shut(run));
      const state = late ? 'starting' : judged;
      const over = state === 'exited' || state === 'lost';
      const left = over ? await tree(run) : [];
      // After its exit file a launcher only rings the bell: it holds nothing of the run any more.
      const others = state === 'exited' ? left.filter((one) => one.pid !== identity?.pid) : left;
      if (over && others.length === 0) {
        ended.delete(run.mark);
        const cgroup = await cgroupOf(run);
        if (cgroup !== undefined) await processes.cgroups.remove(cgroup);
      }
      const startedAt =
        identity?.boot === world.self.boot ? processes.startedAt(identity) : (run.started_at ?? undefined);
      const neverStarted = state === 'lost' && identity === undefined && !wasOurs;
      return { state, exit: exit ?? unseen, identity, startedAt, neverStarted, others };
    },
  };
}

function recorded({ pid, pid_start: start, boot }: Traced): ProcessIdentity | undefined {
  return pid !== null && start !== null && boot !== null ? { pid, start, boot } : undefined;
}
