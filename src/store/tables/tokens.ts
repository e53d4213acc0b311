import { asMillis, type BoardId, type Millis } from '../../domain/ids.ts';
import { type HashedToken, reaches, type Token, tokenKinds } from '../../domain/token.ts';
import { type Column, integerAs, jsonStrings, nullable, oneOf, rowOf, text } from '../columns.ts';
import { command, fragment, sql, upTo } from '../sql.ts';
import type { Reader, Tx } from '../store.ts';

const boards: Column<readonly BoardId[]> = (value) => jsonStrings(value) as ReturnType<typeof boards>;
const millis = integerAs(asMillis);

const columns = {
  id: text,
  name: text,
  kind: oneOf(tokenKinds),
  role: oneOf(reaches),
  boards: nullable(boards),
  created_by: text,
  created_at: millis,
  expires_at: nullable(millis),
  last_used_at: nullable(millis),
  revoked_at: nullable(millis),
};
const tokenRow = rowOf<Token>('andon_tokens', columns);
const hashedRow = rowOf<HashedToken>('andon_tokens', { ...columns, hash: text });

export const findHashedToken = (reader: Reader, id: string): Promise<HashedToken | undefined> =>
  reader.one(sql(hashedRow)`select * from andon_tokens where id = ${id}`);

/** Tokens and sessions behind an id, in the order of ids; codes are nobody's business. */
export const selectTokens = (reader: Reader, after: string, limit: number): Promise<Token[]> =>
  reader.all(sql(tokenRow)`
    select * from andon_tokens where kind <> 'code' and id > ${after} order by id ${upTo(limit)}`);

export function insertToken(tx: Tx, token: HashedToken): void {
  const list = token.boards === null ? null : JSON.stringify(token.boards);
  tx.run(command`
    insert into andon_tokens (id, name, kind, hash, role, boards, created_by, created_at, expires_at)
    values (${token.id}, ${token.name}, ${token.kind}, ${token.hash}, ${token.role}, ${list}, ${token.created_by},
      ${token.created_at}, ${token.expires_at})`);
}

/** Gives how many there were to change: one, or none. */
export const markRevoked = (tx: Tx, id: string): Promise<number> =>
  tx.change(command`update andon_tokens set revoked_at = ${tx.now} where id = ${id} and revoked_at is null`);

/** Those that were made by this token. */
export const markSessionsRevoked = (tx: Tx, id: string): void =>
  tx.run(command`
    update andon_tokens set revoked_at = ${tx.now}
    where created_by = ${id} and kind <> 'token' and revoked_at is null`);

export const markUsed = (tx: Tx, id: string): void =>
  tx.run(command`update andon_tokens set last_used_at = ${tx.now} where id = ${id}`);

/** Sessions and codes that nobody can use any more; tokens stay, as a record of who had one. */
export function deleteSpent(tx: Tx, before: Millis): void {
  const over = fragment`kind <> 'token' and (expires_at < ${before} or revoked_at < ${before})`;
  tx.run(command`delete from andon_tokens where ${over}`);
}
