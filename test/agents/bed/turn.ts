import { randomUUID } from 'node:crypto';
import { mkdir, readFile, rm, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import type { Conversation, TalkingDriver } from '../../../src/services/agents/conversation.ts';
import type { Driver, Launch, Order } from '../../../src/services/agents/driver.ts';
import type { AgentEvent } from '../../../src/services/agents/events.ts';
import { createReader } from '../../../src/services/agents/reader.ts';
import { until } from '../../support/until.ts';
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

const modules = join(import.meta.dirname, '..', 'node_modules');
/** Copilot unpacks 235 MB into each folder that it does not know yet. */
const packages = join(modules, '.cache', 'copilot');

/** What all agents of one attempt at a task are given. */
export const orderFor = (claimed: Claimed, run: ScriptedRun, more: Partial<Order> = {}): Order => ({
  home: join(claimed.home, 'agent'),
  cwd: claimed.workspace,
  prompt: `Work on the task ${claimed.task}. It is on the board.`,
  session: randomUUID(),
  resume: undefined,
  may: 'everything',
  model: 'scripted-1',
  provider: { url: run.url, key: run.key, prices: { input: 1, cached: 0.1, output: 2 } },
  board: {
    command: join(andonBin, 'andon'),
    args: ['mcp'],
    env: { ...identity(claimed), ANDON_RUN_TOKEN: secret },
  },
  ...more,
});

/** The same server, which writes its environment into a file of the workspace before it begins. */
export const tellingBoard = ({ board, cwd }: Order): Order['board'] => ({
  ...board,
  command: '/bin/sh',
  args: ['-c', `env > '${join(cwd, 'board.txt')}'; exec "$0" "$@"`, board.command, ...board.args],
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

/**
 * The path of an agent's program in this package. Of opencode there is only the part for this system, which links no
 * program: the whole wants packages for systems that the registry does not have, and `npm ci` then refuses.
 */
export const programOf = (name: string): string =>
  name === 'opencode' ? join(modules, 'opencode-linux-x64', 'bin', 'opencode') : join(modules, '.bin', name);

export interface TurnOptions {
  /** Milliseconds until all is killed. */
  readonly limit?: number;
  readonly env?: Readonly<Record<string, string>>;
}

/** Starts an agent for one turn that nobody talks into. */
export async function startTurn(
  driver: Driver,
  claimed: Claimed,
  order: Order,
  options: TurnOptions = {},
): Promise<Turn> {
  const reader = createReader(driver, Date.now);
  return start(driver, claimed, order, options, {
    unknown: reader.unknown,
    line: (text) => reader.line(text),
    errorLine: (text) => reader.errorLine(text),
  });
}

/** A turn that is talked into. */
export interface Talk extends Turn {
  readonly conversation: Conversation;
  say(lines: readonly string[]): void;
  /** Waits until an event fits. */
  event(fits: (event: AgentEvent) => boolean): Promise<AgentEvent>;
}

/** Starts an agent for one turn with its input open, which is closed when the turn is over. */
export async function startTalk(
  driver: TalkingDriver,
  claimed: Claimed,
  order: Order,
  options: TurnOptions = {},
): Promise<Talk> {
  const conversation = driver.converse(order);
  const unknown = new Map<string, number>();
  const say = (lines: readonly string[]): void => {
    for (const line of lines) turn.process.write(line);
  };
  const turn: Turn = await start(
    driver,
    claimed,
    order,
    options,
    {
      unknown,
      errorLine: (text) => driver.readError?.(text, Date.now()) ?? [],
      line: (text) => {
        const heard = conversation.hear(JSON.parse(text), Date.now());
        if (heard.events === undefined)
          unknown.set(text.slice(0, 80), (unknown.get(text.slice(0, 80)) ?? 0) + 1);
        say(heard.say);
        if (heard.events?.some(({ type }) => type === 'end')) turn.process.closeInput();
        return heard.events ?? [];
      },
    },
    true,
  );
  say(conversation.begin());
  return {
    ...turn,
    conversation,
    say,
    event: (fits) => until('an event', () => turn.events.find(fits), options.limit ?? usualLimit),
  };
}

const usualLimit = 60_000;

interface Lines {
  readonly unknown: ReadonlyMap<string, number>;
  line(text: string): readonly AgentEvent[];
  errorLine(text: string): readonly AgentEvent[];
}

async function start(
  driver: Pick<Driver, 'program' | 'launch' | 'ended'>,
  claimed: Claimed,
  order: Order,
  { limit = usualLimit, env = {} }: TurnOptions,
  lines: Lines,
  keep = false,
): Promise<Turn> {
  const launch = driver.launch(order);
  for (const path of Object.values(launch.leaves)) await rm(path, { force: true });
  await prepare(launch.files);
  const events: AgentEvent[] = [];
  const process = startAgent({
    command: [programOf(driver.program), ...launch.args],
    cwd: order.cwd,
    env: { ...agentEnv(claimed, launch.env), ...env },
    mark: claimed.mark,
    stdin: { text: launch.stdin, keep },
    limit,
    onLine: (line) => events.push(...lines.line(line)),
    onErrorLine: (line) => events.push(...lines.errorLine(line)),
  });
  const ended = process.ended.then(async (end) => {
    const left: Record<string, string | undefined> = {};
    for (const [name, path] of Object.entries(launch.leaves)) {
      left[name] = await readFile(path, 'utf8').catch(() => undefined);
    }
    const { code, signal } = end;
    events.push(...driver.ended({ code, signal, errors: process.errors() }, left));
    return end;
  });
  return { process, events, unknown: lines.unknown, ended };
}
