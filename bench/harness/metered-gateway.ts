import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { asProfileName, asRunId, asTaskId, defaultBoard, type TaskId } from '../../src/domain/ids.ts';
import { createKernel } from '../../src/kernel/create-kernel.ts';
import type { Kernel } from '../../src/kernel/kernel.ts';
import { hashOf } from '../../src/services/secret.ts';
import { openSqliteStore } from '../../src/store/sqlite/sqlite.ts';
import { profiling } from './child.ts';
import type { Bench } from './row.ts';

/** A real gateway on a home of its own, and what of it is metered (`meter.ts`). */
export interface BenchGateway {
  readonly pid: number;
  /** The board's file. */
  readonly board: string;
  /** The folder of the workers' logs. */
  readonly logs: string;
  /** The lines of the meter that the gateway itself wrote, without its process id. */
  metered(kind: Metered): readonly string[];
  /** What its workers (`signing`) have signed so far. */
  signed(): readonly Signature[];
  /** Milliseconds that all of its threads have been on a processor. */
  processorTime(): number;
  end(): Promise<void>;
}

export type Metered = 'spawn' | 'sql' | 'loop';

/** What a worker tells of itself before it waits to be ended. */
export interface Signature {
  readonly pid: number;
  readonly task: TaskId;
  readonly run: number;
  readonly token: string;
}

/**
 * A worker as short as a process can be that answers for itself: it says a line, signs, and waits; whoever reads the signature
 * answers for it and ends it. So no second start of Node is measured with it.
 */
const signing = [
  'echo "Here is the work on $ANDON_TASK."',
  'printf "%s %s %s %s\\n" "$$" "$ANDON_TASK" "$ANDON_RUN_ID" "$ANDON_RUN_TOKEN" >>"$ANDON_HOME/signatures"',
  'exec sleep 30',
].join('\n');

const andon = resolve(import.meta.dirname, '../../bin/andon');
const meter = resolve(import.meta.dirname, 'meter.ts');

/**
 * Starts a gateway in `bench.folder/name`, in which a board may stand already as `kanban.db`, and waits until it leads. It has
 * one profile, `signer`.
 */
export async function startGateway(
  bench: Bench,
  name: string,
  options: { readonly meters: readonly Metered[]; readonly settings?: Readonly<Record<string, unknown>> },
): Promise<BenchGateway> {
  const root = join(bench.folder, name);
  const path = (...names: string[]): string => join(root, ...names);
  mkdirSync(path('profiles', 'signer'), { recursive: true });
  writeFileSync(path('signing.sh'), signing);
  const profile = { command: ['/bin/sh', path('signing.sh')] };
  writeFileSync(path('profiles', 'signer', 'andon.yaml'), JSON.stringify(profile));
  // A snapshot is work that comes by time, and is none of what is measured here.
  const settings = { snapshot_interval_minutes: 0, http: { port: 0 }, ...options.settings };
  writeFileSync(path('andon.yaml'), JSON.stringify(settings));
  const flags = options.meters.length === 0 ? [] : [`--import=${meter}`];
  const { NODE_OPTIONS: more } = profiling(bench);
  const child = spawn(andon, ['gateway', 'run'], {
    cwd: root,
    env: {
      PATH: process.env['PATH'] ?? '',
      HOME: root,
      ANDON_HOME: root,
      BENCH_METER: path('meter'),
      BENCH_METER_KINDS: options.meters.join(','),
      NODE_OPTIONS: [...flags, ...(more === undefined ? [] : [more])].join(' '),
    },
    stdio: ['ignore', 'ignore', 'pipe'],
  });
  const pid = await leading(child);
  const lines = (file: string): string[] =>
    existsSync(path(file)) ? readFileSync(path(file), 'utf8').split('\n').slice(0, -1) : [];
  return {
    pid,
    board: path('kanban.db'),
    logs: path('kanban', 'logs'),
    metered: (kind) => {
      const begin = `${pid} ${kind} `;
      return lines('meter').flatMap((line) => (line.startsWith(begin) ? [line.slice(begin.length)] : []));
    },
    signed: () => lines('signatures').map(signatureOf),
    processorTime: () => {
      const times = readdirSync(`/proc/${pid}/task`).map((thread) =>
        Number(readFileSync(`/proc/${pid}/task/${thread}/schedstat`, 'utf8').split(' ')[0]),
      );
      return times.reduce((sum, time) => sum + time, 0) / 1e6;
    },
    end: async () => {
      const gone = once(child, 'close');
      if (child.exitCode === null && child.signalCode === null) child.kill('SIGTERM');
      else return;
      await gone;
    },
  };
}

async function leading(child: ChildProcess): Promise<number> {
  let said = '';
  child.stderr?.setEncoding('utf8').on('data', (text: string) => {
    said += text;
  });
  for (const begun = performance.now(); performance.now() - begun < 30_000; await pause(20)) {
    if (child.exitCode !== null) break;
    if (child.pid !== undefined && said.includes('is dispatcher now')) return child.pid;
  }
  child.kill('SIGKILL');
  throw new Error(`The gateway does not lead; it said: ${said}`);
}

function signatureOf(line: string): Signature {
  const [pid, task = '', run, token = ''] = line.split(' ');
  return { pid: Number(pid), task: asTaskId(task), run: Number(run), token };
}

/** Answers for a worker, and ends it. */
export async function answerFor(kernel: Kernel, { pid, task, run, token }: Signature): Promise<void> {
  const answer = { task_id: task, run_id: asRunId(run), proof: hashOf(token), summary: 'It is done.' };
  const done = await kernel.complete(defaultBoard, answer);
  if (!done.ok) throw new Error(done.refusal.sentence);
  process.kill(pid, 'SIGKILL');
}

/** A kernel of this process on the gateway's board: another process, as a person's command is. */
export const besides = ({ board }: Pick<BenchGateway, 'board'>): Kernel =>
  createKernel(openSqliteStore({ locate: () => board }));

export async function createFor(kernel: Kernel, title: string): Promise<TaskId> {
  const made = await kernel.create(defaultBoard, { title, assignee: asProfileName('signer') });
  if (!made.ok) throw new Error(made.refusal.sentence);
  return made.value.task.id;
}

/** Asks every millisecond until there is an answer, for at most `seconds`. */
export async function untilFound<Value>(
  what: string,
  look: () => Value | undefined | Promise<Value | undefined>,
  seconds = 20,
): Promise<Value> {
  for (const begun = performance.now(); performance.now() - begun < seconds * 1000; await pause(1)) {
    const found = await look();
    if (found !== undefined) return found;
  }
  throw new Error(`${what} did not come within ${seconds} s.`);
}
