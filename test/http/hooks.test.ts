import { createHmac } from 'node:crypto';
import { chmodSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { Webhook } from 'standardwebhooks';
import { describe, expect, it } from 'vitest';
import { asTaskId, type BoardId, defaultBoard } from '../../src/domain/ids.ts';
import type { Log } from '../../src/services/world.ts';
import { value } from '../support/board.ts';
import { temporaryFolder } from '../support/temporary-folder.ts';
import { type Api, type AskOptions, openApi } from './api.ts';
import { listen } from './server.ts';

const secret = `whsec_${Buffer.from('a secret of this test, long enough').toString('base64')}`;
const word = 'a secret word of this test';

const issue = {
  action: 'opened',
  issue: { number: 7, title: '  Broken\nlogin ', body: 'It says {{no}}.', html_url: 'https://x.example/7' },
};

/** An API with the hooks `ci` (Standard Webhooks) and `github`. */
async function setting(more: Record<string, object> = {}, log?: Log): Promise<Api> {
  const folder = temporaryFolder();
  const file = (name: string, text: string): string => {
    writeFileSync(join(folder, name), `${text}\n`, { mode: 0o600 });
    return join(folder, name);
  };
  const hooks = {
    ci: {
      secret_file: file('ci', secret),
      title: '{{issue.title}} (#{{issue.number}})',
      body: '{{issue.body}}\n\n{{issue.html_url}}',
      assignee: 'Coder',
      priority: 3,
      skills: ['security'],
      triage: true,
    },
    github: {
      secret_file: file('github', word),
      signature: 'github',
      when: { action: ['opened', 'reopened'] },
      title: '{{issue.title}}',
    },
    ...more,
  };
  const files = { 'andon.yaml': JSON.stringify({ hooks }) };
  return openApi(undefined, { files, ...(log && { log }) });
}

const signed = (id: string, body: string, { key = secret, at = new Date() } = {}): AskOptions => ({
  token: null,
  raw: body,
  headers: {
    'content-type': 'application/json',
    'webhook-id': id,
    'webhook-timestamp': String(Math.floor(at.getTime() / 1000)),
    'webhook-signature': new Webhook(key).sign(id, at, body),
  },
});

const byGitHub = (id: string, body: string, { key = word, event = 'issues' } = {}): AskOptions => ({
  token: null,
  raw: body,
  headers: {
    'content-type': 'application/json',
    'x-github-delivery': id,
    'x-github-event': event,
    'x-hub-signature-256': `sha256=${createHmac('sha256', key).update(body).digest('hex')}`,
  },
});

async function post(api: Api, hook: string, options: AskOptions) {
  const answer = await api.fetch('POST', `/hooks/${hook}`, options);
  return { status: answer.status, body: JSON.parse(await answer.text()), headers: answer.headers };
}

const all = async ({ kernel }: Api, board: BoardId = defaultBoard) => value(await kernel.list(board, {}));

describe('an event for a hook', () => {
  it('becomes the task that andon.yaml makes of it, once however often it comes', async () => {
    const api = await setting();
    const text = JSON.stringify(issue);
    const [first, ...others] = await Promise.all([1, 2, 3].map(() => post(api, 'ci', signed('msg_1', text))));
    const answers = [first, ...others];
    expect(answers.map((one) => one?.status).sort()).toEqual([200, 200, 201]);
    const ids = new Set(answers.map((one) => one?.body.task_id));
    expect(ids.size).toBe(1);
    const later = await post(api, 'ci', signed('msg_1', text, { at: new Date(Date.now() - 60_000) }));
    expect(later).toMatchObject({ status: 200, body: { task_id: first?.body.task_id, created: false } });
    expect(await all(api)).toHaveLength(1);
    const view = value(
      await api.kernel.show(defaultBoard, { task_id: asTaskId(first?.body.task_id), events: 10 }),
    );
    expect(view.task).toMatchObject({
      title: 'Broken login (#7)',
      body: 'It says {{no}}.\n\nhttps://x.example/7',
      assignee: 'coder',
      priority: 3,
      skills: ['security'],
      status: 'triage',
      created_by: 'hook:ci',
    });
    expect(view.events[0]?.payload).toMatchObject({ by: 'hook:ci' });

    const other = await post(api, 'ci', signed('msg_2', text));
    expect(other).toMatchObject({ status: 201, body: { created: true } });
    expect(other.body.task_id).not.toBe(first?.body.task_id);
  });

  it('of GitHub is known by its signature and its delivery', async () => {
    const api = await setting();
    const text = JSON.stringify(issue);
    const made = await post(api, 'github', byGitHub('a-1', text));
    expect(made).toMatchObject({ status: 201, body: { created: true } });
    const again = await post(api, 'github', byGitHub('a-1', text));
    expect(again).toMatchObject({ status: 200, body: { task_id: made.body.task_id, created: false } });
    const closed = await post(api, 'github', byGitHub('a-2', JSON.stringify({ ...issue, action: 'closed' })));
    expect(closed).toMatchObject({ status: 200, body: { task_id: null, created: false } });
    expect(closed.body.passed_over).toContain('`action`');
    const ping = await post(api, 'github', byGitHub('a-3', '{"zen": "x"}', { event: 'ping' }));
    expect(ping).toMatchObject({ status: 200, body: { task_id: null } });
    expect(await post(api, 'github', byGitHub('a-4', text, { key: 'other' }))).toMatchObject({
      status: 401,
      body: { code: 'bad_signature' },
    });
    // The event of one kind of signature is none of the other.
    expect((await post(api, 'github', signed('a-5', text))).status).toBe(401);
    expect((await post(api, 'ci', byGitHub('a-6', text))).status).toBe(401);
    expect(await all(api)).toHaveLength(1);
  });

  it('goes to the board that is named', async () => {
    const folder = temporaryFolder();
    writeFileSync(join(folder, 's'), secret, { mode: 0o600 });
    const hook = { secret_file: join(folder, 's'), title: '{{t}}' };
    const api = await setting({ other: { ...hook, board: 'other' }, nowhere: { ...hook, board: 'nowhere' } });
    await api.ask('POST', '/boards', { body: { slug: 'other' } });
    const body = '{"t": "Elsewhere"}';
    expect((await post(api, 'other', signed('m', body))).status).toBe(201);
    expect((await all(api, 'other' as BoardId)).map(({ title }) => title)).toEqual(['Elsewhere']);
    expect(await all(api)).toEqual([]);
    const missing = await post(api, 'nowhere', signed('m', body));
    expect(missing).toMatchObject({ status: 404, body: { code: 'unknown_board' } });
    expect(missing.body.detail).toContain('hooks.nowhere.board');
  });
});

describe('what is refused', () => {
  it('is told as a problem, whatever it is, and makes no task', async () => {
    const lines: string[] = [];
    const say = (message: string, fields?: object): void =>
      void lines.push(message + JSON.stringify(fields ?? {}));
    const api = await setting({}, { debug: say, info: say, warn: say, error: say });
    const text = JSON.stringify(issue);
    const minutes = (count: number) => new Date(Date.now() + count * 60_000);
    const other = `whsec_${Buffer.from('another secret of this test').toString('base64')}`;
    const cases: [AskOptions, number, string, string?][] = [
      [signed('m', text), 404, 'not_found', 'gone'],
      [signed('m', text), 404, 'not_found', 'constructor'],
      [{ token: null, raw: text }, 401, 'bad_signature'],
      [signed('m', text, { key: other }), 401, 'bad_signature'],
      [{ ...signed('m', text), raw: `${text} ` }, 401, 'bad_signature'],
      [signed('m', text, { at: minutes(-6) }), 401, 'bad_signature'],
      [signed('m', text, { at: minutes(6) }), 401, 'bad_signature'],
      [signed('m2', 'no json'), 400, 'bad_request'],
      [signed('m3', '['.repeat(40) + ']'.repeat(40)), 400, 'bad_request'],
      [signed('i'.repeat(201), text), 400, 'bad_request'],
      [{ ...byGitHub('', text) }, 400, 'bad_request', 'github'],
      [byGitHub('g', '{"action": "opened", "issue": {"title": " \\n"}}'), 422, 'no_title', 'github'],
      [signed('m4', JSON.stringify('x'.repeat(1024 * 1024))), 413, 'too_large'],
    ];
    for (const [options, status, code, hook = 'ci'] of cases) {
      const answer = await post(api, hook, options);
      expect([hook, answer.status, answer.body.code]).toEqual([hook, status, code]);
      expect(answer.headers.get('content-type')).toBe('application/problem+json');
      expect(answer.body.detail).toMatch(/\S.*/);
      expect(JSON.stringify(answer.body)).not.toContain(secret);
    }
    const form = signed('m5', text);
    const wrong = await post(api, 'ci', {
      ...form,
      headers: { ...form.headers, 'content-type': 'text/plain' },
    });
    expect(wrong).toMatchObject({ status: 415, body: { code: 'unsupported_media_type' } });
    expect(await all(api)).toEqual([]);
    expect(lines.length).toBeGreaterThan(10);
    for (const shown of [secret, word, 'Broken']) expect(lines.join('\n')).not.toContain(shown);
    expect((await api.fetch('GET', '/hooks/ci')).status).toBe(404);
  });

  it('is a secret that cannot be used, and the log says why', async () => {
    const lines: string[] = [];
    const say = (message: string, fields?: object): void =>
      void lines.push(`${message} ${String(Reflect.get(fields ?? {}, 'error'))}`);
    const folder = temporaryFolder();
    const shared = join(folder, 'shared');
    writeFileSync(shared, secret);
    chmodSync(shared, 0o644);
    const bad = join(folder, 'bad');
    writeFileSync(bad, 'no base64!', { mode: 0o600 });
    const hook = { title: '{{t}}' };
    const api = await setting(
      {
        unset: { ...hook, secret_env: 'NOPE' },
        shared: { ...hook, secret_file: shared },
        bad: { ...hook, secret_file: bad },
        none: hook,
      },
      { debug: say, info: say, warn: say, error: say },
    );
    for (const name of ['unset', 'shared', 'bad', 'none']) {
      const answer = await post(api, name, signed('m', '{"t": "x"}'));
      expect(answer).toMatchObject({ status: 503, body: { code: 'unavailable' } });
      expect(answer.body.detail).not.toContain('NOPE');
    }
    const said = lines.join('\n');
    expect(said).toContain('The environment variable NOPE of hooks.unset.secret_env is not set.');
    expect(said).toContain('chmod 600');
    expect(said).not.toContain('no base64!');
  });

  it('is a guess too many, but never what is signed well', async () => {
    const api = await setting();
    const text = JSON.stringify(issue);
    const wrong = { ...signed('m', text), raw: `${text} ` };
    const guesses = await Promise.all(Array.from({ length: 12 }, () => post(api, 'ci', wrong)));
    expect(guesses.map(({ status }) => status).sort()).toEqual([...Array(10).fill(401), 429, 429]);
    expect(guesses.find(({ status }) => status === 429)?.headers.get('retry-after')).toMatch(/^\d+$/);
    expect((await post(api, 'ci', signed('m', text))).status).toBe(201);
  });

  it('is more than the rate allows', async () => {
    const api = await openApi(undefined, {
      files: { 'andon.yaml': 'hooks: {ci: {secret_env: X, title: x}}' },
      http: { requests_per_second: 1 },
    });
    const answers = await Promise.all(
      Array.from({ length: 4 }, () => post(api, 'ci', { token: null, raw: '{}' })),
    );
    expect(answers.map(({ status }) => status)).toEqual([503, 503, 429, 429]);
  });
});

it('a body without a length is counted as it comes, through a real socket', async () => {
  const api = await setting();
  const served = await listen(api);
  const { headers = {} } = signed('m', JSON.stringify(issue));
  const piece = new TextEncoder().encode('x'.repeat(64 * 1024));
  let sent = 0;
  const body = new ReadableStream({
    pull: (controller) => {
      sent += 1;
      if (sent > 64) controller.close();
      else controller.enqueue(piece);
    },
  });
  const init = { method: 'POST', headers, body, duplex: 'half' };
  const answer = await fetch(`${served.url}/hooks/ci`, init as RequestInit).catch(() => undefined);
  // The server may break the connection before everything was sent.
  if (answer !== undefined) expect(answer.status).toBe(413);
  expect(await all(api)).toEqual([]);
});
