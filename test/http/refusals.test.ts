import { describe, expect, it } from 'vitest';
import { refusalCodes } from '../../src/domain/errors.ts';
import { defaultBoard } from '../../src/domain/ids.ts';
import { mayDo } from '../../src/domain/token.ts';
import { httpCodes, refusalStatuses } from '../../src/surfaces/http/problem.ts';
import type { Route } from '../../src/surfaces/http/route.ts';
import { routes } from '../../src/surfaces/http/routes.ts';
import { killed, leader } from '../support/board.ts';
import { stores } from '../support/stores.ts';
import { type Api, openApi, started } from './api.ts';

const b = '/boards/default';

/** An address of a route, with something in every place of it. */
const address = ({ path, board }: Route, on = 'default'): string => {
  const filled = path
    .replace('{board}', on)
    .replace('{task_id}', 't_none')
    .replaceAll(/\{(run_id|attachment_id)\}/g, '1')
    .replace('{slug}', on)
    .replaceAll(/\{\w+\}/g, 'x');
  return board === 'query' ? `${filled}?board=${on}` : filled;
};
const named = routes.map((route) => [`${route.method.toUpperCase()} ${route.path}`, route] as const);

/** A request to a route whose board and fields may be wrong, to see who is let in at all. */
const knock = (api: Api, route: Route, token: string | null, on = 'default', more = {}) =>
  api.fetch(route.method.toUpperCase(), address(route, on), {
    token,
    ...(route.method !== 'get' && route.method !== 'delete' && route.body === undefined && { body: more }),
  });

describe('every route', () => {
  it('lets nobody in who is not named, and nobody whose token does not reach so far', async () => {
    const api = await openApi();
    const tokens = { viewer: await api.token('viewer'), operator: await api.token('operator') };
    for (const [name, route] of named) {
      const stranger = await knock(api, route, null);
      expect([name, stranger.status]).toEqual([name, 401]);
      expect(await stranger.json()).toMatchObject({ code: 'unauthenticated' });
      for (const [role, token] of Object.entries(tokens)) {
        const reaches = mayDo({ role: role === 'viewer' ? 'viewer' : 'operator' }, route.role);
        const answer = await knock(api, route, token);
        await answer.body?.cancel();
        expect([name, role, answer.status === 403]).toEqual([name, role, !reaches]);
      }
    }
  });

  it('keeps a token to its boards', async () => {
    const api = await openApi();
    await api.ask('POST', '/boards', { body: { slug: 'ops' } });
    const token = await api.token('admin', ['ops']);
    for (const [name, route] of named) {
      if (route.board === 'none' && !route.all_boards && !route.path.includes('{slug}')) continue;
      const answer = await knock(api, route, token);
      expect([name, answer.status, await answer.json()]).toMatchObject([name, 403, { code: 'forbidden' }]);
    }
    // Not even whether there is such a board.
    await api.refused(403, 'forbidden', 'GET', '/boards/nowhere/stats', { token });
    expect(await api.ask('GET', '/boards', { token })).toMatchObject({ boards: [{ slug: 'ops' }] });
    await api.ask('POST', '/boards/ops/tasks', { body: { title: 'Mine' }, token });
    expect((await api.ask('GET', '/dispatcher', { token }))['boards']).toEqual({});
  });

  it('knows its board', async () => {
    const api = await openApi();
    for (const [name, route] of named.filter(([, each]) => each.board !== 'none')) {
      const unknown = await knock(api, route, api.admin, 'nowhere');
      expect([name, unknown.status, await unknown.json()]).toMatchObject([
        name,
        404,
        { code: 'unknown_board' },
      ]);
      const malformed = await knock(api, route, api.admin, 'a.b');
      expect([name, malformed.status, await malformed.json()]).toMatchObject([
        name,
        400,
        { code: 'invalid_input' },
      ]);
    }
  });

  it('refuses a field that it does not know, instead of passing over it', async () => {
    const api = await openApi();
    for (const [name, route] of named) {
      const inQuery = route.method === 'get' || route.method === 'delete' || route.body !== undefined;
      const where = address(route);
      const answer = await api.fetch(
        route.method.toUpperCase(),
        inQuery ? `${where}${where.includes('?') ? '&' : '?'}misspelled=1` : where,
        inQuery ? {} : { body: { misspelled: 1 } },
      );
      expect([name, answer.status, await answer.json()]).toMatchObject([
        name,
        400,
        { code: 'invalid_input' },
      ]);
    }
  });
});

/** Each refusal of the kernel, by a request that meets it. */
const cases: Readonly<Record<string, (api: Api) => Promise<readonly [string, string, object?]>>> = {
  already_running: async (api) => {
    const id = await api.create('Runs');
    await started(api, id);
    return ['POST', `${b}/tasks/${id}/assign`, { assignee: 'bea' }];
  },
  blank_text: async (api) => ['PATCH', `${b}/tasks/${await api.create('T')}`, { title: ' ' }],
  cycle: async (api) => {
    const parent = await api.create('Parent');
    const child = await api.create('Child', { parents: [parent] });
    return ['POST', `${b}/links`, { parent_id: child, child_id: parent }];
  },
  invalid_input: async () => ['POST', `${b}/tasks`, { title: 5 }],
  not_claimable: async (api) => {
    const id = await api.create('Its process still lives');
    const { run_id } = await started(api, id);
    await api.ask('POST', `${b}/tasks/${id}/complete`, { body: { run_id, summary: 'Done.' } });
    await api.ask('POST', `${b}/tasks/${id}/place`, { body: { to: 'ready' } });
    return ['POST', `${b}/tasks/${id}/claim`, { claim_lock: 'a:1', ttl_seconds: 60 }];
  },
  not_leader: async () => ['POST', '/dispatch', {}],
  not_linked: async (api) => {
    const [one, two] = [await api.create('One'), await api.create('Two')];
    return ['DELETE', `${b}/links?parent_id=${one}&child_id=${two}`];
  },
  not_running: async (api) => ['POST', `${b}/tasks/${await api.create('T')}/heartbeat`, {}],
  not_paused: async () => ['DELETE', `${b}/pauses?scope=board`],
  parents_not_done: async (api) => {
    const id = await api.create('Child', { parents: [await api.create('Parent')] });
    return ['POST', `${b}/tasks/${id}/place`, { to: 'ready' }];
  },
  phantom_cards: async (api) => [
    'POST',
    `${b}/tasks/${await api.create('T')}/complete`,
    { summary: 'x', created_cards: ['t_nobody'] },
  ],
  stale_press: async (api) => {
    const id = await api.create('Asked twice');
    await api.ask('POST', `${b}/tasks/${id}/block`, { body: { reason: 'Which?' } });
    const { events } = await api.ask('GET', `${b}/tasks/${id}/events`);
    const event_id = (events as { id: number; kind: string }[]).find(({ kind }) => kind === 'blocked')?.id;
    const body = { event_id, button: 'unblock' };
    await api.ask('POST', `${b}/tasks/${id}/press`, { body });
    return ['POST', `${b}/tasks/${id}/press`, body];
  },
  stale_run: async (api) => {
    const id = await api.create('Contested', { max_retries: 9 });
    const { run_id } = await started(api, id);
    await api.kernel.reap(defaultBoard, {
      run_id,
      epoch: leader.epoch,
      exit: killed,
      stopped: null,
      failure_limit: undefined,
    });
    api.clock.advance(3600);
    await started(api, id);
    return ['POST', `${b}/tasks/${id}/complete`, { run_id, summary: 'Late.' }];
  },
  unknown_attachment: async () => ['GET', `${b}/attachments/99`],
  unknown_board: async () => ['GET', '/boards/nowhere/tasks'],
  unknown_delivery: async () => ['POST', `${b}/deliveries/retry`, { ids: [99] }],
  unknown_run: async () => ['GET', `${b}/runs/99`],
  unknown_task: async () => ['GET', `${b}/tasks/t_none`],
  unknown_subscription: async (api) => [
    'DELETE',
    `${b}/subscriptions?task_id=${await api.create('T')}&platform=x&chat_id=y`,
  ],
  unknown_person: async () => ['DELETE', '/chat/people?platform=telegram&user_id=7'],
  unknown_token: async () => ['DELETE', '/tokens/k_none'],
  worker_alive: async (api) => {
    const id = await api.create('Runs');
    await started(api, id);
    return ['POST', `${b}/tasks/${id}/complete`, { summary: 'Not mine.' }];
  },
  wrong_status: async (api) => ['POST', `${b}/tasks/${await api.create('T')}/reopen-review`, {}],
};

/**
 * `changed_meanwhile` is with `If-Match`, `out_of_scope` with MCP; a pause holds back the dispatcher alone, and loops are made
 * on the command line and in chats.
 */
const elsewhere = ['changed_meanwhile', 'out_of_scope', 'paused', 'unknown_loop'];

describe.each(stores)('a refusal over HTTP on $name', (kind) => {
  it.each(Object.entries(cases))('%s', async (code, meet) => {
    const api = await openApi(kind);
    const [method, path, body] = await meet(api);
    const status = refusalStatuses[code as keyof typeof refusalStatuses];
    const problem = await api.refused(status, code, method, path, { body });
    expect(problem['title']).toMatch(/^[A-Z][a-z ]+$/);
    expect(Array.isArray(problem['ids'])).toBe(true);
  });
});

it('each refusal of the kernel is met above', () => {
  expect([...Object.keys(cases), ...elsewhere].toSorted()).toEqual(Object.keys(refusalCodes).toSorted());
});

describe('what is wrong with a request itself', () => {
  it('nobody who asks, also for the description of the API', async () => {
    const api = await openApi();
    expect((await api.fetch('GET', '/api/v1/openapi.json', { token: null })).status).toBe(401);
    expect((await api.fetch('GET', '/api/v1/openapi.json')).status).toBe(200);
  });

  it('an address or a method that there is not', async () => {
    const api = await openApi();
    await api.refused(404, 'not_found', 'GET', '/nothing');
    expect((await api.fetch('GET', '/nothing.here')).status).toBe(404);
    const answer = await api.fetch('PUT', `/api/v1${b}/tasks`);
    expect([answer.status, answer.headers.get('allow')]).toEqual([405, 'GET, POST']);
    expect(await answer.json()).toMatchObject({ code: 'wrong_method' });
  });

  it('a body that is no JSON object in UTF-8', async () => {
    const api = await openApi();
    const path = `${b}/tasks`;
    const json = { 'content-type': 'application/json' };
    await api.refused(415, 'unsupported_media_type', 'POST', path, { raw: '{"title":"x"}' });
    await api.refused(415, 'unsupported_media_type', 'POST', path, {
      raw: 'title=x',
      headers: { 'content-type': 'application/x-www-form-urlencoded' },
    });
    await api.refused(415, 'unsupported_media_type', 'POST', path, {
      raw: 'x',
      headers: { ...json, 'content-encoding': 'gzip' },
    });
    await api.refused(400, 'bad_request', 'POST', path, { raw: '{"title":', headers: json });
    await api.refused(400, 'bad_request', 'POST', path, { raw: '["x"]', headers: json });
    await api.refused(400, 'bad_request', 'POST', path, {
      raw: Buffer.from([0x22, 0xff, 0x22]),
      headers: json,
    });
    await api.refused(400, 'bad_request', 'POST', `${b}/tasks/t_1/archive`, { body: { task_id: 't_2' } });
  });

  it('a cursor of nobody’s', async () => {
    const api = await openApi();
    for (const path of ['cards?status=ready', 'tasks?', 'diagnostics?', 'subscriptions?']) {
      for (const cursor of [
        'x',
        Buffer.from('[1]').toString('base64url'),
        Buffer.from('{').toString('base64url'),
      ]) {
        if (path === 'diagnostics?' && cursor !== 'x') continue;
        await api.refused(400, 'invalid_input', 'GET', `${b}/${path}&after=${cursor}`);
      }
    }
  });

  it('too many requests of one token', async () => {
    const api = await openApi(undefined, { http: { requests_per_second: 2 } });
    const token = await api.token('viewer');
    for (let count = 0; count < 4; count += 1) await api.ask('GET', '/me', { token });
    const refused = await api.fetch('GET', '/api/v1/me', { token });
    expect([refused.status, refused.headers.get('retry-after')]).toEqual([429, '1']);
    api.clock.advance(1);
    await api.ask('GET', '/me', { token });
  });

  it('a fault is told without its insides, and logged with them under the id of the request', async () => {
    const lines: [string, Record<string, unknown>][] = [];
    const log = {
      debug() {},
      info() {},
      warn() {},
      error: (text: string, fields = {}) => void lines.push([text, fields]),
    };
    const api = await openApi(undefined, { log });
    const broken = Object.assign(api.kernel, {
      stats: () => Promise.reject(new Error('/home/ada/secret is broken')),
      counts: () => Promise.reject(Object.assign(new Error('busy'), { name: 'StoreFault', code: 'busy' })),
    });
    expect(broken).toBe(api.kernel);
    const problem = await api.refused(500, 'fault', 'GET', `${b}/stats`);
    expect(JSON.stringify(problem)).not.toContain('secret');
    expect(lines).toMatchObject([
      [
        'A request failed.',
        { request_id: problem['request_id'], error: { message: '/home/ada/secret is broken' } },
      ],
    ]);
    const busy = await api.fetch('GET', '/api/v1/boards');
    expect([busy.status, busy.headers.get('retry-after')]).toEqual([503, '1']);
  });
});

it('each code of HTTP has a status that says whose fault it is', () => {
  for (const [status] of Object.values(httpCodes)) expect(status).toBeGreaterThanOrEqual(400);
});
