import { homedir } from 'node:os';
import { join } from 'node:path';
import { formatDuration } from '../../domain/duration.ts';
import { withoutWorker } from '../../domain/env.ts';
import { homeBoard } from '../../domain/ids.ts';
import { type HermesDispatcher, hermesName } from '../../domain/why.ts';
import { readAside } from '../../services/aside.ts';
import { messageOf, storeFault } from '../../services/faults.ts';
import { hermesDispatcher } from '../../services/hermes.ts';
import { type Home, openHome } from '../../services/home.ts';
import { liveGateways, type Presence } from '../../services/presence.ts';
import type { World } from '../../services/world.ts';
import { nodeWorld } from '../../services/world-node.ts';
import { openHomeKernel } from '../home-kernel.ts';
import { soundSettings } from '../sound-settings.ts';
import { gatewayLog } from './log-path.ts';
import { bin } from './paths.ts';

/** Starting, stopping and looking at gateways from another process. */

type Failed = { readonly ok: false; readonly message: string };

const silent = { debug: () => {}, info: () => {}, warn: () => {}, error: () => {} };

function here(): { home: Home; world: World } {
  return { home: openHome(process.env, homedir()), world: nodeWorld({ log: silent }) };
}

const find = async (home: Home, world: World, name: string): Promise<Presence | undefined> =>
  (await liveGateways(home, world)).find((gateway) => gateway.name === name);

const pause = (world: World): Promise<void> => new Promise((resolve) => world.after(20, resolve));

/** Waits up to `limit` milliseconds for `look` to give something. */
async function until<Value>(
  world: World,
  limit: number,
  look: () => Promise<Value | undefined>,
): Promise<Value | undefined> {
  // The world's timers do not keep a process alive, and nothing else may.
  const alive = setInterval(() => {}, limit);
  try {
    const end = world.monotonic() + limit;
    for (;;) {
      const found = await look();
      if (found !== undefined || world.monotonic() > end) return found;
      await pause(world);
    }
  } finally {
    clearInterval(alive);
  }
}

/** A gateway that a worker starts is not part of that worker: it must not be ended with it. */
const inherited = (env: NodeJS.ProcessEnv): Record<string, string> =>
  Object.fromEntries(
    Object.entries(withoutWorker(env)).flatMap(([name, value]) =>
      value === undefined ? [] : [[name, value]],
    ),
  );

/** Starts a gateway in a session of its own and waits until it is there, or has said why not. */
export async function startGateway(
  name: string,
): Promise<{ readonly ok: true; readonly pid: number; readonly log: string } | Failed> {
  const { home, world } = here();
  const running = await find(home, world, name);
  if (running)
    return { ok: false, message: `The gateway ${name} is already running with pid ${running.pid}.` };
  await world.files.makeFolder(join(home.root, 'gateways'), 0o700);
  const errors = join(home.root, 'gateways', `${name}.start-${world.self.pid}`);
  let ended = false;
  const child = await world.processes.spawn({
    command: [join(bin, 'andon'), 'gateway', 'run', '--detached', '--name', name],
    cwd: process.cwd(),
    env: inherited(process.env),
    log: errors,
    onExit: () => {
      ended = true;
    },
  });
  try {
    const found = await until(
      world,
      15_000,
      async () => (await find(home, world, name)) ?? (ended ? null : undefined),
    );
    if (found) return { ok: true, pid: found.pid, log: gatewayLog(home, name) };
    const said = ((await world.files.read(errors)) ?? '')
      .trim()
      .split('\n')
      .at(-1)
      ?.replace(/^andon: /, '');
    return {
      ok: false,
      message: said || `The gateway ${name} (pid ${child.pid}) did not start; see ${gatewayLog(home, name)}.`,
    };
  } finally {
    await world.files.remove(errors);
  }
}

/** Ends a gateway and waits until it is gone. */
export async function stopGateway(
  name: string,
): Promise<{ readonly ok: true; readonly pid: number } | Failed> {
  const { home, world } = here();
  const running = await find(home, world, name);
  if (!running) return { ok: false, message: `No gateway ${name} is running in ${home.root}.` };
  if (running.host !== world.hostname) {
    return { ok: false, message: `The gateway ${name} runs on ${running.host}; stop it there.` };
  }
  await world.processes.signal(running, 'SIGTERM');
  const gone = await until(world, 10_000, async () =>
    (await world.processes.alive(running)) ? undefined : true,
  );
  if (gone) return { ok: true, pid: running.pid };
  return {
    ok: false,
    message: `The gateway ${name} (pid ${running.pid}) did not stop within 10 s; see ${gatewayLog(home, name)}.`,
  };
}

export interface Status {
  readonly gateways: readonly Presence[];
  /** The gateway that dispatches now. */
  readonly dispatcher: { readonly name: string; readonly pid: number; readonly epoch: number } | null;
  /** A Hermes gateway that dispatches here, for which ours stand aside. */
  readonly hermes: HermesDispatcher | null;
  /** Boards that a gateway does not work on, because their database is broken. */
  readonly aside: Awaited<ReturnType<typeof readAside>>;
  /** Why nobody can tell who dispatches: what the database said instead. */
  readonly fault: string | null;
  readonly now: number;
}

export async function gatewayStatus(): Promise<Status> {
  const { home, world } = here();
  const gateways = await liveGateways(home, world);
  const hermes = (await hermesDispatcher(home, world)) ?? null;
  const aside = await readAside(home, world);
  const { dispatcher, fault } = await dispatcherOf(home);
  return { gateways, dispatcher, hermes, aside, fault, now: world.now() };
}

/** Who dispatches, or why that cannot be told: a gateway is asked after above all when something else is down. */
async function dispatcherOf(home: Home): Promise<Pick<Status, 'dispatcher' | 'fault'>> {
  const kernel = await openHomeKernel(home, await soundSettings(home));
  try {
    const answer = await kernel.lease(homeBoard, { role: 'dispatcher' });
    const lease = answer.ok ? answer.value.lease : null;
    return {
      dispatcher: lease && { name: lease.name, pid: lease.pid, epoch: lease.epoch },
      fault: null,
    };
  } catch (error) {
    if (storeFault(error) === undefined) throw error;
    return { dispatcher: null, fault: messageOf(error) };
  } finally {
    await kernel.close();
  }
}

export function statusText({ gateways, dispatcher, hermes, aside, fault, now }: Status): string {
  if (gateways.length === 0) return 'No gateway is running; `andon gateway start` starts one.';
  const roles = (gateway: Presence): string => {
    const leads = dispatcher?.name === gateway.name && dispatcher.pid === gateway.pid;
    if (gateway.dispatcher && hermes) return `stands aside for ${hermesName(hermes)}`;
    if (leads) return 'dispatches';
    if (!gateway.dispatcher) return 'does not dispatch';
    return fault === null ? 'waits to dispatch' : 'dispatches or waits to';
  };
  const running = gateways.map(({ started_at, ...gateway }) => {
    const since = formatDuration(now - started_at);
    const place = gateway.url === null ? '' : `  ${gateway.url}`;
    return `${gateway.name}  pid ${gateway.pid}  up ${since}  ${roles({ ...gateway, started_at })}${place}`;
  });
  const broken = aside.map(
    ({ gateway, board, reason }) => `${gateway} has set the board ${board} aside: ${reason}`,
  );
  const untold = fault === null ? [] : [`Who dispatches cannot be told: ${fault}`];
  return [...running, ...broken, ...untold].join('\n');
}
