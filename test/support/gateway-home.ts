import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import {
  chownSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { asTaskId, type BoardId, defaultBoard, homeBoard, type TaskId } from '../../src/domain/ids.ts';
import type { Status } from '../../src/domain/task.ts';
import type { RunView, TaskView } from '../../src/domain/view.ts';
import { createKernel } from '../../src/kernel/create-kernel.ts';
import type { Kernel } from '../../src/kernel/kernel.ts';
import { boardPaths, homeDb, openHome } from '../../src/services/home.ts';
import { nodeWorld } from '../../src/services/world-node.ts';
import { openPostgresStore } from '../../src/store/postgres/postgres.ts';
import { openSqliteStore } from '../../src/store/sqlite/sqlite.ts';
import { quiet } from './quiet-log.ts';
import { until } from './until.ts';

const andon = resolve('bin/andon');

/** A worker: the lines of a shell script, or a whole profile. */
export type Worker = string | Readonly<Record<string, unknown>>;

export interface HomeOptions {
  /** `andon.yaml`. */
  readonly settings?: Readonly<Record<string, unknown>>;
  readonly workers?: Readonly<Record<string, Worker>>;
  readonly env?: Readonly<Record<string, string>>;
  /** Name of the home's folder, below one of this test alone. */
  readonly folder?: string;
  /** The `postgres://…` address of the database that it uses instead of files of its own. */
  readonly store?: string;
  /** Everything is run by the user with this id; only root may say so. */
  readonly uid?: number;
}

export interface Answer {
  readonly code: number | null;
  readonly out: string;
  readonly err: string;
}

/** A line of the ledger, which each worker writes first of all. */
export interface Entry {
  readonly task: TaskId;
  readonly run: number;
}

export interface Gateway {
  readonly name: string;
  readonly pid: number;
  /** What it wrote to standard error, its log. */
  readonly said: () => string;
  /** Ends it with SIGKILL, as a crash does. */
  crash(): Promise<void>;
  /** Asks it to stop; gives its exit code and how many milliseconds it took. */
  stop(): Promise<{ readonly code: number | null; readonly took: number }>;
}

/** A home of one test, on which real gateways start real workers. */
export interface GatewayHome {
  readonly root: string;
  readonly env: Readonly<Record<string, string>>;
  /** A connection of the test's own, to look at the board while others work on it. */
  readonly kernel: Kernel;
  /** Runs `andon` with these arguments, whatever comes of it. */
  run(args: readonly string[], env?: Readonly<Record<string, string>>): Promise<Answer>;
  /** Runs `andon` and gives its output; it must succeed. */
  andon(...args: string[]): Promise<string>;
  /** The same with `--json`, parsed. */
  json(...args: string[]): Promise<Record<string, unknown>>;
  /** `andon create`: a task for this worker. */
  create(worker: string, ...args: string[]): Promise<TaskId>;
  /** `andon why`: the code of the reason. */
  why(task: TaskId): Promise<unknown>;
  /** Starts a gateway in the foreground and waits until it is present, and leads if it may. */
  gateway(options?: {
    readonly name?: string;
    readonly env?: Readonly<Record<string, string>>;
    /** It is the only one, so it leads before this resolves; true unless said. */
    readonly leads?: boolean;
  }): Promise<Gateway>;
  show(task: TaskId): Promise<TaskView>;
  /** The runs of a task, oldest first. */
  runs(task: TaskId): Promise<readonly RunView[]>;
  /** Waits until the task has this status. */
  reaches(task: TaskId, status: Status, limit?: number): Promise<TaskView>;
  ledger(): readonly Entry[];
  /** How often a worker was started for this task. */
  starts(task: TaskId): number;
  /** Writes a file of the home; workers wait for one with `wait_for NAME`. */
  write(path: string, text?: string): void;
  read(path: string): string;
  has(path: string): boolean;
  /** In bytes; 0 when there is no such file. */
  size(path: string): number;
}

/** What every worker's script begins with. */
const prelude = `
printf '%s %s\\n' "$ANDON_TASK" "$ANDON_RUN_ID" >>"$ANDON_HOME/ledger"
wait_for() { until [ -e "$ANDON_HOME/$1" ]; do sleep 0.02; done; }
`;

/** What the system says of processes. */
export const world = nodeWorld({ log: quiet });

/**
 * A throw-away home. When the test ends, however it does, every process that carries this home in its environment is
 * killed (gateways, workers, what they left behind; nobody else has its path) and the folder is removed.
 */
export function gatewayHome(
  test: { readonly onTestFinished: (end: () => Promise<void>) => void },
  options: HomeOptions = {},
): GatewayHome {
  const { store } = options;
  const above = mkdtempSync(join(tmpdir(), 'andon-e2e-'));
  const root = join(above, options.folder ?? 'home');
  mkdirSync(root);
  const path = (name: string): string => join(root, name);
  const write = (name: string, text = ''): void => {
    mkdirSync(join(path(name), '..'), { recursive: true });
    writeFileSync(path(name), text);
  };
  // Tests run side by side, and there is one port of that number: whoever tests the API says so.
  write(
    'andon.yaml',
    JSON.stringify({ http: { enabled: false }, ...(store !== undefined && { store }), ...options.settings }),
  );
  for (const [name, worker] of Object.entries(options.workers ?? {})) {
    if (typeof worker === 'string') write(`workers/${name}.sh`, prelude + worker);
    const profile = typeof worker === 'string' ? { command: ['sh', path(`workers/${name}.sh`)] } : worker;
    write(`profiles/${name}/andon.yaml`, JSON.stringify(profile));
  }
  const { uid } = options;
  if (uid !== undefined) {
    const inside = readdirSync(above, { recursive: true, encoding: 'utf8' });
    for (const name of ['', ...inside]) chownSync(join(above, name), uid, uid);
  }
  // Nothing of ours: a test must not inherit the task it may itself run under.
  const env = { PATH: process.env['PATH'] ?? '', HOME: above, ANDON_HOME: root, ...options.env };
  const home = openHome(env, above);
  const locate = (board: BoardId) => (board === homeBoard ? homeDb(home) : boardPaths(home, board).db);
  const kernel = createKernel(
    store === undefined ? openSqliteStore({ locate }) : openPostgresStore({ url: store }),
  );
  const children = new Set<ChildProcess>();
  test.onTestFinished(async () => {
    await kernel.close();
    await endAll(above);
    rmSync(above, { recursive: true, force: true });
  });

  const start = (args: readonly string[], more: Readonly<Record<string, string>> = {}) => {
    const child = spawn(andon, args, {
      cwd: above,
      env: { ...env, ...more },
      stdio: ['ignore', 'pipe', 'pipe'],
      ...(uid !== undefined && { uid, gid: uid }),
    });
    const texts = { out: '', err: '' };
    child.stdout.setEncoding('utf8').on('data', (text: string) => (texts.out += text));
    child.stderr.setEncoding('utf8').on('data', (text: string) => (texts.err += text));
    children.add(child);
    return { child, texts };
  };

  const run: GatewayHome['run'] = async (args, more) => {
    const { child, texts } = start(args, more);
    await once(child, 'close');
    return { code: child.exitCode, ...texts };
  };
  const succeed = async (...args: string[]): Promise<string> => {
    const { code, out, err } = await run(args);
    if (code !== 0) throw new Error(`andon ${args.join(' ')} ended with ${code}: ${err}`);
    return out;
  };
  const json = async (...args: string[]): Promise<Record<string, unknown>> => {
    const value: unknown = JSON.parse(await succeed(...args, '--json'));
    if (!isRecord(value)) throw new Error(`andon ${args.join(' ')} gave no JSON object.`);
    return value;
  };

  const show = async (task: TaskId): Promise<TaskView> => {
    const answer = await kernel.show(defaultBoard, { task_id: task, events: 100 });
    if (!answer.ok) throw new Error(answer.refusal.sentence);
    return answer.value;
  };
  const ledger = (): Entry[] =>
    read('ledger')
      .split('\n')
      .filter((line) => line !== '')
      .map((line) => {
        const [task = '', number] = line.split(' ');
        return { task: asTaskId(task), run: Number(number) };
      });
  const read = (name: string): string => (existsSync(path(name)) ? readFileSync(path(name), 'utf8') : '');

  return {
    root,
    env,
    kernel,
    run,
    andon: succeed,
    json,
    create: async (worker, ...args) =>
      asTaskId(String((await json('create', `Work for ${worker}`, '--assignee', worker, ...args))['id'])),
    why: async (task) => (await json('why', task))['code'],
    gateway: async ({ name = 'default', env: more, leads = true } = {}) => {
      const { child, texts } = start(['gateway', 'run', '--name', name], more);
      const { pid } = child;
      if (pid === undefined) throw new Error(`The gateway ${name} was not started.`);
      const ended = once(child, 'exit');
      const isHere = async (): Promise<boolean> => {
        if (child.exitCode !== null) throw new Error(`It has ended with ${child.exitCode}.`);
        if (!leads) return read(`gateways/${name}.json`).includes(`"pid": ${pid},`);
        const lease = await kernel.lease(homeBoard, { role: 'dispatcher' });
        return lease.ok && lease.value.lease?.pid === pid;
      };
      try {
        await until(`gateway ${name} is there`, isHere, 15_000);
      } catch (cause) {
        throw new Error(`The gateway ${name} did not come to life; it said: ${texts.err}`, { cause });
      }
      return {
        name,
        pid,
        said: () => texts.err,
        crash: async () => {
          child.kill('SIGKILL');
          await ended;
        },
        stop: async () => {
          const begin = performance.now();
          child.kill('SIGTERM');
          await ended;
          return { code: child.exitCode, took: performance.now() - begin };
        },
      };
    },
    show,
    runs: async (task) => (await show(task)).runs,
    reaches: (task, status, limit) =>
      until(
        `task ${task} is ${status}`,
        async () => {
          const view = await show(task);
          return view.task.status === status && view;
        },
        limit,
      ),
    ledger,
    starts: (task) => ledger().filter((entry) => entry.task === task).length,
    write,
    read,
    has: (name) => existsSync(path(name)),
    size: (name) => statSync(path(name), { throwIfNoEntry: false })?.size ?? 0,
  };
}

/** Kills every process whose environment names this folder, until none is left. */
async function endAll(folder: string): Promise<void> {
  await until('the processes of a test are gone', async () => {
    const left = await world.processes.tree(null, folder);
    for (const one of left) await world.processes.signal(one, 'SIGKILL');
    return left.length === 0;
  });
}

const isRecord = (value: unknown): value is Record<string, unknown> =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

/** The kinds of a task's events, oldest first. */
export const kindsOf = (view: TaskView): string[] => view.events.map((event) => event.kind);
