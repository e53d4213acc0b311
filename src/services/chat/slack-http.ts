import { fired } from './adapter.ts';
import type { Posted, Receipt } from './platform.ts';
import type { Payload, SlackEar } from './slack-heard.ts';

/** Milliseconds that a request may be old: longer, and somebody may send it a second time. */
const oldest = 300_000;

/** Hears what Slack posts to an address of ours, which only Slack can sign. */
export function createHttpEar(signingSecret: string, now: () => number): SlackEar {
  let hearing: ((payload: Payload) => Promise<Readonly<Record<string, unknown>>>) | undefined;
  return {
    hear: async (signal, heard, connected) => {
      hearing = heard;
      connected();
      await fired(signal);
      hearing = undefined;
    },
    receive: async ({ headers, body }: Posted): Promise<Receipt> => {
      const timestamp = headers.get('x-slack-request-timestamp') ?? '';
      const isFresh = Math.abs(now() - Number(timestamp) * 1000) < oldest;
      const signature = headers.get('x-slack-signature') ?? '';
      if (!isFresh || !(await isSigned(signingSecret, `v0:${timestamp}:`, body, signature))) {
        return { status: 401 };
      }
      const text = new TextDecoder().decode(body);
      const isForm = headers.get('content-type')?.startsWith('application/x-www-form-urlencoded');
      const given = isForm ? formOf(text) : jsonOf(text);
      if ('answer' in given) return { status: 200, json: given.answer };
      // Slack sends an event again later, when another gateway may hear.
      if (hearing === undefined) return { status: 503 };
      const answer = await hearing(given);
      return Object.keys(answer).length === 0 ? { status: 200 } : { status: 200, json: answer };
    },
  };
}

type Given = Payload | { readonly answer: unknown };

function formOf(text: string): Given {
  const fields = Object.fromEntries(new URLSearchParams(text));
  const { payload } = fields;
  // Slack asks now and then whether the address is there.
  if (fields['ssl_check'] === '1') return { answer: {} };
  if (payload !== undefined) return { type: 'interactive', body: JSON.parse(payload) };
  return { type: 'slash_commands', body: fields };
}

function jsonOf(text: string): Given {
  const body: unknown = JSON.parse(text);
  const isObject = typeof body === 'object' && body !== null;
  if (isObject && 'type' in body && body.type === 'url_verification') {
    return { answer: { challenge: 'challenge' in body ? body.challenge : null } };
  }
  return { type: 'events_api', body };
}

/** `v0=` and the HMAC of what was sent, in hexadecimal. */
async function isSigned(
  secret: string,
  prefix: string,
  body: Uint8Array,
  signature: string,
): Promise<boolean> {
  const [, hex = ''] = /^v0=([0-9a-f]{64})$/.exec(signature) ?? [];
  const use = { name: 'HMAC', hash: 'SHA-256' };
  const key = await crypto.subtle.importKey('raw', Buffer.from(secret), use, false, ['verify']);
  const signed = Buffer.concat([Buffer.from(prefix), body]);
  return crypto.subtle.verify('HMAC', key, Buffer.from(hex, 'hex'), signed);
}
