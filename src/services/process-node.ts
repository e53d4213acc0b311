import { spawn } from 'node:child_process';
import { constants } from 'node:fs';
import { access, open } from 'node:fs/promises';
import type { ProcessIdentity } from '../domain/run.ts';
import { linuxCgroups, noCgroups } from './cgroup.ts';
import { converse } from './dialogue-node.ts';
import { codeOf } from './faults.ts';
import { type ProcessTable, treeOf } from './process-table.ts';
import type { Processes, SpawnRequest } from './world.ts';
import { runToEnd } from './world-node-run.ts';

/** The processes of this machine. */
export function nodeProcesses(table: ProcessTable, self: ProcessIdentity): Processes {
  const identify = async (pid: number): Promise<ProcessIdentity | undefined> => {
    const row = table.find(pid);
    return row && { pid, start: row.start, boot: table.boot };
  };
  const alive = async ({ pid, start, boot }: ProcessIdentity): Promise<boolean> =>
    boot === table.boot && table.find(pid)?.start === start;
  return {
    run: runToEnd,
    spawn: start,
    converse,
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
    }).catch(async (error) => {
      // The system tells a folder that cannot be entered as a missing command.
      await access(request.cwd, constants.X_OK).catch((cause) => {
        throw new Error(`The folder ${request.cwd} cannot be entered, so ${command} was not started there.`, {
          cause,
        });
      });
      throw error;
    });
    child.unref();
    return { pid };
  } finally {
    // The child has its own descriptor; a fault here must not be told as a worker that was not started.
    await log.close().catch(() => undefined);
  }
}
