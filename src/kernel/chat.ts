import {
  type ChatPin,
  type CreateCode,
  guessesTooOften,
  oneMoreWrong,
  type Paired,
  type PairedPerson,
  type PairPerson,
  type PinChat,
  wrongCodesRest,
} from '../domain/chat.ts';
import { ok, type Result, refuse } from '../domain/errors.ts';
import { asMillis } from '../domain/ids.ts';
import type { Place } from '../domain/place.ts';
import type { Reader, Tx } from '../store/store.ts';
import * as rows from '../store/tables/chats.ts';

/** People and places of chats. They are the home's (the board `~home`). */

/** A code that pairs one person; those that are over are removed on the way. */
export async function createCode(tx: Tx, input: CreateCode): Promise<Result<null>> {
  if (input.for_seconds <= 0) {
    return refuse('invalid_input', `A code counts for more than 0 seconds, not ${input.for_seconds}.`);
  }
  rows.deleteCodesBefore(tx, tx.now);
  rows.deleteWrongCodesBefore(tx, asMillis(tx.now - wrongCodesRest));
  rows.insertCode(tx, input);
  return ok(null);
}

/**
 * Whoever brings a code may speak from now on, in its role; the code is gone then. A wrong one is an answer, not a refusal,
 * because it is counted. The same code of the same person again, as after a crash, is answered as before.
 */
export async function pair(tx: Tx, input: PairPerson): Promise<Result<Paired>> {
  const again = await rows.findPersonOfCode(tx, input);
  if (again) return ok({ role: again.role });
  const wrong = await rows.findWrongCodes(tx, input);
  if (guessesTooOften(wrong, tx.now)) return ok({ role: null, why: 'too_many' });
  const code = await rows.takeCode(tx, input);
  if (code === undefined) {
    rows.writeWrongCodes(tx, input, oneMoreWrong(wrong, tx.now));
    return ok({ role: null, why: 'wrong' });
  }
  const { platform, user_id, name, hash } = input;
  const { role, created_by: paired_by } = code;
  rows.writePerson(tx, { platform, user_id, name, role, paired_by, paired_at: tx.now }, hash);
  return ok({ role });
}

export async function unpair(
  tx: Tx,
  input: Pick<PairedPerson, 'platform' | 'user_id'>,
): Promise<Result<null>> {
  if ((await rows.deletePerson(tx, input)) > 0) return ok(null);
  const id = `${input.platform}:${input.user_id}`;
  return refuse('unknown_person', `Nobody was paired as ${id}; \`andon chat list\` shows who was.`, [id]);
}

export async function pairedPerson(
  reader: Reader,
  input: Pick<PairedPerson, 'platform' | 'user_id'>,
): Promise<Result<PairedPerson | null>> {
  return ok((await rows.findPerson(reader, input)) ?? null);
}

export async function pairedPeople(
  reader: Reader,
  { limit }: { limit: number },
): Promise<Result<readonly PairedPerson[]>> {
  return ok(await rows.selectPeople(reader, limit));
}

/** What is said in that chat is about this board from now on; the last word counts. */
export async function pinChat(tx: Tx, input: PinChat): Promise<Result<ChatPin>> {
  const pin: ChatPin = { ...input, pinned_at: tx.now };
  rows.writePin(tx, pin);
  return ok(pin);
}

/** Gives whether there was something to unpin. */
export async function unpinChat(tx: Tx, at: Place): Promise<Result<boolean>> {
  return ok((await rows.deletePin(tx, at)) > 0);
}

export async function chatPin(reader: Reader, at: Place): Promise<Result<ChatPin | null>> {
  return ok((await rows.findPin(reader, at)) ?? null);
}
