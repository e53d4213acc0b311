import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { asMillis, defaultBoard } from '../../src/domain/ids.ts';
import { boardPaths } from '../../src/services/home.ts';
import type { PassReport } from '../../src/services/pass-report.ts';
import { routes } from '../../src/surfaces/http/routes.ts';
import { leader, value } from '../support/board.ts';
import { stores } from '../support/stores.ts';
import { type Api, type AskOptions, asked, expectShape, openApi, read, started } from './api.ts';

/** Contract §10: the older API in its own shapes, on both databases. */

const prefix = '/api/plugins/kanban';

afterAll(() => {
  const known = routes.filter(({ path }) => path.startsWith(prefix));
  expect(known.length).toBeGreaterThan(35);
  const missing = known.map(({ method, path }) => `${method} ${path}`).filter((name) => !asked.has(name));
  expect(missing).toEqual([]);
});

async function ask(
  api: Api,
  method: string,
  path: string,
  options?: AskOptions,
): Promise<Record<string, unknown>> {
  const answer = await api.fetch(method, `${prefix}${path}`, options);
  const text = await answer.text();
  expect(answer.status, `${method} ${path}: ${text}`).toBe(200);
  expectShape(method, `${prefix}${path}`, JSON.parse(text));
  return JSON.parse(text);
}

/** A refusal as `{detail}`, which problem details have too. */
async function refused(
  api: Api,
  status: number,
  method: string,
  path: string,
  options?: AskOptions,
): Promise<string> {
  const answer = await api.fetch(method, `${prefix}${path}`, options);
  const said = object(await answer.json());
  expect([path, answer.status, typeof said['detail']]).toEqual([path, status, 'string']);
  return String(said['detail']);
}

const taskKeys = [
  'id',
  'title',
  'body',
  'assignee',
  'status',
  'priority',
  'created_by',
  'created_at',
  'started_at',
  'completed_at',
  'workspace_kind',
  'workspace_path',
  'branch_name',
  'claim_lock',
  'claim_expires',
  'tenant',
  'result',
  'idempotency_key',
  'consecutive_failures',
  'worker_pid',
  'last_failure_error',
  'max_runtime_seconds',
  'last_heartbeat_at',
  'current_run_id',
  'workflow_template_id',
  'current_step_key',
  'skills',
  'model_override',
  'max_retries',
  'goal_mode',
  'goal_max_turns',
  'session_id',
  'age',
  'latest_summary',
];
const object = (value: unknown): Record<string, unknown> => value as Record<string, unknown>;

describe.each(stores)('the older API on $name', (kind) => {
  it('shows a board whole, with counts beside each card', async () => {
    const api = await openApi(kind);
    const parent = await api.create('Parent', { priority: 1, tenant: 'acme', assignee: 'ada' });
    const child = await api.create('Child', { parents: [parent] });
    await api.ask('POST', `/boards/default/tasks/${parent}/comments`, { body: { body: 'Hm.' } });
    await api.create('Urgent', { priority: 9 });
    await api.ask('POST', `/boards/default/tasks/${await api.create('Old')}/archive`);
    api.clock.advance(60);
    const board = await ask(api, 'GET', '/board');
    const columns = board['columns'] as { name: string; tasks: Record<string, unknown>[] }[];
    expect(columns.map(({ name }) => name)).toEqual([
      'triage',
      'todo',
      'scheduled',
      'ready',
      'running',
      'blocked',
      'review',
      'done',
    ]);
    const [todo, ready] = [columns[1]?.tasks ?? [], columns[3]?.tasks ?? []];
    expect(ready.map(({ title }) => title)).toEqual(['Urgent', 'Parent']);
    expect(ready[1]).toMatchObject({
      link_counts: { parents: 0, children: 1 },
      comment_count: 1,
      progress: { done: 0, total: 1 },
      age: { created_age_seconds: 60, started_age_seconds: null, time_to_complete_seconds: null },
    });
    expect(todo).toMatchObject([{ id: child, link_counts: { parents: 1, children: 0 }, progress: null }]);
    for (const key of taskKeys) expect(ready[0]).toHaveProperty(key);
    expect(board).toMatchObject({ tenants: ['acme'], assignees: ['ada'], now: api.clock.seconds() });
    expect(board['latest_event_id']).toBeGreaterThan(3);
    const all = await ask(api, 'GET', '/board?include_archived=true&tenant=acme&board=default');
    expect((all['columns'] as unknown[]).length).toBe(9);
  });

  it('makes, shows, changes, and deletes a task', async () => {
    const api = await openApi(kind);
    const body = { title: 'T', body: 'B', assignee: 'ada', skills: ['git'], goal_mode: true };
    const { task, warning } = await ask(api, 'POST', '/tasks', { body });
    expect(task).toMatchObject({ ...body, created_by: 'dashboard', status: 'ready' });
    expect(warning).toMatch(/^⚠ No gateway is running/);
    const id = String(object(task)['id']);
    const path = `/tasks/${id}`;
    expect(await ask(api, 'PATCH', path, { body: { assignee: '', priority: 4, title: 'U' } })).toMatchObject({
      task: { assignee: null, priority: 4, title: 'U' },
    });
    expect(
      await ask(api, 'PATCH', path, { body: { status: 'blocked', block_reason: 'Why?' } }),
    ).toMatchObject({
      task: { status: 'blocked' },
    });
    expect(await ask(api, 'PATCH', path, { body: { status: 'ready' } })).toMatchObject({
      task: { status: 'ready' },
    });
    await ask(api, 'POST', `${path}/comments`, { body: { body: 'Hi.', author: 'the boss' } });
    await ask(api, 'PATCH', path, {
      body: { status: 'done', summary: 'S', result: 'R', metadata: { a: 1 } },
    });
    const shown = await ask(api, 'GET', path);
    expect(shown).toMatchObject({
      task: { status: 'done', result: 'R', latest_summary: 'S' },
      comments: [{ author: 'admin', body: 'Hi.' }],
      attachments: [],
      links: { parents: [], children: [] },
      runs: [{ outcome: 'blocked' }, { outcome: 'completed', metadata: { a: 1 }, claim_lock: null }],
    });
    const filtered = await ask(api, 'GET', `${path}?run_state_type=outcome&run_state_name=crashed`);
    expect(filtered['runs']).toEqual([]);
    await refused(api, 400, 'GET', `${path}?run_state_type=outcome`);
    expect(await ask(api, 'DELETE', path)).toEqual({ deleted: true, task_id: id });
    await refused(api, 404, 'DELETE', path);
  });

  it('answers 400, 404, 409 and 413 as of old', async () => {
    const api = await openApi(kind);
    const id = await api.create('T', { assignee: 'ada' });
    await refused(api, 400, 'GET', '/board?board=a.b');
    await refused(api, 404, 'GET', '/board?board=nowhere');
    await refused(api, 404, 'GET', '/tasks/t_none');
    await refused(api, 400, 'POST', '/tasks', { body: { title: ' ' } });
    await refused(api, 400, 'POST', '/tasks', { body: { title: 'x', parents: ['t_none'] } });
    await refused(api, 400, 'PATCH', `/tasks/${id}`, { body: { status: 'running' } });
    await refused(api, 400, 'PATCH', `/tasks/${id}`, { body: { status: 'odd' } });
    await refused(api, 400, 'PATCH', `/tasks/${id}`, { body: { title: ' ', assignee: 'bea' } });
    expect(await ask(api, 'GET', `/tasks/${id}`)).toMatchObject({ task: { assignee: 'ada' } });
    await refused(api, 400, 'POST', `/tasks/${id}/comments`, { body: { body: ' ' } });
    await refused(api, 400, 'POST', '/tasks/bulk', { body: { ids: [] } });
    await refused(api, 400, 'POST', '/links', { body: { parent_id: id, child_id: id } });
    await refused(api, 400, 'POST', '/links', { body: { parent_id: id, child_id: 't_none' } });
    await started(api, id);
    await refused(api, 409, 'PATCH', `/tasks/${id}`, { body: { assignee: 'bea' } });
    const child = await api.create('Child', { parents: [id] });
    expect(await refused(api, 409, 'PATCH', `/tasks/${child}`, { body: { status: 'ready' } })).toContain(id);
    await refused(api, 409, 'POST', `/tasks/${child}/reclaim`);
    await refused(api, 409, 'POST', `/tasks/${id}/reassign`, { body: { profile: 'bea' } });
    await refused(api, 404, 'GET', '/runs/99');
    await refused(api, 404, 'GET', '/attachments/99');
    await refused(api, 404, 'POST', `/tasks/${id}/home-subscribe/telegram`);
    const form = new FormData();
    form.set('file', new File([new Uint8Array(26 * 1024 * 1024)], 'big.bin'));
    await refused(api, 413, 'POST', `/tasks/${id}/attachments`, { raw: form });
  });

  it('changes many at once, links, reclaims and reassigns', async () => {
    const api = await openApi(kind);
    const [one, two] = [await api.create('One'), await api.create('Two')];
    const body = { ids: [one, 't_none', two], assignee: 'ada', priority: 2 };
    expect((await ask(api, 'POST', '/tasks/bulk', { body }))['results']).toEqual([
      { id: one, ok: true },
      { id: 't_none', ok: false, error: expect.stringContaining('t_none') },
      { id: two, ok: true },
    ]);
    await ask(api, 'POST', '/links', { body: { parent_id: one, child_id: two } });
    await ask(api, 'DELETE', `/links?parent_id=${one}&child_id=${two}`);
    const claim = () =>
      api.ask('POST', `/boards/default/tasks/${one}/claim`, { body: { claim_lock: 'a:1', ttl_seconds: 60 } });
    await claim();
    expect(await ask(api, 'POST', `/tasks/${one}/reclaim`, { body: { reason: 'mine' } })).toEqual({
      ok: true,
      task_id: one,
    });
    await claim();
    const given = await ask(api, 'POST', `/tasks/${one}/reassign`, {
      body: { profile: 'bea', reclaim_first: true },
    });
    expect(given).toEqual({ ok: true, task_id: one, assignee: 'bea' });
    await claim();
    const bulk = { ids: [one], assignee: 'cleo', reclaim_first: true, priority: 7 };
    expect((await ask(api, 'POST', '/tasks/bulk', { body: bulk }))['results']).toEqual([
      { id: one, ok: true },
    ]);
    expect(await ask(api, 'GET', `/tasks/${one}`)).toMatchObject({ task: { assignee: 'cleo', priority: 7 } });
    await ask(api, 'POST', '/tasks/bulk', { body: { ids: [one, two], archive: true } });
    for (const verb of ['specify', 'decompose']) {
      const said = await ask(api, 'POST', `/tasks/${one}/${verb}`, { body: { author: 'me' } });
      expect(said).toMatchObject({ ok: false, task_id: one, reason: expect.stringContaining('No model') });
      expect(await ask(api, 'POST', `/tasks/t_none/${verb}`)).toMatchObject({ ok: false });
    }
  });

  it('shows workers, runs, processes and logs', async () => {
    const api = await openApi(kind);
    const id = await api.create('Runs', { assignee: 'ada' });
    const { run_id } = await started(api, id, { host: api.world.hostname });
    const { self } = api.world;
    value(
      await api.kernel.recordStart(defaultBoard, {
        run_id,
        epoch: leader.epoch,
        identity: self,
        started_at: api.clock.now(),
      }),
    );
    expect(await ask(api, 'GET', '/workers/active')).toMatchObject({
      count: 1,
      checked_at: api.clock.seconds(),
      workers: [
        {
          run_id,
          task_id: id,
          task_title: 'Runs',
          task_status: 'running',
          worker_pid: self.pid,
          claim_lock: 'here:1',
        },
      ],
    });
    const viewer = await api.token('viewer');
    expect(await ask(api, 'GET', '/workers/active', { token: viewer })).toMatchObject({
      workers: [{ claim_lock: null }],
    });
    expect(await ask(api, 'GET', `/runs/${run_id}`)).toMatchObject({ run: { id: run_id, metadata: null } });
    expect(await ask(api, 'GET', `/runs/${run_id}/inspect`)).toMatchObject({
      run_id,
      alive: true,
      pid: self.pid,
      num_threads: expect.any(Number),
      memory_rss_bytes: expect.any(Number),
      status: expect.stringMatching(/running|sleeping/),
      cmdline: expect.arrayContaining([expect.stringContaining('node')]),
    });
    const { logs } = boardPaths(api.home, defaultBoard);
    expect(await ask(api, 'GET', `/tasks/${id}/log`)).toMatchObject({ exists: false, size_bytes: 0 });
    mkdirSync(logs, { recursive: true });
    writeFileSync(join(logs, `${id}.log`), 'first\nsecond\nthird\n');
    expect(await ask(api, 'GET', `/tasks/${id}/log?tail=10`)).toMatchObject({
      exists: true,
      size_bytes: 19,
      content: 'third\n',
      truncated: true,
    });
    expect(await ask(api, 'POST', `/runs/${run_id}/terminate`, { body: { reason: 'x' } })).toEqual({
      ok: true,
      run_id,
      task_id: id,
    });
    value(await api.kernel.tellRun(defaultBoard, { run_id }));
  });

  it('attaches files of forms', async () => {
    const api = await openApi(kind);
    const id = await api.create('T');
    const form = new FormData();
    form.set('uploaded_by', 'me');
    form.set('file', new File(['hello'], 'greeting.txt', { type: 'text/plain' }));
    const { attachment } = await ask(api, 'POST', `/tasks/${id}/attachments`, { raw: form });
    expect(attachment).toMatchObject({
      filename: 'greeting.txt',
      size: 5,
      content_type: 'text/plain',
      task_id: id,
    });
    const { id: number, stored_path } = attachment as { id: number; stored_path: string };
    expect(read(stored_path)).toBe('hello');
    expect((await ask(api, 'GET', `/tasks/${id}/attachments`))['attachments']).toEqual([attachment]);
    const file = await api.fetch('GET', `${prefix}/attachments/${number}`);
    expectShape('GET', `${prefix}/attachments/${number}`, '');
    expect(await file.text()).toBe('hello');
    expect(await ask(api, 'DELETE', `/attachments/${number}`)).toEqual({ ok: true, id: number });
    expect(() => read(stored_path)).toThrow();
    const none = new FormData();
    none.set('other', 'x');
    await refused(api, 400, 'POST', `/tasks/${id}/attachments`, { raw: none });
    await refused(api, 415, 'POST', `/tasks/${id}/attachments`, { raw: 'x' });
    const headers = { 'content-type': 'multipart/form-data; boundary=b' };
    const cut = '--b\r\ncontent-disposition: form-data; name="file"; filename="x"\r\n\r\nhalf of i';
    await refused(api, 400, 'POST', `/tasks/${id}/attachments`, { raw: cut, headers });
    expect((await ask(api, 'GET', `/tasks/${id}/attachments`))['attachments']).toEqual([]);
  });

  it('has figures, settings of the page, boards and the dispatcher', async () => {
    const files = { 'config.yaml': 'dashboard: {kanban: {default_tenant: acme, render_markdown: odd}}\n' };
    const api = await openApi(kind, { files });
    const id = await api.create('T', { assignee: 'ada' });
    expect(await ask(api, 'GET', '/stats')).toMatchObject({
      by_status: { ready: 1 },
      by_assignee: { ada: { ready: 1 } },
    });
    expect(await ask(api, 'GET', '/assignees')).toMatchObject({
      assignees: [{ name: 'ada', on_disk: false }],
    });
    await api.ask('POST', `/boards/default/tasks/${id}/block`, { body: { reason: 'x' } });
    api.clock.advance(25 * 3600);
    expect(await ask(api, 'GET', '/diagnostics?severity=warning')).toMatchObject({
      count: 1,
      diagnostics: [{ task_id: id }],
    });
    expect((await ask(api, 'GET', `/tasks/${id}`))['task']).toMatchObject({
      warnings: { count: 1, kinds: { stuck_in_blocked: 1 }, highest_severity: 'warning' },
    });
    expect(await ask(api, 'GET', '/config')).toEqual({
      default_tenant: 'acme',
      lane_by_profile: true,
      include_archived_by_default: false,
      render_markdown: true,
    });
    const made = await ask(api, 'POST', '/boards', { body: { slug: 'ops', name: 'Ops', switch: true } });
    expect(made).toMatchObject({ board: { slug: 'ops', is_current: true, total: 0 }, current: 'ops' });
    // Without `?board=` it is the active one.
    expect(await ask(api, 'GET', '/stats')).toMatchObject({ by_status: { ready: 0, blocked: 0 } });
    expect(await ask(api, 'PATCH', '/boards/ops', { body: { description: 'D' } })).toMatchObject({
      board: { description: 'D' },
    });
    expect(await ask(api, 'POST', '/boards/default/switch')).toEqual({ current: 'default' });
    expect(await ask(api, 'GET', '/boards')).toMatchObject({
      boards: [{ slug: 'default' }, { slug: 'ops' }],
      current: 'default',
    });
    expect(await ask(api, 'DELETE', '/boards/ops?delete=true')).toMatchObject({
      result: { action: 'deleted' },
      current: 'default',
    });
    await refused(api, 404, 'PATCH', '/boards/ops', { body: { name: 'x' } });
    await refused(api, 409, 'POST', '/dispatch?dry_run=true');
    const report: PassReport = {
      now: asMillis(0),
      started: [],
      promoted: 0,
      reclaimed: 0,
      ended: [],
      skipped: [],
      left: [],
      forecast: [],
    };
    const dispatcher = { preview: async () => report, wake() {} };
    const leads = await openApi(kind, { gateway: { dispatcher } });
    expect(await ask(leads, 'POST', '/dispatch?dry_run=true&max=2')).toMatchObject({
      dry_run: true,
      spawned: [],
    });
  });

  it('has profiles, orchestration and home channels', async () => {
    const api = await openApi(kind, {
      files: {
        'profiles/ada/andon.yaml': '# hers\ncommand: ["true"]\ndescription: Old\n',
        'andon.yaml': '# ours\nwebhooks: {ops: {url: "https://x.example", secret_env: X}}\n',
      },
    });
    expect(await ask(api, 'GET', '/profiles')).toMatchObject({
      profiles: [{ name: 'ada', description: 'Old', is_default: false }],
    });
    await ask(api, 'PATCH', '/profiles/ada', { body: { description: 'New' } });
    expect(read(join(api.home.root, 'profiles/ada/andon.yaml'))).toBe(
      '# hers\ncommand: [ "true" ]\ndescription: New\n',
    );
    expect(await ask(api, 'POST', '/profiles/ada/describe-auto')).toMatchObject({
      ok: false,
      profile: 'ada',
    });
    await refused(api, 400, 'PATCH', '/profiles/nobody', { body: { description: 'x' } });
    const set = { orchestrator_profile: 'ada', auto_promote_children: false };
    const expected = {
      ...set,
      default_assignee: '',
      auto_decompose: false,
      resolved_orchestrator_profile: 'ada',
      resolved_default_assignee: null,
      active_profile: 'default',
    };
    expect(await ask(api, 'PUT', '/orchestration', { body: set })).toEqual(expected);
    expect(await ask(api, 'GET', '/orchestration')).toEqual(expected);
    expect(read(join(api.home.root, 'andon.yaml'))).toMatch(/^# ours\n/);
    expect(await ask(api, 'PUT', '/orchestration', { body: { orchestrator_profile: '' } })).toMatchObject({
      orchestrator_profile: '',
    });
    await refused(api, 400, 'PUT', '/orchestration', { body: { default_assignee: 'nobody' } });
    await refused(api, 400, 'PUT', '/orchestration', { body: { auto_decompose: true } });
    const id = await api.create('T');
    const channel = { platform: 'webhook', chat_id: 'ops', thread_id: '', name: 'ops' };
    expect(await ask(api, 'POST', `/tasks/${id}/home-subscribe/webhook`)).toEqual({
      ok: true,
      task_id: id,
      home_channel: channel,
    });
    expect(await ask(api, 'GET', `/home-channels?task_id=${id}`)).toEqual({
      home_channels: [{ ...channel, subscribed: true }],
    });
    await ask(api, 'DELETE', `/tasks/${id}/home-subscribe/webhook`);
    expect(await ask(api, 'GET', '/home-channels')).toEqual({
      home_channels: [{ ...channel, subscribed: false }],
    });
  });
});
