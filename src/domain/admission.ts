import { asSeconds, type ProfileName, type Seconds } from './ids.ts';
import type { ReadyTask } from './view.ts';

/** How many seconds a task rests after its provider's rate limit, unless the environment says otherwise (contract §12.2). */
export const defaultCooldown = 300;

/** What a home allows to run. */
export interface Limits {
  readonly now: Seconds;
  /** Runs that may live at once, over all boards. */
  readonly max_in_progress: number;
  /** Profiles for which a worker can be started. */
  readonly profiles: ReadonlySet<string>;
  /** Who gets a ready task that nobody is assigned to. */
  readonly default_assignee: ProfileName | null;
  /** How long a task rests after its provider's rate limit (contract §5.7). */
  readonly rate_limit_cooldown: Seconds;
}

/** Why a ready task is not started now. */
export type Obstacle =
  | { readonly code: 'unassigned' }
  | { readonly code: 'no_profile'; readonly profile: ProfileName }
  | { readonly code: 'process_lingers' }
  | { readonly code: 'cooling_down'; readonly until: Seconds }
  | { readonly code: 'no_slot'; readonly running: number; readonly limit: number };

type Candidate = Pick<ReadyTask, 'task' | 'lingering' | 'last_run'>;

/** Who starts a ready task now, its assignee or else the default; or the first thing that keeps it. */
function judge(candidate: Candidate, limits: Limits, running: number): ProfileName | Obstacle {
  const profile = candidate.task.assignee ?? limits.default_assignee;
  if (profile === null) return { code: 'unassigned' };
  if (!limits.profiles.has(profile)) return { code: 'no_profile', profile };
  if (candidate.lingering) return { code: 'process_lingers' };
  const until = coolingUntil(candidate, limits);
  if (until !== null && until > limits.now) return { code: 'cooling_down', until };
  if (running >= limits.max_in_progress) return { code: 'no_slot', running, limit: limits.max_in_progress };
  return profile;
}

/** What keeps a ready task from starting while `running` runs are alive: for `why`, by the dispatcher's own rule. */
export function obstacleTo(candidate: Candidate, limits: Limits, running: number): Obstacle | null {
  const judged = judge(candidate, limits, running);
  return typeof judged === 'string' ? null : judged;
}

/** When the rest after a rate limit is over, or `null` when there is none. */
export function coolingUntil(candidate: Candidate, limits: Limits): Seconds | null {
  const last = candidate.last_run;
  if (last?.outcome !== 'rate_limited' || last.ended_at === null) return null;
  return asSeconds(last.ended_at + limits.rate_limit_cooldown);
}

export interface Admission {
  readonly start: readonly { readonly ready: ReadyTask; readonly profile: ProfileName }[];
  readonly skip: readonly { readonly ready: ReadyTask; readonly obstacle: Obstacle }[];
}

/** Goes through ready tasks in their order and says which start now. */
export function admit(ready: readonly ReadyTask[], limits: Limits, running: number): Admission {
  const start: Admission['start'][number][] = [];
  const skip: Admission['skip'][number][] = [];
  for (const candidate of ready) {
    const judged = judge(candidate, limits, running + start.length);
    if (typeof judged === 'string') start.push({ ready: candidate, profile: judged });
    else skip.push({ ready: candidate, obstacle: judged });
  }
  return { start, skip };
}
