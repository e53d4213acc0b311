import type { Limits, Started } from '../domain/admission.ts';
import { budgetsOn } from '../domain/budget.ts';
import { cooldownOf } from '../domain/cooldown.ts';
import type { Result } from '../domain/errors.ts';
import { asMillis, type BoardId, type Epoch, type Millis, toMillis } from '../domain/ids.ts';
import type { DispatchView } from '../domain/view.ts';
import type { Kernel } from '../kernel/kernel.ts';
import type { BoardGuard } from './board-guard.ts';
import { enforceBudgets } from './budget-watch.ts';
import type { Elector } from './elector.ts';
import type { Executor } from './executor.ts';
import type { Home } from './home.ts';
import { createLedBoards } from './led-boards.ts';
import { createLostHosts } from './lost-hosts.ts';
import { createPassNeed, type Ground } from './pass-need.ts';
import type { PassReport, ReapedRun } from './pass-report.ts';
import { endingsOf, previewPass } from './preview.ts';
import {
  admitFrom,
  dueTimes,
  type LimitSettings,
  type Look,
  limitsOf,
  lookAt,
  nobodyWithin,
  nowOf,
  restsOf,
  startableOn,
} from './queue.ts';
import type { Roster } from './roster.ts';
import { createLoop, type Loop } from './service.ts';
import type { Settings } from './settings.ts';
import { createSettler } from './settler.ts';
import { createSlots } from './slots.ts';
import { createStandAside } from './stand-aside.ts';
import { createStarter, type Wanted } from './starter.ts';
import { createStuckWatch } from './stuck.ts';
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

export interface DispatcherOptions {
  readonly home: Home;
  readonly cwd: string;
  readonly settings: LimitSettings &
    Pick<Settings, 'dispatch_interval_seconds' | 'dispatch_stale_timeout_seconds' | 'failure_limit'>;
  readonly ttlSeconds: number;
  readonly cooldownSeconds: number;
  /** How long nothing is to be heard of another machine before its runs are given up. */
  readonly hostGraceSeconds: number;
  readonly elector: Elector;
  readonly guard: BoardGuard;
  readonly executor: Executor;
  readonly boards: () => Promise<readonly BoardId[]>;
  /** Profiles that can be started now. */
  readonly roster: () => Promise<Roster>;
}

interface Passed extends Pick<PassReport, 'started' | 'promoted' | 'reclaimed'> {
  /** In how many milliseconds there is something to do, if nothing happens before: perhaps never. */
  readonly next: number;
}

export function createDispatcher(world: World, kernel: Kernel, options: DispatcherOptions): Dispatcher {
  const { elector, guard, settings, cooldownSeconds: cooldown } = options;
  const interval = settings.dispatch_interval_seconds * 1000;
  const report = createErrorReport(world, world.log);
  const slots = createSlots();
  const noteOutcome = createStuckWatch(world, interval);
  const reaped: ReapedRun[] = [];
  const need = createPassNeed(world);
  const wake = (): void => {
    need.ask();
    loop.wake();
  };
  /** How many writes were answered: a look is true until the next one. */
  let writes = 0;
  /** Whether the last pass left a slot free. */
  let hasRoom = true;
  const onRefusal = (result: Result<unknown>, epoch: Epoch): void => {
    writes += 1;
    if (!result.ok && result.refusal.code === 'not_leader') elector.stepDown(epoch);
  };
  const shared = { executor: options.executor, failureLimit: settings.failure_limit, cooldown, onRefusal };
  const starter = createStarter(world, kernel, { ...options, ...shared, wake });
  const supervisor = createSupervisor(world, kernel, {
    role: 'dispatcher',
    ...shared,
    staleTimeout: settings.dispatch_stale_timeout_seconds,
    wake,
    onReaped: (run) => void reaped.push(run),
  });
  const { executor, ttlSeconds, hostGraceSeconds } = options;
  const lostHosts = createLostHosts(world, kernel, hostGraceSeconds * 1000);
  const settling = { supervisor, executor, lostHosts, interval, ttlSeconds, onRefusal };
  const settler = createSettler(world, kernel, settling);

  const boards = createLedBoards(world, kernel, { ...shared, home: options.home, interval, wake });

  const standsAside = createStandAside(world, options.home, () => boards.makeDirty());

  const allowedBy = (roster: Roster) => limitsOf(settings, roster, { cooldown, host: world.hostname });
  const limitsAt = (looks: readonly Look[], roster: Roster): Limits => ({
    ...allowedBy(roster),
    now: nowOf(looks, world.now()),
    rests: restsOf(looks),
  });

  /** A look at a board, after which the runs that a budget ends are known. */
  const lookWithin = async (board: BoardId, epoch: Epoch, { roster }: Ground): Promise<Look> => {
    // Who waits is asked at once where somebody may start; what budgets say of those is not what they say of the running.
    const hasBudgets = budgetsOn(settings.budgets, board).length > 0;
    const waiting = hasRoom && !hasBudgets ? startableOn(board, allowedBy(roster)) : undefined;
    const asked = waiting ?? nobodyWithin(settings.budgets, board);
    const look = async (): Promise<Look> => ({ board, asked, seen: await lookAt(kernel, board, asked) });
    const first = await look();
    return (await enforce(board, epoch, first.seen)) ? look() : first;
  };
  const enforce = (board: BoardId, epoch: Epoch, seen: Pick<DispatchView, 'budgets' | 'processes'>) =>
    enforceBudgets(kernel, board, epoch, budgetsOn(settings.budgets, board), seen, onRefusal);

  const ground = async (epoch: Epoch): Promise<Ground> => {
    const [isAside, open, roster] = await Promise.all([standsAside(), options.boards(), options.roster()]);
    return { epoch, aside: isAside, boards: open, roster };
  };

  const pass = async (most: number, on: Ground): Promise<Passed> => {
    const { epoch, aside: standsBack, boards: open } = on;
    const idle: Passed = { started: [], promoted: 0, reclaimed: 0, next: interval };
    reaped.splice(0);
    let { promoted, reclaimed } = idle;
    let next = Number.POSITIVE_INFINITY;
    const looks: Look[] = [];
    let unseen = 0;
    await boards.keepOnly(open);
    for (const board of open) {
      const visited = await guard.attend(board, 'A board could not be dispatched', async () => {
        if (!(await boards.enter(board, epoch))) return false;
        if (!standsBack) promoted += await boards.fullPass(board, epoch);
        const before = await lookWithin(board, epoch, on);
        const written = writes;
        const settled = await settler.settle(board, epoch, before.seen, standsBack);
        next = Math.min(next, settled.next, standsBack ? next : boards.untilFullPass(board));
        reclaimed += settled.reclaimed;
        const look = writes === written ? before : await lookWithin(board, epoch, on);
        looks.push(look);
        boards.noteLive(board, () => look.seen.processes.length);
        return true;
      });
      if (visited.state === 'done') {
        if (!visited.value) return idle;
        continue;
      }
      unseen += visited.state === 'examining' ? Number.POSITIVE_INFINITY : boards.takenUnseen(board, epoch);
      next = Math.min(next, 1000);
    }
    // Our own workers are looked after all the same: nobody else knows how they end.
    if (standsBack) return { ...idle, next: Math.min(next, 1000) };
    const admitted = await admitAll(looks, on, most, unseen);
    return { started: admitted.started, promoted, reclaimed, next: Math.min(next, admitted.next) };
  };

  const admitAll = async (
    looks: readonly Look[],
    { epoch, roster }: Ground,
    most: number,
    unseen: number,
  ) => {
    let next = Number.POSITIVE_INFINITY;
    const whole = limitsAt(looks, roster);
    const limits: Limits = { ...whole, max_in_progress: Math.max(0, whole.max_in_progress - unseen) };
    const {
      start: admitted,
      skip,
      closed,
      queues,
      running,
    } = await admitFrom(kernel, looks, limits, (board, error) => {
      report('The waiting tasks of a board could not be read', error, { board });
      next = interval;
    });
    // What only waiting tasks have used up is told too.
    for (const { board, budgets } of queues) await enforce(board, epoch, { budgets, processes: [] });
    slots.settle(running, limits.max_in_progress, world.now());
    for (const [board, what] of closed) slots.close(board, what, world.now());
    const started: PassReport['started'][number][] = [];
    const dues = dueTimes(looks, skip, limits.now).map((at) => Math.max(0, at - limits.now));
    // What a budget allows changes with the day, and what else keeps a task may in ways that are not known here.
    const mayChange =
      skip.some(({ obstacle }) => obstacle.code !== 'cooling_down') || settings.budgets.length > 0;
    next = Math.min(next, ...dues, mayChange ? interval : Number.POSITIVE_INFINITY);
    for (const [board, wanted] of wantedOf(admitted.slice(0, most), roster, limits)) {
      if (elector.epoch() !== epoch) break;
      const before = started.length;
      const attended = await guard.attend(board, 'A task could not be started', () =>
        starter.start(board, epoch, wanted, (task, { ready }) => {
          started.push({ board, task, by_default: ready.task.assignee === null });
        }),
      );
      // After a fault each of them may hold a claim, and with it a slot; the next look tells.
      const taken = attended.state === 'done' ? started.length - before : wanted.length;
      boards.noteLive(board, (live) => live + taken);
    }
    for (const board of new Set(started.map((one) => one.board))) {
      const here = started.filter((one) => one.board === board).length;
      world.log.info('Workers were started.', { board, started: here, running: running + started.length });
    }
    hasRoom = running + started.length < limits.max_in_progress;
    if (admitted.length > 0) next = Math.min(next, 1000);
    noteOutcome({ admitted, started: started.length });
    return { started, next };
  };

  /** What may start, by board, in the order of its admission. */
  const wantedOf = (admitted: readonly Started[], roster: Roster, limits: Limits) => {
    const wanted = new Map<BoardId, Wanted[]>();
    for (const one of admitted) {
      const profile = roster.startable.get(one.profile);
      if (!profile) break;
      const here = wanted.get(one.board) ?? [];
      here.push({ ready: one.ready, profile, slotFreeSince: freeSince(one, limits) });
      wanted.set(one.board, here);
    }
    return wanted;
  };

  const freeSince = ({ board, ready, profile }: Started, limits: Limits): Millis => {
    const slot = slots.take(board, { ...ready.task, assignee: profile }, world.now());
    const rest = cooldownOf(ready, profile, limits.rate_limit_cooldown);
    return asMillis(Math.max(slot, rest === null ? 0 : toMillis(rest.until)));
  };

  const preview = async (most: number): Promise<PassReport> => {
    const roster = await options.roster();
    return previewPass(kernel, {
      boards: await options.boards(),
      limitsAt: (looks) => limitsAt(looks, roster),
      budgets: settings.budgets,
      most,
      failureLimit: settings.failure_limit,
      settler,
    });
  };

  const loop = createLoop(world, async () => {
    try {
      const epoch = elector.epoch();
      if (epoch === undefined) {
        need.ask();
        return interval;
      }
      const on = await ground(epoch);
      if (!need.isThere(on)) return Math.min(need.untilDue(), interval);
      const { next } = await pass(Number.POSITIVE_INFINITY, on);
      need.passed(on, next);
      return Math.min(next, interval);
    } catch (error) {
      need.ask();
      report('A pass of the dispatcher failed', error);
      return 1000;
    }
  });

  return {
    ...loop,
    wake,
    once: async (most) => {
      await guard.examined(await options.boards());
      const epoch = elector.epoch();
      const passed = epoch === undefined ? undefined : await pass(most, await ground(epoch));
      const { started, promoted, reclaimed } = passed ?? { started: [], promoted: 0, reclaimed: 0 };
      // Nobody comes back to a start or a stop that this process leaves halfway.
      await starter.idle();
      await supervisor.idle();
      const rest = await preview(0);
      return { ...rest, started, promoted, reclaimed, ended: await endingsOf(kernel, reaped), forecast: [] };
    },
    preview,
    stop: async () => {
      await loop.stop();
      boards.close();
    },
  };
}
