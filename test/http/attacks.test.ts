import { existsSync, mkdirSync, readdirSync, symlinkSync, writeFileSync } from 'node:fs';
import { connect } from 'node:net';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { defaultBoard } from '../../src/domain/ids.ts';
import { boardPaths } from '../../src/services/home.ts';
import { mostJson } from '../../src/surfaces/http/body.ts';
import { routes } from '../../src/surfaces/http/routes.ts';
import { parseCredential } from '../../src/surfaces/http/secret.ts';
import { mostUpload } from '../../src/surfaces/stored-files.ts';
import { value } from '../support/board.ts';
import { stores } from '../support/stores.ts';
import { type Api, host, openApi } from './api.ts';
import { listen } from './server.ts';
import { signedIn } from './sign-in.ts';

/** What somebody may try who must not succeed, one by one. */

const b = '/api/v1/boards/default';

describe('a page of another site', () => {
  const evil = { origin: 'https://evil.example' };

  it('that forges Host, or had its name rebound to this machine, is answered by nobody', async () => {
    const api = await openApi();
    for (const forged of [
      'evil.example',
      'evil.example:4733',
      '127.0.0.1',
      '127.0.0.1:80',
      'localhost.evil.example:4733',
      '',
    ]) {
      const answer = await api.fetch('GET', '/api/v1/me', { headers: { host: forged } });
      expect([forged, answer.status, await answer.json()]).toMatchObject([
        forged,
        403,
        { code: 'unknown_host' },
      ]);
      expect((await api.fetch('GET', '/', { headers: { host: forged } })).status).toBe(403);
      expect((await api.fetch('GET', '/healthz', { headers: { host: forged } })).status).toBe(403);
    }
    for (const own of ['localhost:4733', '[::1]:4733', '127.0.0.1:4733', 'LOCALHOST:4733']) {
      expect((await api.fetch('GET', '/api/v1/me', { headers: { host: own } })).status).toBe(200);
    }
  });

  it('may be let in by name only', async () => {
    const http = { public_url: 'https://board.example.org', allowed_hosts: ['board.lan'] };
    const api = await openApi(undefined, { http });
    for (const own of ['board.example.org', 'board.lan', 'board.lan:4733']) {
      expect((await api.fetch('GET', '/api/v1/me', { headers: { host: own } })).status).toBe(200);
    }
    const page = { host: 'board.example.org', origin: 'https://board.example.org' };
    expect((await api.fetch('GET', '/api/v1/me', { headers: page })).status).toBe(200);
    expect(
      (await api.fetch('GET', '/api/v1/me', { headers: { ...page, origin: 'https://example.org' } })).status,
    ).toBe(403);
  });

  it('is refused by its Origin, even with a token, and gets no permission to read', async () => {
    const api = await openApi();
    for (const [method, path] of [
      ['GET', '/api/v1/me'],
      ['POST', `${b}/tasks`],
      ['OPTIONS', `${b}/tasks`],
    ] as const) {
      const answer = await api.fetch(method, path, {
        headers: evil,
        ...(method === 'POST' && { body: { title: 'x' } }),
      });
      expect([answer.status, await answer.json()]).toMatchObject([403, { code: 'foreign_origin' }]);
      expect(answer.headers.get('access-control-allow-origin')).toBeNull();
    }
    const null_ = await api.fetch('GET', '/api/v1/me', { headers: { origin: 'null' } });
    expect(null_.status).toBe(403);
    expect((await api.ask('GET', '/boards/default/tasks'))['tasks']).toEqual([]);
  });

  it('cannot use the cookie of somebody who is signed in', async () => {
    const api = await openApi();
    const cookie = await signedIn(api);
    const ask = (headers: Record<string, string>, method = 'POST') =>
      api.fetch(method, method === 'POST' ? `${b}/tasks` : '/api/v1/me', {
        token: null,
        headers: { cookie, ...headers },
        ...(method === 'POST' && { body: { title: 'Forged' } }),
      });
    expect((await ask({})).status).toBe(403);
    expect((await ask({ 'sec-fetch-site': 'cross-site' })).status).toBe(403);
    expect((await ask({ 'sec-fetch-site': 'same-site' })).status).toBe(403);
    expect((await ask({ origin: 'https://evil.example', 'sec-fetch-site': 'same-origin' })).status).toBe(403);
    expect((await ask({ 'sec-fetch-site': 'same-origin', origin: `http://${host}` })).status).toBe(201);
    expect((await ask({ origin: `http://${host}` })).status).toBe(201);
    expect((await ask({}, 'GET')).status).toBe(200);
  });

  it('cannot send a form in the name of somebody', async () => {
    const api = await openApi();
    const cookie = await signedIn(api);
    for (const type of [
      'text/plain',
      'application/x-www-form-urlencoded',
      'multipart/form-data; boundary=x',
    ]) {
      const headers = { cookie, 'sec-fetch-site': 'same-origin', 'content-type': type };
      const answer = await api.fetch('POST', `${b}/tasks`, { token: null, headers, raw: '{"title":"x"}' });
      expect(answer.status).toBe(415);
    }
  });
});

describe('a token', () => {
  it('cannot be guessed: after ten tries the guesser waits, and who is known does not', async () => {
    const api = await openApi();
    await api.ask('GET', '/me');
    const id = parseCredential(api.admin)?.id ?? '';
    const guess = (count: number) => `andon_${id}_${count.toString(16).padStart(64, '0')}`;
    const statuses = [];
    for (let count = 0; count < 12; count += 1) {
      statuses.push((await api.fetch('GET', '/api/v1/me', { token: guess(count) })).status);
    }
    expect(statuses).toEqual([...Array(10).fill(401), 429, 429]);
    await api.ask('GET', '/me');
    const late = await api.fetch('GET', '/api/v1/me', { token: guess(99) });
    expect(Number(late.headers.get('retry-after'))).toBeGreaterThan(0);
    api.clock.advance(7);
    expect((await api.fetch('GET', '/api/v1/me', { token: guess(100) })).status).toBe(401);
    expect((await api.fetch('GET', '/auth?code=nonsense', { token: null })).status).toBe(429);
  });

  it('that is malformed, of nobody, a code, expired or revoked counts for nothing', async () => {
    const api = await openApi();
    const { url } = await api.ask('POST', '/auth/codes');
    const code = new URL(String(url)).searchParams.get('code') ?? '';
    for (const token of ['x', 'andon_', `${api.admin}0`, api.admin.replace(/_k_/, '_s_'), code]) {
      await api.refused(401, 'unauthenticated', 'GET', '/me', { token });
    }
    const short = await api.token('viewer', null, 60);
    await api.ask('GET', '/me', { token: short });
    api.clock.advance(61);
    const expired = await api.refused(401, 'unauthenticated', 'GET', '/me', { token: short });
    expect(expired['detail']).toMatch(/expired/);

    // By another process, which this one learns within a second.
    const long = await api.token('viewer');
    await api.ask('GET', '/me', { token: long });
    value(
      await api.kernel.revokeToken('~home' as typeof defaultBoard, { id: parseCredential(long)?.id ?? '' }),
    );
    api.clock.advance(1);
    const revoked = await api.refused(401, 'unauthenticated', 'GET', '/me', { token: long });
    expect(revoked['detail']).toMatch(/revoked/);
  });

  it('of a viewer changes nothing by any route', async () => {
    const api = await openApi();
    const token = await api.token('viewer');
    const id = await api.create('Stays');
    const before = await api.ask('GET', `/boards/default/tasks/${id}`);
    const writes = routes.filter(({ method, role }) => method !== 'get' && role !== 'viewer');
    expect(writes.length).toBeGreaterThan(60);
    for (const { method, path } of writes) {
      const address = path
        .replace('{board}', 'default')
        .replace('{task_id}', id)
        .replace('{slug}', 'default')
        .replaceAll(/\{\w+\}/g, '1');
      const answer = await api.fetch(method.toUpperCase(), address, { token });
      expect([method, path, answer.status]).toEqual([method, path, 403]);
    }
    expect(await api.ask('GET', `/boards/default/tasks/${id}`)).toEqual(before);
    // What a viewer may post: a link for another browser of its own, no more than it is itself.
    const others = routes.filter(({ method, role }) => method !== 'get' && role === 'viewer');
    expect(others.map(({ path }) => path)).toEqual(['/api/v1/auth/codes']);
  });

  it('is in no answer, no page and no log', async () => {
    const lines: string[] = [];
    const note = (text: string, fields = {}) => void lines.push(`${text} ${JSON.stringify(fields)}`);
    const api = await openApi(undefined, { log: { debug: note, info: note, warn: note, error: note } });
    const cookie = await signedIn(api);
    await api.fetch('GET', `/api/v1/me?token=${api.admin}`, {});
    await api.fetch('GET', '/api/v1/nowhere', { token: null, headers: { cookie } });
    const secrets = [api.admin, cookie.split('=')[1] ?? ''].map(
      (text) => parseCredential(text)?.secret ?? 'none',
    );
    expect(lines.length).toBeGreaterThan(3);
    for (const secret of secrets) {
      expect(secret).toHaveLength(64);
      expect(lines.join('\n')).not.toContain(secret);
    }
  });
});

describe('a body', () => {
  it('that says it is too long is not read', async () => {
    const api = await openApi();
    const headers = { 'content-type': 'application/json', 'content-length': String(mostJson + 1) };
    await api.refused(413, 'too_large', 'POST', '/boards/default/tasks', { raw: '{}', headers });
    await api.refused(413, 'too_large', 'POST', '/boards/default/tasks/t_1/attachments?filename=x', {
      raw: 'x',
      headers: { 'content-length': String(mostUpload + 1) },
    });
  });

  it('that comes in chunks without an end is cut off, and its connection closed', async () => {
    const api = await openApi(undefined, { http: { port: 0 } });
    const { url } = await listen(api);
    const socket = connect(Number(new URL(url).port), '127.0.0.1');
    socket.write(
      `POST ${b}/tasks HTTP/1.1\r\nhost: ${new URL(url).host}\r\nauthorization: Bearer ${api.admin}\r\ncontent-type: application/json\r\ntransfer-encoding: chunked\r\n\r\n`,
    );
    const chunk = `${(65_536).toString(16)}\r\n${' '.repeat(65_536)}\r\n`;
    let sent = 0;
    let heard = '';
    socket.on('data', (data) => (heard += data.toString()));
    socket.on('error', () => {});
    const closed = new Promise<void>((resolve) => socket.once('close', () => resolve()));
    const pump = (): void => {
      while (!socket.destroyed && sent < 200 * 65_536) {
        sent += 65_536;
        if (!socket.write(chunk)) return void socket.once('drain', pump);
      }
    };
    pump();
    await closed;
    expect(heard).toMatch(/^HTTP\/1.1 413 /);
    expect(sent).toBeLessThan(200 * 65_536);
  });

  it('that is nested without end, or of a million keys, costs nothing', async () => {
    const api = await openApi();
    const headers = { 'content-type': 'application/json' };
    const deep = `{"title":"x","metadata":${'['.repeat(200_000)}`;
    await api.refused(400, 'bad_request', 'POST', '/boards/default/tasks', { raw: deep, headers });
    const many = `{${Array.from({ length: 60_000 }, (_, index) => `"k${index}":1`).join(',')}}`;
    await api.refused(400, 'invalid_input', 'POST', '/boards/default/tasks', { raw: many, headers });
    const id = await api.create('T');
    const path = `/boards/default/tasks/${id}/complete`;
    const polluted =
      '{"summary":"x","metadata":{"__proto__":{"polluted":true},"constructor":{"prototype":{"polluted":1}}}}';
    await api.ask('POST', path, { raw: polluted, headers });
    expect(Reflect.get({}, 'polluted')).toBeUndefined();
    await api.refused(400, 'invalid_input', 'POST', path, { raw: '{"__proto__":{"summary":"x"}}', headers });
  });

  it('with a zero byte is taken by neither database', async () => {
    for (const kind of stores) {
      const api = await openApi(kind);
      await api.refused(400, 'bad_request', 'POST', '/boards/default/tasks', { body: { title: 'a\u0000b' } });
      await api.refused(400, 'bad_request', 'GET', '/boards/default/tasks?tenant=a%00b');
      await api.refused(400, 'bad_request', 'GET', '/boards/default/tasks/t_%00');
      await api.create('\\u0000 in words');
    }
  });
});

describe('an attachment', () => {
  const store = (api: Api, id: string, name: string, text = 'x') =>
    api.ask('POST', `/boards/default/tasks/${id}/attachments?filename=${encodeURIComponent(name)}`, {
      raw: text,
    });
  const namedFile = (answer: Record<string, unknown>) =>
    (answer['attachment'] as { filename: string; id: number }).filename;

  it('is kept under a name that leads nowhere else', async () => {
    const api = await openApi();
    const id = await api.create('T');
    const folder = join(boardPaths(api.home, defaultBoard).attachments, id);
    const names: [string, string][] = [
      ['../../../etc/passwd', 'passwd'],
      ['..\\..\\windows\\system.ini', 'system.ini'],
      ['/etc/shadow', 'shadow'],
      ['.bashrc', 'bashrc'],
      ['...', 'file'],
      ['a\r\nset-cookie: x=1', 'aset-cookie: x=1'],
      ['a\u0007b.txt', 'ab.txt'],
      ['\u202Egpj.exe', 'gpj.exe'],
      [`${'ä'.repeat(300)}.txt`, `${'ä'.repeat(98)}.txt`],
    ];
    for (const [given, kept] of names) expect(namedFile(await store(api, id, given))).toBe(kept);
    expect(readdirSync(folder).toSorted()).toEqual(names.map(([, kept]) => kept).toSorted());
    expect(existsSync(join(folder, '..', '..', 'passwd'))).toBe(false);
  });

  it('is neither written nor read through a symbolic link', async () => {
    const api = await openApi(undefined, { files: { 'outside/secret.txt': 'secret' } });
    const { attachments, logs } = boardPaths(api.home, defaultBoard);
    const outside = join(api.home.root, 'outside');
    const id = await api.create('T');
    mkdirSync(attachments, { recursive: true });
    symlinkSync(outside, join(attachments, id));
    await api.refused(403, 'forbidden', 'POST', `/boards/default/tasks/${id}/attachments?filename=x`, {
      raw: 'x',
    });
    expect(readdirSync(outside)).toEqual(['secret.txt']);

    const other = await api.create('Other');
    mkdirSync(join(attachments, other));
    symlinkSync(join(outside, 'secret.txt'), join(attachments, other, 'link.txt'));
    const rows = [
      join(attachments, other, 'link.txt'),
      join(attachments, id, 'secret.txt'),
      join(outside, 'secret.txt'),
      '/etc/passwd',
      `${attachments}/../../outside/secret.txt`,
    ];
    for (const stored_path of rows) {
      const row = {
        task_id: other,
        filename: 'x',
        stored_path,
        content_type: null,
        size: 1,
        uploaded_by: null,
      };
      const { id: number } = value(await api.kernel.attach(defaultBoard, row));
      await api.refused(404, 'unknown_attachment', 'GET', `/boards/default/attachments/${number}`);
      await api.ask('DELETE', `/boards/default/attachments/${number}`);
    }
    expect(existsSync(join(outside, 'secret.txt'))).toBe(true);

    mkdirSync(logs, { recursive: true });
    symlinkSync(join(outside, 'secret.txt'), join(logs, `${id}.log`));
    expect(await api.ask('GET', `/boards/default/tasks/${id}/log`)).toMatchObject({
      exists: false,
      content: '',
    });
  });

  it('that is too long leaves nothing behind', async () => {
    const api = await openApi();
    const id = await api.create('T');
    const long = new ReadableStream({
      pull: (controller) => controller.enqueue(new Uint8Array(1024 * 1024)),
    });
    const path = `/boards/default/tasks/${id}/attachments?filename=big`;
    await api.refused(413, 'too_large', 'POST', path, { raw: long });
    expect(readdirSync(join(boardPaths(api.home, defaultBoard).attachments, id))).toEqual([]);
    expect((await api.ask('GET', `/boards/default/tasks/${id}/attachments`))['attachments']).toEqual([]);
  });
});

/** What has made pages run foreign scripts elsewhere. */
const scripts = [
  '<script>alert(1)</script>',
  '"><img src=x onerror=alert(1)>',
  "javascript:alert('1')",
  '<svg/onload=alert(1)>',
  '</script><script>alert(1)</script>',
  '{{constructor.constructor("alert(1)")()}}',
  '<iframe srcdoc="<script>alert(1)</script>">',
  '\u2028alert(1)\u2029',
  '<a href="data:text/html,<script>alert(1)</script>">x</a>',
  '<!--<script>-->',
];

describe('a script in a text', () => {
  it('is kept word for word and served as nothing but data', async () => {
    const api = await openApi();
    for (const text of scripts) {
      const id = await api.create(text, { body: text, tenant: text.replaceAll(/\s/g, '_') });
      await api.ask('POST', `/boards/default/tasks/${id}/comments`, { body: { body: text } });
      const answer = await api.fetch('GET', `${b}/tasks/${id}`);
      expect(answer.headers.get('content-type')).toBe('application/json');
      expect(answer.headers.get('x-content-type-options')).toBe('nosniff');
      expect(answer.headers.get('content-security-policy')).toContain("default-src 'none'");
      expect(await answer.json()).toMatchObject({
        task: { title: text.trim(), body: text },
        comments: [{ body: text.trim() }],
      });
    }
    const stream = await api.fetch('GET', `${b}/stream?after=0`);
    expect(stream.headers.get('content-type')).toContain('text/event-stream');
    const reader = stream.body?.getReader();
    await reader?.read();
    const lines = new TextDecoder().decode((await reader?.read())?.value).split('\n');
    await reader?.cancel();
    // Each line begins with a field of the protocol: no text has broken out of its own.
    for (const line of lines) expect(line).toMatch(/^(id: |data: |$)/);
  });

  it('in a file is a download, never a page', async () => {
    const api = await openApi();
    const id = await api.create('T');
    for (const [name, type] of [
      ['x.html', 'text/html'],
      ['x.svg', 'image/svg+xml'],
      ['x.js', 'text/javascript'],
      ['"a";b=.pdf', 'application/pdf'],
    ] as const) {
      const answer = await api.ask(
        'POST',
        `/boards/default/tasks/${id}/attachments?filename=${encodeURIComponent(name)}`,
        {
          raw: scripts.join('\n'),
          headers: { 'content-type': type },
        },
      );
      const { id: number } = answer['attachment'] as { id: number };
      const file = await api.fetch('GET', `${b}/attachments/${number}`);
      expect(file.headers.get('content-type')).toBe(
        type === 'application/pdf' ? type : 'application/octet-stream',
      );
      expect(file.headers.get('content-disposition')).toMatch(
        /^attachment; filename="[\w.() -]+"; filename\*=UTF-8''[\w.%~!&+-]+$/,
      );
      expect(file.headers.get('content-security-policy')).toBe("default-src 'none'; sandbox");
      expect(file.headers.get('x-content-type-options')).toBe('nosniff');
      expect(await file.text()).toBe(scripts.join('\n'));
    }
  });

  it('finds no page to run in', async () => {
    const api = await openApi();
    const { page } = await builtPage(api);
    const answer = await page.fetch('GET', '/');
    const policy = answer.headers.get('content-security-policy') ?? '';
    const nonce = /'nonce-([\w-]+)'/.exec(policy)?.[1] ?? 'none';
    expect(policy).not.toContain("script-src 'self'");
    expect(policy).toContain("frame-ancestors 'none'");
    expect(await answer.text()).toBe(
      `<html><script nonce="${nonce}" src="/app-1a2b3c4d.js"></script></html>`,
    );
    const again = await page.fetch('GET', '/');
    expect(again.headers.get('content-security-policy')).not.toBe(policy);
    const asset = await page.fetch('GET', '/app-1a2b3c4d.js');
    expect([asset.status, asset.headers.get('cache-control')]).toEqual([
      200,
      'private, max-age=31536000, immutable',
    ]);
    for (const path of [
      '/../secret.txt',
      '/%2e%2e/secret.txt',
      '/..%2fsecret.txt',
      '/.env',
      '/link.js',
      '/app-1a2b3c4d.js%00.html',
    ]) {
      expect([path, (await page.fetch('GET', path)).status]).toEqual([path, 404]);
    }
    expect((await page.fetch('GET', '/', { token: null })).status).toBe(401);
    expect((await page.fetch('GET', '/app-1a2b3c4d.js', { token: null })).status).toBe(401);
  });
});

/** An API with a built page, and a file beside it that is none of it. */
async function builtPage(beside: Api): Promise<{ page: Api }> {
  const folder = join(beside.home.root, 'web');
  mkdirSync(folder);
  writeFileSync(join(folder, 'index.html'), '<html><script src="/app-1a2b3c4d.js"></script></html>');
  writeFileSync(join(folder, 'app-1a2b3c4d.js'), 'x');
  writeFileSync(join(folder, '.env'), 'x');
  writeFileSync(join(beside.home.root, 'secret.js'), 'x');
  symlinkSync(join(beside.home.root, 'secret.js'), join(folder, 'link.js'));
  return { page: await openApi(undefined, { gateway: { page: folder } }) };
}

describe('a header', () => {
  it('cannot be put into an answer, nor into a log line', async () => {
    const api = await openApi(undefined, { http: { port: 0 } });
    const { url } = await listen(api);
    const { host: own, port } = new URL(url);
    const raw = (text: string): Promise<string> =>
      new Promise((resolve, reject) => {
        const socket = connect(Number(port), '127.0.0.1', () => socket.write(text));
        let heard = '';
        socket.setTimeout(5000, () => socket.destroy());
        socket.on('data', (data) => (heard += data.toString()));
        socket.on('close', () => resolve(heard));
        socket.on('error', reject);
      });
    const auth = `authorization: Bearer ${api.admin}\r\nconnection: close\r\n`;
    const injected = await raw(
      `GET ${b}/tasks/x%0d%0aset-cookie:%20a=1 HTTP/1.1\r\nhost: ${own}\r\n${auth}\r\n`,
    );
    expect(injected).toMatch(/^HTTP\/1.1 400 /);
    expect(injected).toContain('x\\\\r\\\\nset-cookie');
    expect(injected).not.toMatch(/^set-cookie/im);
    expect(await raw(`GET /api/v1/me HTTP/1.1\r\nhost: ${own}\r\nhost: evil.example\r\n${auth}\r\n`)).toMatch(
      /^HTTP\/1.1 4/,
    );
    expect(
      await raw(`GET http://evil.example/api/v1/me HTTP/1.1\r\nhost: evil.example\r\n${auth}\r\n`),
    ).toMatch(/^HTTP\/1.1 40[03] /);
    expect(
      await raw(`GET /api/v1/me HTTP/1.1\r\nhost: ${own}\r\nx: ${'y'.repeat(20_000)}\r\n${auth}\r\n`),
    ).toMatch(/^HTTP\/1.1 431 /);
    expect(
      await raw(
        `POST ${b}/tasks HTTP/1.1\r\nhost: ${own}\r\n${auth}content-length: 5\r\ntransfer-encoding: chunked\r\n\r\n0\r\n\r\n`,
      ),
    ).toMatch(/^HTTP\/1.1 400 /);
    expect(
      await raw(`GET ${b}/tasks?after=${'x'.repeat(9000)} HTTP/1.1\r\nhost: ${own}\r\n${auth}\r\n`),
    ).toMatch(/^HTTP\/1.1 413 /);
  });
});
