import { delimiter, join } from 'node:path';
import { markedEnv, raisedTimeouts, workerEnv } from '../domain/env.ts';
import type { BoardId, RunId } from '../domain/ids.ts';
import type { Lane, Task } from '../domain/task.ts';
import { cgroupName } from './cgroup.ts';
import { messageOf } from './faults.ts';
import { findCommand } from './find-command.ts';
import type { Git } from './git.ts';
import { boardPaths, type Home } from './home.ts';
import type { Profile } from './profile.ts';
import type { Settings } from './settings.ts';
import { hermesHome, inherited, isAgent, workerCommand } from './worker.ts';
import { logPath, rotateLog } from './worker-log.ts';
import { workspacePath } from './workspace.ts';
import { makeWorkspace } from './worktree.ts';
import type { Files, World } from './world.ts';

/** What it takes to start a worker whose claim is committed (contract §5.9, §5.10). */

export interface StartOptions {
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
  /** Gives the worker brief (contract §9.4); asked for while the worker's place is made. */
  readonly brief: () => Promise<string>;
  readonly lane: Lane;
  /** Told of the commit that a new worktree begins at, before it is made. */
  readonly onBase: (commit: string) => Promise<void>;
}

/** `by_host`: this machine could not, whatever the task is. */
export type Started =
  | { readonly ok: true; readonly pid: number }
  | { readonly ok: false; readonly error: string; readonly by_host?: true };

/** Starts it in a session of its own, under the launcher. A worker that cannot be started is an answer, not a fault. */
export async function startWorker(
  world: World,
  git: Git,
  options: StartOptions,
  order: StartOrder,
  onExit: () => void,
): Promise<Started> {
  try {
    return await start(world, git, options, order, onExit);
  } catch (error) {
    return { ok: false, error: messageOf(error), ...(isOfHost(error) && { by_host: true }) };
  }
}

async function start(
  world: World,
  git: Git,
  options: StartOptions,
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

  const writeBrief = async (): Promise<void> => {
    const [text] = await Promise.all([order.brief(), files.makeFolder(dir, 0o700)]);
    await files.jot(brief, text);
  };
  const log = logPath(paths.logs, task.id);
  const { mark, onBase } = order;
  // Side by side, and all of them to their end: nothing may go on for a worker that was told not to have started.
  const [made, ...others] = await Promise.allSettled([
    makeWorkspace(git, files, { task, path: workspace, cwd, env: markedEnv(mark), onBase }).then(() =>
      files.isFolder(workspace),
    ),
    writeBrief(),
    prepareLog(files, paths.logs, log, options),
  ]);
  if (made.status === 'rejected') {
    const error: unknown = made.reason;
    return { ok: false, error: `workspace: ${messageOf(error)}`, ...(isOfHost(error) && { by_host: true }) };
  }
  for (const other of others) if (other.status === 'rejected') throw other.reason;

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
  const folder = made.value ? workspace : cwd;
  if ((await findCommand(files, command[0], env['PATH'] ?? '', folder)) === undefined) {
    return {
      ok: false,
      error: `The command "${command[0]}" of the profile ${profile.name} was not found; install it, or correct command in profiles/${profile.name}/andon.yaml.`,
    };
  }
  const cgroup = await processes.cgroups.make(cgroupName(order.mark));
  if (cgroup !== undefined) await files.jot(join(dir, 'cgroup'), `${cgroup}\n`);
  const { pid } = await processes.spawn({
    command: ['/bin/sh', options.launcher, dir, paths.bell, ...command],
    cwd: folder,
    env,
    log,
    onExit: () => {
      // A launcher that came too late for its run has not even joined it.
      if (cgroup !== undefined) void processes.cgroups.remove(cgroup);
      onExit();
    },
  });
  return { ok: true, pid };
}

async function prepareLog(
  files: Files,
  folder: string,
  log: string,
  { settings }: StartOptions,
): Promise<void> {
  await files.makeFolder(folder);
  await rotateLog(files, log, settings.worker_log_rotate_bytes, settings.worker_log_backup_count);
}

/** What a worker has from the gateway and its profile, before it gets its identity. */
function baseEnv(options: StartOptions, order: StartOrder): Record<string, string | undefined> {
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

/** What the system says when it has no room, no memory, no descriptors or no processes left, or its disk fails. */
const hostCodes = new Set(['ENOSPC', 'EDQUOT', 'EAGAIN', 'ENOMEM', 'EMFILE', 'ENFILE', 'EIO', 'EROFS']);

function isOfHost(error: unknown): boolean {
  if (!(error instanceof Error)) return false;
  return ('code' in error && hostCodes.has(String(error.code))) || isOfHost(error.cause);
}
