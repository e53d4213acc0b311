import packageFile from '../../../package.json' with { type: 'json' };
import { defaultCooldown } from '../../domain/cooldown.ts';
import { readSeconds } from '../../domain/env.ts';
import type { Role } from '../../domain/leading.ts';
import { defaultTtl } from '../../kernel/claim.ts';
import type { Kernel } from '../../kernel/kernel.ts';
import { createDispatcher, type Dispatcher } from '../../services/dispatcher.ts';
import { createElector, type Elector } from '../../services/elector.ts';
import { createExecutor } from '../../services/executor.ts';
import type { Gates } from '../../services/gates.ts';
import { boardsFolder, type Home, liveBoards } from '../../services/home.ts';
import { createNotifier } from '../../services/notifier.ts';
import { createProfileWatch } from '../../services/profile-watch.ts';
import { loadProfiles, type Profile, whyNotStartable } from '../../services/profiles.ts';
import type { Service } from '../../services/service.ts';
import type { Settings } from '../../services/settings.ts';
import { createWebhookChannel } from '../../services/webhook.ts';
import type { World } from '../../services/world.ts';
import { bin, launcher, page } from './paths.ts';

export interface Seat {
  readonly world: World;
  readonly kernel: Kernel;
  readonly home: Home;
  readonly name: string;
  readonly settings: Settings;
}

/** A dispatcher with the elector that makes it lead. */
export function seatDispatcher(seat: Seat): { readonly dispatcher: Dispatcher; readonly elector: Elector } {
  const { world, kernel, home, name, settings } = seat;
  const cwd = process.cwd();
  let wake = (): void => {};
  const elector = createElector(world, kernel, { role: 'dispatcher', name, onChange: () => wake() });
  const executor = createExecutor(world, { home, cwd, bin, launcher, settings, onExit: () => wake() });
  const dispatcher = createDispatcher(world, kernel, {
    home,
    cwd,
    settings,
    ttlSeconds: readSeconds(home.env, 'ANDON_CLAIM_TTL_SECONDS', defaultTtl),
    cooldownSeconds: readSeconds(home.env, 'ANDON_RATE_LIMIT_COOLDOWN_SECONDS', defaultCooldown),
    elector,
    executor,
    boards: () => liveBoards(home, world.files),
    profiles: () => startable(world, home),
  });
  wake = dispatcher.wake;
  return { dispatcher, elector };
}

/** The services of a gateway, in the order in which they start; they stop in the other one. */
export async function seatServices(
  seat: Seat,
  gates: Gates,
  announce: (url: string | null) => Promise<void>,
): Promise<Service[]> {
  const services: Service[] = [];
  let seated: Dispatcher | undefined;
  if (gates.dispatcher) {
    const { dispatcher, elector } = seatDispatcher(seat);
    const { world, home } = seat;
    seated = dispatcher;
    services.push(elector, dispatcher, onNewBoards(seat, dispatcher.wake));
    services.push(createProfileWatch(world, home, dispatcher.wake));
  }
  if (gates.notifier === 'all') services.push(...seatNotifier(seat, 'notifier', null));
  if (gates.notifier !== 'none') services.push(...seatNotifier(seat, `notifier:${seat.name}`, seat.name));
  if (seat.settings.http.enabled) services.push(await seatHttp(seat, seated, announce));
  return services;
}

/** The API is a bundle of its own: a gateway that does not serve it does not load it. */
async function seatHttp(
  seat: Seat,
  dispatcher: Dispatcher | undefined,
  announce: (url: string | null) => Promise<void>,
): Promise<Service> {
  const { createHttpService } = await import('../http/service.ts');
  const folder = (await seat.world.files.isFolder(page)) ? page : undefined;
  const gateway = { ...seat, version: packageFile.version, page: folder, dispatcher };
  return createHttpService(gateway, announce);
}

function seatNotifier(seat: Seat, role: Role, owner: string | null): Service[] {
  const { world, kernel, home, name, settings } = seat;
  let wake = (): void => {};
  const elector = createElector(world, kernel, { role, name, onChange: () => wake() });
  const channels = [createWebhookChannel(world, home.env, settings.webhooks)];
  const boards = () => liveBoards(home, world.files);
  const notifier = createNotifier(world, kernel, { role, owner, elector, channels, boards });
  wake = notifier.wake;
  return [elector, notifier, onNewBoards(seat, wake)];
}

/** Boards are enumerated at each pass; one that is made or removed asks for a pass at once. */
function onNewBoards({ world, home }: Seat, wake: () => void): Service {
  let end = (): void => {};
  return {
    start: async () => {
      end();
      end = world.files.watch(boardsFolder(home), wake);
    },
    stop: async () => end(),
  };
}

/** Read anew at each pass, so that a profile that was just written is there; a broken one is said once. */
async function startable(world: World, home: Home): Promise<ReadonlyMap<string, Profile>> {
  const { profiles, broken } = await loadProfiles(home, world.files);
  for (const { name, message } of broken) {
    if (told.get(name) === message) continue;
    told.set(name, message);
    world.log.warn(message, { profile: name });
  }
  const usable = profiles.filter((profile) => whyNotStartable(profile) === undefined);
  return new Map(usable.map((profile) => [profile.name, profile]));
}

const told = new Map<string, string>();
