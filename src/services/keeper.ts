import type { BoardId, Epoch } from '../domain/ids.ts';
import { type HostRole, hostRole } from '../domain/leading.ts';
import type { Kernel } from '../kernel/kernel.ts';
import type { BoardGuard } from './board-guard.ts';
import type { DispatcherOptions } from './dispatcher.ts';
import type { Elector } from './elector.ts';
import { letGo } from './let-go.ts';
import { lookAt } from './queue.ts';
import { createLoop, type Loop } from './service.ts';
import { runsHere } from './settler.ts';
import { createSupervisor } from './supervisor.ts';
import { createErrorReport } from './throttle.ts';
import type { World } from './world.ts';

export interface KeeperOptions
  extends Pick<DispatcherOptions, 'settings' | 'cooldownSeconds' | 'executor' | 'boards'> {
  /** Stands for the host: of several gateways on a machine one keeps it. */
  readonly elector: Elector;
  readonly dispatching: Elector;
  readonly guard: BoardGuard;
}

/** How soon what could not be looked at is tried again. */
const again = 1000;

/**
 * Looks after the runs of this machine while a gateway of another one dispatches: how a process ends can only be seen where
 * it runs (design §3.3). It writes with the epoch of `host:<hostname>`, which the boards know as they know the leader's. While
 * it and a new leader on this machine look at the same run, both see the same process, and the second to write changes nothing.
 */
export function createKeeper(world: World, kernel: Kernel, options: KeeperOptions): Loop {
  const { elector, dispatching, guard, settings } = options;
  const role: HostRole = hostRole(world.hostname);
  // Nobody waits for this time: the electors wake it when another machine begins to dispatch.
  const interval = settings.dispatch_interval_seconds * 1000;
  const report = createErrorReport(world, world.log);
  const entered = new Map<BoardId, { readonly epoch: Epoch; readonly unfollow: () => void }>();
  const supervisor = createSupervisor(world, kernel, {
    role,
    executor: options.executor,
    failureLimit: settings.failure_limit,
    cooldown: options.cooldownSeconds,
    staleTimeout: settings.dispatch_stale_timeout_seconds,
    onRefusal: (result, epoch) => {
      if (!result.ok && result.refusal.code === 'not_leader') elector.stepDown(epoch);
    },
    wake: () => loop.wake(),
    onReaped: () => {},
  });

  const enter = async (board: BoardId, epoch: Epoch): Promise<boolean> => {
    if (entered.get(board)?.epoch === epoch) return true;
    const raised = await kernel.raiseEpoch(board, { role, epoch });
    if (raised.ok) entered.set(board, { epoch, unfollow: () => {} });
    else elector.stepDown(epoch);
    return raised.ok;
  };

  const keep = async (board: BoardId, epoch: Epoch): Promise<number> => {
    let next = interval;
    const runs = runsHere(await lookAt(kernel, board), world.hostname);
    if (runs.length === 0 || !(await enter(board, epoch))) return next;
    for (const run of runs) {
      try {
        next = Math.min(next, await supervisor.look(board, epoch, run));
      } catch (error) {
        report('A run could not be looked at', error, { board, run: run.run_id });
        next = Math.min(next, again);
      }
    }
    return next;
  };

  const pass = async (): Promise<number> => {
    const epoch = elector.epoch();
    const leader = dispatching.holder();
    if (epoch === undefined || leader === undefined || leader.host === world.hostname) return interval;
    let next = interval;
    const open = await options.boards();
    await letGo(kernel, entered, open);
    for (const board of open) {
      const what = 'The runs of this machine could not be looked after';
      const kept = await guard.attend(board, what, () => keep(board, epoch));
      next = Math.min(next, kept.state === 'done' ? kept.value : again);
    }
    return next;
  };

  const loop = createLoop(world, async () => {
    try {
      return await pass();
    } catch (error) {
      report('The runs of this machine could not be looked after', error);
      return again;
    }
  });
  return loop;
}
