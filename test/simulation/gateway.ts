import { asProfileName, type BoardId } from '../../src/domain/ids.ts';
import type { Kernel } from '../../src/kernel/kernel.ts';
import { createBoardGuard } from '../../src/services/board-guard.ts';
import { createDispatcher } from '../../src/services/dispatcher.ts';
import { createElector } from '../../src/services/elector.ts';
import { createExecutor } from '../../src/services/executor.ts';
import type { Home } from '../../src/services/home.ts';
import { createNotifier } from '../../src/services/notifier.ts';
import type { Profile } from '../../src/services/profile.ts';
import { bareProfile } from '../../src/services/profile-file.ts';
import type { Service } from '../../src/services/service.ts';
import { createTenure } from '../../src/services/tenure.ts';
import { createWebhookChannel } from '../../src/services/webhook.ts';
import type { World } from '../../src/services/world.ts';
import { profiles } from './people.ts';

const secret = { HOOK_SECRET: 'whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw' };
export const home: Home = { root: '/home/.andon', userHome: '/home', env: { ...secret, PATH: '/bin' } };
export const agent = '/bin/agent';
const hook = { url: 'http://hooks/', secret_env: 'HOOK_SECRET' };

const known = new Map(
  profiles.map((name): [string, Profile] => [
    name,
    {
      ...bareProfile,
      name: asProfileName(name),
      command: [agent, '{task}'],
      max_runtime_seconds: 40,
    },
  ]),
);

/** The services of one gateway, wired as the product wires them, in the order in which they start. */
export function seatGateway(
  world: World,
  kernel: Kernel,
  name: string,
  places: { readonly boards: readonly BoardId[]; readonly slots: number },
): Service[] {
  const boards = async (): Promise<readonly BoardId[]> => places.boards;
  let wakeDispatcher = (): void => {};
  let wakeNotifier = (): void => {};
  const tenure = createTenure(world, kernel);
  const dispatching = createElector(world, kernel, {
    role: 'dispatcher',
    name,
    tenure,
    onChange: () => wakeDispatcher(),
  });
  const executor = createExecutor(world, {
    home,
    cwd: '/home',
    bin: '/andon/bin',
    launcher: '/andon/launcher.sh',
    runner: ['/andon/agent'],
    settings: { worker_log_rotate_bytes: 2 ** 21, worker_log_max_bytes: 2 ** 23, worker_log_backup_count: 1 },
    onExit: () => wakeDispatcher(),
  });
  const guard = createBoardGuard(world, kernel, {
    locate: undefined,
    examine: async () => ({ state: 'sound', reason: '', copy: null }),
    onOpen: () => {
      wakeDispatcher();
      wakeNotifier();
    },
    onAside: async () => {},
  });
  const dispatcher = createDispatcher(world, kernel, {
    home,
    cwd: '/home',
    settings: {
      dispatch_stale_timeout_seconds: 0,
      budgets: [],
      dispatch_interval_seconds: 60,
      failure_limit: undefined,
      max_in_progress: places.slots,
      max_in_progress_per_board: undefined,
      max_in_progress_per_profile: undefined,
      max_in_progress_per_tenant: undefined,
      priority_ageing_minutes: 0,
      board_weights: {},
      dispatch_profiles: undefined,
      review_dispatch: true,
      default_assignee: 'coder',
    },
    ttlSeconds: 60,
    cooldownSeconds: 20,
    hostGraceSeconds: 300,
    elector: dispatching,
    guard,
    executor,
    boards,
    roster: async () => ({ startable: known, problems: new Map() }),
  });
  wakeDispatcher = dispatcher.wake;
  const notifying = createElector(world, kernel, {
    role: 'notifier',
    name,
    tenure,
    onChange: () => wakeNotifier(),
  });
  const notifier = createNotifier(world, kernel, {
    role: 'notifier',
    owner: null,
    elector: notifying,
    guard,
    channels: [createWebhookChannel(world, home.env, { ops: hook, team: hook })],
    boards,
    notifications: {},
    agent: async () => undefined,
  });
  wakeNotifier = notifier.wake;
  return [dispatching, dispatcher, notifying, notifier];
}
