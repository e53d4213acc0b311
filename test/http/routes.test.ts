import { afterAll, describe, expect, it } from 'vitest';
import { normalCode } from '../../src/domain/chat.ts';
import { asEpoch, asMillis, asRunId, asSeconds, defaultBoard, homeBoard } from '../../src/domain/ids.ts';
import type { PassReport } from '../../src/services/pass-report.ts';
import { hashOf } from '../../src/services/secret.ts';
import { routes } from '../../src/surfaces/http/routes.ts';
import { value } from '../support/board.ts';
import { stores } from '../support/stores.ts';
import { type Api, asked, openApi, started } from './api.ts';

/**
 * Every route of `/api/v1`, asked without a socket on both databases. Each answer is held against the shape that the document
 * promises (`api.ts`); what is told here is that it does what it says.
 */

const b = '/boards/default';

afterAll(() => {
  const known = routes.filter(({ path }) => path.startsWith('/api/v1/'));
  const missing = known.map(({ method, path }) => `${method} ${path}`).filter((name) => !asked.has(name));
  expect(missing).toEqual([]);
});

/** The beginning of a stream's text. */
async function streamed(api: Api, path: string, headers = {}): Promise<string> {
  const answer = await api.fetch('GET', `/api/v1${path}`, { headers });
  expect(answer.status).toBe(200);
  expect(answer.headers.get('content-type')).toContain('text/event-stream');
  asked.add(`get ${path.startsWith('/stream') ? '/api/v1/stream' : streamPath(path)}`);
  const reader = answer.body?.getReader();
  const first = await reader?.read();
  const second = await reader?.read();
  await reader?.cancel();
  return [first, second].map((piece) => new TextDecoder().decode(piece?.value)).join('');
}
const streamPath = (path: string): string =>
  `/api/v1${path
    .split('?')[0]
    ?.replace('/default', '/{board}')
    .replace(/runs\/\d+/, 'runs/{run_id}')}`;

describe.each(stores)('the API on $name', (kind) => {
  it('makes, shows, lists and changes tasks', async () => {
    const api = await openApi(kind);
    const body = {
      title: 'Count',
      assignee: 'ada',
      priority: '3',
      skills: 'git',
      scheduled_in_seconds: '1h',
    };
    const { task, created, warning } = await api.ask('POST', `${b}/tasks`, { body });
    expect({ task, created, warning }).toMatchObject({
      task: { title: 'Count', status: 'scheduled', priority: 3, skills: ['git'], created_by: 'admin' },
      created: true,
      warning: undefined,
    });
    const { warning: told } = await api.ask('POST', `${b}/tasks`, {
      body: { title: 'Now', assignee: 'ada' },
    });
    expect(told).toBe('⚠ No gateway is running, so the task waits; `andon gateway start` starts one.');

    const keyed = { title: 'Once', idempotency_key: 'one' };
    expect((await api.fetch('POST', `/api/v1${b}/tasks`, { body: keyed })).status).toBe(201);
    const again = await api.fetch('POST', `/api/v1${b}/tasks`, { body: { ...keyed, title: 'Twice' } });
    expect(again.status).toBe(200);
    expect(await again.json()).toMatchObject({ created: false, task: { title: 'Once' } });

    const id = await api.create('Old words', { body: 'Long.' });
    const path = `${b}/tasks/${id}`;
    const { task: changed } = await api.ask('PATCH', path, { body: { title: 'New words', assignee: 'bea' } });
    expect(changed).toMatchObject({ title: 'New words', assignee: 'bea', body: 'Long.' });
    const view = await api.ask('GET', path);
    expect(view).toMatchObject({ task: { title: 'New words' }, comments: [], parents: [], runs: [] });
    expect(view['task']).not.toHaveProperty('claim_lock');
    const { events, next } = await api.ask('GET', `${path}/events?limit=2`);
    expect(events).toMatchObject([{ kind: 'edited', payload: { by: 'admin' } }, { kind: 'assigned' }]);
    const older = await api.ask('GET', `${path}/events?limit=2&before=${next}`);
    expect(older).toMatchObject({ events: [{ kind: 'created' }], next: null });
    expect(await api.ask('GET', `${path}/why`)).toMatchObject({ code: 'no_profile' });
    expect(await api.ask('GET', `${path}/brief`)).toMatchObject({
      brief: expect.stringContaining('New words'),
    });
    const child = await api.create('Child', { parents: [id] });
    const promotion = await api.ask('GET', `${b}/tasks/${child}/promotion?force=true`);
    expect(promotion).toEqual({ status: 'ready' });
    const { columns } = await api.ask('GET', `${b}/columns?assignee=bea`);
    expect(columns).toMatchObject([{}, {}, {}, { cards: [{ id, children: { total: 1 } }] }, {}, {}, {}, {}]);
  });

  it('pages cards, tasks, comments, runs, events, subscriptions, deliveries and tokens by cursors', async () => {
    const api = await openApi(kind, {
      files: {
        'andon.yaml':
          'webhooks: {ops: {url: "https://x.example", secret_env: X}, dev: {url: "https://y.example", secret_env: Y}}',
      },
    });
    const ids = [];
    for (const title of ['a', 'b', 'c', 'd', 'e']) ids.push(await api.create(title));
    const all = async (path: string, list: string, key = 'id'): Promise<unknown[]> => {
      const seen: unknown[] = [];
      for (let next: unknown = ''; next !== null; ) {
        const cursor = next === '' ? '' : `&${path.includes('before') ? 'before' : 'after'}=${next}`;
        const page = await api.ask('GET', `${path.replace('#before', '')}${cursor}`);
        const items = page[list] as Record<string, unknown>[];
        expect(items.length).toBeLessThanOrEqual(2);
        seen.push(...items.map((item) => item[key]));
        next = page['next'];
      }
      return seen;
    };
    expect(await all(`${b}/cards?status=ready&limit=2`, 'cards')).toHaveLength(5);
    expect(await all(`${b}/tasks?limit=2`, 'tasks')).toEqual(ids.toSorted());
    const [id = ''] = ids;
    for (const body of ['1', '2', '3']) {
      await api.ask('POST', `${b}/tasks/${id}/comments`, { body: { body } });
    }
    expect(await all(`${b}/tasks/${id}/comments?limit=2`, 'comments', 'body')).toEqual(['1', '2', '3']);
    for (const each of ids.slice(0, 3)) {
      await api.ask('POST', `${b}/tasks/${each}/complete`, { body: { summary: 'Done.' } });
    }
    expect(await all(`${b}/runs?limit=2#before`, 'runs', 'task_id')).toEqual([ids[2], ids[1], ids[0]]);
    for (const chat_id of ['ops', 'dev']) {
      const body = { task_id: ids[3], platform: 'webhook', chat_id };
      await api.ask('POST', `${b}/subscriptions`, { body });
    }
    expect(await all(`${b}/subscriptions?limit=1`, 'subscriptions', 'chat_id')).toEqual(['dev', 'ops']);
    await api.ask('POST', `${b}/tasks/${ids[3]}/complete`, { body: {} });
    const notifier = { role: 'notifier', epoch: asEpoch(1) } as const;
    value(await api.kernel.fanOut(defaultBoard, { ...notifier, platforms: ['webhook'], owner: null }));
    expect(await all(`${b}/deliveries?limit=1#before`, 'deliveries', 'chat_id')).toEqual(['ops', 'dev']);
    await api.ask('DELETE', `${b}/subscriptions?task_id=${ids[3]}&platform=webhook&chat_id=ops`);
    await api.token('viewer');
    expect(await all('/tokens?limit=1', 'tokens', 'role')).toHaveLength(2);
    const { events, next } = await api.ask('GET', `${b}/events?limit=3&kinds=created`);
    expect(events).toMatchObject([{ title: 'a' }, { title: 'b' }, { title: 'c' }]);
    const rest = await api.ask('GET', `${b}/events?kinds=created&after=${next}`);
    expect(rest['events']).toHaveLength(2);
  });

  it('answers an unchanged board with 304 and does not read it', async () => {
    const api = await openApi(kind);
    await api.create('Seen');
    for (const path of [`${b}/columns?limit=5`, `${b}/cards?status=ready`, `${b}/tasks`]) {
      const first = await api.fetch('GET', `/api/v1${path}`);
      const etag = first.headers.get('etag') ?? '';
      expect(etag).toMatch(/^W\/"\d+\.[\w-]+"$/);
      const again = await api.fetch('GET', `/api/v1${path}`, { headers: { 'if-none-match': etag } });
      expect([again.status, await again.text()]).toEqual([304, '']);
    }
    const etag = (await api.fetch('GET', `/api/v1${b}/tasks`)).headers.get('etag') ?? '';
    await api.create('New');
    expect((await api.fetch('GET', `/api/v1${b}/tasks`, { headers: { 'if-none-match': etag } })).status).toBe(
      200,
    );
    const other = `/api/v1${b}/tasks?assignee=ada`;
    expect((await api.fetch('GET', other, { headers: { 'if-none-match': etag } })).status).toBe(200);
  });

  it('changes a task only as it was read, if asked', async () => {
    const api = await openApi(kind);
    const path = `${b}/tasks/${await api.create('Read')}`;
    const etag = (await api.fetch('GET', `/api/v1${path}`)).headers.get('etag') ?? '';
    const change = { body: { priority: 1 }, headers: { 'if-match': etag } };
    await api.ask('PATCH', path, change);
    await api.refused(412, 'changed_meanwhile', 'PATCH', path, change);
    await api.refused(412, 'changed_meanwhile', 'PATCH', path, {
      ...change,
      headers: { 'if-match': 'W/"1"' },
    });
    await api.ask('PATCH', path, { body: { priority: 2 }, headers: { 'if-match': '*' } });
  });

  it('runs every command on a task, and signs it', async () => {
    const api = await openApi(kind);
    const path = (id: string, verb: string) => `${b}/tasks/${id}/${verb}`;
    const post = (id: string, verb: string, body: object = {}) => api.ask('POST', path(id, verb), { body });
    const id = await api.create('Whole life');
    const status = async (answer: Promise<Record<string, unknown>>): Promise<unknown> =>
      ((await answer)['task'] as Record<string, unknown>)['status'];

    expect(await status(post(id, 'place', { to: 'triage' }))).toBe('triage');
    expect(await status(post(id, 'specify', { title: 'In words' }))).toBe('ready');
    expect(await post(id, 'assign', { assignee: 'ada' })).toMatchObject({ task: { assignee: 'ada' } });
    expect(
      await status(post(id, 'schedule', { scheduled_at: '2027-01-01T00:00:00Z', reason: 'later' })),
    ).toBe('scheduled');
    expect(await status(post(id, 'unblock', { reason: 'now' }))).toBe('ready');
    const claim = { claim_lock: 'here:1', ttl_seconds: 60 };
    const { run_id } = await post(id, 'claim', claim);
    expect(await status(post(id, 'heartbeat', { run_id, note: 'on it' }))).toBe('running');
    const reached = { run_id, text: 'Half.', data: { next: 2 } };
    expect(await status(post(id, 'checkpoint', reached))).toBe('running');
    expect(await post(id, 'reassign', { assignee: 'bea', reclaim: true })).toMatchObject({
      task: { status: 'ready', assignee: 'bea' },
      stopping: null,
    });
    await post(id, 'claim', claim);
    expect(await post(id, 'reclaim', { reason: 'mine' })).toMatchObject({ stopping: null });
    await post(id, 'claim', claim);
    expect(await status(post(id, 'request-review', { summary: 'Look.' }))).toBe('review');
    expect(await status(post(id, 'reopen-review'))).toBe('ready');
    await post(id, 'claim', claim);
    await post(id, 'request-review', {});
    expect(await status(post(id, 'request-changes', { reason: 'Again.' }))).toBe('ready');
    await post(id, 'claim', claim);
    expect(await status(post(id, 'fail', { error: 'Oh.', cause: 'task' }))).toBe('ready');
    expect(await status(post(id, 'block', { reason: 'Which one?' }))).toBe('blocked');
    expect(await status(post(id, 'unblock'))).toBe('ready');
    await post(id, 'claim', claim);
    expect(await post(id, 'stop', { reason: 'wrong' })).toMatchObject({ task: { status: 'blocked' } });
    expect(await status(post(id, 'unblock'))).toBe('ready');
    expect(await status(post(id, 'complete', { summary: 'Done.', metadata: { files: 3 } }))).toBe('done');
    expect(await status(post(id, 'archive'))).toBe('archived');

    const child = await api.create('Child', { parents: [await api.create('Parent')] });
    expect(await status(post(child, 'promote', { force: true, reason: 'It is fine.' }))).toBe('ready');
    const card = await api.create('Idea', { triage: true });
    const plan = { tasks: [{ title: 'One' }, { title: 'Two', parents: [0] }] };
    expect((await post(card, 'decompose', plan))['child_ids']).toHaveLength(2);
    const { events } = await api.ask('GET', `${b}/tasks/${id}/events?limit=500`);
    const authors = new Set(
      (events as { payload: { by?: string } | null }[]).map(({ payload }) => payload?.by),
    );
    expect([...authors]).toEqual(['admin']);
    const { comments } = await api.ask('GET', `${b}/tasks/${id}`);
    expect(comments).toMatchObject([
      { author: 'admin', body: 'Specified: changed title.' },
      { author: 'admin', body: 'SCHEDULED: later' },
      { author: 'admin', body: 'UNBLOCK: now' },
      { author: 'admin', body: 'BLOCKED: Which one?' },
    ]);
  });

  it('runs one command on many tasks, each for itself', async () => {
    const api = await openApi(kind);
    const [one, two] = [await api.create('One'), await api.create('Two')];
    await api.ask('POST', `${b}/tasks/${two}/claim`, { body: { claim_lock: 'a:1', ttl_seconds: 9 } });
    const body = { ids: [one, 't_none', two, one], command: 'place', input: { to: 'triage' } };
    const { results } = await api.ask('POST', `${b}/tasks/bulk`, { body });
    expect(results).toMatchObject([
      { id: one, ok: true },
      { id: 't_none', ok: false, error: { code: 'unknown_task', ids: ['t_none'] } },
      { id: two, ok: true },
    ]);
    const wrong = await api.ask('POST', `${b}/tasks/bulk`, {
      body: { ids: [one], command: 'place', input: { to: 'x' } },
    });
    expect(wrong['results']).toMatchObject([{ ok: false, error: { code: 'invalid_input' } }]);
  });

  it('links tasks, lays out swarms, deletes and purges', async () => {
    const api = await openApi(kind);
    const [parent_id, child_id] = [await api.create('First'), await api.create('Then')];
    const body = { parent_id, child_id };
    expect(await api.ask('POST', `${b}/links`, { body })).toMatchObject({ child: { status: 'todo' } });
    expect(await api.ask('GET', `${b}/links`)).toMatchObject({
      links: [{ parent_id, child_id }],
      more: false,
    });
    expect(await api.ask('DELETE', `${b}/links?parent_id=${parent_id}&child_id=${child_id}`)).toMatchObject({
      child: { status: 'ready' },
    });
    const swarm = { goal: 'G', workers: [{ profile: 'a', title: 'W' }], verifier: 'v', synthesizer: 's' };
    expect(await api.ask('POST', `${b}/swarms`, { body: swarm })).toMatchObject({ created: true });
    expect(await api.ask('DELETE', `${b}/tasks/${child_id}`)).toEqual({
      task_id: child_id,
      files: { removed: [], trashed: [], kept: [] },
    });
    await api.refused(409, 'wrong_status', 'DELETE', `${b}/tasks/${parent_id}?purge=true`);
    await api.ask('POST', `${b}/tasks/${parent_id}/archive`);
    await api.ask('DELETE', `${b}/tasks/${parent_id}?purge=true`);
    await api.refused(404, 'unknown_task', 'GET', `${b}/tasks/${parent_id}`);
  });

  it('tells of runs, their output and their processes, and ends them', async () => {
    const api = await openApi(kind, { files: { 'kanban/logs/x': '' } });
    const id = await api.create('Runs');
    const { run_id } = await started(api, id);
    const { runs } = await api.ask('GET', `${b}/runs?open=true`);
    expect(runs).toMatchObject([
      { id: run_id, task_id: id, process: { lane: 'work', host: 'here', told_at: null } },
    ]);
    const shown = await api.ask('GET', `${b}/runs/${run_id}`);
    expect(JSON.stringify(shown)).not.toMatch(/claim_lock|a1b2c3|"dir"/);
    expect(await api.ask('GET', `${b}/runs/${run_id}/inspect`)).toEqual({
      run_id,
      alive: false,
      reason: 'no process of it was seen',
    });
    expect(await api.ask('GET', `${b}/usage?by=run`)).toEqual({ usage: [] });
    expect(await api.ask('GET', '/doctor')).toMatchObject({ findings: expect.any(Array) });
    expect(await api.ask('GET', `${b}/runs/${run_id}/changes`)).toEqual({
      changes: null,
      sentence: expect.stringMatching(/^Its folder is /),
    });
    expect(await api.ask('GET', `${b}/runs/${run_id}/transcript`)).toMatchObject({ exists: false });
    expect(await api.ask('GET', `${b}/tasks/${id}/log`)).toMatchObject({ exists: false, size: 0 });
    const ended = await api.ask('POST', `${b}/runs/${run_id}/terminate`, { body: { reason: 'enough' } });
    expect(ended).toMatchObject({ stopping: run_id, task: { status: 'running' } });
    const other = value(
      await api.kernel.claim(defaultBoard, {
        task_id: await api.create('Other'),
        claim_lock: 'x:1',
        ttl_seconds: asSeconds(9),
        workspace_path: null,
      }),
    );
    expect(await api.ask('POST', `${b}/runs/${other.run_id}/terminate`)).toMatchObject({ stopping: null });
    await api.refused(409, 'not_running', 'POST', `${b}/runs/${other.run_id}/terminate`);
    await api.refused(404, 'unknown_run', 'GET', `${b}/runs/${asRunId(999)}`);
  });

  it('streams events of a board, of all boards, and the end of a run', async () => {
    const api = await openApi(kind);
    const id = await api.create('Streamed');
    expect(await streamed(api, `${b}/stream?after=default:0`)).toMatch(
      /^retry: 2000\nid: default:0\nevent: hello\n.*\n\nid: default:1\ndata: \{"board":"default","id":1,.*"kind":"created"/s,
    );
    expect(await streamed(api, '/stream', { 'last-event-id': 'default:0' })).toContain('"kind":"created"');
    const { run_id } = value(
      await api.kernel.claim(defaultBoard, {
        task_id: id,
        claim_lock: 'x:1',
        ttl_seconds: asSeconds(9),
        workspace_path: null,
      }),
    );
    value(await api.kernel.complete(defaultBoard, { task_id: id, run_id, summary: 'Yes.' }));
    expect(await streamed(api, `${b}/runs/${run_id}/events`)).toMatch(
      /^event: run.completed\n.*\n\n: end\n\n$/,
    );
  });

  it('keeps boards: makes, lists, changes, switches and removes them', async () => {
    const api = await openApi(kind);
    const body = { slug: 'ops', name: 'Operations', default_workdir: '/srv', switch: true };
    expect(await api.ask('POST', '/boards', { body })).toMatchObject({
      board: { slug: 'ops', name: 'Operations', is_current: true, total: 0 },
      created: true,
    });
    expect(await api.ask('POST', '/boards', { body })).toMatchObject({ created: false });
    expect(await api.ask('GET', '/boards')).toMatchObject({
      current: 'ops',
      boards: [{ slug: 'default' }, { slug: 'ops' }],
    });
    expect(await api.ask('PATCH', '/boards/ops', { body: { icon: '☂' } })).toMatchObject({
      board: { icon: '☂' },
    });
    expect(await api.ask('GET', '/boards/ops')).toMatchObject({ board: { default_workdir: '/srv' } });
    await api.ask('POST', '/boards/ops/tasks', { body: { title: 'There' } });
    expect((await api.ask('GET', '/boards/ops/stats'))['by_status']).toMatchObject({ ready: 1 });
    expect(await api.ask('POST', '/boards/default/switch')).toEqual({ current: 'default' });
    expect(await api.ask('DELETE', '/boards/ops')).toEqual({ slug: 'ops', action: 'archived' });
    await api.refused(404, 'unknown_board', 'GET', '/boards/ops/tasks');
    await api.refused(400, 'invalid_input', 'DELETE', '/boards/default');
    await api.refused(400, 'invalid_input', 'POST', '/boards', {
      body: { slug: 'x', default_workdir: 'here' },
    });
  });

  it('pauses, resumes, and tells of rests, gateways, profiles and a pass', async () => {
    const api = await openApi(kind, {
      files: { 'profiles/ada/andon.yaml': 'command: ["true"]', 'profiles/odd/andon.yaml': 'colour: red' },
    });
    const body = { scope: 'profile', name: 'ada', reason: 'Rest.', for_seconds: '1h' };
    expect(await api.ask('POST', `${b}/pauses`, { body })).toMatchObject({
      pause: { name: 'ada', by: 'admin' },
    });
    expect((await api.ask('GET', `${b}/pauses`))['pauses']).toHaveLength(1);
    expect(await api.ask('DELETE', `${b}/pauses?scope=profile&name=ada`)).toEqual({ ok: true });
    await api.refused(404, 'not_paused', 'DELETE', `${b}/pauses?scope=profile&name=ada`);
    expect(await api.ask('GET', `${b}/rests`)).toEqual({ rests: [] });
    expect((await api.ask('GET', '/profiles'))['profiles']).toMatchObject([
      { name: 'ada', startable: true, problem: null },
      { name: 'odd', startable: false, problem: expect.stringContaining('colour') },
    ]);
    await started(api, await api.create('Runs', { assignee: 'ada' }));
    expect(await api.ask('GET', '/dispatcher')).toMatchObject({
      holder: null,
      hermes: null,
      gateways: [],
      slots: { taken: 1 },
      hosts: { here: 1 },
      lanes: { work: 1, review: 0 },
      boards: { default: 1 },
      profiles: { ada: 1 },
    });
    expect((await api.ask('GET', `${b}/assignees`))['assignees']).toMatchObject([
      { name: 'ada', on_disk: true, counts: { running: 1 } },
      { name: 'odd', on_disk: true },
    ]);
    await api.refused(409, 'not_leader', 'POST', '/dispatch', { body: { dry_run: true } });
  });

  it('asks the dispatcher of its gateway for a pass', async () => {
    let woken = 0;
    const report: PassReport = {
      now: asMillis(0),
      started: [],
      promoted: 1,
      reclaimed: 0,
      ended: [],
      skipped: [],
      left: [],
      forecast: [],
    };
    const dispatcher = { preview: async () => report, wake: () => void woken++ };
    const api = await openApi(kind, { gateway: { dispatcher } });
    expect(await api.ask('POST', '/dispatch', { body: { dry_run: true } })).toMatchObject({ dry_run: true });
    expect(woken).toBe(0);
    expect(await api.ask('POST', '/dispatch', { body: {} })).toMatchObject({ dry_run: false, promoted: 1 });
    expect(woken).toBe(1);
  });

  it('tells what looks wrong, and removes what nobody needs', async () => {
    const api = await openApi(kind);
    for (const title of ['A', 'B']) {
      const id = await api.create(title);
      await api.ask('POST', `${b}/tasks/${id}/block`, { body: { reason: 'Which?' } });
    }
    api.clock.advance(25 * 3600);
    const first = await api.ask('GET', `${b}/diagnostics?limit=1`);
    expect(first).toMatchObject({ count: 2, diagnostics: [{ diagnostics: [{ kind: 'stuck_in_blocked' }] }] });
    const second = await api.ask('GET', `${b}/diagnostics?limit=1&after=${first['next']}`);
    expect(second).toMatchObject({ next: null, diagnostics: [{}] });
    expect(await api.ask('GET', `${b}/diagnostics?severity=error`)).toMatchObject({ count: 0 });
    expect(await api.ask('GET', `${b}/health`)).toEqual({ database: [], unsound: [] });
    const id = await api.create('Finished');
    await api.ask('POST', `${b}/tasks/${id}/complete`);
    api.clock.advance(40 * 86_400);
    const dry = await api.ask('POST', `${b}/prune`, { body: { dry_run: true } });
    expect(dry['events']).toBeGreaterThan(0);
    expect(await api.ask('POST', `${b}/prune`, { body: {} })).toEqual(dry);
    expect(await api.ask('POST', `${b}/prune`, { body: {} })).toMatchObject({ events: 0 });
  });

  it('shows what waits for people, and takes their answers once', async () => {
    const api = await openApi(kind);
    const id = await api.create('Ask');
    await api.ask('POST', `${b}/subscriptions`, {
      body: { task_id: id, platform: 'telegram', chat_id: 'ops' },
    });
    await api.ask('POST', `${b}/tasks/${id}/block`, { body: { reason: 'Which one?' } });
    const { inbox } = await api.ask('GET', `${b}/inbox`);
    expect(inbox).toMatchObject([{ task_id: id, code: 'blocked', said: 'Which one?' }]);
    const [item] = inbox as { event_id: number }[];
    const on = await api.ask('POST', `${b}/tasks/${id}/acknowledge`);
    expect(on).toEqual({ task_id: id });
    const body = { event_id: item?.event_id, button: 'answer', text: 'The left one.' };
    const pressed = await api.ask('POST', `${b}/tasks/${id}/press`, { body });
    expect(pressed['task']).toMatchObject({ status: 'ready' });
    await api.refused(409, 'stale_press', 'POST', `${b}/tasks/${id}/press`, { body });

    const notifier = { role: 'notifier', epoch: asEpoch(1) } as const;
    const scope = { platforms: ['telegram'], owner: null };
    value(await api.kernel.fanOut(defaultBoard, { ...notifier, ...scope }));
    const { due } = value(await api.kernel.dueDeliveries(defaultBoard, { ...scope, limit: 9 }));
    const [delivery] = due;
    const outcome = { sent: false, error: 'Gone.', retry_at: null } as const;
    value(await api.kernel.recordDelivery(defaultBoard, { ...notifier, id: delivery?.id ?? 0, outcome }));
    expect(await api.ask('POST', `${b}/deliveries/retry`, { body: {} })).toEqual({ retried: 1 });
    await api.refused(404, 'unknown_delivery', 'POST', `${b}/deliveries/retry`, { body: { ids: [99] } });
  });

  it('pairs people of chats', async () => {
    const api = await openApi(kind);
    const { code, expires_in } = await api.ask('POST', '/chat/codes', { body: { role: 'viewer' } });
    expect(expires_in).toBe(600);
    const who = { platform: 'telegram', user_id: '7', name: 'ana' };
    const hash = hashOf(normalCode(String(code)));
    expect(await api.kernel.pair(homeBoard, { ...who, hash })).toEqual({
      ok: true,
      value: { role: 'viewer' },
    });
    expect(await api.ask('GET', '/chat/people')).toMatchObject({ people: [{ ...who, role: 'viewer' }] });
    await api.ask('DELETE', '/chat/people?platform=telegram&user_id=7');
    expect(await api.ask('GET', '/chat/people')).toEqual({ people: [] });
  });

  it('keeps tokens and says who asks', async () => {
    const api = await openApi(kind);
    const body = { name: 'ci', role: 'operator', boards: ['default'], for_seconds: '30d' };
    const { token, secret } = await api.ask('POST', '/tokens', { body });
    expect(token).toMatchObject({ name: 'ci', role: 'operator', boards: ['default'], created_by: 'admin' });
    expect(await api.ask('GET', '/me', { token: String(secret) })).toMatchObject({ name: 'ci', by: 'token' });
    const { tokens } = await api.ask('GET', '/tokens');
    expect(JSON.stringify(tokens)).not.toContain('hash');
    const { id } = token as { id: string };
    await api.ask('DELETE', `/tokens/${id}`);
    await api.refused(401, 'unauthenticated', 'GET', '/me', { token: String(secret) });
    await api.refused(404, 'unknown_token', 'DELETE', `/tokens/${id}`);
    expect(await api.ask('POST', '/auth/codes')).toMatchObject({ expires_in: 60 });
  });

  it('attaches files and gives them back', async () => {
    const api = await openApi(kind);
    const path = `${b}/tasks/${await api.create('With files')}/attachments`;
    const send = (name: string, text: string) =>
      api.ask('POST', `${path}?filename=${encodeURIComponent(name)}`, {
        raw: text,
        headers: { 'content-type': 'text/plain' },
      });
    const { attachment } = await send('plan.txt', 'one');
    expect(attachment).toMatchObject({
      filename: 'plan.txt',
      size: 3,
      content_type: 'text/plain',
      uploaded_by: 'admin',
    });
    expect((await send('plan.txt', 'two'))['attachment']).toMatchObject({ filename: 'plan (1).txt' });
    expect((await api.ask('GET', path))['attachments']).toHaveLength(2);
    const one = `${b}/attachments/${(attachment as { id: number }).id}`;
    asked.add('get /api/v1/boards/{board}/attachments/{attachment_id}');
    const file = await api.fetch('GET', `/api/v1${one}`);
    expect([await file.text(), file.headers.get('content-type')]).toEqual(['one', 'text/plain']);
    await api.ask('DELETE', one);
    await api.refused(404, 'unknown_attachment', 'GET', one);
  });
});
