import { homeBoard } from '../../domain/ids.ts';
import { hashOf } from '../../services/secret.ts';
import { type App, type Ask, addressOf, identityOf } from './app.ts';
import { mostJson, readBytes } from './body.ts';
import { type Desk, requireAllBoards, requireRole } from './call.ts';
import { guardCookie } from './guards.ts';
import { cookieOf } from './identity.ts';
import type { Rate } from './limits.ts';
import { parseRunCredential, serveMcp, type ToolCaller } from './mcp.ts';
import type { HttpMetrics } from './metrics.ts';
import { assetOf, indexPage, signInPage } from './page.ts';
import { HttpProblem } from './problem.ts';
import { newCredential, parseCredential } from './secret.ts';

/** What is no row of the table: the ways in and out, the page, MCP, and what machines ask about the gateway. */

/** How long a browser stays signed in. */
const sessionFor = 7 * 24 * 3600;
const readyWithin = 2000;

export const cookieName = ({ port, secure }: { readonly port: number; readonly secure: boolean }): string =>
  // A browser takes a cookie of this name only from the very host, over TLS, for all paths.
  secure ? '__Host-andon' : `andon_${port}`;

export function openDoors(app: App, desk: Desk, rate: Rate, metrics: HttpMetrics): void {
  const named = (route: string, work: (ask: Ask) => Promise<Response>) => async (ask: Ask) => {
    ask.set('route', route);
    return work(ask);
  };

  app.get(
    '/healthz',
    named('GET /healthz', async () => Response.json({ ok: true })),
  );
  app.get(
    '/readyz',
    named('GET /readyz', async (ask) => {
      // Each asks the kernel, and nobody has to say who they are.
      const wait = rate.take(`a stranger at ${addressOf(ask)}`);
      if (wait !== undefined) throw new HttpProblem('too_many_requests', `Try again in ${wait} s.`);
      return readiness(desk);
    }),
  );
  app.get(
    '/metrics',
    named('GET /metrics', async (ask) => {
      const identity = await identityOf(desk, rate, ask);
      requireRole(identity, 'viewer');
      requireAllBoards(identity);
      return new Response(await metrics.text(), { headers: { 'content-type': metrics.contentType } });
    }),
  );

  app.get(
    '/auth',
    named('GET /auth', (ask) => signIn(desk, ask)),
  );
  app.post(
    '/auth/logout',
    named('POST /auth/logout', (ask) => signOut(desk, ask)),
  );

  app.post(
    '/chat/:platform',
    named('POST /chat/{platform}', (ask) => takePost(desk, rate, ask)),
  );

  app.all(
    '/mcp',
    named('ALL /mcp', async (ask) => serveMcp(desk, await toolCaller(desk, rate, ask), ask.req.raw)),
  );

  app.get(
    '/',
    named('GET /', async (ask) => {
      try {
        await identityOf(desk, rate, ask);
      } catch (error) {
        if (!(error instanceof HttpProblem)) throw error;
        return signInPage('You are not signed in here.', error.problem.status);
      }
      return indexPage(desk.page);
    }),
  );
  app.get(
    '/:asset{.+}',
    named('GET /*', async (ask) => {
      const path = ask.req.param('asset') ?? '';
      const isApi = /^(api|v1|mcp|auth|chat|hooks)(\/|$)/.test(path);
      if (!isApi) await identityOf(desk, rate, ask);
      const asset = isApi ? undefined : await assetOf(desk.page, path, ask.req.header('accept-encoding'));
      return asset ?? ask.notFound();
    }),
  );
}

/** Ready when the kernel answers; who dispatches is told beside it. */
async function readiness({ kernel, world, name }: Desk): Promise<Response> {
  const late = Promise.withResolvers<undefined>();
  const cancel = world.after(readyWithin, () => late.resolve(undefined));
  try {
    const asked = kernel.lease(homeBoard, { role: 'dispatcher' }).catch(() => undefined);
    const answer = await Promise.race([asked, late.promise]);
    if (answer?.ok !== true) return Response.json({ ready: false }, { status: 503 });
    const holder = answer.value.lease?.name ?? null;
    return Response.json({ ready: true, leads: holder === name, led: holder !== null });
  } finally {
    cancel();
  }
}

/** A code becomes a session of this browser, and the address without it is shown. */
async function signIn(desk: Desk, ask: Ask): Promise<Response> {
  // A look ahead must not use the link up.
  if (ask.req.raw.method !== 'GET') throw new HttpProblem('wrong_method', 'A link is opened with GET.');
  const given = parseCredential(ask.req.query('code') ?? '');
  const { kernel, identities } = desk;
  const from = addressOf(ask);
  const known = given && (await kernel.token(homeBoard, { id: given.id }));
  const isRight =
    known?.ok === true && known.value !== null && hashOf(given?.secret ?? '') === known.value.hash;
  if (given === undefined || !isRight) {
    identities.guess(from);
    return signInPage('This link is none of ours.', 401);
  }
  const { id, hash, text } = newCredential('s');
  const redeemed = await kernel.redeemCode(homeBoard, {
    code_id: given.id,
    id,
    hash,
    for_seconds: sessionFor,
  });
  if (!redeemed.ok) {
    identities.guess(from);
    return signInPage(redeemed.refusal.sentence, 401);
  }
  const place = desk.place();
  const cookie = [
    `${cookieName(place)}=${text}`,
    'Path=/',
    'HttpOnly',
    'SameSite=Strict',
    `Max-Age=${sessionFor}`,
    ...(place.secure ? ['Secure'] : []),
  ].join('; ');
  // Not a redirect: a browser that comes from elsewhere would not send a strict cookie along with it.
  const page = '<!doctype html><meta http-equiv="refresh" content="0;url=/"><title>Andon</title>';
  return new Response(page, {
    headers: { 'content-type': 'text/html; charset=utf-8', 'set-cookie': cookie },
  });
}

/** Ends the session of a browser here and there. */
async function signOut(desk: Desk, ask: Ask): Promise<Response> {
  const name = cookieName(desk.place());
  const session = parseCredential(cookieOf(ask.req.raw, name) ?? '');
  guardCookie(ask.req.raw);
  if (session !== undefined) {
    const { id } = await desk.identities.ofCredential(
      cookieOf(ask.req.raw, name) ?? '',
      addressOf(ask),
      'cookie',
    );
    await desk.kernel.revokeToken(homeBoard, { id });
    desk.identities.forget();
  }
  return new Response(null, {
    status: 204,
    headers: { 'set-cookie': `${name}=; Path=/; HttpOnly; SameSite=Strict; Max-Age=0` },
  });
}

/** What a chat platform posts, which alone knows how it proves that it was the one. */
async function takePost({ receivers }: Desk, rate: Rate, ask: Ask): Promise<Response> {
  const receive = receivers.get(ask.req.param('platform') ?? '');
  if (receive === undefined) throw new HttpProblem('not_found', 'No chat of that name posts here.');
  const wait = rate.take(`a chat at ${addressOf(ask)}`);
  if (wait !== undefined) throw new HttpProblem('too_many_requests', `Try again in ${wait} s.`);
  const { headers } = ask.req.raw;
  const { status, json } = await receive({ headers, body: await readBytes(ask.req.raw, mostJson) });
  if (status === 401) throw new HttpProblem('unauthenticated', 'This is not signed by the platform.');
  return json === undefined ? new Response(null, { status }) : Response.json(json, { status });
}

/** A worker by the secret of its run, anybody else by a token. */
async function toolCaller(desk: Desk, rate: Rate, ask: Ask): Promise<ToolCaller> {
  const [, bearer = ''] = /^bearer +(\S+)$/i.exec(ask.req.header('authorization') ?? '') ?? [];
  const given = parseRunCredential(bearer);
  if (given === undefined) return { kind: 'token', identity: await identityOf(desk, rate, ask) };
  const { board, run_id } = given;
  const proof = hashOf(given.secret);
  const holder = await desk.kernel.holder(board, { run_id, proof });
  if (holder.ok && holder.value !== null) return { kind: 'run', run: { ...holder.value, board, proof } };
  desk.identities.guess(addressOf(ask));
  throw new HttpProblem(
    'unauthenticated',
    'The run does not hold its task any more, or this is not its secret.',
  );
}
