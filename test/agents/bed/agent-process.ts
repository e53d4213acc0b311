import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { readdir, readFile } from 'node:fs/promises';
import { createInterface } from 'node:readline';
import { setTimeout as pause } from 'node:timers/promises';
import { nodeWorld } from '../../../src/services/world-node.ts';
import { quiet } from '../../support/quiet-log.ts';

/** What to start. */
export interface Command {
  readonly command: readonly [string, ...string[]];
  readonly cwd: string;
  readonly env: Readonly<Record<string, string>>;
  /** Stands in the environment of every process of the run. */
  readonly mark: string;
  /** What is written to standard input before it is closed; `keep` leaves it open. */
  readonly stdin?: { readonly text?: string; readonly keep?: boolean };
  /** Milliseconds until all is killed. */
  readonly limit: number;
  readonly onLine?: (line: string) => void;
  readonly onErrorLine?: (line: string) => void;
}

export interface AgentProcess {
  readonly pid: number;
  /** What it has said on standard output, line by line. */
  readonly lines: readonly string[];
  readonly errors: () => string;
  write(text: string): void;
  closeInput(): void;
  /** Signals the leader alone, or its whole group. */
  signal(signal: NodeJS.Signals, to?: 'leader' | 'group'): void;
  /** Waits until a line fits. */
  line(fits: (line: string) => boolean, limit?: number): Promise<string>;
  readonly ended: Promise<End>;
}

export interface End {
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
  /** Milliseconds since the start. */
  readonly took: number;
  /** True when it was killed because its time was over. */
  readonly overdue: boolean;
  /** Commands of what outlived the leader; killed now. */
  readonly left: readonly string[];
}

const world = nodeWorld({ log: quiet });

/** Starts an agent in a process group of its own. When its leader has ended, whatever it left is killed. */
export function startAgent(order: Command): AgentProcess {
  const { command, cwd, env, mark, stdin, limit } = order;
  const [program, ...args] = command;
  const begin = performance.now();
  const child = spawn(program, args, { cwd, env, stdio: ['pipe', 'pipe', 'pipe'], detached: true });
  const { pid } = child;
  if (pid === undefined) throw new Error(`${program} cannot be started.`);
  const lines: string[] = [];
  const waiting = new Set<() => void>();
  const tell = (): void => {
    for (const look of [...waiting]) look();
  };
  createInterface({ input: child.stdout }).on('line', (line) => {
    lines.push(line);
    order.onLine?.(line);
    tell();
  });
  let errors = '';
  createInterface({ input: child.stderr }).on('line', (line) => {
    errors = `${errors}${line}\n`.slice(-200_000);
    order.onErrorLine?.(line);
  });
  child.stdin.on('error', () => {});
  if (stdin?.text !== undefined) child.stdin.write(stdin.text);
  if (!stdin?.keep) child.stdin.end();

  const timer = setTimeout(() => void killAll(pid, mark), limit);
  const ended = once(child, 'exit').then(async ([code, signal]: unknown[]): Promise<End> => {
    const took = performance.now() - begin;
    clearTimeout(timer);
    // An MCP server ends at the end of its input, which it sees now.
    await pause(300);
    const left = await killAll(pid, mark);
    tell();
    return {
      code: typeof code === 'number' ? code : null,
      signal: isSignal(signal) ? signal : null,
      took,
      overdue: took >= limit,
      left,
    };
  });
  return {
    pid,
    lines,
    errors: () => errors,
    write: (text) => void child.stdin.write(text),
    closeInput: () => void child.stdin.end(),
    signal: (signal, to = 'leader') => {
      try {
        process.kill(to === 'group' ? -pid : pid, signal);
      } catch {
        // It has ended already.
      }
    },
    line: (fits, most = limit) =>
      new Promise((resolve, reject) => {
        const look = (): void => {
          const found = lines.find(fits);
          if (found === undefined) return;
          waiting.delete(look);
          resolve(found);
        };
        waiting.add(look);
        look();
        setTimeout(() => reject(new Error(`No such line came within ${most} ms.`)), most).unref();
      }),
    ended,
  };
}

const isSignal = (value: unknown): value is NodeJS.Signals => typeof value === 'string';

/** The live processes that have a word on their command line, whoever started them. */
export async function commandsWith(word: string): Promise<string[]> {
  const pids = (await readdir('/proc')).filter((name) => /^\d+$/.test(name));
  const commands = await Promise.all(pids.map((pid) => commandOf(Number(pid))));
  return commands.filter((command) => command.includes(word));
}

/** Kills every process of a run until none is left, and tells what they were. */
export async function killAll(leader: number, mark: string): Promise<string[]> {
  const names = new Set<string>();
  for (let looks = 0; looks < 40; looks++) {
    const members = await world.processes.tree(leader, mark);
    if (members.length === 0) return [...names];
    for (const one of members) {
      names.add(await commandOf(one.pid));
      await world.processes.signal(one, 'SIGKILL');
    }
    await pause(50);
  }
  return [...names];
}

async function commandOf(pid: number): Promise<string> {
  // It may be gone by now.
  const text = await readFile(`/proc/${pid}/cmdline`, 'utf8').catch(() => '');
  return text.replaceAll('\0', ' ').trim().slice(0, 500);
}
