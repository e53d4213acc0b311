import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it, type TestContext } from 'vitest';
import { asTaskId } from '../../src/domain/ids.ts';
import { listener } from '../http/listener.ts';
import { type GatewayHome, gatewayHome } from '../support/gateway-home.ts';
import { until } from '../support/until.ts';

/** The API of a real gateway, by the commands and the documents that people have. */

const serving = (test: TestContext, more: Parameters<typeof gatewayHome>[1] = {}): GatewayHome =>
  gatewayHome(test, { ...more, settings: { ...more.settings, http: { port: 0 } } });

/** Where the gateway of this name answers. */
const urlOf = (home: GatewayHome, name = 'default'): Promise<string> =>
  until('the gateway says where it answers', () => {
    const text = home.read(`gateways/${name}.json`);
    const url: unknown = text === '' ? null : JSON.parse(text).url;
    return typeof url === 'string' && url;
  });

const tokenOf = (home: GatewayHome): string => home.read('gateways/token').trim();

describe('the API of a gateway', () => {
  it('is there with its gateway, and its first token is its owner’s alone', async (test) => {
    const home = serving(test);
    const gateway = await home.gateway();
    const url = await urlOf(home);
    expect(new URL(url).hostname).toBe('127.0.0.1');
    expect(statSync(join(home.root, 'gateways/token')).mode & 0o777).toBe(0o600);
    const token = tokenOf(home);
    const ask = (path: string) => fetch(`${url}${path}`, { headers: { authorization: `Bearer ${token}` } });
    expect(await (await ask('/api/v1/me')).json()).toMatchObject({ name: 'user', role: 'admin' });
    expect(await (await ask('/readyz')).json()).toEqual({ ready: true, leads: true, led: true });
    expect(await home.andon('gateway', 'status')).toContain(url);
    const { code, took } = await gateway.stop();
    expect([code, home.read('gateways/default.json')]).toEqual([0, '']);
    expect(took).toBeLessThan(3000);
    await home.gateway();
    expect(tokenOf(home)).toBe(token);
  });

  it('runs a task that was made over HTTP, and says why one waits', async (test) => {
    const home = serving(test, { workers: { ada: 'andon complete "$ANDON_TASK" --summary "Counted."' } });
    await home.gateway();
    const url = await urlOf(home);
    const headers = { authorization: `Bearer ${tokenOf(home)}`, 'content-type': 'application/json' };
    const post = async (path: string, body: object) =>
      (
        await fetch(`${url}/api/v1${path}`, { method: 'POST', headers, body: JSON.stringify(body) })
      ).json() as Promise<Record<string, Record<string, unknown>>>;
    const { task, warning } = await post('/boards/default/tasks', { title: 'Count', assignee: 'ada' });
    expect(warning).toBeUndefined();
    await home.reaches(asTaskId(String(task?.['id'])), 'done');
    const run = await listener(`${url}/v1/runs/1/events`, tokenOf(home));
    await until('its end is told', () => run.ended);
    expect(run.events).toMatchObject([
      { event: 'run.completed', data: { summary: 'Counted.' } },
      { event: 'process.completed', data: { exit_code: 0 } },
    ]);
    const waits = await post('/boards/default/tasks', { title: 'Nobody’s' });
    const why = await fetch(`${url}/api/v1/boards/default/tasks/${waits['task']?.['id']}/why`, { headers });
    expect(await why.json()).toMatchObject({ code: 'unassigned' });
    expect(await post('/dispatch', { dry_run: true })).toMatchObject({ skipped: [{ code: 'unassigned' }] });
    const metrics = await (await fetch(`${url}/metrics`, { headers })).text();
    expect(metrics).toContain('andon_runs_ended_total{outcome="completed"} 1');
    expect(metrics).toContain('andon_tasks_waiting{reason="unassigned"} 1');
    expect(metrics).toMatch(/andon_start_latency_seconds_count 1/);
  });

  it('tells what other processes write, also after its gateway was killed and another came', async (test) => {
    const home = serving(test);
    let gateway = await home.gateway();
    const seen: unknown[] = [];
    let last = 'default:0';
    for (let round = 0; round < 3; round += 1) {
      const url = await urlOf(home);
      const client = await listener(`${url}/api/v1/boards/default/stream`, tokenOf(home), {
        'last-event-id': last,
      });
      await home.andon('create', `Round ${round}`);
      const heard = await client.heard(round === 0 ? 1 : 2);
      seen.push(...heard.map(({ data }) => data['title']));
      last = client.lastId ?? last;
      await gateway.crash();
      await home.andon('create', `Meanwhile ${round}`);
      gateway = await home.gateway();
    }
    expect(seen).toEqual(['Round 0', 'Meanwhile 0', 'Round 1', 'Meanwhile 1', 'Round 2']);
  });

  it('a second gateway leaves the port to the first, and takes it over', async (test) => {
    const home = gatewayHome(test, { settings: { http: { port: await freePort() } } });
    const first = await home.gateway();
    const url = await urlOf(home);
    const second = await home.gateway({ name: 'spare', leads: false });
    await until('it says that the port is taken', () => second.said().includes('is taken'));
    expect(JSON.parse(home.read('gateways/spare.json'))['url']).toBeNull();
    await first.stop();
    await until(
      'it has taken over',
      () => JSON.parse(home.read('gateways/spare.json'))['url'] === url,
      15_000,
    );
    expect((await fetch(`${url}/healthz`)).status).toBe(200);
  });

  it('is not opened where others reach it, unless that is allowed in so many words', async (test) => {
    const home = gatewayHome(test, { settings: { http: { host: '0.0.0.0', port: 0 } } });
    const { code, err } = await home.run(['gateway', 'run']);
    expect([code, err]).toEqual([
      1,
      'andon: andon.yaml: http.host is 0.0.0.0, which others can reach; set http.allow_public: true if that is meant, or leave it at 127.0.0.1.\n',
    ]);
    home.write('andon.yaml', JSON.stringify({ http: { host: '0.0.0.0', port: 0, allow_public: true } }));
    await home.gateway();
    const url = await urlOf(home);
    expect((await fetch(`${url}/api/v1/me`)).status).toBe(401);
  });
});

describe('andon token and andon dashboard', () => {
  it('make, list and end tokens, which gateways heed at once', async (test) => {
    const home = serving(test);
    await home.gateway();
    const url = await urlOf(home);
    await home.andon('boards', 'create', 'ops');
    const made = await home.json(
      'token',
      'create',
      'ci',
      '--role',
      'operator',
      '--boards',
      'ops',
      '--expires',
      '30d',
    );
    expect(made).toMatchObject({ name: 'ci', role: 'operator', boards: ['ops'], created_by: 'user' });
    const ask = async () =>
      (
        await fetch(`${url}/api/v1/boards/ops/stats`, {
          headers: { authorization: `Bearer ${made['secret']}` },
        })
      ).status;
    expect(await ask()).toBe(200);
    expect(await home.andon('token', 'list')).toMatch(/k_\w{8} +token +operator +ci +ops +ends in 30d/);
    expect(await home.andon('token', 'list')).not.toContain(String(made['secret']));
    expect(await home.andon('token', 'revoke', String(made['id']))).toBe(`Revoked ${made['id']}\n`);
    await until('it counts no more', async () => (await ask()) === 401, 3000);
    expect(await home.run(['token', 'revoke', 'k_nobody'])).toMatchObject({
      code: 1,
      err: 'andon: No token k_nobody; `andon token list` shows them.\n',
    });
    expect((await home.run(['token', 'create', 'x', '--boards', 'nowhere'])).err).toContain(
      'No board nowhere',
    );
    expect((await home.run(['token', 'create', 'x', '--role', 'king'])).code).toBe(2);
  });

  it('open a browser by a link that works once', async (test) => {
    const home = serving(test);
    expect(await home.run(['dashboard'])).toMatchObject({
      code: 1,
      err: expect.stringContaining('No gateway serves'),
    });
    await home.gateway();
    const { url, expires_in } = await home.json('dashboard');
    expect(expires_in).toBe(60);
    const first = await fetch(String(url));
    expect([first.status, first.headers.get('set-cookie')?.includes('HttpOnly')]).toEqual([200, true]);
    expect((await fetch(String(url))).status).toBe(401);
    // No browser is here: the link is printed instead.
    const { code, out } = await home.run(['dashboard', '--no-open']);
    expect([code, out]).toEqual([
      0,
      expect.stringMatching(/^http:\/\/127\.0\.0\.1:\d+\/auth\?code=andon_c_/),
    ]);
  });
});

it('the walk in docs/http-api.md works as it stands there', async (test) => {
  const home = serving(test);
  await home.gateway();
  const page = readFileSync(join(import.meta.dirname, '../../docs/http-api.md'), 'utf8');
  const script = /## A walk\n\n```sh\n(.*?)```/s.exec(page)?.[1] ?? '';
  expect(script).toContain('curl');
  const token = (await home.andon('token', 'create', 'walker', '--role', 'operator')).trim();
  const env = { PATH: process.env['PATH'] ?? '', BASE: await urlOf(home), TOKEN: token };
  const shell = spawn('sh', ['-eu', '-c', script], { env, stdio: ['ignore', 'pipe', 'pipe'] });
  let out = '';
  let err = '';
  shell.stdout.setEncoding('utf8').on('data', (text: string) => (out += text));
  shell.stderr.setEncoding('utf8').on('data', (text: string) => (err += text));
  await once(shell, 'close');
  expect([shell.exitCode, err.replaceAll(/curl: \(28\).*\n/g, '')]).toEqual([0, '']);
  for (const said of [
    '"name":"walker"',
    '"code":"waits_for_parents"',
    '"priority":5',
    'one, two, three',
    '"author":"walker"',
    '"status":"ready"',
    'event: hello',
    '"kind":"completed"',
    '{"results":[{"id":"t_',
  ]) {
    expect(out).toContain(said);
  }
});

async function freePort(): Promise<number> {
  const { createServer } = await import('node:net');
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const address = server.address();
  await new Promise((resolve) => server.close(resolve));
  return typeof address === 'object' && address !== null ? address.port : 0;
}
