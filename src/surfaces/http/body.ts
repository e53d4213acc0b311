import { HttpProblem } from './problem.ts';

/** Reads bodies with an eye on their size: a length that is announced is a claim, so what comes is counted too. */

export const mostJson = 1024 * 1024;
const deepest = 32;

/** The whole body, at most `most` bytes. */
export async function readBytes(request: Request, most: number): Promise<Uint8Array> {
  const said = Number(request.headers.get('content-length') ?? 0);
  if (said > most) throw tooLarge(most);
  const chunks: Uint8Array[] = [];
  let size = 0;
  for await (const chunk of request.body ?? []) {
    size += chunk.byteLength;
    if (size > most) throw tooLarge(most);
    chunks.push(chunk);
  }
  return Buffer.concat(chunks);
}

export const tooLarge = (most: number): HttpProblem =>
  new HttpProblem('too_large', `A body has at most ${most} bytes here.`, {
    headers: { connection: 'close' },
  });

/** The JSON object of a body; none counts as an empty one. */
export async function readJson(request: Request): Promise<unknown> {
  const bytes = await readBytes(request, mostJson);
  if (bytes.byteLength === 0) return {};
  requireJson(request);
  return parseJson(bytes);
}

/** Refuses a body that does not say that it is JSON. */
export function requireJson(request: Request): void {
  const [type = ''] = (request.headers.get('content-type') ?? '').split(';');
  const coding = request.headers.get('content-encoding') ?? 'identity';
  if (type.trim().toLowerCase() === 'application/json' && coding === 'identity') return;
  throw new HttpProblem(
    'unsupported_media_type',
    'A body is application/json here, without another coding; say so in content-type.',
  );
}

/** What a body holds, if it can be kept. */
export function parseJson(bytes: Uint8Array): unknown {
  let text: string;
  try {
    text = new TextDecoder('utf-8', { fatal: true }).decode(bytes);
  } catch {
    throw new HttpProblem('bad_request', 'The body is not UTF-8.');
  }
  if (depthOf(text) > deepest) {
    throw new HttpProblem('bad_request', `JSON is nested at most ${deepest} deep here.`);
  }
  if (zero.test(text)) throw zeroByte();
  try {
    return JSON.parse(text);
  } catch (error) {
    const what = error instanceof Error ? error.message : String(error);
    throw new HttpProblem('bad_request', `The body is not JSON: ${what}.`);
  }
}

/** A zero byte, as it is escaped in JSON: behind an even number of other backslashes. */
const zero = /(?<!\\)(?:\\\\)*\\u0000/;

/** PostgreSQL keeps none, so that none is taken on either database. */
export const zeroByte = (): HttpProblem => new HttpProblem('bad_request', 'A text holds no zero byte here.');

/** How deep lists and objects lie in each other, before anything is built from them. */
export function depthOf(text: string): number {
  let depth = 0;
  let most = 0;
  let inText = false;
  for (let at = 0; at < text.length; at += 1) {
    const sign = text.charCodeAt(at);
    if (inText) {
      if (sign === 0x5c) at += 1;
      else if (sign === 0x22) inText = false;
    } else if (sign === 0x22) inText = true;
    else if (sign === 0x5b || sign === 0x7b) most = Math.max(most, ++depth);
    else if (sign === 0x5d || sign === 0x7d) depth -= 1;
  }
  return most;
}
