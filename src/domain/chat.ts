import type { BoardId, Millis } from './ids.ts';
import type { Place } from './place.ts';

/** Who may speak to the board in chats beside the lists of the settings, and which board a chat is about. */

/** To look, or to work with tasks. */
export const chatRoles = ['viewer', 'operator'] as const;
export type ChatRole = (typeof chatRoles)[number];

/** Somebody who brought a code: a row of `andon_chat_people`, without the hash of that code. */
export interface PairedPerson {
  readonly platform: string;
  readonly user_id: string;
  readonly name: string;
  readonly role: ChatRole;
  /** Who made the code. */
  readonly paired_by: string;
  readonly paired_at: Millis;
}

/** A new code, of which the kernel sees the hash alone. */
export interface CreateCode {
  readonly hash: string;
  /** The only platform on which it counts; `null` for all. */
  readonly platform: string | null;
  readonly role: ChatRole;
  readonly created_by: string;
  readonly for_seconds: number;
}

/** Somebody brings a code. */
export interface PairPerson extends Pick<PairedPerson, 'platform' | 'user_id' | 'name'> {
  readonly hash: string;
}

/** What came of a code: a role, or why there is none. */
export type Paired =
  | { readonly role: ChatRole }
  | { readonly role: null; readonly why: 'wrong' | 'too_many' };

/** How many wrong codes somebody may bring within `wrongCodesRest` milliseconds. */
export const mostWrongCodes = 5;
export const wrongCodesRest = 900_000;

/** Wrong codes of one person: a row of `andon_chat_attempts`. */
export interface WrongCodes {
  readonly wrong: number;
  readonly since: Millis;
}

/** One more wrong code. */
export const oneMoreWrong = (before: WrongCodes | undefined, now: Millis): WrongCodes =>
  before === undefined || before.since + wrongCodesRest <= now
    ? { wrong: 1, since: now }
    : { ...before, wrong: before.wrong + 1 };

/** Whether somebody has guessed so often that they are not heard for a while. */
export const guessesTooOften = (before: WrongCodes | undefined, now: Millis): boolean =>
  before !== undefined && before.wrong >= mostWrongCodes && before.since + wrongCodesRest > now;

/** A code as it is hashed, however it was typed. */
export const normalCode = (text: string): string => text.toUpperCase().replaceAll(/[^0-9A-Z]/g, '');

/** A chat, or a thread, that is about one board: a row of `andon_chat_pins`. */
export interface ChatPin extends Place {
  readonly board: BoardId;
  /** Where tasks from there are worked on, as `--workspace` takes it; `null` for whatever the board has. */
  readonly workspace: string | null;
  readonly pinned_by: string;
  readonly pinned_at: Millis;
}

export type PinChat = Omit<ChatPin, 'pinned_at'>;
