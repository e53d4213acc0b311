import { delimiter, join } from 'node:path';
import { readSeconds, workerEnv } from '../domain/env.ts';
import { asMillis, type BoardId, type Millis, type RunId } from '../domain/ids.ts';
import { judgeLauncher, type LauncherState, parseExit, parseIdentity } from '../domain/liveness.ts';
import type { Exit, ProcessIdentity, RunProcess } from '../domain/run.ts';
import type { Lane, Task } from '../domain/task.ts';
import { findCommand } from './find-command.ts';
import { boardPaths, type Home } from './home.ts';
import type { Profile } from './profile.ts';
import type { Settings } from './settings.ts';
import { stopTree } from './stop-tree.ts';
import { hermesHome, inherited, isAgent, workerCommand } from './worker.ts';
import { rotateLog } from './worker-log.ts';
import { makeWorkspace, workspacePath } from './workspace.ts';
import type { World } from './world.ts';

/**
 * Starts workers and tells what became of them (contract §5.9 to §5.12, design §3.3). How it can fail:
 * - The gateway dies between claim and spawn, or right after it: the run folder says which, to whoever looks next.
 * - The launcher is killed: there is no exit file, so the run is `lost`, and what it left is found by session and mark.
 * - A process id comes round again: every look and every signal compares the start mark and the boot as well.
 * - A worker forks away: the folder, the slot and the next claim wait until `others` is empty.
 */
export interface Executor {
  /** Starts the worker of a run whose claim is committed. A worker that cannot be started is an answer, not a fault. */
  start(order: StartOrder): Promise<Started>;
  observe(run: RunProcess): Promise<Observation>;
  /** Every live process of the run. */
  tree(run: RunProcess): Promise<readonly ProcessIdentity[]>;
  /** Ends every process of the run: SIGTERM, five seconds, SIGKILL. */
  stop(run: RunProcess): Promise<Stopped>;
}

export interface StartOrder {
  readonly board: BoardId;
  /** As the claim left it. */
  readonly task: Task;
  readonly run_id: RunId;
  /** The run's own folder, and its mark. */
  readonly dir: string;
  readonly mark: string;
  /** The run's secret. */
  readonly token: string;
  readonly profile: Profile;
  /** The worker brief (contract §9.4). */
  readonly brief: string;
  readonly lane: Lane;
}

/** `by_host`: this machine could not, whatever the task is. */
type Started =
  | { readonly ok: true; readonly pid: number }
  | { readonly ok: false; readonly error: string; readonly by_host?: true };

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

export interface ExecutorOptions {
  readonly home: Home;
  /** The gateway's own folder. */
  readonly cwd: string;
  /** The folder of the `andon` command, which comes first on a worker's PATH. */
  readonly bin: string;
  /** Starts the runner of an agent, which is told the path of its order. */
  readonly runner: readonly [string, ...string[]];
  /** The path of `launcher.sh`. */
  readonly launcher: string;
  readonly settings: Pick<Settings, 'worker_log_rotate_bytes' | 'worker_log_backup_count'>;
  /** Called when a launcher that this executor started has ended. */
  readonly onExit: () => void;
}

const unseen: Exit = { code: null, signal: null };

export function createExecutor(world: World, options: ExecutorOptions): Executor {
  const { files, processes } = world;
  const grace = asMillis(readSeconds(options.home.env, 'ANDON_CRASH_GRACE_SECONDS', 30) * 1000);
  /** Marks of launchers that ended under this executor and were not yet seen to be over. */
  const ended = new Set<string>();

  const identityOf = async (run: RunProcess): Promise<ProcessIdentity | undefined> =>
    parseIdentity(await files.read(join(run.dir, 'identity'))) ?? recorded(run);

  const tree = async (run: RunProcess): Promise<readonly ProcessIdentity[]> => {
    const launcher = await identityOf(run);
    if (launcher && launcher.boot !== world.self.boot) return [];
    const members = await processes.tree(launcher?.pid ?? null, run.mark);
    // While anything of its session lives, the system does not give the launcher's id to another process. So if another
    // has it, the session is over, and only the mark may still find somebody. Asked afterwards, because an id may come
    // round between two looks.
    const holder = launcher && (await processes.identify(launcher.pid));
    const reused = holder !== undefined && holder.start !== launcher?.start;
    return reused ? processes.tree(null, run.mark) : members;
  };

  /**
   * Sees to it that a launcher of this run which does not run yet never starts its worker: a gateway may have been stopped
   * right before the spawn, and go on when the task has long been given to another run. The identity file is made but once,
   * so one that we make first ends such a launcher. False when it came first after all, and can be known at the next look.
   */
  const shut = async (run: RunProcess): Promise<boolean> => {
    await files.makeFolder(run.dir, 0o700);
    if (await files.create(join(run.dir, 'identity'), 'nobody\n')) return true;
    return (await identityOf(run)) === undefined;
  };

  return {
    tree,
    stop: async (run) => {
      if ((await identityOf(run)) === undefined) await shut(run);
      return stopTree(world, () => tree(run));
    },
    start: async (order) => {
      try {
        return await startWorker(world, options, order, () => {
          ended.add(order.mark);
          options.onExit();
        });
      } catch (error) {
        const message = error instanceof Error ? error.message : String(error);
        return { ok: false, error: message, ...(isOfHost(error) && { by_host: true }) };
      }
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
        grace,
      });
      const late = judged === 'lost' && identity === undefined && !(await shut(run));
      const state = late ? 'starting' : judged;
      const over = state === 'exited' || state === 'lost';
      const left = over ? await tree(run) : [];
      // After its exit file a launcher only rings the bell: it holds nothing of the run any more.
      const others = state === 'exited' ? left.filter((one) => one.pid !== identity?.pid) : left;
      if (over && others.length === 0) ended.delete(run.mark);
      const startedAt =
        identity?.boot === world.self.boot ? processes.startedAt(identity) : (run.started_at ?? undefined);
      const neverStarted = state === 'lost' && identity === undefined && !wasOurs;
      return { state, exit: exit ?? unseen, identity, startedAt, neverStarted, others };
    },
  };
}

/** What the system says when it has no room, no memory, no descriptors or no processes left, or its disk fails. */
const hostCodes = new Set(['ENOSPC', 'EDQUOT', 'EAGAIN', 'ENOMEM', 'EMFILE', 'ENFILE', 'EIO', 'EROFS']);

function isOfHost(error: unknown): boolean {
  if (!(error instanceof Error)) return false;
  return ('code' in error && hostCodes.has(String(error.code))) || isOfHost(error.cause);
}

function recorded({ pid, pid_start: start, boot }: RunProcess): ProcessIdentity | undefined {
  return pid !== null && start !== null && boot !== null ? { pid, start, boot } : undefined;
}

async function startWorker(
  world: World,
  options: ExecutorOptions,
  order: StartOrder,
  onExit: () => void,
): Promise<Started> {
  const { files, processes } = world;
  const { home, cwd } = options;
  const { task, profile, dir } = order;
  const paths = boardPaths(home, order.board);

  const place = workspacePath(task, { workspaces: paths.workspaces, cwd, userHome: home.userHome });
  if (!place.ok) return { ok: false, error: `workspace: ${place.refusal.sentence}` };
  const workspace = place.value;
  const brief = join(dir, 'brief.md');

  await files.makeFolder(dir, 0o700);
  await files.write(brief, order.brief);
  await makeWorkspace(files, task, workspace);
  await files.makeFolder(paths.logs);
  const log = join(paths.logs, `${task.id}.log`);
  await rotateLog(
    files,
    log,
    options.settings.worker_log_rotate_bytes,
    options.settings.worker_log_backup_count,
  );

  const env = workerEnv(baseEnv(options, order), {
    home: home.root,
    task: task.id,
    runId: order.run_id,
    claimLock: task.claim_lock,
    board: order.board,
    db: paths.db,
    workspace,
    workspacesRoot: paths.workspaces,
    branch: task.branch_name,
    profile: profile.name,
    tenant: task.tenant,
    sessionId: task.session_id,
    brief,
    mark: order.mark,
    // Shells of an agent have all that the agent itself has.
    token: isAgent(profile) ? null : order.token,
  });
  const { sessions } = paths;
  const work = await workerCommand(world, order, {
    workspace,
    brief,
    sessions,
    env: home.env,
    runner: options.runner,
  });
  if (!work.ok) return work;
  const { command } = work;
  const folder = (await files.isFolder(workspace)) ? workspace : cwd;
  if ((await findCommand(files, command[0], env['PATH'] ?? '', folder)) === undefined) {
    return {
      ok: false,
      error: `The command "${command[0]}" of the profile ${profile.name} was not found; install it, or correct command in profiles/${profile.name}/andon.yaml.`,
    };
  }
  const { pid } = await processes.spawn({
    command: ['/bin/sh', options.launcher, dir, paths.bell, ...command],
    cwd: folder,
    env,
    log,
    onExit,
  });
  return { ok: true, pid };
}

/** What a worker has from the gateway and its profile, before it gets its identity. */
function baseEnv(options: ExecutorOptions, order: StartOrder): Record<string, string | undefined> {
  const { profile } = order;
  const env = {
    ...inherited(options.home.env, profile),
    ...hermesHome(options.home, profile),
    ...profile.env,
  };
  const path = [options.bin, env['PATH'] ?? '/usr/local/bin:/usr/bin:/bin'].join(delimiter);
  const limit = order.task.max_runtime_seconds ?? profile.max_runtime_seconds;
  return { ...env, PATH: path, ...raisedTimeouts(env, limit) };
}

/** A tool call of the worker may last almost as long as the worker itself (contract §5.10). */
function raisedTimeouts(
  env: Record<string, string | undefined>,
  maxRuntime: number | undefined,
): Record<string, string> {
  if (maxRuntime === undefined) return {};
  const least = Math.max(1, maxRuntime - 30);
  const names = ['TERMINAL_TIMEOUT', 'TERMINAL_MAX_FOREGROUND_TIMEOUT'];
  return Object.fromEntries(
    names.filter((name) => !(Number(env[name]) >= least)).map((name) => [name, String(least)]),
  );
}
