import { describe, expect, it } from 'vitest';
import { homeBoard } from '../../src/domain/ids.ts';
import { parseCredential } from '../../src/surfaces/http/secret.ts';
import { stores } from '../support/stores.ts';
import { type Api, host, openApi } from './api.ts';

/** How a browser is signed in, stays so, and is signed out. */

/** What a link of `andon dashboard` leads to. */
async function link(api: Api, token = api.admin): Promise<string> {
  const { url } = await api.ask('POST', '/auth/codes', { token });
  expect(String(url)).toMatch(/^http:\/\/127\.0\.0\.1:4733\/auth\?code=andon_c_/);
  const { pathname, search } = new URL(String(url));
  return `${pathname}${search}`;
}
const open = (api: Api, path: string) => api.fetch('GET', path, { token: null });
const cookieOf = (answer: Response): string => answer.headers.get('set-cookie')?.split(';')[0] ?? '';
const ours = { origin: `http://${host}`, 'sec-fetch-site': 'same-origin' };

describe.each(stores)('signing in on $name', (kind) => {
  it('a link becomes a session, once, within a minute', async () => {
    const api = await openApi(kind);
    const path = await link(api);
    // A look ahead does not use it up.
    expect((await api.fetch('HEAD', path, { token: null })).status).toBe(405);
    const answer = await open(api, path);
    expect(answer.headers.get('set-cookie')).toMatch(
      /^andon_4733=andon_s_[0-9a-f]{8}_[0-9a-f]{64}; Path=\/; HttpOnly; SameSite=Strict; Max-Age=604800$/,
    );
    const page = await answer.text();
    expect(page).toContain('url=/"');
    expect(page).not.toContain('andon_s_');
    expect((await open(api, path)).status).toBe(401);
    const cookie = cookieOf(answer);
    expect(await api.ask('GET', '/me', { token: null, headers: { cookie } })).toMatchObject({
      name: 'admin',
      role: 'admin',
      by: 'cookie',
    });
    const late = await link(api);
    api.clock.advance(60);
    expect((await open(api, late)).status).toBe(401);
    for (const path of ['/auth', '/auth?code=x', `/auth?code=${api.admin}`]) {
      expect([path, (await open(api, path)).status]).toEqual([path, 401]);
    }
  });

  it('a session has the reach of its token, and ends with it', async () => {
    const api = await openApi(kind);
    const token = await api.token('viewer', ['default']);
    const cookie = cookieOf(await open(api, await link(api, token)));
    const asViewer = { token: null, headers: { cookie, ...ours } };
    await api.ask('GET', '/boards/default/stats', asViewer);
    await api.refused(403, 'forbidden', 'POST', '/boards/default/tasks', {
      ...asViewer,
      body: { title: 'x' },
    });
    // A session may let another browser in, which hangs on the same token.
    const { url } = await api.ask('POST', '/auth/codes', asViewer);
    const second = cookieOf(await open(api, `/auth${new URL(String(url)).search}`));
    await api.ask('DELETE', `/tokens/${parseCredential(token)?.id}`);
    for (const gone of [cookie, second]) {
      await api.refused(401, 'unauthenticated', 'GET', '/me', { token: null, headers: { cookie: gone } });
    }
  });

  it('a session is over after a week, or when it is signed out', async () => {
    const api = await openApi(kind);
    const cookie = cookieOf(await open(api, await link(api)));
    const out = (headers: Record<string, string>) =>
      api.fetch('POST', '/auth/logout', { token: null, headers: { cookie, ...headers } });
    expect((await out({})).status).toBe(403);
    const answer = await out(ours);
    expect([answer.status, answer.headers.get('set-cookie')]).toEqual([
      204,
      'andon_4733=; Path=/; HttpOnly; SameSite=Strict; Max-Age=0',
    ]);
    await api.refused(401, 'unauthenticated', 'GET', '/me', { token: null, headers: { cookie } });
    const other = cookieOf(await open(api, await link(api)));
    api.clock.advance(7 * 86_400);
    await api.refused(401, 'unauthenticated', 'GET', '/me', { token: null, headers: { cookie: other } });
  });
});

describe('a browser', () => {
  it('that is not signed in is told how, and one that is sees the page', async () => {
    const api = await openApi();
    const stranger = await open(api, '/');
    expect(stranger.status).toBe(401);
    expect(stranger.headers.get('content-type')).toContain('text/html');
    expect(await stranger.text()).toContain('andon dashboard');
    const cookie = cookieOf(await open(api, await link(api)));
    const page = await api.fetch('GET', '/', { token: null, headers: { cookie } });
    expect(page.status).toBe(200);
    expect(await page.text()).toContain('not part of this installation');
  });

  it('behind TLS gets a cookie that only that host and TLS have', async () => {
    const api = await openApi(undefined, { http: { public_url: 'https://board.example.org' } });
    const { url } = await api.ask('POST', '/auth/codes');
    expect(String(url)).toMatch(/^https:\/\/board\.example\.org\/auth\?code=/);
    const answer = await open(api, `/auth${new URL(String(url)).search}`);
    expect(answer.headers.get('set-cookie')).toMatch(/^__Host-andon=andon_s_.*; Secure$/);
  });
});

it('a token says when it was last used, at most once a minute', async () => {
  const api = await openApi();
  const token = await api.token('viewer');
  const used = async () => {
    const found = await api.kernel.token(homeBoard, { id: parseCredential(token)?.id ?? '' });
    return found.ok ? found.value?.last_used_at : undefined;
  };
  const first = api.clock.now();
  await api.ask('GET', '/me', { token });
  await expect.poll(used).toBe(first);
  api.clock.advance(30);
  await api.ask('GET', '/me', { token });
  await api.ask('GET', '/me', { token });
  expect(await used()).toBe(first);
  api.clock.advance(31);
  await api.ask('GET', '/me', { token });
  await expect.poll(used).toBe(first + 61_000);
});
