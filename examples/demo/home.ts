import { type ChildProcessByStdio, execFile, spawn } from 'node:child_process';
import { mkdir, mkdtemp, readdir, rm, rmdir, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { delimiter, dirname, join } from 'node:path';
import type { Readable } from 'node:stream';
import { promisify } from 'node:util';
import { z } from 'zod';
import type { Agent } from './agent.ts';
import { cleanEnvironment, type Repository } from './repository.ts';

const run = promisify(execFile);
const checkout = dirname(dirname(import.meta.dirname));
const andonProgram = join(checkout, 'bin', 'andon');
const longestAnswer = 2 ** 28;
const patience = 30_000;

/** A throw-away home with the demo's profiles, driven by nothing but the `andon` command. */
export interface Home {
  readonly folder: string;
  /** Where the workers leave their report; it outlives the home. */
  readonly report: string;
  /** Runs one `andon` command and gives what it printed. */
  andon(...args: string[]): Promise<string>;
  /** Starts a command that runs until it is killed (`watch`). */
  start(...args: string[]): ChildProcessByStdio<null, Readable, Readable>;
  /** Ends the gateway and every worker that still runs. */
  stop(): Promise<void>;
  /** Removes the home, and the report's folder if nothing is in it. */
  remove(): Promise<void>;
}

/** The demo's workers: `profiles/<name>/andon.yaml` holds no more than this. */
const profiles = {
  planner: { description: 'Splits the work', command: ['node', 'planner.mjs'] },
  census: { description: 'Counts one folder', command: ['node', 'census.mjs'] },
  flaky: { description: 'Fails on its first attempt', command: ['sh', 'flaky.sh'] },
  asks: { description: 'Needs an answer from a person', command: ['sh', 'asks.sh'] },
  synthesiser: { description: 'Writes the report', command: ['node', 'synthesiser.mjs'] },
} as const;
export type Worker = keyof typeof profiles;

/**
 * Makes the home for a run over `repository`; `workers` is the folder with the workers' scripts, and `agent` plays the one
 * with the question instead of its script.
 */
export async function makeHome(
  repository: Repository,
  workers: string,
  agent: Agent | undefined,
): Promise<Home> {
  const folder = await mkdtemp(join(tmpdir(), 'andon-demo-'));
  const report = await mkdtemp(join(tmpdir(), 'andon-report-'));
  const path = [dirname(andonProgram), dirname(process.execPath), process.env['PATH'] ?? ''].join(delimiter);
  const env = { ...cleanEnvironment(), PATH: path, ANDON_HOME: folder };

  const andon = async (...args: string[]): Promise<string> => {
    try {
      const options = { env, maxBuffer: longestAnswer, timeout: patience };
      const running = run(andonProgram, args, options);
      running.child.stdin?.end();
      return (await running).stdout;
    } catch (cause) {
      const said = cause instanceof Error && 'stderr' in cause ? String(cause.stderr).trim() : '';
      throw new Error(`andon ${args.slice(0, 2).join(' ')} failed: ${said || String(cause)}`, { cause });
    }
  };
  const home: Home = {
    folder,
    report,
    andon,
    start: (...args) => spawn(andonProgram, args, { env, stdio: ['ignore', 'pipe', 'pipe'] }),
    stop: async () => {
      await andon('gateway', 'stop').catch(() => undefined);
      await endWorkers(andon).catch(() => undefined);
    },
    remove: async () => {
      await rm(folder, { recursive: true, force: true, maxRetries: 5 });
      if ((await readdir(report)).length === 0) await rmdir(report);
    },
  };
  try {
    await andon('init');
    // Nobody asks the demo's gateway over HTTP, and another may have the port.
    await writeFile(join(folder, 'andon.yaml'), 'http: { enabled: false }\n');
    await writeProfiles(folder, workers, { DEMO_REPOSITORY: repository.folder, DEMO_REPORT: report });
    if (agent) await writeProfile(folder, 'asks', { description: profiles.asks.description, ...agent });
    return home;
  } catch (error) {
    await home.remove();
    throw error;
  }
}

async function writeProfiles(home: string, workers: string, env: Record<string, string>): Promise<void> {
  for (const [name, { description, command }] of Object.entries(profiles)) {
    const [program, script] = command;
    await writeProfile(home, name, { description, command: [program, join(workers, script)], env });
  }
}

/** JSON is YAML: what is written here is what a person would write by hand, in quotes. */
async function writeProfile(home: string, name: string, keys: Record<string, unknown>): Promise<void> {
  const text = Object.entries(keys).flatMap(([key, value]) =>
    value === undefined ? [] : `${key}: ${JSON.stringify(value)}\n`,
  );
  await mkdir(join(home, 'profiles', name), { recursive: true });
  await writeFile(join(home, 'profiles', name, 'andon.yaml'), text.join(''));
}

const openProcess = z.object({
  process: z.object({ pid: z.number().nullable(), gone_at: z.number().nullable() }).nullable(),
});

/** A gateway leaves running workers alone; here nobody will come back for them. */
async function endWorkers(andon: Home['andon']): Promise<void> {
  for (const { process: worker } of z.array(openProcess).parse(JSON.parse(await andon('runs', '--json')))) {
    if (worker === null || worker.pid === null || worker.gone_at !== null) continue;
    try {
      // A worker leads its own process group.
      process.kill(-worker.pid, 'SIGKILL');
    } catch (error) {
      if (!(error instanceof Error && 'code' in error && error.code === 'ESRCH')) throw error;
    }
  }
}
