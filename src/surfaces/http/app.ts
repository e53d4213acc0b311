import { OpenAPIHono } from '@hono/zod-openapi';
import type { Context } from 'hono';
import { type BoardId, defaultBoard, parseBoardId } from '../../domain/ids.ts';
import { activeBoard, boardExists } from '../../services/home.ts';
import { signedKernel } from '../signed-kernel.ts';
import { readJson, zeroByte } from './body.ts';
import { type BoardCall, type Desk, requireAllBoards, requireBoard, requireRole } from './call.ts';
import { guard, type Hosts, safeHeaders } from './guards.ts';
import type { Identity } from './identity.ts';
import type { Rate } from './limits.ts';
import type { HttpMetrics } from './metrics.ts';
import { openApi } from './openapi.ts';
import { faultProblem, HttpProblem, problem, problemResponse, refused } from './problem.ts';
import { namesIn, type Route } from './route.ts';
import { routes } from './routes.ts';

/**
 * The application without its sockets: what a request must be (`guards.ts`), who asks (`identity.ts`), and the table of routes
 * (`routes.ts`), of which each row is checked and run here in the same way. Whatever goes wrong on the way is a problem.
 */
export interface AppParts {
  readonly desk: Desk;
  readonly hosts: () => Hosts;
  readonly rate: Rate;
  readonly metrics: HttpMetrics;
  /** What is no row of the table: the page, sign-in, health, MCP. `{}` stands for the request's address. */
  readonly more: (app: App) => void;
}

export interface Env {
  Bindings: { readonly incoming?: { readonly socket: { readonly remoteAddress?: string | undefined } } };
  Variables: { readonly requestId: string; identity?: Identity; route?: string };
}
export type App = OpenAPIHono<Env>;
export type Ask = Context<Env>;

export function createApp({ desk, hosts, rate, metrics, more }: AppParts): App {
  const app: App = new OpenAPIHono<Env>();
  const { log, monotonic } = desk.world;

  app.use('*', async (ask, next) => {
    const begun = monotonic();
    const requestId = desk.world.random(8);
    ask.set('requestId', requestId);
    guard(ask.req.raw, hosts());
    await next();
    // Nobody reads what a HEAD would have been given: a stream must not wait for that.
    if (ask.req.raw.method === 'HEAD') await ask.res.body?.cancel();
    ask.header('x-request-id', requestId);
    for (const [name, value] of Object.entries(safeHeaders)) {
      if (!ask.res.headers.has(name)) ask.header(name, value);
    }
    note(ask, monotonic() - begun);
  });

  /** One line and one measurement for each request; never a query, a header or a body. */
  const note = (ask: Ask, took: number): void => {
    const { method } = ask.req;
    const { status } = ask.res;
    const route = ask.get('route') ?? 'none';
    metrics.request({ method, route, status }, took / 1000);
    const ids = Object.fromEntries(Object.entries(ask.req.param()).filter(([name]) => name !== '*'));
    log.info('A request was answered.', {
      request_id: ask.get('requestId'),
      method,
      route,
      status,
      ms: Math.round(took * 10) / 10,
      actor: ask.get('identity')?.name,
      ...ids,
    });
  };

  app.onError((error, ask) => {
    const id = ask.get('requestId') ?? desk.world.random(8);
    if (error instanceof HttpProblem)
      return problemResponse(error.problem, id, { ...safeHeaders, ...error.headers });
    log.error('A request failed.', { request_id: id, route: ask.get('route'), error });
    // What a stranger learns of a fault is that there is one.
    const found = faultProblem(ask.get('identity') === undefined ? undefined : error);
    const retry = found.status === 503 ? { 'retry-after': '1' } : {};
    return problemResponse(found, id, { ...safeHeaders, ...retry });
  });

  for (const route of routes) {
    app.on(route.method.toUpperCase(), honoPath(route.path), async (ask) => {
      ask.set('route', `${route.method.toUpperCase()} ${route.path}`);
      const call = await callOf(desk, rate, ask, route);
      const answer = await route.run(call, await inputOf(ask, route));
      if (answer instanceof Response) return answer;
      if (!answer.ok) return problemResponse(refused(answer.refusal), ask.get('requestId'));
      return Response.json(answer.value, { status: route.status });
    });
  }
  const document = openApi(routes, desk.version);
  app.get('/api/v1/openapi.json', async (ask) => {
    ask.set('route', 'GET /api/v1/openapi.json');
    await identityOf(desk, rate, ask);
    return ask.json(document);
  });
  more(app);
  app.notFound((ask) => unknownAddress(ask));
  return app;
}

/** `/a/{b}` as the router writes it. */
const honoPath = (path: string): string => path.replaceAll(/\{(\w+)\}/g, ':$1');

/** Who asks, after everything that speaks against it. */
export async function identityOf(desk: Desk, rate: Rate, ask: Ask): Promise<Identity> {
  const identity = await desk.identities.of(ask.req.raw, addressOf(ask));
  ask.set('identity', identity);
  const wait = rate.take(identity.id);
  if (wait === undefined) return identity;
  const headers = { 'retry-after': String(wait) };
  throw new HttpProblem('too_many_requests', `Too many requests; try again in ${wait} s.`, { headers });
}

export const addressOf = (ask: Ask): string => ask.env?.incoming?.socket.remoteAddress ?? 'unknown';

async function callOf(desk: Desk, rate: Rate, ask: Ask, route: Route): Promise<BoardCall> {
  const identity = await identityOf(desk, rate, ask);
  requireRole(identity, route.role);
  if (route.all_boards) requireAllBoards(identity);
  const board = await boardOf(desk, identity, ask, route);
  return {
    desk,
    kernel: signedKernel(desk.kernel, identity.name),
    identity,
    request: ask.req.raw,
    from: addressOf(ask),
    board,
  };
}

/** The board that is meant; somebody who may not see it does not learn whether it is there. */
async function boardOf(
  { home, world }: Desk,
  identity: Identity,
  ask: Ask,
  { board }: Route,
): Promise<BoardId> {
  if (board === 'none') return defaultBoard;
  const named = board === 'path' ? ask.req.param('board') : ask.req.query('board');
  if (named === undefined) {
    const active = await activeBoard(home, world.files);
    requireBoard(identity, active);
    return active;
  }
  const parsed = parseBoardId(named);
  if (parsed === undefined) {
    throw new HttpProblem(
      'invalid_input',
      '`board` must be 1 to 64 of a-z, 0-9, - and _, beginning with a letter or digit.',
    );
  }
  requireBoard(identity, parsed);
  if (await boardExists(home, world.files, parsed)) return parsed;
  throw new HttpProblem('unknown_board', `There is no board ${parsed}.`, { ids: [parsed] });
}

/** The fields of a row, from wherever they stand. */
async function inputOf(ask: Ask, route: Route): Promise<Record<string, unknown>> {
  const params = ask.req.param();
  if (ask.req.url.includes('%00')) throw zeroByte();
  const own = Object.fromEntries(namesIn(route.path).map((name) => [name, params[name]]));
  const inQuery = route.method === 'get' || route.method === 'delete' || route.body !== undefined;
  const given = inQuery ? queryOf(ask, route) : await bodyOf(ask, route);
  if (typeof given !== 'object' || given === null || Array.isArray(given)) {
    throw new HttpProblem('bad_request', 'The body is a JSON object here.');
  }
  const doubled = Object.keys(own).find(
    (name) => Object.hasOwn(given, name) && Reflect.get(given, name) !== own[name],
  );
  if (doubled !== undefined) {
    throw new HttpProblem('bad_request', `\`${doubled}\` stands in the address; the body names another one.`);
  }
  return { ...given, ...own };
}

/** The older prefix takes fields of a body in the address as well. */
async function bodyOf(ask: Ask, route: Route): Promise<unknown> {
  const body = await readJson(ask.req.raw);
  const isOlder = route.path.startsWith('/api/plugins/');
  return isOlder && typeof body === 'object' ? { ...queryOf(ask, route), ...body } : body;
}

/** A name that is given several times is a list. */
function queryOf(ask: Ask, { path }: Route): Record<string, unknown> {
  const all = Object.entries(ask.req.queries());
  const isOlder = !path.startsWith('/api/v1/');
  return Object.fromEntries(
    all
      .filter(([name]) => !(isOlder && name === 'board'))
      .map(([name, values]) => [name, values.length === 1 ? values[0] : values]),
  );
}

/** Another method of a known address is told which there are. */
function unknownAddress(ask: Ask): Response {
  const { path, method } = ask.req;
  const known = routes
    .filter((route) => pattern(route.path).test(path))
    .map((route) => route.method.toUpperCase());
  const id = ask.get('requestId');
  if (known.length > 0 && !known.includes(method)) {
    const allow = [...new Set(known)].join(', ');
    return problemResponse(problem('wrong_method', `This address takes ${allow}, not ${method}.`), id, {
      allow,
    });
  }
  const where = 'GET /api/v1/openapi.json lists what there is';
  return problemResponse(
    problem('not_found', `There is nothing at ${method} ${path.slice(0, 200)}; ${where}.`),
    id,
  );
}

const pattern = (path: string): RegExp => new RegExp(`^${path.replaceAll(/\{\w+\}/g, '[^/]+')}$`);
