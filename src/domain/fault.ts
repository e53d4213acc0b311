import type { TaskId } from './ids.ts';

/**
 * Why a run ended without an answer, by type: it decides what that costs its task, and who rests. Types are told by
 * processes, exit codes and drivers; words in an error decide nothing.
 */

/**
 * What costs the task no attempt. Of the provider: `rate_limit`, `quota` (used up until some time), `overload`, `auth` (a
 * credential that does not do). `host`: the machine could not run it. `systemic`: the profile's workers crash one after the
 * other in the same way. `interrupted`: its machine or its session was ended from outside.
 */
export const troubles = ['rate_limit', 'quota', 'overload', 'auth', 'host', 'systemic'] as const;
/** Those that somebody rests for. */
export type Trouble = (typeof troubles)[number];
export type Excuse = Trouble | 'interrupted';

/** Those that a worker may give. */
export const workerExcuses = [
  'rate_limit',
  'quota',
  'overload',
  'auth',
  'host',
] as const satisfies readonly Trouble[];

/** What counts as one of the task's attempts: the work itself failed, or whoever did it. */
export const blames = ['task', 'agent'] as const;
export type Blame = (typeof blames)[number];

/** How excuses read in a sentence about a profile or a host. */
export const excuseWords: { readonly [Kind in Trouble]: string } = {
  rate_limit: "its provider's rate limit was reached",
  quota: "its provider's quota is used up",
  overload: 'its provider is overloaded',
  auth: 'its provider does not accept its credentials',
  host: 'this machine could not start a worker',
  systemic: 'its workers crash one after the other in the same way',
};

/** A crash, as far as it can be compared with others. */
export interface Crash {
  readonly task_id: TaskId;
  readonly error: string | null;
}

/** How many tasks have to crash alike before the cause is not theirs, and within how many milliseconds (contract §5.5). */
const alikeTasks = 3;
export const alikeWindow = 60_000;

/** What two crashes of one cause have in common (contract §5.5). */
export const fingerprint = (error: string | null): string =>
  (error ?? '')
    .replaceAll(/\bpid \d+/gi, 'pid N')
    .replaceAll(/\d{10,}/g, 'N')
    .slice(0, 80)
    .toLowerCase();

/** Whether a crash is one of a series. `before`: the recent crashes of its profile, and of what it rests for already. */
export function isSystemic(crash: Crash, before: readonly Crash[], known: string | null): boolean {
  const own = fingerprint(crash.error);
  if (known !== null && fingerprint(known) === own) return true;
  const alike = before.filter(({ error }) => fingerprint(error) === own);
  return new Set([crash, ...alike].map(({ task_id }) => task_id)).size >= alikeTasks;
}
