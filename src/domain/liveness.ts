import type { Millis } from './ids.ts';
import type { Exit, ProcessIdentity } from './run.ts';

/**
 * What is known of a run's launcher. Gathered in this order, so that an exit written meanwhile is not missed: identity,
 * whether it is alive, exit.
 */
export interface LauncherFacts {
  readonly now: Millis;
  readonly claimed_at: Millis;
  /** From the run folder, else from the board's record. */
  readonly identity: ProcessIdentity | undefined;
  /** Whether exactly that process is alive. */
  readonly alive: boolean;
  readonly exit: Exit | undefined;
  /** This gateway started it and was told by the system that it ended. */
  readonly ended: boolean;
  /** How long nothing at all may be known of a claimed run. */
  readonly grace: Millis;
}

/** `starting`: not known yet. `lost`: it is dead and nobody saw how. Neither says anything of the processes it left. */
export type LauncherState = 'starting' | 'alive' | 'exited' | 'lost';

/**
 * Judges a run's launcher. The grace counts only while there is neither identity, exit nor a notice of its end: with one of
 * them the truth is known at once (design, "decided").
 */
export function judgeLauncher(facts: LauncherFacts): LauncherState {
  if (facts.exit) return 'exited';
  if (facts.identity) return facts.alive ? 'alive' : 'lost';
  return facts.ended || facts.now - facts.claimed_at >= facts.grace ? 'lost' : 'starting';
}

/** Reads `pid start boot`, the identity file's one line; a line without its end is still being written. */
export function parseIdentity(text: string | undefined): ProcessIdentity | undefined {
  const [, pid, start, boot] = /^([1-9]\d*) (\S+) (\S+)\n$/.exec(text ?? '') ?? [];
  return start !== undefined && boot !== undefined ? { pid: Number(pid), start, boot } : undefined;
}

/** Reads `code 0` or `signal 9`, the exit file's one line, with ` told 15` behind it when the launcher was signalled too. */
export function parseExit(text: string | undefined): Exit | undefined {
  const [, how, digits, told] = /^(code|signal) (\d{1,3})(?: told (\d{1,2}))?\n$/.exec(text ?? '') ?? [];
  if (digits === undefined) return undefined;
  const number = Number(digits);
  return {
    ...(how === 'code' ? { code: number, signal: null } : { code: null, signal: number }),
    ...(told !== undefined && { told: Number(told) }),
  };
}
