import { type Admission, admit, coolingUntil, type Limits } from '../domain/admission.ts';
import type { Result } from '../domain/errors.ts';
import { asSeconds, type BoardId, type Epoch, parseAssignee, toMillis, toSeconds } from '../domain/ids.ts';
import type { DispatchView, ReadyTask } from '../domain/view.ts';
import type { Kernel } from '../kernel/kernel.ts';
import type { Elector } from './elector.ts';
import type { Executor } from './executor.ts';
import { boardPaths, type Home } from './home.ts';
import type { Profile } from './profiles.ts';
import { createLoop, type Loop } from './service.ts';
import type { Settings } from './settings.ts';
import { createSlots } from './slots.ts';
import { createStarter } from './starter.ts';
import { createSupervisor } from './supervisor.ts';
import { createErrorReport } from './throttle.ts';
import type { World } from './world.ts';

/**
 * The dispatcher (contract §5): looks at every board, settles what has ended, admits what is ready and starts it. A wake-up
 * is only a hint and may be lost or doubled; a pass reads everything it needs from boards and run folders, so any pass may
 * be the first after a crash. Whatever it writes carries its epoch; a refusal for it means that somebody else leads.
 */
export interface Dispatcher extends Loop {
  /** One pass now, for `andon dispatch`; at most `most` starts. */
  once(most: number): Promise<PassReport>;
  /** What a pass would start now; changes nothing and needs no lease. */
  preview(most: number): Promise<PassReport>;
}

export interface PassReport {
  readonly started: readonly { readonly board: BoardId; readonly ready: ReadyTask }[];
  readonly promoted: number;
  readonly skipped: Admission['skip'];
}

export interface DispatcherOptions {
  readonly home: Home;
  readonly cwd: string;
  readonly settings: Pick<
    Settings,
    'dispatch_interval_seconds' | 'failure_limit' | 'max_in_progress' | 'default_assignee'
  >;
  readonly ttlSeconds: number;
  readonly cooldownSeconds: number;
  readonly elector: Elector;
  readonly executor: Executor;
  readonly boards: () => Promise<readonly BoardId[]>;
  /** Profiles that can be started now. */
  readonly profiles: () => Promise<ReadonlyMap<string, Profile>>;
}

/** How many ready tasks one look takes; those in a cool-down may stand before others. */
const page = 500;

export function createDispatcher(world: World, kernel: Kernel, options: DispatcherOptions): Dispatcher {
  const { elector, settings } = options;
  const interval = settings.dispatch_interval_seconds * 1000;
  const report = createErrorReport(world, world.log);
  const slots = createSlots();
  const boards = new Map<
    BoardId,
    { epoch: Epoch; dirty: boolean; fullPassAt: number; unfollow: () => void }
  >();

  const onRefusal = (result: Result<unknown>): void => {
    if (!result.ok && result.refusal.code === 'not_leader') elector.stepDown();
  };
  const shared = { executor: options.executor, failureLimit: settings.failure_limit, onRefusal };
  const start = createStarter(world, kernel, { ...options, ...shared });
  const supervisor = createSupervisor(world, kernel, { ...shared, wake: () => loop.wake() });

  /** A board's first pass under an epoch tells it who leads. */
  const enter = async (board: BoardId, epoch: Epoch): Promise<boolean> => {
    const known = boards.get(board);
    if (known?.epoch === epoch) return true;
    const raised = await kernel.raiseEpoch(board, { role: 'dispatcher', epoch });
    onRefusal(raised);
    if (!raised.ok) return false;
    const unfollow = known?.unfollow ?? listen(board);
    boards.set(board, { epoch, dirty: true, fullPassAt: 0, unfollow });
    return true;
  };
  /** A launcher rings the bell when its worker has ended; that is no commit, so the store does not tell of it. */
  const listen = (board: BoardId): (() => void) => {
    const { bell } = boardPaths(options.home, board);
    const ends = [kernel.follow(board, () => changed(board)), world.files.watch(bell, () => loop.wake())];
    return () => ends.forEach((end) => void end());
  };
  const changed = (board: BoardId): void => {
    const known = boards.get(board);
    if (known) known.dirty = true;
    loop.wake();
  };

  /** Promotion happens in the command that satisfies the last parent; this is for what foreign writers left. */
  const fullPass = async (board: BoardId, epoch: Epoch): Promise<number> => {
    const known = boards.get(board);
    if (!known?.dirty || world.monotonic() < known.fullPassAt) return 0;
    known.dirty = false;
    known.fullPassAt = world.monotonic() + interval;
    const input = { role: 'dispatcher', epoch, failure_limit: settings.failure_limit } as const;
    const promoted = await kernel.promoteAll(board, input);
    onRefusal(promoted);
    return promoted.ok ? promoted.value : 0;
  };

  const limits = (view: Pick<DispatchView, 'now'>, profiles: ReadonlyMap<string, Profile>): Limits => ({
    now: toSeconds(view.now),
    max_in_progress: settings.max_in_progress,
    profiles: new Set(profiles.keys()),
    default_assignee: parseAssignee(settings.default_assignee),
    rate_limit_cooldown: asSeconds(options.cooldownSeconds),
  });

  const view = async (board: BoardId, profiles: ReadonlyMap<string, Profile>): Promise<DispatchView> => {
    const unassigned = profiles.has(settings.default_assignee);
    const answer = await kernel.dispatchView(board, {
      assignees: [...profiles.keys()],
      unassigned,
      limit: page,
    });
    if (!answer.ok) throw new Error(answer.refusal.sentence);
    return answer.value;
  };

  /** Settles one board; gives what is still alive there and when to look again. */
  const settle = async (board: BoardId, epoch: Epoch, seen: DispatchView): Promise<number> => {
    let next = interval;
    for (const run of seen.processes) {
      try {
        next = Math.min(next, await supervisor.look(board, epoch, run));
      } catch (error) {
        report('A run could not be looked at', error, { board, run: run.run_id });
        next = Math.min(next, 1000);
      }
    }
    if (seen.next_expiry !== null) {
      const left = toMillis(seen.next_expiry) + 1000 - seen.now;
      if (left > 0) return Math.min(next, left);
      const input = { role: 'dispatcher', epoch, ttl_seconds: options.ttlSeconds } as const;
      onRefusal(await kernel.expireClaims(board, input));
    }
    return next;
  };

  const pass = async (most: number): Promise<PassReport & { next: number }> => {
    const epoch = elector.epoch();
    const idle = { started: [], promoted: 0, skipped: [], next: interval };
    if (epoch === undefined) return idle;
    const profiles = await options.profiles();
    let next = interval;
    let promoted = 0;
    const looks: { board: BoardId; seen: DispatchView }[] = [];
    for (const board of await options.boards()) {
      try {
        if (!(await enter(board, epoch))) return idle;
        promoted += await fullPass(board, epoch);
        next = Math.min(next, await settle(board, epoch, await view(board, profiles)));
        looks.push({ board, seen: await view(board, profiles) });
      } catch (error) {
        report('A board could not be dispatched', error, { board });
        next = Math.min(next, 1000);
      }
    }
    const admitted = await admitAll(looks, profiles, epoch, most);
    return { ...admitted, promoted, next: Math.min(next, admitted.next) };
  };

  const admitAll = async (
    looks: readonly { board: BoardId; seen: DispatchView }[],
    profiles: ReadonlyMap<string, Profile>,
    epoch: Epoch,
    most: number,
  ) => {
    let live = looks.reduce((sum, { seen }) => sum + seen.processes.length, 0);
    slots.settle(live, settings.max_in_progress, world.now());
    const started: { board: BoardId; ready: ReadyTask }[] = [];
    const skipped: Admission['skip'][number][] = [];
    let next = Number.POSITIVE_INFINITY;
    for (const { board, seen } of looks) {
      const allowed = limits(seen, profiles);
      const admission = admit(seen.ready, allowed, live);
      skipped.push(...admission.skip);
      for (const { ready } of admission.skip) {
        const until = coolingUntil(ready, allowed);
        if (until !== null) next = Math.min(next, Math.max(0, toMillis(until) - seen.now));
      }
      let here = 0;
      for (const { ready, profile } of admission.start.slice(0, Math.max(0, most - started.length))) {
        const found = profiles.get(profile);
        if (!found || elector.epoch() !== epoch) break;
        let running: boolean;
        try {
          running = await start(board, epoch, ready, found, slots.take(world.now()));
        } catch (error) {
          report('A task could not be started', error, { board, task: ready.task.id });
          // It may hold a claim, and with it a slot; the next look tells.
          live += 1;
          next = Math.min(next, 1000);
          break;
        }
        if (!running) continue;
        live += 1;
        here += 1;
        started.push({ board, ready });
      }
      if (here > 0) world.log.info('Workers were started.', { board, started: here, running: live });
    }
    if (started.length > 0) next = Math.min(next, 1000);
    return { started, skipped, next };
  };

  const preview = async (most: number): Promise<PassReport> => {
    const profiles = await options.profiles();
    const started: PassReport['started'][number][] = [];
    const skipped: Admission['skip'][number][] = [];
    let live = 0;
    for (const board of await options.boards()) {
      const seen = await view(board, profiles);
      live += seen.processes.length;
      const admission = admit(seen.ready, limits(seen, profiles), live);
      skipped.push(...admission.skip);
      started.push(...admission.start.map(({ ready }) => ({ board, ready })));
      live += admission.start.length;
    }
    return { started: started.slice(0, most), promoted: 0, skipped };
  };

  const loop = createLoop(world, async () => {
    try {
      return (await pass(Number.POSITIVE_INFINITY)).next;
    } catch (error) {
      report('A pass of the dispatcher failed', error);
      return 1000;
    }
  });

  return {
    ...loop,
    once: async (most) => {
      const report = await pass(most);
      // Nobody comes back to a stop that this process leaves halfway.
      await supervisor.idle();
      return report;
    },
    preview,
    stop: async () => {
      await loop.stop();
      for (const { unfollow } of boards.values()) unfollow();
      boards.clear();
    },
  };
}
