import { ok, type Result, refuse } from '../domain/errors.ts';
import { asMillis } from '../domain/ids.ts';
import {
  type CreateToken,
  checkToken,
  type HashedToken,
  type RedeemCode,
  spent,
  type Token,
} from '../domain/token.ts';
import type { Reader, Tx } from '../store/store.ts';
import {
  deleteSpent,
  findHashedToken,
  insertToken,
  markRevoked,
  markSessionsRevoked,
  markUsed,
  selectTokens,
} from '../store/tables/tokens.ts';

/** Tokens of the home (the board `~home`). The kernel sees hashes only; secrets are made and compared by the surface. */

export async function createToken(tx: Tx, input: CreateToken): Promise<Result<Token>> {
  const wrong = checkToken(input);
  if (wrong) return wrong;
  deleteSpent(tx, tx.now);
  const { id, kind, hash, role, boards, created_by, for_seconds } = input;
  const token: HashedToken = {
    id,
    name: input.name.trim(),
    kind,
    hash,
    role,
    boards,
    created_by,
    created_at: tx.now,
    expires_at: for_seconds === undefined ? null : asMillis(tx.now + for_seconds * 1000),
    last_used_at: null,
    revoked_at: null,
  };
  insertToken(tx, token);
  return ok(withoutHash(token));
}

/** The token of an id, whether it still counts or not; `null` when there is none. */
export async function token(reader: Reader, { id }: { id: string }): Promise<Result<HashedToken | null>> {
  return ok((await findHashedToken(reader, id)) ?? null);
}

export async function tokens(
  reader: Reader,
  { after, limit }: { after?: string | undefined; limit: number },
): Promise<Result<readonly Token[]>> {
  return ok(await selectTokens(reader, after ?? '', limit));
}

/** Ends a token, and the sessions that come from it. */
export async function revokeToken(tx: Tx, { id }: { id: string }): Promise<Result<null>> {
  if ((await markRevoked(tx, id)) > 0) {
    markSessionsRevoked(tx, id);
    return ok(null);
  }
  const why = (await findHashedToken(tx, id)) ? `Token ${id} was revoked before` : `No token ${id}`;
  return refuse('unknown_token', `${why}; \`andon token list\` shows them.`, [id]);
}

/** Notes that a token is in use. */
export async function useToken(tx: Tx, { id }: { id: string }): Promise<Result<null>> {
  markUsed(tx, id);
  return ok(null);
}

/**
 * Turns a code into a session, once: of two who bring the same code one is refused. A session holds no longer than the token
 * that it comes from.
 */
export async function redeemCode(tx: Tx, input: RedeemCode): Promise<Result<Token>> {
  const code = await findHashedToken(tx, input.code_id);
  const origin = code && (await findHashedToken(tx, code.created_by));
  const over = [code, origin].some((each) => each !== undefined && spent(each, tx.now) !== undefined);
  if (code?.kind !== 'code' || over) {
    return refuse(
      'unknown_token',
      'This link was used before, or its minute is over; `andon dashboard` gives another.',
    );
  }
  await markRevoked(tx, code.id);
  const { id, hash } = input;
  const { name, role, boards, created_by } = code;
  const left = origin?.expires_at == null ? input.for_seconds : (origin.expires_at - tx.now) / 1000;
  const for_seconds = Math.min(input.for_seconds, left);
  return createToken(tx, { id, name, kind: 'session', hash, role, boards, created_by, for_seconds });
}

const withoutHash = ({ hash: _, ...rest }: HashedToken): Token => rest;
