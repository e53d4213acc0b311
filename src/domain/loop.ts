import { formatDuration } from './duration.ts';
import { asMillis, asSeconds, type BoardId, type Millis, type Seconds, type TaskId } from './ids.ts';
import { hostRole, type Role } from './leading.ts';

/** Recurring prompts (contract §13.1). Pure: what a loop says of itself, and when its next turn may begin. */

/** `done`: somebody has ended it while a command of it ran; it goes away with that. */
export const loopStatuses = ['active', 'paused', 'done'] as const;
export type LoopStatus = (typeof loopStatuses)[number];

/** Words into a chat, a task for a profile, or a command on a machine. */
export const loopTargets = ['chat', 'profile', 'command'] as const;
export type LoopTarget = (typeof loopTargets)[number];

/** `claimed`: somebody is about to begin the turn, or has died doing so. `open`: it goes on. */
export const turnStates = ['claimed', 'open'] as const;
export type TurnState = (typeof turnStates)[number];

/** One row of `andon_loops`. */
export interface Loop {
  /** Six hex digits. */
  readonly id: string;
  /** Where it was made and is listed: the place of a chat, or `cli`. */
  readonly session: string;
  readonly target: LoopTarget;
  /** The place, the profile or the machine. */
  readonly name: string;
  /** What is said, asked or run. */
  readonly prompt: string;
  /** The words of a command, and the folder where it is run. */
  readonly command: readonly string[] | null;
  readonly folder: string | null;
  /** Where its tasks are made. */
  readonly board: BoardId;
  readonly interval_seconds: Seconds;
  readonly status: LoopStatus;
  readonly created_at: Millis;
  readonly created_by: string;
  /** Who made it, as its chat knows them: what they may do is asked at each turn. */
  readonly user_id: string | null;
  /** The gateway that hears its chat; null for any. */
  readonly gateway: string | null;
  /** 0: never yet. */
  readonly last_fired_at: Millis;
  /** Turns that brought something. */
  readonly turns_completed: number;
  /** The number of the newest turn, which only rises. */
  readonly turn: number;
  readonly turn_state: TurnState | null;
  /** Stands in the environment of what the turn runs. */
  readonly turn_mark: string | null;
  readonly task_id: TaskId | null;
  /** What came of the last turn, when it was not what was wanted. */
  readonly note: string | null;
}

/** What a new loop must say. */
export interface StartLoop
  extends Pick<Loop, 'session' | 'target' | 'name' | 'prompt' | 'board' | 'created_by'> {
  readonly command?: readonly string[] | undefined;
  readonly folder?: string | undefined;
  /** 300 unless said; less than 60 is 60. */
  readonly interval_seconds?: Seconds | undefined;
  readonly user_id?: string | undefined;
  readonly gateway?: string | undefined;
  /** The same whenever the same wish is heard again: it makes one loop. */
  readonly request?: string | undefined;
}

/** The loops that are meant: one by its id, all of a session, or all of a home. */
export interface LoopChoice {
  readonly session?: string | undefined;
  readonly id?: string | undefined;
}

/** What became of a turn that was begun. */
export type TurnOutcome =
  | { readonly state: 'open'; readonly task_id: TaskId | null }
  | {
      readonly state: 'over';
      /** It brought no words, so it does not count. */
      readonly empty: boolean;
      /** Somebody has broken it off, so the loop is paused. */
      readonly interrupted: boolean;
      readonly note: string | null;
    };

export const shortestInterval = asSeconds(60);
export const defaultInterval = asSeconds(300);
/** Milliseconds in which one session is spoken to once. */
const pauseBetween = 2000;
/** As the status line has it; no loop ends there. */
const shownTurns = 20;

/** No shorter than a minute. */
export const atLeastShortest = (interval: Seconds): Seconds =>
  asSeconds(Math.max(shortestInterval, interval));

/** Which role's holder begins its turns: whoever can do what they need. */
export function loopRole({ target, name, gateway }: Pick<Loop, 'target' | 'name' | 'gateway'>): Role {
  switch (target) {
    case 'profile':
      return 'dispatcher';
    case 'command':
      return hostRole(name);
    case 'chat':
      return gateway === null ? 'notifier' : `notifier:${gateway}`;
  }
}

/**
 * When the next turn may begin; `undefined` while one is open or the loop does not run. The first is due at once. What is
 * spoken to is let be for two seconds after each turn, whichever loop that was of: of several overdue ones each has its own.
 */
export function fireAt(loop: Loop, all: readonly Loop[]): Millis | undefined {
  if (loop.status !== 'active' || loop.turn_state !== null) return undefined;
  const peers = all.filter(({ target, name }) => target === loop.target && name === loop.name);
  const last = Math.max(...peers.map(({ last_fired_at }) => last_fired_at), loop.last_fired_at);
  const free = last === 0 ? 0 : last + pauseBetween;
  return asMillis(Math.max(dueAt(loop), free));
}

const dueAt = ({ last_fired_at, interval_seconds, created_at }: Loop): number =>
  last_fired_at === 0 ? created_at : last_fired_at + interval_seconds * 1000;

/** Those whose turn may begin now, the one that has waited longest first. */
export const dueLoops = (loops: readonly Loop[], now: Millis): readonly Loop[] =>
  loops
    .filter((loop) => (fireAt(loop, loops) ?? Number.POSITIVE_INFINITY) <= now)
    .toSorted((one, other) => dueAt(one) - dueAt(other) || (one.id < other.id ? -1 : 1));

/** When a turn of one of these may begin at last by time alone. */
export function nextFire(loops: readonly Loop[]): Millis | undefined {
  const times = loops.flatMap((loop) => fireAt(loop, loops) ?? []);
  return times.length === 0 ? undefined : asMillis(Math.min(...times));
}

/** The row as its next turn begins; `mark` is a word that nobody can guess. */
export const withTurn = (loop: Loop, mark: string, now: Millis): Loop => ({
  ...loop,
  last_fired_at: now,
  turns_completed: loop.turns_completed + 1,
  turn: loop.turn + 1,
  turn_state: 'claimed',
  turn_mark: mark,
  task_id: null,
});

/** The row after what is known of its turn; a loop that was ended meanwhile stays so. */
export function withOutcome(loop: Loop, outcome: TurnOutcome): Loop {
  if (outcome.state === 'open') return { ...loop, turn_state: 'open', task_id: outcome.task_id };
  const { empty, interrupted, note } = outcome;
  return {
    ...loop,
    turn_state: null,
    turn_mark: null,
    turns_completed: loop.turns_completed - (empty ? 1 : 0),
    status: interrupted && loop.status === 'active' ? 'paused' : loop.status,
    note,
  };
}

/** What a turn is known by beside its loop: a create with it makes one task. */
export const turnKey = ({ id, turn }: Pick<Loop, 'id' | 'turn'>): string => `loop:${id}:${turn}`;

/** `1m`, `1h 1m`, `1d 1h`. */
const intervalText = (seconds: number): string => brief(seconds * 1000);

/** `now`, `42s`, `3m 15s`, `1h 23m`. */
export const countdown = (milliseconds: number): string =>
  milliseconds <= 0 ? 'now' : brief(Math.ceil(milliseconds / 1000) * 1000);

const brief = (milliseconds: number): string => formatDuration(milliseconds).replace(/ s$/, 's');

/** A loop in one line (contract §13.1). Twenty turns are only shown there: no loop ends by itself. */
export function loopLine(loop: Loop, all: readonly Loop[], now: Millis): string {
  const every = `every ${intervalText(loop.interval_seconds)}`;
  const turns = `${loop.turns_completed}/${shownTurns} turns`;
  const prompt = loop.prompt.replaceAll(/\s+/g, ' ');
  if (loop.status !== 'active') return `⏸ #${loop.id} (${loop.status}, ${every}, ${turns}): ${prompt}`;
  const next = countdown((fireAt(loop, all) ?? dueAt(loop)) - now);
  return `⊙ #${loop.id} (active, ${every}, next: ${next}, ${turns}): ${prompt}`;
}

/** What else there is to know of it: whom it speaks to, what it waits for, what went wrong. */
export function loopDetail({ target, name, task_id, turn_state, note, board }: Loop): string {
  const whom = { chat: `into ${name}`, profile: `for @${name} on ${board}`, command: `a command on ${name}` };
  const waits = turn_state === null ? [] : [task_id === null ? 'its turn goes on' : `its turn is ${task_id}`];
  return [whom[target], ...waits, ...(note === null ? [] : [note])].join('; ');
}
