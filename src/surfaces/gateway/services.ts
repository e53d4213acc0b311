import { join } from 'node:path';
import packageFile from '../../../package.json' with { type: 'json' };
import { defaultCooldown } from '../../domain/cooldown.ts';
import { readSeconds } from '../../domain/env.ts';
import { hostRole, type Role } from '../../domain/leading.ts';
import { placeText } from '../../domain/place.ts';
import { defaultTtl } from '../../kernel/claim.ts';
import type { Kernel } from '../../kernel/kernel.ts';
import { writeAside } from '../../services/aside.ts';
import {
  type BoardGuard,
  type BoardGuardOptions,
  createBoardGuard,
  type Examined,
} from '../../services/board-guard.ts';
import type { Channel } from '../../services/channel.ts';
import type { Receivers } from '../../services/chat/start.ts';
import { agentsOnly } from '../../services/delivery.ts';
import { createDispatcher, type Dispatcher } from '../../services/dispatcher.ts';
import { createElector, type Elector } from '../../services/elector.ts';
import { createExecutor, type Executor } from '../../services/executor.ts';
import type { Gates } from '../../services/gates.ts';
import { boardPaths, boardsFolder, type Home, liveBoards, storeAddress } from '../../services/home.ts';
import { createKeeper } from '../../services/keeper.ts';
import { createMaintenance } from '../../services/maintenance.ts';
import { createNotifier } from '../../services/notifier.ts';
import { peopleFacts } from '../../services/people.ts';
import { createProfileWatch } from '../../services/profile-watch.ts';
import { createRosterReader, type Roster } from '../../services/roster.ts';
import type { Service } from '../../services/service.ts';
import type { Settings } from '../../services/settings.ts';
import { createTenure, type Tenure } from '../../services/tenure.ts';
import { createTerminalChannel } from '../../services/terminal.ts';
import type { World } from '../../services/world.ts';
import { nodeTerminal } from '../../services/world-node-terminal.ts';
import { bin, examine, launcher, page, runner } from './paths.ts';
import { attachFrom, seatChats } from './seat-chats.ts';
import { type Keeper, seatLoops, seatPipe } from './seat-loops.ts';

export interface Seat {
  readonly world: World;
  readonly kernel: Kernel;
  readonly home: Home;
  readonly name: string;
  readonly settings: Settings;
}

/** Milliseconds that a look at a board's file may take: 3 s for a million events. */
const longestExamination = 60_000;

/** What stands around all work on boards. */
export function seatGuard(
  {
    world,
    kernel,
    home,
    settings,
  }: Pick<Seat, 'world' | 'kernel' | 'home'> & {
    readonly settings: Pick<Settings, 'store'>;
  },
  calls: Pick<BoardGuardOptions, 'onOpen' | 'onAside'>,
): BoardGuard {
  const inFiles = storeAddress(home, settings) === undefined;
  return createBoardGuard(world, kernel, {
    locate: inFiles ? (board) => boardPaths(home, board).db : undefined,
    examine: (path, suspicion) => examineFile(world, home.env, path, suspicion),
    ...calls,
  });
}

async function examineFile(
  world: World,
  env: Home['env'],
  path: string,
  suspicion: string | undefined,
): Promise<Examined> {
  const command = [...examine, path, ...(suspicion === undefined ? [] : [suspicion])] as const;
  const { code, out, err } = await world.processes.run({ command, env, timeout: longestExamination });
  // What it prints is what `examine-file.ts` gave it.
  if (code === 0) return JSON.parse(out);
  throw new Error(`The process that looks at ${path} ended with ${code ?? 'a signal'}: ${err.trim()}`);
}

/** How long a machine may be silent, restart included, before its runs are given to others. */
const hostGrace = 300;

/** A dispatcher with the elector that makes it lead, and what keeps the runs of this machine when it does not. */
export function seatDispatcher(
  seat: Seat,
  guard: BoardGuard,
  tenure: Tenure,
  onLeading: () => void = () => {},
): {
  readonly dispatcher: Dispatcher;
  readonly elector: Elector;
  readonly keeping: readonly Service[];
  /** Stands for this machine. */
  readonly lives: Elector;
  readonly executor: Executor;
} {
  const { world, kernel, home, name, settings } = seat;
  const cwd = process.cwd();
  let wake = (): void => {};
  const elector = createElector(world, kernel, { role: 'dispatcher', name, tenure, onChange: () => wake() });
  const executor = createExecutor(world, {
    home,
    cwd,
    bin,
    launcher,
    runner,
    settings,
    onExit: () => wake(),
  });
  const shared = {
    settings,
    executor,
    guard,
    cooldownSeconds: readSeconds(home.env, 'ANDON_RATE_LIMIT_COOLDOWN_SECONDS', defaultCooldown),
    boards: () => liveBoards(home, world.files),
  };
  const readProfiles = createRosterReader(world, home);
  const dispatcher = createDispatcher(world, kernel, {
    ...shared,
    home,
    cwd,
    ttlSeconds: readSeconds(home.env, 'ANDON_CLAIM_TTL_SECONDS', defaultTtl),
    hostGraceSeconds: readSeconds(home.env, 'ANDON_HOST_GRACE_SECONDS', hostGrace),
    elector,
    roster: () => tellingProblems(world, readProfiles),
  });
  const role = hostRole(world.hostname);
  const lives = createElector(world, kernel, { role, name, tenure, onChange: () => wake() });
  const keeper = createKeeper(world, kernel, { ...shared, elector: lives, dispatching: elector });
  wake = () => {
    dispatcher.wake();
    keeper.wake();
    onLeading();
  };
  return { dispatcher, elector, keeping: [lives, keeper], lives, executor };
}

/** The services of a gateway, in the order in which they start; they stop in the other one. */
export async function seatServices(
  seat: Seat,
  gates: Gates,
  announce: (url: string | null) => Promise<void>,
): Promise<Service[]> {
  const wakes: (() => void)[] = [];
  /** Those that begin when a role is taken. */
  const led: (() => void)[] = [];
  const { world, home, name } = seat;
  const wakeAll = (): void => wakes.forEach((wake) => void wake());
  const guard = seatGuard(seat, {
    onOpen: wakeAll,
    onAside: (aside) => writeAside(home, world, name, aside),
  });
  // Nothing is set aside any more by a gateway that has stopped.
  const services: Service[] = [{ start: async () => {}, stop: () => writeAside(home, world, name, []) }];
  services.push(onNewBoards(seat, wakeAll));
  const tenure = createTenure(world, seat.kernel);
  let seated: Dispatcher | undefined;
  const chats = await seatChats(seat, gates);
  const leading = (): void => led.forEach((wake) => void wake());
  const keepers: Keeper[] = [];
  let executor: Executor | undefined;
  if (gates.dispatcher) {
    const { dispatcher, elector, keeping, lives, ...made } = seatDispatcher(seat, guard, tenure, leading);
    seated = dispatcher;
    executor = made.executor;
    keepers.push({ role: 'dispatcher', elector }, { role: hostRole(world.hostname), elector: lives });
    wakes.push(dispatcher.wake);
    services.push(elector, dispatcher, ...keeping);
    services.push(createProfileWatch(world, home, dispatcher.wake));
    services.push(seatMaintenance(seat, elector, guard));
  }
  const terminals = createTerminalChannel(world, seat.kernel, nodeTerminal);
  const channels = [...(await seatDestinations(seat, gates)), terminals, agentsOnly, ...chats.channels];
  const owners = { all: [null, name], own: [name], none: [] }[gates.notifier];
  for (const owner of owners) {
    const { notifier, elector, around, role } = seatNotifier(seat, guard, tenure, owner, channels, leading);
    keepers.push({ role, elector });
    wakes.push(notifier.wake);
    services.push(...around);
    // One gateway hears a platform: who leads this role. Those that all have are nobody's own.
    const hears = seat.settings.chat_of_profile ? name : null;
    if (owner === hears)
      services.push(...chats.runners(() => elector.epoch() !== undefined, attachFrom(seat)));
  }
  const loops = seatLoops(seat, { guard, keepers, chats, executor });
  led.push(loops.wake);
  wakes.push(loops.wake);
  services.push(loops);
  const pipe = seatPipe(seat, guard, keepers);
  if (pipe !== undefined) {
    led.push(pipe.wake);
    wakes.push(pipe.wake);
    services.push(pipe);
  }
  if (seat.settings.http.enabled) services.push(await seatHttp(seat, seated, chats.receivers, announce));
  return services;
}

function seatMaintenance(seat: Seat, elector: Elector, guard: BoardGuard): Service {
  const { world, kernel, home, settings } = seat;
  const inFiles = storeAddress(home, settings) === undefined;
  return createMaintenance(world, {
    home,
    kernel,
    // A snapshot is one of a file.
    settings: inFiles ? settings : { ...settings, snapshot_interval_minutes: 0 },
    elector,
    guard,
    boards: () => liveBoards(home, world.files),
    andon: join(bin, 'andon'),
  });
}

/** The API is a bundle of its own: a gateway that does not serve it does not load it. */
async function seatHttp(
  seat: Seat,
  dispatcher: Dispatcher | undefined,
  receivers: Receivers,
  announce: (url: string | null) => Promise<void>,
): Promise<Service> {
  const { createHttpService } = await import('../http/service.ts');
  const folder = (await seat.world.files.isFolder(page)) ? page : undefined;
  const gateway = { ...seat, version: packageFile.version, page: folder, dispatcher, receivers };
  return createHttpService(gateway, announce);
}

/** Read by gateways that tell somebody something. */
async function seatDestinations({ world, home, settings }: Seat, gates: Gates): Promise<readonly Channel[]> {
  if (gates.notifier === 'none') return [];
  const { openDestinations } = await import('../../services/destinations/open.ts');
  return openDestinations(world, { env: home.env, settings, system: process.platform });
}

function seatNotifier(
  seat: Seat,
  guard: BoardGuard,
  tenure: Tenure,
  owner: string | null,
  channels: readonly Channel[],
  onLeading: () => void,
) {
  const { world, kernel, home, name, settings } = seat;
  const role: Role = owner === null ? 'notifier' : `notifier:${owner}`;
  let wake = (): void => {};
  const elector = createElector(world, kernel, { role, name, tenure, onChange: () => wake() });
  const boards = () => liveBoards(home, world.files);
  const { notifications, escalation: ladder } = settings;
  for (const place of owner === null ? [ladder?.owner, ladder?.on_call] : []) {
    if (place && !channels.some(({ platform }) => platform === place.platform)) {
      world.log.warn(
        `Reminders to ${placeText(place)} wait: the platform ${place.platform} is not set up here.`,
      );
    }
  }
  const readProfiles = createRosterReader(world, home);
  const startable = async () => (await tellingProblems(world, readProfiles)).startable;
  const notifier = createNotifier(world, kernel, {
    ...{ role, owner, elector, guard, channels, boards, notifications },
    agent: async () => ((await startable()).has(name) ? name : undefined),
    // One ladder for all, or each gateway would climb it.
    reminding:
      owner === null && ladder !== null
        ? { ladder, people: async () => peopleFacts(settings, (await startable()).keys()) }
        : undefined,
  });
  wake = () => {
    notifier.wake();
    onLeading();
  };
  return { role, notifier, elector, around: [elector, notifier] };
}

/** Boards are enumerated at each pass; one that is made or removed asks for a pass at once. One watch for all who ask. */
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

/** Asked at each pass, so that a profile that was just written is there; each problem is said once. */
async function tellingProblems(world: World, read: () => Promise<Roster>): Promise<Roster> {
  const found = await read();
  for (const [name, message] of found.problems) {
    if (told.get(name) === message) continue;
    told.set(name, message);
    world.log.warn(message, { profile: name });
  }
  return found;
}

const told = new Map<string, string>();
