import { lookup } from 'node:dns/promises';
import { type IncomingMessage, request as plainRequest } from 'node:http';
import { request as secureRequest } from 'node:https';
import { BlockList, type LookupFunction } from 'node:net';
import { FileProblem, mostUpload, tooLargeSentence } from './stored-files.ts';

/**
 * Files from addresses that an agent names. It may name any, so nothing inside this machine or its network is reached unless a
 * setting says so, whatever name it goes by and wherever it leads on.
 */

/** Addresses that are not of the open internet (RFC 6890). Those of IPv4 hold for `::ffff:` too. */
const inside = new BlockList();
for (const [net, bits] of [
  ['0.0.0.0', 8],
  ['10.0.0.0', 8],
  ['100.64.0.0', 10],
  ['127.0.0.0', 8],
  ['169.254.0.0', 16],
  ['172.16.0.0', 12],
  ['192.0.0.0', 24],
  ['192.168.0.0', 16],
  ['198.18.0.0', 15],
  ['224.0.0.0', 3],
] as const) {
  inside.addSubnet(net, bits, 'ipv4');
}
for (const [net, bits] of [
  ['::', 96],
  ['64:ff9b::', 16],
  ['2002::', 16],
  ['fc00::', 7],
  ['fe80::', 9],
  ['ff00::', 8],
] as const) {
  inside.addSubnet(net, bits, 'ipv6');
}

/** Whether an address lies inside this machine or its network, or is none that a file comes from. */
export const isInside = (address: string, family: number): boolean =>
  inside.check(address, family === 6 ? 'ipv6' : 'ipv4');

export interface OutsideFile {
  readonly content: AsyncIterable<Uint8Array>;
  readonly content_type: string | null;
  /** The last part of the address that it came from. */
  readonly name: string;
}

const longest = 60_000;
const mostRedirects = 5;

/**
 * Begins to fetch a file over http or https; all of it has to be there within a minute. Throws `FileProblem` when the address
 * is not to be reached or does not answer with a file, also while its content is read.
 */
export async function fetchOutside(given: string, allowsInside: boolean): Promise<OutsideFile> {
  const signal = AbortSignal.timeout(longest);
  let url = new URL(given);
  for (let redirects = 0; ; redirects += 1) {
    const answer = await answerOf(url, allowsInside, signal);
    const { statusCode = 0, headers } = answer;
    if (statusCode === 200) return fileOf(url, answer);
    answer.destroy();
    if (![301, 302, 303, 307, 308].includes(statusCode) || headers.location === undefined) {
      throw new FileProblem('invalid_input', `${given} answered ${statusCode} instead of a file.`);
    }
    const next = URL.parse(headers.location, url.href);
    if (next === null || next.protocol !== url.protocol || redirects === mostRedirects) {
      const why = redirects === mostRedirects ? `is the end of ${redirects} others` : 'is of another scheme';
      throw new FileProblem('invalid_input', `${given} leads on to ${headers.location}, which ${why}.`);
    }
    url = next;
  }
}

function fileOf(url: URL, answer: IncomingMessage): OutsideFile {
  if (Number(answer.headers['content-length'] ?? 0) > mostUpload) {
    answer.destroy();
    throw new FileProblem('too_large', tooLargeSentence);
  }
  return {
    content: readable(url, answer),
    content_type: answer.headers['content-type'] ?? null,
    name: decoded(url.pathname.split('/').at(-1) ?? ''),
  };
}

async function* readable(url: URL, answer: IncomingMessage): AsyncGenerator<Uint8Array> {
  try {
    yield* answer;
  } catch (cause) {
    throw notReached(url, cause);
  }
}

async function answerOf(url: URL, allowsInside: boolean, signal: AbortSignal): Promise<IncomingMessage> {
  const known = await addressesOf(url, allowsInside);
  // The addresses that were looked at are those that are reached: asked again, a name may mean another.
  const pinned: LookupFunction = (_name, _options, callback) => callback(null, known);
  const begin = url.protocol === 'https:' ? secureRequest : plainRequest;
  return new Promise((resolve, reject) => {
    const headers = { 'user-agent': 'andon' };
    begin(url, { signal, headers, agent: false, lookup: pinned }, resolve)
      .on('error', (cause) => reject(notReached(url, cause)))
      .end();
  });
}

async function addressesOf(url: URL, allowsInside: boolean) {
  const name = url.hostname.replace(/^\[(.*)\]$/, '$1');
  const known = await lookup(name, { all: true }).catch((cause: unknown) => {
    throw notReached(url, cause);
  });
  const hidden = known.find(({ address, family }) => isInside(address, family));
  if (hidden === undefined || allowsInside) return known;
  throw new FileProblem(
    'forbidden',
    `${url.host} is ${hidden.address}, inside this machine or its network; \`attach_private_urls: true\` in andon.yaml allows that.`,
  );
}

function notReached(url: URL, cause: unknown): FileProblem {
  const why = cause instanceof Error && cause.name === 'AbortError' ? 'took too long' : String(cause);
  return new FileProblem('invalid_input', `${url.href} cannot be fetched: ${why}.`);
}

function decoded(name: string): string {
  try {
    return decodeURIComponent(name);
  } catch {
    return name;
  }
}
