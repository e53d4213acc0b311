import { spawn } from 'node:child_process';
import { constants } from 'node:fs';
import { access, open } from 'node:fs/promises';
import type { ProcessIdentity } from '../domain/run.ts';
import { linuxCgroups, noCgroups } from './cgroup.ts';
import { codeOf } from './error-code.ts';
import { type ProcessTable, treeOf } from './process-table.ts';
import type { Processes, Ran, RunRequest, SpawnRequest } from './world.ts';

/** The processes of this machine. */
export function nodeProcesses(table: ProcessTable, self: ProcessIdentity): Processes {
  const identify = async (pid: number): Promise<ProcessIdentity | undefined> => {
    const row = table.find(pid);
    return row && { pid, start: row.start, boot: table.boot };
  };
  const alive = async ({ pid, start, boot }: ProcessIdentity): Promise<boolean> =>
    boot === table.boot && table.find(pid)?.start === start;
  return {
    run,
    spawn: start,
    identify,
    alive,
    startedAt: ({ start: mark }) => table.startedAt(mark),
    tree: async (leader, mark, traces = {}) =>
      treeOf(await table.all(mark, traces), leader, self.pid).map(({ pid, start: begun }) => ({
        pid,
        start: begun,
        boot: table.boot,
      })),
    // Between the look and the signal lie microseconds, in which a process id cannot come round again.
    signal: async (identity, signal) => {
      if (!(await alive(identity))) return false;
      try {
        return process.kill(identity.pid, signal);
      } catch (error) {
        if (codeOf(error) === 'ESRCH') return false;
        throw error;
      }
    },
    cgroups: process.platform === 'linux' ? linuxCgroups(self.pid) : noCgroups,
  };
}

async function start(request: SpawnRequest): Promise<{ pid: number }> {
  const [command, ...args] = request.command;
  // A missing folder is told as a missing command by the system.
  await access(request.cwd, constants.X_OK).catch((cause) => {
    throw new Error(`The folder ${request.cwd} cannot be entered, so ${command} was not started there.`, {
      cause,
    });
  });
  const log = await open(request.log, 'a', 0o600);
  try {
    const child = spawn(command, args, {
      cwd: request.cwd,
      env: { ...request.env },
      detached: true,
      stdio: ['ignore', log.fd, log.fd],
    });
    const pid = await new Promise<number>((resolve, reject) => {
      child.once('spawn', () => (child.pid === undefined ? undefined : resolve(child.pid)));
      child.on('error', (cause) =>
        reject(new Error(`${command} cannot be started: ${cause.message}.`, { cause })),
      );
      child.once('exit', request.onExit);
    });
    child.unref();
    return { pid };
  } finally {
    // The child has its own descriptor; a fault here must not be told as a worker that was not started.
    await log.close().catch(() => undefined);
  }
}

/** What is kept of a command's output; nothing that we ask says more. */
const longestOutput = 64 * 1024 * 1024;

function run({ command: [name, ...args], cwd, env, timeout }: RunRequest): Promise<Ran> {
  const child = spawn(name, args, {
    cwd,
    env: { ...env },
    detached: true,
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  const texts = { out: '', err: '' };
  const keep = (into: keyof typeof texts) => (text: string) => {
    if (texts[into].length < longestOutput) texts[into] += text;
  };
  child.stdout.setEncoding('utf8').on('data', keep('out'));
  child.stderr.setEncoding('utf8').on('data', keep('err'));
  const timer = setTimeout(() => {
    // Its group, which it leads; and whoever else has its output open is not waited for.
    if (child.pid !== undefined && child.exitCode === null && child.signalCode === null) {
      process.kill(-child.pid, 'SIGKILL');
    }
    child.stdout.destroy();
    child.stderr.destroy();
  }, timeout);
  return new Promise<Ran>((resolve, reject) => {
    child.once('error', (cause) =>
      reject(new Error(`${name} cannot be started: ${cause.message}.`, { cause })),
    );
    child.once('close', (code) => resolve({ code, ...texts }));
  }).finally(() => clearTimeout(timer));
}
