import { asSeconds, type ProfileName, type Seconds } from './ids.ts';
import type { ReadyTask } from './view.ts';

/** How many seconds a task rests after its provider's rate limit, unless the environment says otherwise (contract §12.2). */
export const defaultCooldown = 300;

/** The rest before the third attempt; each further one is four times as long, up to the longest (seconds). */
const firstRest = 2;
const longestRest = 600;

const failed = ['failed', 'crashed', 'timed_out', 'spawn_failed'];

/** Why a task rests, and until when. */
export interface Cooldown {
  readonly until: Seconds;
  readonly after: 'rate_limit' | 'failures';
  readonly failures: number;
}

/**
 * The rest of a task before its next attempt, or `null` when it has none (contract §5.7, §15.1: a typed outcome and a
 * finite time, never words found in an error). A rate limit that another program met rests for `cooldown` seconds. The first
 * failure is tried again at once; after the second the rest is 2 s, then 8 s, 32 s and so on up to 10 minutes, until
 * the limit of failures blocks the task. What happened belongs to the pair of task and profile, and whoever forgives the
 * failures (assigning, unblocking) ends the rest too.
 */
export function cooldownOf(
  { task, last_run: last }: Pick<ReadyTask, 'task' | 'last_run'>,
  profile: ProfileName,
  cooldown: Seconds,
): Cooldown | null {
  if (!last || last.ended_at === null || (last.profile !== null && last.profile !== profile)) return null;
  const { ended_at: ended } = last;
  const failures = task.consecutive_failures;
  const until = (seconds: number): Seconds => asSeconds(ended + seconds);
  // Of a run of ours its whole profile rests instead (`rest.ts`).
  if (last.outcome === 'rate_limited' && !last.had_process)
    return { until: until(cooldown), after: 'rate_limit', failures };
  if (!failed.some((outcome) => outcome === last.outcome) || failures < 2) return null;
  return {
    until: until(Math.min(longestRest, firstRest * 4 ** (failures - 2))),
    after: 'failures',
    failures,
  };
}
