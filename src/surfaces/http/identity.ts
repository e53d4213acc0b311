import { asMillis, type BoardId, homeBoard } from '../../domain/ids.ts';
import { type HashedToken, spent, type Token } from '../../domain/token.ts';
import type { RunHolder } from '../../domain/view.ts';
import type { Kernel } from '../../kernel/kernel.ts';
import { hashOf } from '../../services/secret.ts';
import { guardCookie } from './guards.ts';
import { createRate } from './limits.ts';
import { HttpProblem } from './problem.ts';
import { isSecret, parseCredential } from './secret.ts';

/** Who asks: by a token that a program carries, or by the session cookie of a browser. */
export interface Identity extends Pick<Token, 'id' | 'name' | 'role' | 'boards'> {
  readonly by: 'token' | 'cookie';
  /** The token behind it: itself, or the one that a session comes from. */
  readonly origin: string;
}

/** A worker that speaks for its run, by the secret that it was given with it. */
export interface RunIdentity extends RunHolder {
  readonly board: BoardId;
  /** The hash of that secret. */
  readonly proof: string;
}

/** A token is looked up anew after this long, so that one which another process revoked counts no longer than that. */
const trusted = 1000;
/** Whoever guesses may do so ten times, and once in six seconds from then on; who is known already is not kept out. */
const guesses = { perSecond: 1 / 6, burst: 10 };
const mostKnown = 1000;
const usedEvery = 60_000;

export interface Identities {
  /** Who asks. Throws when nobody is named, or by something that counts no more. `from` is the address of the asker. */
  of(request: Request, from: string): Promise<Identity>;
  /** The same of a credential that came by another way. */
  ofCredential(text: string, from: string, by: Identity['by']): Promise<Identity>;
  /** Counts a wrong guess of another kind, and throws when there were too many. */
  guess(from: string): void;
  /** Looks up everybody anew, as after a token was revoked here. */
  forget(): void;
}

export interface IdentityOptions {
  /** The name of the session cookie, which is the port's: cookies are shared by all ports of a host. */
  readonly cookie: () => string;
  /** Wall clock and monotonic clock, in milliseconds. */
  readonly now: () => number;
  readonly monotonic: () => number;
}

export function createIdentities(kernel: Kernel, options: IdentityOptions): Identities {
  const { monotonic } = options;
  /** By id and hash of the secret, so that only who has proved it is found. */
  const known = new Map<string, { token: HashedToken; at: number }>();
  const guessing = createRate(monotonic, guesses.perSecond, guesses.burst);

  const proved = async (id: string, secret: string): Promise<HashedToken | undefined> => {
    const key = `${id} ${hashOf(secret)}`;
    const before = known.get(key);
    if (before !== undefined && monotonic() - before.at < trusted) return before.token;
    known.delete(key);
    const found = await kernel.token(homeBoard, { id });
    const token = found.ok ? found.value : null;
    if (token === null || token.kind === 'code' || !isSecret(secret, token.hash)) return undefined;
    known.set(key, { token, at: monotonic() });
    const [oldest] = known.keys();
    if (known.size > mostKnown && oldest !== undefined) known.delete(oldest);
    noteUse(token);
    return token;
  };

  const isKnown = (id: string, secret: string): boolean => known.has(`${id} ${hashOf(secret)}`);

  /** Told at most once a minute, and waited for by nobody. */
  const noteUse = ({ id, last_used_at }: HashedToken): void => {
    if (options.now() - (last_used_at ?? 0) < usedEvery) return;
    void kernel.useToken(homeBoard, { id }).catch(() => undefined);
  };

  const guess = (from: string): void => {
    const wait = guessing.wait(from);
    if (wait === undefined) return;
    const headers = { 'retry-after': String(wait) };
    throw new HttpProblem('too_many_requests', `Too many wrong tokens; try again in ${wait} s.`, { headers });
  };

  const ofCredential: Identities['ofCredential'] = async (text, from, by) => {
    const given = parseCredential(text);
    if (given === undefined || !isKnown(given.id, given.secret)) guess(from);
    const token = given && (await proved(given.id, given.secret));
    const over = token && spent(token, asMillis(options.now()));
    if (token === undefined || over !== undefined) {
      guessing.take(from);
      const why = over === undefined ? 'is none of ours' : over === 'expired' ? 'has expired' : 'was revoked';
      throw unauthenticated(`The ${by === 'cookie' ? 'session' : 'token'} ${why}`);
    }
    const { id, name, role, boards, kind, created_by } = token;
    return { id, name, role, boards, by, origin: kind === 'token' ? id : created_by };
  };

  return {
    ofCredential,
    of: async (request, from) => {
      const bearer = /^bearer +(\S+)$/i.exec(request.headers.get('authorization') ?? '')?.[1];
      if (bearer !== undefined) return ofCredential(bearer, from, 'token');
      const session = cookieOf(request, options.cookie());
      if (session === undefined) throw unauthenticated('Nobody is named');
      const identity = await ofCredential(session, from, 'cookie');
      if (request.method !== 'GET' && request.method !== 'HEAD') guardCookie(request);
      return identity;
    },
    guess: (from) => {
      guess(from);
      guessing.take(from);
    },
    forget: () => known.clear(),
  };
}

const unauthenticated = (what: string): HttpProblem =>
  new HttpProblem(
    'unauthenticated',
    `${what}; send \`authorization: Bearer TOKEN\` (\`andon token create\`), or open \`andon dashboard\`.`,
    { headers: { 'www-authenticate': 'Bearer realm="andon"' } },
  );

export function cookieOf(request: Request, name: string): string | undefined {
  const pairs = (request.headers.get('cookie') ?? '').split(';').map((pair) => pair.trim());
  return pairs.find((pair) => pair.startsWith(`${name}=`))?.slice(name.length + 1);
}
