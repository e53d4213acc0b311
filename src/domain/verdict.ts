import type { Move } from './decision.ts';
import type { ProfileName } from './ids.ts';
import type { ReapRun } from './leading.ts';
import type { Exit, RunProcess } from './run.ts';

/** What is known about a run whose process tree is dead and that left no answer. */
export interface Ending {
  readonly exit: Exit;
  readonly stopped: ReapRun['stopped'];
  /** Somebody had asked for its end; `assignee` shall have the task now. */
  readonly reclaim?: {
    readonly reason: string | null;
    readonly assignee: ProfileName | null | undefined;
    readonly parked_by?: string | undefined;
  };
  readonly interrupted?: ReapRun['interrupted'];
  readonly pid: RunProcess['pid'];
  readonly claimer: string | null;
  readonly limit_seconds: number | null;
  readonly elapsed_seconds: number;
  /** How long ago the worker last gave a sign of life; null when it never did. */
  readonly silent_seconds: number | null;
}

/** The exit code by which a worker says that its provider's limit is reached (contract §5.17). */
const rateLimitExit = 75;

/** What the end of a process means for its task (contract §5.5, §5.6). */
export function verdictOn(ending: Ending): Move {
  const { exit, pid, claimer } = ending;
  const who = { pid, claimer };
  // However it ended: a leader that ended it for this may have died before it could say so.
  if (ending.reclaim) return reclaimed(ending, ending.reclaim);
  if (ending.stopped?.because === 'stale') return stale(ending, ending.stopped);
  if (timedOut(ending)) return timeout(ending);
  if (ending.interrupted !== undefined || exit.told !== undefined) return interrupted(ending);
  if (exit.code === 0) {
    return failure(
      'protocol_violation',
      'The worker exited with code 0 without completing or blocking its task.',
      {
        ...who,
        exit_code: 0,
      },
    );
  }
  if (exit.code === rateLimitExit) {
    const error = "The worker's provider refused it by its rate limit.";
    const payload = { ...who, exit_code: rateLimitExit };
    return { verb: 'requeue', excused: { kind: 'rate_limit', until: null, error }, payload };
  }
  if (exit.code !== null) {
    return failure('crashed', `The worker exited with code ${exit.code}.`, {
      ...who,
      exit_kind: 'nonzero_exit',
      exit_code: exit.code,
    });
  }
  if (exit.signal !== null) {
    return failure('crashed', `The worker was ended by signal ${exit.signal}.`, {
      ...who,
      exit_kind: 'signaled',
      exit_signal: exit.signal,
    });
  }
  return failure('crashed', 'The worker is gone and left no exit code.', { ...who, exit_kind: 'unknown' });
}

/** Contract §15.8: whoever ends a whole session, or the machine, does not mean the task. */
const interrupted = ({ exit, pid, claimer, interrupted: how }: Ending): Move => {
  const errors = {
    rebooted: 'The machine was started anew while the worker ran.',
    never_started: 'The gateway ended before it could start the worker.',
  };
  const error =
    how === undefined ? `The worker's session was ended from outside by signal ${exit.told}.` : errors[how];
  const payload = { pid, claimer, exit_code: exit.code, exit_signal: exit.signal };
  return { verb: 'requeue', excused: { kind: 'interrupted', until: null, error }, payload };
};

/** The same of a run whose machine is not heard of any more (design §3.3). */
export const abandoned = ({ host, pid }: Pick<RunProcess, 'host' | 'pid'>, claimer: string | null): Move => {
  const error = `Nothing is heard any more of the machine ${host}, on which the worker ran.`;
  return {
    verb: 'requeue',
    excused: { kind: 'interrupted', until: null, error },
    payload: { host, pid, claimer },
  };
};

/** Contract §5.4: no failure is counted, since nobody knows whether it would have come to an end. */
const stale = (ending: Ending, stopped: NonNullable<ReapRun['stopped']>): Move => ({
  verb: 'expire',
  stale: true,
  payload: {
    pid: ending.pid,
    elapsed_seconds: ending.elapsed_seconds,
    heartbeat_age_seconds: ending.silent_seconds,
    ...termination(ending.pid, stopped),
  },
});

const termination = (pid: Ending['pid'], stopped: ReapRun['stopped']) => ({
  prev_pid: pid,
  host_local: true,
  termination_attempted: stopped !== null,
  terminated: true,
  sigkill: stopped?.sigkill ?? false,
});

/** Told so, or ended by a signal past its limit: the leader that sent it may have died before it could say so. */
const timedOut = ({ stopped, exit, limit_seconds, elapsed_seconds }: Ending): boolean =>
  stopped?.because === 'timed_out' ||
  (exit.code === null && limit_seconds !== null && elapsed_seconds >= limit_seconds);

const reclaimed = ({ pid, stopped }: Ending, wanted: NonNullable<Ending['reclaim']>): Move => ({
  verb: 'reclaim',
  ...wanted,
  payload: termination(pid, stopped),
});

function timeout(ending: Ending): Move {
  const limit = ending.limit_seconds ?? 0;
  return failure('timed_out', `The worker ran ${ending.elapsed_seconds} s; its limit is ${limit} s.`, {
    pid: ending.pid,
    elapsed_seconds: ending.elapsed_seconds,
    limit_seconds: limit,
    sigkill: ending.stopped?.sigkill ?? false,
  });
}

const failure = (
  event: Extract<Move, { verb: 'fail' }>['failure']['event'],
  error: string,
  payload: Readonly<Record<string, unknown>>,
): Move => ({ verb: 'fail', failure: { event, error, payload } });
