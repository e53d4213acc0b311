import type { FullLimit, Obstacle } from './admission.ts';
import { type BudgetState, budgetSentence } from './budget.ts';
import type { Cooldown } from './cooldown.ts';
import { formatDuration } from './duration.ts';
import { excuseWords } from './fault.ts';
import { type Millis, toMillis } from './ids.ts';
import { type Pause, pausedThing } from './pause.ts';
import type { Rest } from './rest.ts';
import type { Task } from './task.ts';
import { saying } from './text.ts';

/** What an obstacle is called to a person: why the task does not start, and what happens next. */
export interface ObstacleWords {
  readonly sentence: string;
  readonly next: string;
}

/** `14:05 UTC`, with the date when that is another day. */
export function clockTime(at: Millis, now: Millis): string {
  const [day = '', time = ''] = new Date(at).toISOString().split('T');
  const today = new Date(now).toISOString().startsWith(day);
  return `${today ? '' : `${day} `}${time.slice(0, 5)} UTC`;
}

/** The words for an obstacle of admission, the same in `andon why` and in `andon dispatch`. */
export function explain(task: Task, obstacle: Obstacle, now: Millis): ObstacleWords {
  switch (obstacle.code) {
    case 'unassigned':
      return {
        sentence: 'Nobody is assigned to it.',
        next: `\`andon assign ${task.id} PROFILE\` gives it to somebody.`,
      };
    case 'no_profile':
      return {
        sentence: obstacle.problem ?? `There is no profile \`${obstacle.profile}\` here that can be started.`,
        next: `${obstacle.problem === null ? 'Define' : 'Mend'} profiles/${obstacle.profile}/andon.yaml, assign another, or let an outside worker claim it.`,
      };
    case 'profile_left_out':
      return {
        sentence: `The profile \`${obstacle.profile}\` is not started here: \`dispatch_profiles\` leaves it out.`,
        next: `Add it to dispatch_profiles in andon.yaml, or assign another.`,
      };
    case 'review_by_hand':
      return {
        sentence: 'It waits for a reviewer, and `review_dispatch` is off.',
        next: `A person completes it or asks for changes: \`andon complete ${task.id}\`, \`andon request-changes ${task.id}\`.`,
      };
    case 'paused':
      return pauseWords(obstacle.pause, now);
    case 'over_budget':
      return budgetWords(obstacle.state);
    case 'resting':
      return restWords(obstacle.rest, now);
    case 'probing':
      return {
        sentence: `${restingThing(obstacle.rest)} is being tried again after a rest (${excuseWords[obstacle.rest.kind]}), with one run at a time.`,
        next: 'It starts when that run has brought an answer.',
      };
    case 'process_lingers':
      return {
        sentence: 'The process of an earlier run has not ended yet.',
        next: 'It starts when that process is gone; it is ended 30 s after its run.',
      };
    case 'cooling_down':
      return coolingWords(task, obstacle, now);
    default:
      return fullWords(obstacle);
  }
}

function pauseWords(pause: Pause, now: Millis): ObstacleWords {
  const thing = pausedThing(pause);
  const said = saying(pause.reason, '.');
  const flag = pause.scope === 'board' ? '' : ` --${pause.scope} ${pause.name}`;
  const ends = pause.until === null ? '' : `The pause ends at ${clockTime(pause.until, now)}; `;
  return {
    sentence: `${capital(thing)} was paused by ${pause.by} ${formatDuration(Math.max(0, now - pause.created_at))} ago${said}`,
    next: `${ends}\`andon resume${flag}\` ends it${ends === '' ? '' : ' now'}.`,
  };
}

function budgetWords(state: BudgetState): ObstacleWords {
  const raise = 'raise it under `budgets` in andon.yaml and restart the gateway';
  return {
    sentence: budgetSentence(state),
    next:
      state.budget.scope === 'day'
        ? `It starts after midnight UTC; to start it today, ${raise}.`
        : `To let it start, ${raise}.`,
  };
}

function coolingWords(task: Task, { until, after, failures }: Cooldown, now: Millis): ObstacleWords {
  const left = formatDuration(Math.max(0, toMillis(until) - now));
  const [error = ''] = (task.last_failure_error ?? '').split('\n');
  return {
    sentence:
      after === 'rate_limit'
        ? "Its provider's rate limit was reached."
        : `It failed ${failures} times in a row, and rests before the next attempt${error === '' ? '.' : `: ${error}`}`,
    next: `It is tried again in ${left}, at ${clockTime(toMillis(until), now)}.`,
  };
}

const restingThing = ({ subject, name }: Pick<Rest, 'subject' | 'name'>): string => `The ${subject} ${name}`;

function restWords(rest: Rest, now: Millis): ObstacleWords {
  const at = clockTime(rest.until, now);
  const flag = rest.subject === 'profile' ? ` --profile ${rest.name}` : '';
  const often = rest.strikes > 1 ? `, for the ${rest.strikes}. time in a row` : '';
  return {
    sentence: `${restingThing(rest)} rests${often}: ${excuseWords[rest.kind]} (${rest.error.replace(/\.$/, '')}).`,
    next: `It is tried again in ${formatDuration(Math.max(0, rest.until - now))}, at ${at}; \`andon resume${flag}\` tries at once.`,
  };
}

const limitNames: { readonly [Code in FullLimit['code']]: (name: string) => readonly [string, string] } = {
  profile_full: (name) => [`The profile ${name} has all the runs that it may have`, 'a run of that profile'],
  tenant_full: (name) => [`The tenant ${name} has all the runs that it may have`, 'a run of that tenant'],
  board_full: () => ['This board has all the runs that it may have', 'a run of this board'],
  no_slot: () => ['All slots are taken', 'a run'],
};

function fullWords({ code, name, running, limit }: FullLimit): ObstacleWords {
  const [what, one] = limitNames[code](name);
  return {
    sentence: `${what} (${running}/${limit}).`,
    next: `It starts when ${one} has ended and its turn has come.`,
  };
}

const capital = (text: string): string => text.charAt(0).toUpperCase() + text.slice(1);
