import { readFileSync } from 'node:fs';
import { expect, onTestFinished } from 'vitest';
import { asTaskId, type BoardId, defaultBoard, homeBoard, type TaskId } from '../../src/domain/ids.ts';
import type { Reach } from '../../src/domain/token.ts';
import { createKernel } from '../../src/kernel/create-kernel.ts';
import type { Kernel } from '../../src/kernel/kernel.ts';
import type { Home } from '../../src/services/home.ts';
import { type HttpSettings, httpDefaults } from '../../src/services/http-settings.ts';
import { loadSettings } from '../../src/services/settings.ts';
import type { Log, World } from '../../src/services/world.ts';
import { nodeWorld } from '../../src/services/world-node.ts';
import type { Gateway } from '../../src/surfaces/http/call.ts';
import type { Route } from '../../src/surfaces/http/route.ts';
import { routes } from '../../src/surfaces/http/routes.ts';
import { newCredential } from '../../src/surfaces/http/secret.ts';
import { type Http, openHttp } from '../../src/surfaces/http/server.ts';
import { startOf, startRun, value } from '../support/board.ts';
import { type Clock, movedClock } from '../support/clock.ts';
import { quiet } from '../support/quiet-log.ts';
import type { Place, StoreKind } from '../support/stores.ts';
import { stores } from '../support/stores.ts';
import { temporaryHome } from '../support/temporary-home.ts';

/** The API of a fresh home, asked without a socket. */

const [sqlite] = stores as [StoreKind, ...StoreKind[]];
export const host = '127.0.0.1:4733';

export interface ApiOptions {
  readonly files?: Readonly<Record<string, string>>;
  readonly http?: Partial<HttpSettings>;
  readonly gateway?: Partial<Gateway>;
  readonly log?: Log;
  readonly world?: Partial<World>;
  /** On the same boards and home as this one, as the gateway that follows it. */
  readonly after?: Api;
}

export interface AskOptions {
  readonly token?: string | null;
  readonly body?: unknown;
  readonly raw?: NonNullable<ConstructorParameters<typeof Request>[1]>['body'];
  readonly headers?: Readonly<Record<string, string>>;
}

export interface Api {
  readonly http: Http;
  readonly home: Home;
  readonly kernel: Kernel;
  readonly clock: Clock;
  readonly world: World;
  /** Where its boards are. */
  readonly place: Place;
  /** A kernel on the same boards, as another process would have. */
  another(): Kernel;
  /** An admin's token. */
  readonly admin: string;
  /** A token of this reach. */
  token(role: Reach, boards?: readonly string[] | null, for_seconds?: number): Promise<string>;
  /** A request as it is, by the admin unless another token, or none, is said. */
  fetch(method: string, path: string, options?: AskOptions): Promise<Response>;
  /** A request under `/api/v1` that must succeed; its answer is held against the shape of its route. */
  ask(method: string, path: string, options?: AskOptions): Promise<Record<string, unknown>>;
  /** A request that must be refused, as a problem with this status and code; gives it. */
  refused(
    status: number,
    code: string,
    method: string,
    path: string,
    options?: AskOptions,
  ): Promise<Record<string, unknown>>;
  create(title: string, more?: object): Promise<TaskId>;
}

export async function openApi(kind: StoreKind = sqlite, options: ApiOptions = {}): Promise<Api> {
  const clock = options.after?.clock ?? movedClock();
  const home = options.after?.home ?? temporaryHome(options.files);
  const place = options.after?.place ?? kind.place();
  const another = (): Kernel => {
    const opened = createKernel(place.open({ now: clock.now }));
    onTestFinished(() => opened.close());
    return opened;
  };
  const kernel = another();
  const real = nodeWorld({ log: options.log ?? quiet });
  const world: World = { ...real, now: clock.now, monotonic: clock.now, ...options.world };
  const loaded = await loadSettings(home, world.files, { machine: { cores: 2, memory: 2 ** 31 } });
  if (!loaded.ok) throw new Error(loaded.message);
  const http = openHttp({
    kernel,
    home,
    world,
    settings: { ...loaded.settings, http: { ...httpDefaults, ...options.http } },
    name: 'default',
    version: '0.0.0',
    page: undefined,
    dispatcher: undefined,
    receivers: new Map(),
    ...options.gateway,
  });
  onTestFinished(() => http.close());
  value(await kernel.init(defaultBoard, {}));

  const token: Api['token'] = async (role, boards = null, for_seconds) => {
    const { id, hash, text } = newCredential('k');
    const list = boards as readonly BoardId[] | null;
    const input = { id, hash, name: role, kind: 'token', role, boards: list, created_by: 'test' } as const;
    value(await kernel.createToken(homeBoard, { ...input, for_seconds }));
    return text;
  };
  const admin = options.after?.admin ?? (await token('admin'));

  const fetch: Api['fetch'] = async (method, path, { token: given = admin, body, raw, headers } = {}) => {
    const init = {
      method,
      headers: {
        host: `127.0.0.1:${http.desk.place().port}`,
        ...(given !== null && { authorization: `Bearer ${given}` }),
        ...(body !== undefined && { 'content-type': 'application/json' }),
        ...headers,
      },
      ...(body !== undefined && { body: JSON.stringify(body) }),
      ...(raw !== undefined && { body: raw, duplex: 'half' }),
    };
    return http.app.fetch(new Request(`http://127.0.0.1${path}`, init as RequestInit), {});
  };
  const ask: Api['ask'] = async (method, path, given) => {
    const answer = await fetch(method, `/api/v1${path}`, given);
    const text = await answer.text();
    expect(answer.status, `${method} ${path}: ${text}`).toBeLessThan(300);
    const parsed: unknown = JSON.parse(text);
    expectShape(method, `/api/v1${path}`, parsed);
    return parsed as Record<string, unknown>;
  };
  const create: Api['create'] = async (title, more = {}) => {
    const { task } = await ask('POST', '/boards/default/tasks', { body: { title, ...more } });
    return asTaskId(String((task as { id: unknown }).id));
  };
  return {
    http,
    home,
    kernel,
    clock,
    world,
    place,
    another,
    admin,
    token,
    fetch,
    ask,
    create,
    refused: async (status, code, method, path, given) => {
      const answer = await fetch(method, `/api/v1${path}`, given);
      const text = await answer.text();
      expect(answer.status, `${method} ${path}: ${text}`).toBe(status);
      expect(answer.headers.get('content-type')).toBe('application/problem+json');
      const problem = JSON.parse(text);
      expect(problem).toMatchObject({ status, code, type: `/docs/errors#${code}` });
      expect(problem.detail).toMatch(/\S.*[.!]$/);
      expect(problem.request_id).toMatch(/^[0-9a-f]{16}$/);
      return problem;
    },
  };
}

/** The route that answers an address. */
export function routeOf(method: string, address: string): Route | undefined {
  const [path = ''] = address.split('?');
  return routes.find(
    (route) =>
      route.method === method.toLowerCase() &&
      new RegExp(`^${route.path.replaceAll(/\{\w+\}/g, '[^/]+')}$`).test(path),
  );
}

/** Whatever is answered is what the document says. */
export function expectShape(method: string, address: string, answer: unknown): void {
  const route = routeOf(method, address);
  if (route === undefined) throw new Error(`No route answers ${method} ${address}.`);
  asked.add(`${route.method} ${route.path}`);
  if (typeof route.answer === 'string') return;
  const parsed = route.answer.safeParse(answer);
  expect(parsed.error, `${method} ${address}: ${JSON.stringify(answer)}`).toBeUndefined();
}

/** The routes that a test file has asked with success. */
export const asked = new Set<string>();

/** A run with a process record on a task of this board, as the leader starts it. */
export const started = async ({ kernel, clock }: Api, id: TaskId, more: object = {}) =>
  value(await startRun(kernel, startOf(id, clock, more)));

export const read = (path: string): string => readFileSync(path, 'utf8');
