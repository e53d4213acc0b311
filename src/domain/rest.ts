import type { Excuse, Trouble } from './fault.ts';
import { asMillis, type Millis, type RunId, type TaskId } from './ids.ts';

/** What rests as a whole: a profile, whose provider or command does not do, or a host. */
export type RestSubject = 'profile' | 'host';

/**
 * One row of `andon_rests`. Nothing of its subject is started until its time; then one run at a time tries whether it is
 * over. The first that brings an answer ends it.
 */
export interface Rest {
  readonly subject: RestSubject;
  readonly name: string;
  readonly kind: Trouble;
  readonly until: Millis;
  /** How often in a row it had to begin again. */
  readonly strikes: number;
  readonly error: string;
  /** Whose run met it last. */
  readonly task_id: TaskId;
  readonly run_id: RunId | null;
  readonly since: Millis;
}

/** What a run met. `until` is the far side's own word for when it passes. */
export interface Excused {
  readonly kind: Excuse;
  readonly until: Millis | null;
  readonly error: string;
}

interface Pace {
  readonly subject: RestSubject;
  /** Seconds of the first rest, and of the longest; each is four times the one before. */
  readonly first: number;
  readonly longest: number;
}

const [minute, hour] = [60, 3600];

const paces: { readonly [Kind in Trouble]: Pace } = {
  rate_limit: { subject: 'profile', first: 5 * minute, longest: hour },
  quota: { subject: 'profile', first: hour, longest: 6 * hour },
  overload: { subject: 'profile', first: 30, longest: 10 * minute },
  auth: { subject: 'profile', first: 5 * minute, longest: 6 * hour },
  host: { subject: 'host', first: 5, longest: 10 * minute },
  systemic: { subject: 'profile', first: minute, longest: hour },
};

/** A weekly limit is the longest that a provider has; a time beyond it is a mistake. */
const farthest = 8 * 24 * hour;

export const subjectOf = (kind: Trouble): RestSubject => paces[kind].subject;

/**
 * Until when the subject rests, and which time in a row that is. A time that the provider named counts, if it is one; else
 * the pause grows from one strike to the next. Runs that meet the same trouble while their subject rests already are no new
 * strike. `cooldown`: the first rest of a rate limit in seconds (contract §12.2).
 */
export function restAfter(
  { kind, until }: { readonly kind: Trouble; readonly until: Millis | null },
  before: Pick<Rest, 'until' | 'strikes'> | undefined,
  now: Millis,
  cooldown: number | undefined,
): Pick<Rest, 'until' | 'strikes'> {
  const pace = paces[kind];
  const told = until !== null && until > now && until <= now + farthest * 1000 ? until : null;
  if (before !== undefined && before.until > now) {
    return { until: asMillis(Math.max(before.until, told ?? 0)), strikes: before.strikes };
  }
  const strikes = (before?.strikes ?? 0) + 1;
  const first = kind === 'rate_limit' ? (cooldown ?? pace.first) : pace.first;
  const seconds = Math.min(first * 4 ** (strikes - 1), Math.max(first, pace.longest));
  return { until: told ?? asMillis(now + seconds * 1000), strikes };
}
