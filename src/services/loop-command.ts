import { delimiter, join } from 'node:path';
import { formatDuration } from '../domain/duration.ts';
import { markedEnv, withoutPins, withoutWorker } from '../domain/env.ts';
import type { Loop, TurnOutcome } from '../domain/loop.ts';
import type { Exit } from '../domain/run.ts';
import { cgroupName } from './cgroup.ts';
import type { Executor, Traced } from './executor.ts';
import { messageOf } from './faults.ts';
import { type Home, loopLog, loopsFolder } from './home.ts';
import type { Turns } from './loops.ts';
import type { Settings } from './settings.ts';
import { cutLog, rotateLog } from './worker-log.ts';
import type { World } from './world.ts';

/**
 * The turns of loops that run a command: as a process of its own, under the launcher that workers have, so that its end is
 * known whoever asks and it goes on while a gateway is replaced. What it prints is kept in the loop's log, bounded.
 */
export interface LoopCommandOptions {
  readonly home: Home;
  readonly bin: string;
  readonly launcher: string;
  readonly executor: Pick<Executor, 'observe' | 'stop'>;
  readonly settings: Pick<
    Settings,
    'worker_log_rotate_bytes' | 'worker_log_max_bytes' | 'worker_log_backup_count'
  >;
  readonly wake: () => void;
}

/** A command that hangs must not hold its loop for ever. */
const longestTurn = 3_600_000;
/** How often the output of one that runs is looked at. */
const patience = 5000;
/** What of one turn is kept in the log. */
const keptBytes = 64 * 1024;

export function commandTurns(world: World, options: LoopCommandOptions): Turns {
  const { home, executor, settings } = options;
  const { files, processes } = world;
  const folderOf = ({ id, turn, turn_mark }: Loop): string =>
    join(loopsFolder(home), id, `${turn}-${turn_mark}`);
  const outputOf = (loop: Loop): string => join(folderOf(loop), 'output');

  /** Ends whatever is left of it, and gives whether anything outlived that. */
  const end = async (traced: Traced): Promise<boolean> => (await executor.stop(traced)).gone;

  const keepOutput = async (loop: Loop, how: string): Promise<boolean> => {
    const output = outputOf(loop);
    const size = (await files.size(output)) ?? 0;
    const kept = `${output}.end`;
    if (size > 0) await files.copyEnd(output, kept, keptBytes);
    const text = size > 0 ? await files.readBytes(kept).then((bytes) => new TextDecoder().decode(bytes)) : '';
    const log = loopLog(home, loop.id);
    await rotateLog(files, log, settings.worker_log_rotate_bytes, settings.worker_log_backup_count);
    const head = `[andon ${new Date(world.now()).toISOString()}] turn ${loop.turn}: ${how}\n`;
    await files.append(log, `${head}${text}${text === '' || text.endsWith('\n') ? '' : '\n'}`);
    await files.removeFolder(folderOf(loop));
    return text.trim() === '';
  };

  const settle = async (loop: Loop, exit: Exit, because: string | null): Promise<TurnOutcome> => {
    const how = because ?? howItEnded(exit);
    const isEmpty = await keepOutput(loop, how);
    const failed = because !== null || exit.code !== 0;
    return {
      state: 'over',
      empty: isEmpty && !failed,
      interrupted: because === null && wasInterrupted(exit),
      note: failed ? `Its last turn ${how}.` : null,
    };
  };

  return {
    patience,
    holdBack: async () => false,
    begin: async (loop) => {
      const folder = folderOf(loop);
      // A gateway before this one has started it.
      if ((await files.read(join(folder, 'identity'))) !== undefined) return { state: 'open', task_id: null };
      const [program, ...args] = loop.command ?? [];
      if (program === undefined) {
        return { state: 'over', empty: true, interrupted: true, note: 'It has no command.' };
      }
      await files.makeFolder(folder, 0o700);
      const mark = loop.turn_mark ?? '';
      const cgroup = await processes.cgroups.make(cgroupName(mark));
      if (cgroup !== undefined) await files.write(join(folder, 'cgroup'), `${cgroup}\n`);
      try {
        await processes.spawn({
          command: ['/bin/sh', options.launcher, folder, join(folder, 'bell'), program, ...args],
          cwd: loop.folder ?? home.userHome,
          env: environment(options, mark),
          log: outputOf(loop),
          onExit: options.wake,
        });
      } catch (error) {
        if (cgroup !== undefined) await processes.cgroups.remove(cgroup);
        await files.removeFolder(folder);
        return { state: 'over', empty: true, interrupted: false, note: messageOf(error) };
      }
      return { state: 'open', task_id: null };
    },
    look: async (loop) => {
      const traced = tracedOf(loop, folderOf(loop));
      const { state, exit, others } = await executor.observe(traced);
      if (state === 'exited' || state === 'lost') {
        if (others.length > 0 && !(await end(traced))) return undefined;
        return settle(loop, exit, state === 'lost' ? 'was ended, and nobody saw how' : null);
      }
      const isLate = world.now() - loop.last_fired_at > longestTurn;
      if (isLate || loop.status === 'done') {
        if (!(await end(traced))) return undefined;
        const because = isLate ? `was ended after ${formatDuration(longestTurn)}` : 'was ended with its loop';
        return settle(loop, exit, because);
      }
      const time = new Date(world.now()).toISOString();
      await cutLog(files, outputOf(loop), settings.worker_log_max_bytes, 0, time);
      return undefined;
    },
  };
}

/** What a look at its processes needs to know of a turn. */
const tracedOf = ({ turn_mark, last_fired_at }: Loop, dir: string): Traced => ({
  ...{ dir, mark: turn_mark ?? '', claimed_at: last_fired_at },
  ...{ pid: null, pid_start: null, boot: null, started_at: null },
});

/** That of the gateway, without any worker's identity; `andon` comes first on its path. */
function environment({ home, bin }: LoopCommandOptions, mark: string): Record<string, string> {
  const env = withoutPins(withoutWorker(home.env));
  const path = [bin, env['PATH'] ?? '/usr/local/bin:/usr/bin:/bin'].join(delimiter);
  const all = { ...env, ...markedEnv(mark), ANDON_HOME: home.root, PATH: path };
  return Object.fromEntries(
    Object.entries(all).flatMap(([name, value]) => (typeof value === 'string' ? [[name, value]] : [])),
  );
}

const howItEnded = ({ code, signal }: Exit): string =>
  signal === null ? `ended with ${code}` : `was ended by signal ${signal}`;

/** SIGINT, SIGTERM and their like, sent to it alone: a machine that shuts down tells the launcher too. */
const wasInterrupted = ({ signal, told }: Exit): boolean =>
  told === undefined && signal !== null && [1, 2, 3, 9, 15].includes(signal);
