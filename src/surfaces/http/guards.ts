import { type HttpSettings, isLoopback } from '../../services/http-settings.ts';
import { HttpProblem } from './problem.ts';

/**
 * What a request must be before anybody looks at who asks. A browser sends whatever page asks it to: a rebound name reaches
 * this server under a foreign `Host`, and a foreign page under its own `Origin`. Programs send no `Origin`.
 */

/** `name:port` and `name` as a browser writes them, in lower case. */
export interface Hosts {
  readonly hosts: ReadonlySet<string>;
  readonly origins: ReadonlySet<string>;
}

const mostTarget = 8192;

/** The names under which a server at this port may be asked. */
export function hostsOf(
  settings: Pick<HttpSettings, 'host' | 'public_url' | 'allowed_hosts'>,
  port: number,
): Hosts {
  const own = isLoopback(settings.host) ? ['127.0.0.1', 'localhost', '[::1]'] : [bracketed(settings.host)];
  const here = [...new Set([...own, '127.0.0.1', 'localhost'])].flatMap((name) =>
    // A browser leaves out the port that everybody uses.
    port === 80 ? [name, `${name}:80`] : [`${name}:${port}`],
  );
  const outside = settings.public_url === undefined ? [] : [new URL(settings.public_url)];
  const named = settings.allowed_hosts.flatMap((name) =>
    name.includes(':') ? [name] : [name, `${name}:${port}`],
  );
  const hosts = [...here, ...named.map((name) => name.toLowerCase())];
  return {
    hosts: new Set([...hosts, ...outside.map(({ host }) => host)]),
    origins: new Set([
      ...hosts.flatMap((name) => [`http://${name}`, `https://${name}`]),
      ...outside.map(({ origin }) => origin),
    ]),
  };
}

const bracketed = (host: string): string => (host.includes(':') ? `[${host}]` : host.toLowerCase());

/** Refuses a request for another host, of another site's page, or with an address that nobody needs to be so long. */
export function guard(request: Request, { hosts, origins }: Hosts): void {
  const { headers } = request;
  const host = headers.get('host')?.toLowerCase();
  if (host === undefined || !hosts.has(host)) {
    throw new HttpProblem(
      'unknown_host',
      `The host ${JSON.stringify(host ?? '')} is not one of ours; name it in http.allowed_hosts of andon.yaml if it is.`,
    );
  }
  const origin = headers.get('origin');
  if (origin !== null && !origins.has(origin.toLowerCase())) {
    throw new HttpProblem('foreign_origin', `A page of ${JSON.stringify(origin)} may not ask here.`);
  }
  if (request.url.length > mostTarget) {
    throw new HttpProblem('too_large', `An address has at most ${mostTarget} characters.`);
  }
}

/**
 * A cookie is sent by the browser, whoever made it ask: what changes something has to come from a page of ours, and a
 * browser always says where a request comes from.
 */
export function guardCookie(request: Request): void {
  const site = request.headers.get('sec-fetch-site');
  if (site !== null ? site === 'same-origin' || site === 'none' : request.headers.get('origin') !== null)
    return;
  throw new HttpProblem(
    'foreign_origin',
    'A request with a session cookie has to come from a page of this server; programs send a token instead.',
  );
}

/** On every answer: nothing of ours is shown inside another page, guessed at, cached or told to other sites. */
export const safeHeaders: Readonly<Record<string, string>> = {
  'x-content-type-options': 'nosniff',
  'x-frame-options': 'DENY',
  'referrer-policy': 'no-referrer',
  'cross-origin-resource-policy': 'same-origin',
  'cross-origin-opener-policy': 'same-origin',
  'content-security-policy': "default-src 'none'; frame-ancestors 'none'",
  'cache-control': 'no-store',
};
