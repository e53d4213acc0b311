import { randomBytes, timingSafeEqual } from 'node:crypto';
import { hashOf } from '../../services/secret.ts';

/**
 * What proves who asks: `andon_<id>_<secret>`, where the id finds the row and the secret, 256 random bits, is known to its
 * owner alone; the row holds its SHA-256.
 */
export interface Credential {
  readonly id: string;
  readonly secret: string;
}

const form = /^andon_([a-z]_[0-9a-f]{8})_([0-9a-f]{64})$/;

export function parseCredential(text: string): Credential | undefined {
  const [, id, secret] = form.exec(text) ?? [];
  return id === undefined || secret === undefined ? undefined : { id, secret };
}

/** Takes as long for a wrong secret as for the right one. */
export const isSecret = (secret: string, hash: string): boolean => {
  const [given, known] = [Buffer.from(hashOf(secret)), Buffer.from(hash)];
  return given.length === known.length && timingSafeEqual(given, known);
};

/** A new credential: its text for the owner, its id and hash for the row. */
export function newCredential(letter: 'k' | 's' | 'c'): {
  readonly id: string;
  readonly hash: string;
  readonly text: string;
} {
  const id = `${letter}_${randomBytes(4).toString('hex')}`;
  const secret = randomBytes(32).toString('hex');
  return { id, hash: hashOf(secret), text: `andon_${id}_${secret}` };
}
