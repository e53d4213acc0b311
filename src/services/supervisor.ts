import type { Result } from '../domain/errors.ts';
import { asMillis, type BoardId, type Epoch, toMillis } from '../domain/ids.ts';
import type { ReapRun } from '../domain/leading.ts';
import type { LiveRun } from '../domain/view.ts';
import type { Kernel } from '../kernel/kernel.ts';
import type { Executor, Observation } from './executor.ts';
import { messageOf } from './faults.ts';
import type { ReapedRun } from './pass-report.ts';
import { createErrorReport } from './throttle.ts';
import type { World } from './world.ts';

/**
 * Compares each live run of a board with its process and tells the board what became of it (design §3.3). It keeps nothing
 * but the stops under way: a gateway that takes over reads the same truth from the run folders.
 */
export interface Supervisor {
  /** Looks at one live run; gives in how many milliseconds it must be looked at again at the latest. */
  look(board: BoardId, epoch: Epoch, run: LiveRun): Promise<number>;
  /** Resolves when no process is being stopped. */
  idle(): Promise<void>;
}

/** How long a worker may live on after it has answered (design, "decided"). */
const graceAfterAnswer = 30_000;
/** A process that dies by SIGKILL tells nobody; this is how soon it is seen. */
const nextLook = 1000;
/** A worker that had its log cut may fill it again in no time: at a gigabyte a second this is 100 MB. */
const nextCut = 100;
/** After a kill that did not work, as with a process that waits for a disk. */
const afterFailedStop = 10_000;

type StopCause = NonNullable<ReapRun['stopped']>['because'];

const becauses: Readonly<Record<StopCause | 'ended', string>> = {
  timed_out: 'its time was over',
  reclaimed: 'it was to end',
  stale: 'it was silent for too long',
  ended: 'it ended without an answer, or lived on after it',
};

export function createSupervisor(
  world: World,
  kernel: Kernel,
  options: {
    readonly executor: Executor;
    readonly failureLimit: number | undefined;
    /** Seconds that a rate limit rests at first. */
    readonly cooldown: number;
    /** Seconds after which a silent worker is stale; 0 is never. */
    readonly staleTimeout: number;
    readonly onRefusal: (result: Result<unknown>, epoch: Epoch) => void;
    readonly wake: () => void;
    /** Told of each run that this supervisor has reaped. */
    readonly onReaped: (run: ReapedRun) => void;
  },
): Supervisor {
  // By mark: run ids repeat over boards.
  const stopping = new Map<string, Promise<void>>();
  const report = createErrorReport(world, world.log);
  const retryAt = new Map<string, number>();

  const stop = (board: BoardId, epoch: Epoch, run: LiveRun, because: StopCause | null): number => {
    if (stopping.has(run.mark) || world.monotonic() < (retryAt.get(run.mark) ?? 0)) return nextLook;
    const work = async (): Promise<void> => {
      const { gone, sigkill } = await options.executor.stop(run);
      if (!gone) {
        retryAt.set(run.mark, world.monotonic() + afterFailedStop);
        world.log.warn('A worker outlived SIGKILL; its slot and its task stay taken until it is gone.', {
          board,
          task: run.task_id,
          run: run.run_id,
        });
        return;
      }
      retryAt.delete(run.mark);
      await saveWork(board, run, because);
      await reap(board, epoch, run, await options.executor.observe(run), because && { because, sigkill });
    };
    const done = work()
      .catch((error: unknown) =>
        world.log.error('A worker could not be stopped.', { run: run.run_id, error: String(error) }),
      )
      .finally(() => {
        stopping.delete(run.mark);
        options.wake();
      });
    stopping.set(run.mark, done);
    return nextLook;
  };

  const reap = async (
    board: BoardId,
    epoch: Epoch,
    run: LiveRun,
    { exit, identity, neverStarted }: Observation,
    stopped: ReapRun['stopped'],
  ): Promise<void> => {
    const { failureLimit: failure_limit, cooldown } = options;
    const rebooted = identity !== undefined && identity.boot !== world.self.boot;
    const interrupted = rebooted ? 'rebooted' : neverStarted ? 'never_started' : undefined;
    const ended = { run_id: run.run_id, epoch, exit, stopped, interrupted } as const;
    const result = await kernel.reap(board, { ...ended, failure_limit, cooldown });
    options.onRefusal(result, epoch);
    if (!result.ok) return;
    options.onReaped({ board, task_id: run.task_id, run_id: run.run_id });
    world.log.info('A run ended.', {
      board,
      task: run.task_id,
      run: run.run_id,
      ...exit,
      status: result.value.task?.status,
    });
  };

  /** Before anybody else works there. What cannot be saved is still in the folder, which stays. */
  const saveWork = async (board: BoardId, run: LiveRun, because: StopCause | null): Promise<void> => {
    const { task_id, run_id, workspace_kind, workspace_path } = run;
    if (workspace_kind !== 'worktree' || workspace_path === null) return;
    const about = { board, task: task_id, run: run_id };
    try {
      const { saved, missing } = await options.executor.save(
        run,
        workspace_path,
        becauses[because ?? 'ended'],
      );
      if (saved) await kernel.noteWorkSaved(board, { task_id, run_id, ...saved });
      if (missing.length > 0) world.log.warn('Some work could not be saved.', { ...about, missing });
    } catch (error) {
      world.log.warn('The work of a run could not be saved.', { ...about, error: messageOf(error) });
    }
  };

  const cutLog = async (board: BoardId, run: LiveRun): Promise<boolean> => {
    try {
      return await options.executor.cutLog(board, run.task_id);
    } catch (error) {
      report('The log of a worker could not be cut', error, { board, task: run.task_id });
      return false;
    }
  };

  const judge = async (board: BoardId, epoch: Epoch, run: LiveRun): Promise<number> => {
    const seen = await options.executor.observe(run);
    if (run.pid === null && seen.identity && seen.startedAt !== undefined) {
      const start = { run_id: run.run_id, epoch, identity: seen.identity, started_at: seen.startedAt };
      options.onRefusal(await kernel.recordStart(board, start), epoch);
    }
    const over = seen.state === 'exited' || seen.state === 'lost';
    if (over && seen.others.length === 0 && !(run.ended_at === null && run.workspace_kind === 'worktree')) {
      await reap(board, epoch, run, seen, null);
      return nextLook;
    }
    // A worker that is gone and left no answer can give none: what it left behind is ended at once, and its work saved.
    if (over && run.ended_at === null) return stop(board, epoch, run, null);
    // Its answer, if it gave one meanwhile, holds; the grace after it is as for any other.
    if (run.stop_at !== null && run.ended_at === null) return stop(board, epoch, run, 'reclaimed');
    if (isStale(run, world.now(), options.staleTimeout)) return stop(board, epoch, run, 'stale');
    const due = dueIn(run, world.now());
    if (due <= 0) return stop(board, epoch, run, run.ended_at === null ? 'timed_out' : null);
    return Math.min(nextLook, due);
  };

  return {
    idle: async () => {
      await Promise.all(stopping.values());
    },
    look: async (board, epoch, run) => {
      if (run.host !== world.hostname) return nextLook;
      const cut = await cutLog(board, run);
      const next = stopping.has(run.mark) ? nextLook : await judge(board, epoch, run);
      return cut ? Math.min(nextCut, next) : next;
    },
  };
}

/** A worker that may still be silent for this long is not called stale (contract §5.4). */
const longestSilence = 3600;

/** Contract §5.4: old enough, and without a sign of life for an hour. */
function isStale(run: LiveRun, now: number, timeout: number): boolean {
  if (timeout === 0 || run.ended_at !== null) return false;
  const silent =
    run.last_heartbeat_at === null || now >= toMillis(run.last_heartbeat_at) + longestSilence * 1000;
  return silent && now >= (run.started_at ?? run.claimed_at) + timeout * 1000;
}

/** In how many milliseconds a run must be ended: its grace after the answer, or its limit before it. */
function dueIn(run: LiveRun, now: number): number {
  if (run.ended_at !== null) return run.ended_at + graceAfterAnswer - now;
  if (run.max_runtime_seconds === null) return Number.POSITIVE_INFINITY;
  return asMillis((run.started_at ?? run.claimed_at) + run.max_runtime_seconds * 1000) - now;
}
