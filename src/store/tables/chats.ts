import {
  type ChatPin,
  type ChatRole,
  type CreateCode,
  chatRoles,
  type PairedPerson,
  type PairPerson,
  type WrongCodes,
} from '../../domain/chat.ts';
import { asMillis, type BoardId, type Millis, parseBoardId } from '../../domain/ids.ts';
import type { Place } from '../../domain/place.ts';
import { type Column, integer, integerAs, nullable, oneOf, rowOf, text, unreadable } from '../columns.ts';
import { command, type Fragment, fragment, sql, upTo } from '../sql.ts';
import type { Reader, Tx } from '../store.ts';

type Person = Pick<PairedPerson, 'platform' | 'user_id'>;
const millis = integerAs(asMillis);
const board: Column<BoardId> = (value) =>
  (typeof value === 'string' ? parseBoardId(value) : undefined) ?? unreadable;

const codeRow = rowOf<{ role: ChatRole; created_by: string }>('andon_chat_codes', {
  role: oneOf(chatRoles),
  created_by: text,
});
const personColumns = {
  platform: text,
  user_id: text,
  name: text,
  role: oneOf(chatRoles),
  paired_by: text,
  paired_at: millis,
};
const personRow = rowOf<PairedPerson>('andon_chat_people', personColumns);
const wrongRow = rowOf<WrongCodes>('andon_chat_attempts', { wrong: integer, since: millis });
const pinRow = rowOf<ChatPin>('andon_chat_pins', {
  platform: text,
  chat_id: text,
  thread_id: text,
  board,
  workspace: nullable(text),
  pinned_by: text,
  pinned_at: millis,
});

export function insertCode(tx: Tx, code: CreateCode): void {
  tx.run(command`
    insert into andon_chat_codes (hash, platform, role, created_by, created_at, expires_at)
    values (${code.hash}, ${code.platform}, ${code.role}, ${code.created_by}, ${tx.now},
      ${tx.now + code.for_seconds * 1000})`);
}

export const deleteCodesBefore = (tx: Tx, at: Millis): void =>
  tx.run(command`delete from andon_chat_codes where expires_at <= ${at}`);

/** Takes a code that still counts on this platform, so that nobody else can. */
export async function takeCode(
  tx: Tx,
  { hash, platform }: Pick<PairPerson, 'hash' | 'platform'>,
): Promise<{ role: ChatRole; created_by: string } | undefined> {
  const code = await tx.one(sql(codeRow)`
    select role, created_by from andon_chat_codes
    where hash = ${hash} and expires_at > ${tx.now} and coalesce(platform, ${platform}) = ${platform}`);
  if (code !== undefined) tx.run(command`delete from andon_chat_codes where hash = ${hash}`);
  return code;
}

const isPerson = ({ platform, user_id }: Person): Fragment =>
  fragment`platform = ${platform} and user_id = ${user_id}`;

export const findPerson = (reader: Reader, of: Person): Promise<PairedPerson | undefined> =>
  reader.one(sql(personRow)`select * from andon_chat_people where ${isPerson(of)}`);

/** Somebody who was paired by this very code. */
export const findPersonOfCode = (
  reader: Reader,
  of: Person & { hash: string },
): Promise<PairedPerson | undefined> =>
  reader.one(
    sql(personRow)`select * from andon_chat_people where ${isPerson(of)} and code_hash = ${of.hash}`,
  );

export const selectPeople = (reader: Reader, limit: number): Promise<PairedPerson[]> =>
  reader.all(sql(personRow)`select * from andon_chat_people order by platform, user_id ${upTo(limit)}`);

export function writePerson(tx: Tx, person: PairedPerson, hash: string): void {
  tx.run(command`
    insert into andon_chat_people (platform, user_id, name, role, paired_by, paired_at, code_hash)
    values (${person.platform}, ${person.user_id}, ${person.name}, ${person.role}, ${person.paired_by},
      ${person.paired_at}, ${hash})
    on conflict (platform, user_id) do update set name = excluded.name, role = excluded.role,
      paired_by = excluded.paired_by, paired_at = excluded.paired_at, code_hash = excluded.code_hash`);
}

export const deletePerson = (tx: Tx, of: Person): Promise<number> =>
  tx.change(command`delete from andon_chat_people where ${isPerson(of)}`);

export const findWrongCodes = (reader: Reader, of: Person): Promise<WrongCodes | undefined> =>
  reader.one(sql(wrongRow)`select wrong, since from andon_chat_attempts where ${isPerson(of)}`);

export function writeWrongCodes(tx: Tx, { platform, user_id }: Person, { wrong, since }: WrongCodes): void {
  tx.run(command`
    insert into andon_chat_attempts (platform, user_id, wrong, since)
    values (${platform}, ${user_id}, ${wrong}, ${since})
    on conflict (platform, user_id) do update set wrong = excluded.wrong, since = excluded.since`);
}

/** Those that count no more. */
export const deleteWrongCodesBefore = (tx: Tx, since: Millis): void =>
  tx.run(command`delete from andon_chat_attempts where since <= ${since}`);

const isAt = ({ platform, chat_id, thread_id }: Place): Fragment =>
  fragment`platform = ${platform} and chat_id = ${chat_id} and thread_id = ${thread_id}`;

export const findPin = (reader: Reader, at: Place): Promise<ChatPin | undefined> =>
  reader.one(sql(pinRow)`select * from andon_chat_pins where ${isAt(at)}`);

export function writePin(tx: Tx, pin: ChatPin): void {
  tx.run(command`
    insert into andon_chat_pins (platform, chat_id, thread_id, board, workspace, pinned_by, pinned_at)
    values (${pin.platform}, ${pin.chat_id}, ${pin.thread_id}, ${pin.board}, ${pin.workspace}, ${pin.pinned_by},
      ${pin.pinned_at})
    on conflict (platform, chat_id, thread_id) do update set board = excluded.board,
      workspace = excluded.workspace, pinned_by = excluded.pinned_by, pinned_at = excluded.pinned_at`);
}

export const deletePin = (tx: Tx, at: Place): Promise<number> =>
  tx.change(command`delete from andon_chat_pins where ${isAt(at)}`);
