import { describe, expect, it } from 'vitest';
import { asMillis, asSeconds, defaultBoard } from '../../src/domain/ids.ts';
import type { PassReport } from '../../src/services/pass-report.ts';
import { exited, leader, value } from '../support/board.ts';
import { until } from '../support/until.ts';
import { type Api, openApi, started } from './api.ts';
import { listen } from './server.ts';

const b = '/boards/default';

describe('health', () => {
  it('is told to anybody, and nothing else with it', async () => {
    const api = await openApi();
    const alive = await api.fetch('GET', '/healthz', { token: null });
    expect([alive.status, await alive.json()]).toEqual([200, { ok: true }]);
    const ready = await api.fetch('GET', '/readyz', { token: null });
    expect([ready.status, await ready.json()]).toEqual([200, { ready: true, leads: false, led: false }]);
  });

  it('is bad while the kernel does not answer', async () => {
    const api = await openApi();
    Object.assign(api.kernel, { lease: () => new Promise(() => {}) });
    api.http.desk.world.after = (_, callback) => {
      callback();
      return () => {};
    };
    const ready = await api.fetch('GET', '/readyz', { token: null });
    expect([ready.status, await ready.json()]).toEqual([503, { ready: false }]);
    Object.assign(api.kernel, { lease: () => Promise.reject(new Error('gone')) });
    expect((await api.fetch('GET', '/readyz', { token: null })).status).toBe(503);
  });
});

describe('the doctor', () => {
  it('says what is wrong with the home, to whoever may see all of it', async () => {
    const api = await openApi(undefined, { files: { 'profiles/broken/andon.yaml': 'command: 7' } });
    const { findings } = await api.ask('GET', '/doctor');
    expect(findings).toContainEqual({
      level: 'wrong',
      about: expect.any(String),
      sentence: expect.stringContaining('broken'),
      next: expect.any(String),
    });
  });
});

describe('metrics', () => {
  const text = async (api: Api): Promise<string> => {
    const answer = await api.fetch('GET', '/metrics');
    expect(answer.headers.get('content-type')).toContain('text/plain');
    return answer.text();
  };

  it('need a token for all boards', async () => {
    const api = await openApi();
    expect((await api.fetch('GET', '/metrics', { token: null })).status).toBe(401);
    const some = await api.token('admin', ['default']);
    expect((await api.fetch('GET', '/metrics', { token: some })).status).toBe(403);
  });

  it('tell tasks by status and by what keeps them, deliveries, streams, times and the event loop', async () => {
    const task = { id: 't_1' } as PassReport['left'][number]['ready']['task'];
    const ready = { task, ready_at: asMillis(0), lingering: false, last_run: null };
    const report: PassReport = {
      now: asMillis(0),
      started: [],
      promoted: 0,
      reclaimed: 0,
      ended: [],
      skipped: [{ board: defaultBoard, ready, obstacle: { code: 'unassigned' } }],
      left: [],
      forecast: [],
    };
    const dispatcher = { preview: async () => report, wake: () => {} };
    const api = await openApi(undefined, { gateway: { dispatcher } });
    await api.create('One');
    const said = await text(api);
    expect(said).toContain('andon_tasks{board="default",status="ready"} 1');
    expect(said).toContain('andon_tasks{board="default",status="done"} 0');
    expect(said).toContain('andon_tasks_waiting{reason="unassigned"} 1');
    expect(said).toContain('andon_deliveries{board="default",state="pending"} 0');
    expect(said).toContain('andon_streams 0');
    expect(said).toContain('nodejs_eventloop_lag_p99_seconds');
    expect(said).toContain('andon_store_seconds_count{method="create"} 1');
    expect(said).toMatch(
      /andon_http_request_seconds_count\{method="POST",route="POST \/api\/v1\/boards\/\{board\}\/tasks",status="201"\} 1/,
    );
  });

  it('count runs by outcome, and how long they waited and took to start', async () => {
    const api = await openApi(undefined, { http: { port: 0 } });
    await listen(api);
    const id = await api.create('Runs');
    api.clock.advance(2);
    const claim = await started(api, id, { slot_free_since: api.clock.now() });
    const identity = { pid: 7, start: '1', boot: 'x' };
    const started_at = asMillis(api.clock.now() + 40);
    value(
      await api.kernel.recordStart(defaultBoard, { ...leader, run_id: claim.run_id, identity, started_at }),
    );
    value(
      await api.kernel.reap(defaultBoard, {
        run_id: claim.run_id,
        epoch: leader.epoch,
        exit: exited(1),
        stopped: null,
        failure_limit: undefined,
      }),
    );
    const other = await api.create('Done');
    await api.ask('POST', `${b}/tasks/${other}/claim`, {
      body: { claim_lock: 'a:1', ttl_seconds: asSeconds(9) },
    });
    await api.ask('POST', `${b}/tasks/${other}/complete`, { body: {} });
    const said = await until('the ends are counted', async () => {
      const now = await text(api);
      return now.includes('outcome="completed"') && now;
    });
    expect(said).toContain('andon_runs_ended_total{outcome="crashed"} 1');
    expect(said).toContain('andon_runs_ended_total{outcome="completed"} 1');
    expect(said).toContain('andon_claim_latency_seconds_sum 2');
    expect(said).toContain('andon_start_latency_seconds_sum 0.04');
    expect(said).toContain('andon_start_latency_seconds_count 1');
  });
});

it('each request is one line with its ids, and neither query nor body', async () => {
  const lines: Record<string, unknown>[] = [];
  const info = (text: string, fields = {}) => void lines.push({ text, ...fields });
  const api = await openApi(undefined, { log: { debug() {}, info, warn() {}, error() {} } });
  const id = await api.create('Private words');
  const answer = await api.fetch('GET', `/api/v1${b}/tasks/${id}/events?limit=3`);
  const line = lines.at(-1);
  expect(line).toMatchObject({
    text: 'A request was answered.',
    request_id: answer.headers.get('x-request-id'),
    method: 'GET',
    route: 'GET /api/v1/boards/{board}/tasks/{task_id}/events',
    status: 200,
    actor: 'admin',
    task_id: id,
    board: 'default',
  });
  expect(line?.['ms']).toBeTypeOf('number');
  expect(JSON.stringify(lines)).not.toMatch(/Private words|limit=3/);
});
