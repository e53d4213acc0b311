import { type Result, refuse } from './errors.ts';
import type { BoardId, Millis } from './ids.ts';

/** Who may do what over HTTP: a token names a person or a program, says how far it reaches and on which boards. */

/** The reach of a token, each wider than the one before: to look, to work with tasks, to change boards and tokens. */
export const reaches = ['viewer', 'operator', 'admin'] as const;
export type Reach = (typeof reaches)[number];

/** A `token` is carried by a program, a `session` by a browser; a `code` becomes one session, once, within a minute. */
export const tokenKinds = ['token', 'session', 'code'] as const;
export type TokenKind = (typeof tokenKinds)[number];

/** One row of `andon_tokens` without its hash. */
export interface Token {
  readonly id: string;
  /** Stands in events as who asked. */
  readonly name: string;
  readonly kind: TokenKind;
  readonly role: Reach;
  /** The only boards that it may see; `null` for all. */
  readonly boards: readonly BoardId[] | null;
  /** A name; of a session or code the id of the token that it comes from, with which it ends. */
  readonly created_by: string;
  readonly created_at: Millis;
  readonly expires_at: Millis | null;
  readonly last_used_at: Millis | null;
  readonly revoked_at: Millis | null;
}

/** With the SHA-256 of its secret, in hexadecimal; the secret itself is nowhere. */
export interface HashedToken extends Token {
  readonly hash: string;
}

export interface CreateToken extends Pick<HashedToken, 'id' | 'name' | 'kind' | 'hash' | 'role' | 'boards'> {
  readonly created_by: string;
  /** How long it holds; for ever when not said. */
  readonly for_seconds?: number | undefined;
}

/** A code becomes a session of the same person, role and boards. */
export interface RedeemCode extends Pick<HashedToken, 'hash'> {
  readonly code_id: string;
  /** Of the new session. */
  readonly id: string;
  readonly for_seconds: number;
}

/** Why a token counts no more, or `undefined` while it does. */
export function spent(token: Token, now: Millis): 'revoked' | 'expired' | undefined {
  if (token.revoked_at !== null) return 'revoked';
  return token.expires_at !== null && token.expires_at <= now ? 'expired' : undefined;
}

export const mayDo = (token: Pick<Token, 'role'>, needed: Reach): boolean =>
  reaches.indexOf(token.role) >= reaches.indexOf(needed);

export const maySee = (token: Pick<Token, 'boards'>, board: BoardId): boolean =>
  token.boards?.includes(board) ?? true;

/** Why such a token cannot be made. */
export function checkToken({ name, boards, for_seconds }: CreateToken): Result<never> | undefined {
  if (name.trim() === '') return refuse('blank_text', 'A token needs a name; the one given is blank.');
  if (boards?.length === 0) {
    return refuse(
      'invalid_input',
      '`boards` names the boards of a token and is empty; leave it out for all.',
    );
  }
  if (for_seconds !== undefined && for_seconds <= 0) {
    return refuse('invalid_input', `A token holds for more than 0 seconds, not ${for_seconds}.`);
  }
  return undefined;
}
