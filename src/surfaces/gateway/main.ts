import { homedir } from 'node:os';
import { join } from 'node:path';
import { asProfileName } from '../../domain/ids.ts';
import { type Gates, readGates } from '../../services/gates.ts';
import { type Home, openHome } from '../../services/home.ts';
import { fileLog, plainLog } from '../../services/logger.ts';
import { announceUrl, claimPresence, releasePresence } from '../../services/presence.ts';
import type { Service } from '../../services/service.ts';
import { loadSettings } from '../../services/settings.ts';
import type { Log, World } from '../../services/world.ts';
import { nodeWorld } from '../../services/world-node.ts';
import { thisMachine } from '../machine.ts';
import { gatewayLog } from './log-path.ts';
import { type Seat, seatServices } from './services.ts';
import { openThreadKernel } from './thread-kernel.ts';

/** Why a gateway ended or could not start: the sentence to print with exit code 1, or nothing. */
export type Ran = { readonly ok: true } | { readonly ok: false; readonly message: string };

/**
 * Runs one gateway until SIGTERM or Ctrl-C: the composition root of the services. Workers are left alone when it stops;
 * the next gateway finds them by their run folders.
 */
export async function runGateway(options: {
  readonly name: string;
  readonly logToFile: boolean;
}): Promise<Ran> {
  const { name } = options;
  const home = openHome(process.env, homedir());
  const terminal = plainLog((line) => process.stderr.write(line), Date.now);
  const { files, processes } = nodeWorld({ log: terminal });
  await processes.cgroups.leave();
  const load = () => loadSettings(home, files, { machine: thisMachine(), profile: asProfileName(name) });
  const gates = await readGates(home.env, load);
  const standsForNothing = !gates.dispatcher && gates.notifier === 'none';
  // A switched-off environment decides before the settings are read (contract §5.1).
  const settings = standsForNothing && gates.bySettings === false ? undefined : await load();
  if (settings?.ok === false) return { ok: false, message: settings.message };

  await files.makeFolder(join(home.root, 'gateways'), 0o700);
  const world = nodeWorld({ log: options.logToFile ? await fileLog(gatewayLog(home, name)) : terminal });
  const wanted = { name, dispatcher: gates.dispatcher, notifier: gates.notifier !== 'none' };
  // Before the presence, by which others know whom to stop.
  const end = awaitEnd();
  try {
    const claimed = await claimPresence(home, world, wanted);
    if (!claimed.ok) {
      const { pid } = claimed.holder;
      return {
        ok: false,
        message: `The gateway ${name} is already running with pid ${pid}; \`andon gateway stop\` ends it.`,
      };
    }
    try {
      announce(world.log, world, home, name, gates, settings?.warnings ?? []);
      return standsForNothing || !settings
        ? await end.reason
        : await serve({ world, home, name, settings: settings.settings }, gates, end, (url) =>
            announceUrl(home, world, claimed.presence, url),
          );
    } finally {
      await releasePresence(home, world, claimed.presence);
      world.log.info('The gateway has stopped.');
    }
  } finally {
    end.forget();
  }
}

function announce(
  log: Log,
  world: World,
  home: Home,
  name: string,
  gates: Gates,
  warnings: readonly string[],
): void {
  for (const warning of warnings) log.warn(warning);
  log.info('The gateway is running.', { name, pid: world.self.pid, root: home.root });
  if (gates.reason !== null) log.info(`It does not dispatch: ${gates.reason}.`);
}

/** How long services may take to finish what they are in the midst of; a gateway stops within 3 s (contract §5.1). */
const patience = 2000;

async function serve(
  seat: Omit<Seat, 'kernel'>,
  gates: Gates,
  end: End,
  announceAt: (url: string | null) => Promise<void>,
): Promise<Ran> {
  const { world, home } = seat;
  const kernel = openThreadKernel(home, seat.settings.store, (error) =>
    end.now(`The gateway lost its kernel: ${error.message}`),
  );
  const services = await seatServices({ ...seat, kernel }, gates, announceAt);
  try {
    for (const service of services) await service.start();
    return await end.reason;
  } finally {
    world.log.info('The gateway is stopping; running workers go on.');
    const stopped = stopAll(world, services);
    await Promise.race([stopped, new Promise<void>((resolve) => world.after(patience, resolve))]);
    // Ends whatever still waits for the lock of a board.
    await kernel.close();
    await stopped;
  }
}

async function stopAll(world: World, services: readonly Service[]): Promise<void> {
  for (const service of services.toReversed()) {
    await service.stop().catch((error: unknown) => {
      world.log.error('A service could not be stopped.', { error: String(error) });
    });
  }
}

/** What ends a gateway: SIGTERM, Ctrl-C, or the death of something that it cannot live without. */
interface End {
  readonly reason: Promise<Ran>;
  /** Ends it as failed, for this reason. */
  now(message: string): void;
  /** Signals have their usual effect again. */
  forget(): void;
}

function awaitEnd(): End {
  const { promise: reason, resolve } = Promise.withResolvers<Ran>();
  const stop = (): void => resolve({ ok: true });
  process.once('SIGTERM', stop).once('SIGINT', stop);
  // Nothing else may keep a gateway alive that stands for no role.
  const alive = setInterval(() => {}, 2 ** 30);
  return {
    reason,
    now: (message) => resolve({ ok: false, message }),
    forget: () => {
      clearInterval(alive);
      process.off('SIGTERM', stop).off('SIGINT', stop);
    },
  };
}
