import { randomInt } from 'node:crypto';
import { normalCode } from '../domain/chat.ts';
import { hashOf } from '../services/secret.ts';

/** How long a code for a chat counts. */
export const pairingSeconds = 600;

/** Without what is mistaken for something else: 0 and O, 1 and I and L. */
const signs = '23456789ABCDEFGHJKMNPQRSTUVWXYZ';

/** `AB2C-D3E4`: 39 bits, of which somebody may guess five within a quarter of an hour. */
export function newPairingCode(): { readonly code: string; readonly hash: string } {
  const four = (): string => Array.from({ length: 4 }, () => signs[randomInt(signs.length)]).join('');
  const code = `${four()}-${four()}`;
  return { code, hash: hashOf(normalCode(code)) };
}
