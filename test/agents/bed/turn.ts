import { randomUUID } from 'node:crypto';
import { mkdir, readFile, rm, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import type { Driver, Launch, Order } from '../drivers/driver.ts';
import type { AgentEvent } from '../drivers/events.ts';
import { createReader } from '../drivers/reader.ts';
import type { ScriptedRun } from '../model/scripted-run.ts';
import { type AgentProcess, type End, startAgent } from './agent-process.ts';
import { andonBin, type Claimed } from './board.ts';

/** One turn of a real agent, as it ran. */
export interface Turn {
  readonly process: AgentProcess;
  readonly events: readonly AgentEvent[];
  /** The lines that the driver knows nothing of, by kind. */
  readonly unknown: ReadonlyMap<string, number>;
  readonly ended: Promise<End>;
}

/** The secret of a run, which the board's server alone may have. */
export const secret = 'andon-run-token-5f0c9e7d';

const bins = join(import.meta.dirname, '..', 'node_modules', '.bin');
/** Copilot unpacks 235 MB into each folder that it does not know yet. */
const packages = join(import.meta.dirname, '..', 'node_modules', '.cache', 'copilot');

/** What all agents of one attempt at a task are given. */
export const orderFor = (claimed: Claimed, run: ScriptedRun, more: Partial<Order> = {}): Order => ({
  home: join(claimed.home, 'agent'),
  cwd: claimed.workspace,
  prompt: `Work on the task ${claimed.task}. It is on the board.`,
  session: randomUUID(),
  resume: undefined,
  may: 'everything',
  model: 'scripted-1',
  provider: { url: run.url, key: run.key },
  board: {
    command: join(andonBin, 'andon'),
    args: ['mcp'],
    env: { ...identity(claimed), ANDON_RUN_TOKEN: secret },
  },
  ...more,
});

/** Who the worker is, for a server that inherits nothing. */
export const identity = ({ env, home }: Claimed): Record<string, string> => ({
  ...Object.fromEntries(Object.entries(env).filter(([name]) => name === 'PATH' || name.startsWith('ANDON_'))),
  HOME: home,
});

/** The environment of an agent's process: the worker's, its own home, and what its driver adds. */
export const agentEnv = (claimed: Claimed, added: Readonly<Record<string, string>>) => ({
  ...claimed.env,
  HOME: claimed.home,
  COPILOT_PKG_CACHE_HOME: packages,
  ...added,
});

export async function prepare(files: Launch['files']): Promise<void> {
  for (const { path, text } of files) {
    await mkdir(dirname(path), { recursive: true, mode: 0o700 });
    await writeFile(path, text, { mode: 0o600 });
  }
}

/** The path of an agent's program in this package. */
export const programOf = (name: string): string => join(bins, name);

export async function startTurn(
  driver: Driver,
  claimed: Claimed,
  order: Order,
  { limit = 60_000, env = {} }: { readonly limit?: number; readonly env?: Readonly<Record<string, string>> } = {},
): Promise<Turn> {
  const launch = driver.launch(order);
  for (const path of Object.values(launch.leaves)) await rm(path, { force: true });
  await prepare(launch.files);
  const reader = createReader(driver, Date.now);
  const events: AgentEvent[] = [];
  const process = startAgent({
    command: [programOf(driver.program), ...launch.args],
    cwd: order.cwd,
    env: { ...agentEnv(claimed, launch.env), ...env },
    mark: claimed.mark,
    stdin: { text: launch.stdin },
    limit,
    onLine: (line) => events.push(...reader.line(line)),
    onErrorLine: (line) => events.push(...reader.errorLine(line)),
  });
  const ended = process.ended.then(async (end) => {
    const left: Record<string, string | undefined> = {};
    for (const [name, path] of Object.entries(launch.leaves)) {
      left[name] = await readFile(path, 'utf8').catch(() => undefined);
    }
    const { code, signal } = end;
    events.push(...reader.ended({ code, signal, errors: process.errors() }, left));
    return end;
  });
  return { process, events, unknown: reader.unknown, ended };
}
