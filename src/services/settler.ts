import type { Result } from '../domain/errors.ts';
import { type BoardId, type Epoch, toMillis } from '../domain/ids.ts';
import type { DispatchView, LiveRun, OutsideWorker } from '../domain/view.ts';
import type { Kernel } from '../kernel/kernel.ts';
import type { Executor } from './executor.ts';
import type { LostHosts } from './lost-hosts.ts';
import type { Supervisor } from './supervisor.ts';
import { createErrorReport } from './throttle.ts';
import type { World } from './world.ts';

/** Brings what a board says of its runs up to what is true of their processes and claims (contract §5.3 to §5.6). */
export interface Settler {
  /**
   * Settles one board as it was `seen`. Claims are left to a Hermes gateway that dispatches (`aside`); our own workers are
   * looked after all the same, as nobody else knows how they end. Gives in how many milliseconds to look again (never, when
   * nothing comes due by time), and how many claims it freed.
   */
  settle(board: BoardId, epoch: Epoch, seen: DispatchView, aside: boolean): Promise<Settled>;
  /** The runs whose process tree is dead, and of which the board does not know it yet. */
  overOnes(seen: DispatchView): Promise<readonly LiveRun[]>;
}

export interface Settled {
  readonly next: number;
  readonly reclaimed: number;
}

/** The runs of this machine: those that take a slot, and what still lives of those that were given up. */
export const runsHere = ({ processes, abandoned }: DispatchView, host: string): LiveRun[] =>
  [...processes, ...abandoned].filter((run) => run.host === host);

/** How soon it is seen that another machine has ended its run, or is lost. */
const nextAsk = 1000;

export function createSettler(
  world: World,
  kernel: Kernel,
  options: {
    readonly supervisor: Supervisor;
    readonly executor: Executor;
    readonly lostHosts: LostHosts;
    /** When to look again at claims that could not be freed, in milliseconds. */
    readonly interval: number;
    readonly ttlSeconds: number;
    readonly onRefusal: (result: Result<unknown>, epoch: Epoch) => void;
  },
): Settler {
  const report = createErrorReport(world, world.log);

  /** Workers of somebody else on this host; nobody but their process can tell whether they live (contract §5.3). */
  const livingOutside = async ({ outside }: DispatchView): Promise<OutsideWorker[]> => {
    const living: OutsideWorker[] = [];
    for (const worker of outside) {
      const isHere = worker.claim_lock?.startsWith(`${world.hostname}:`) === true;
      if (isHere && (await world.processes.identify(worker.worker_pid))) living.push(worker);
    }
    return living;
  };

  /** A lost machine may come back: its gateway then ends what still lives of the run, whose answers are refused meanwhile. */
  const abandonIfLost = async (board: BoardId, epoch: Epoch, run: LiveRun): Promise<void> => {
    const { run_id, host, task_id: task } = run;
    if (!(await options.lostHosts.has(host))) return;
    const freed = await kernel.abandon(board, { run_id, epoch });
    options.onRefusal(freed, epoch);
    const about = { board, task, run: run_id, host };
    if (freed.ok) world.log.warn('A run was given up: nothing is heard of its machine.', about);
  };

  const watch = async (board: BoardId, epoch: Epoch, run: LiveRun): Promise<number> => {
    if (run.host === world.hostname) return options.supervisor.look(board, epoch, run);
    await abandonIfLost(board, epoch, run);
    return nextAsk;
  };

  return {
    overOnes: async ({ processes }) => {
      const over: LiveRun[] = [];
      for (const run of processes) {
        if (run.host !== world.hostname) continue;
        const { state, others } = await options.executor.observe(run);
        if ((state === 'exited' || state === 'lost') && others.length === 0) over.push(run);
      }
      return over;
    },
    settle: async (board, epoch, seen, aside) => {
      let next = Number.POSITIVE_INFINITY;
      const away = seen.processes.filter((run) => run.host !== world.hostname);
      for (const run of [...away, ...runsHere(seen, world.hostname)]) {
        try {
          next = Math.min(next, await watch(board, epoch, run));
        } catch (error) {
          report('A run could not be looked at', error, { board, run: run.run_id });
          next = Math.min(next, 1000);
        }
      }
      if (seen.next_wake !== null && !aside) {
        const left = seen.next_wake - seen.now;
        if (left > 0) next = Math.min(next, left);
        else options.onRefusal(await kernel.wakeScheduled(board, { role: 'dispatcher', epoch }), epoch);
      }
      if (seen.next_expiry === null || aside) return { next, reclaimed: 0 };
      const left = toMillis(seen.next_expiry) + 1000 - seen.now;
      if (left > 0) return { next: Math.min(next, left), reclaimed: 0 };
      const alive = await livingOutside(seen);
      const input = { role: 'dispatcher', epoch, ttl_seconds: options.ttlSeconds, alive } as const;
      const freed = await kernel.expireClaims(board, input);
      options.onRefusal(freed, epoch);
      next = Math.min(next, options.interval);
      return { next, reclaimed: freed.ok ? freed.value : 0 };
    },
  };
}
