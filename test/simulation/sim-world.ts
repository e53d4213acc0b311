import { asMillis } from '../../src/domain/ids.ts';
import { noCgroups } from '../../src/services/cgroup.ts';
import type { LogFields, SpawnRequest, World } from '../../src/services/world.ts';
import type { Receiver } from './receiver.ts';
import type { Scheduler } from './scheduler.ts';
import type { SimFiles } from './sim-files.ts';
import type { SimProcess, SimProcesses } from './sim-processes.ts';

/** What a simulated machine is made of. */
export interface Machine {
  readonly scheduler: Scheduler;
  readonly files: SimFiles;
  readonly processes: SimProcesses;
  readonly receiver: Receiver;
  /** Starts a worker as `launcher.sh` does; throws when the system cannot. */
  launch(request: SpawnRequest): SimProcess;
  /** The gateway is stopped for long, right here. */
  stopsBeforeSpawn(by: SimProcess): boolean;
  /** Calls the listener when the bell at this path may have rung. */
  watchBell(path: string, by: SimProcess, listener: () => void): () => void;
  /** Told of each signal that a gateway sends. */
  onSignal(by: SimProcess, to: SimProcess): void;
  /** Told of each line of a gateway's log. */
  onLog(by: SimProcess, level: string, message: string): void;
}

const hostname = 'machine';

/** The world of one gateway process on a simulated machine. Each call is a wait, and so a place to crash at. */
export function simWorld(machine: Machine, self: SimProcess): World {
  const { scheduler, files, processes } = machine;
  const { actor } = self;
  const turn = (label: string): Promise<void> => scheduler.wait(actor, label);
  const log =
    (level: string) =>
    (message: string, fields: LogFields = {}) =>
      machine.onLog(self, level, 'error' in fields ? `${message} ${String(fields['error'])}` : message);
  return {
    now: () => scheduler.wall(),
    monotonic: () => asMillis(scheduler.time),
    after: (delay, callback) => scheduler.turn(actor, 'timer', callback, Math.max(1, delay)),
    random: (bytes) => scheduler.random.hex(bytes),
    self: self.identity,
    hostname,
    files: files.seenBy(actor, (path, listener) => machine.watchBell(path, self, listener)),
    processes: {
      // Nothing is installed but workers; git is wanted for worktrees only, and nobody here has one.
      run: async ({ command: [name] }) => {
        await turn(`runs ${name}`);
        throw new Error(`${name} cannot be started: it is not there.`);
      },
      spawn: async (request) => {
        await turn('spawns');
        if (machine.stopsBeforeSpawn(self)) await turn('spawns at last');
        const launcher = machine.launch(request);
        launcher.onEnd.push(() => void scheduler.turn(actor, 'child ended', request.onExit));
        return { pid: launcher.identity.pid };
      },
      converse: async ({ command }) => {
        throw new Error(`Nobody plays ${command[0]}: agents are not simulated.`);
      },
      identify: async (pid) => {
        await turn(`identifies ${pid}`);
        return processes.at(pid)?.identity;
      },
      alive: async (identity) => {
        await turn(`looks for ${identity.pid}`);
        return processes.find(identity) !== undefined;
      },
      startedAt: (identity) => asMillis(Math.round(processes.startedAt(identity))),
      tree: async (leader, mark, traces) => {
        await turn(`looks for the tree of ${leader ?? mark}`);
        return processes.tree(leader, mark, traces?.held).map((process) => process.identity);
      },
      signal: async (identity, signal) => {
        await turn(`${signal} to ${identity.pid}`);
        const process = processes.find(identity);
        if (process === undefined) return false;
        machine.onSignal(self, process);
        processes.signal(process, signal);
        return true;
      },
      cgroups: noCgroups,
    },
    download: async ({ url }) => {
      throw new Error(`Nothing stands at ${url}: files of chats are not simulated.`);
    },
    send: (request) => machine.receiver.send(actor, request),
    log: { debug: log('debug'), info: log('info'), warn: log('warn'), error: log('error') },
  };
}
