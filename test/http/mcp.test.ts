import { Client, StreamableHTTPClientTransport } from '@modelcontextprotocol/client';
import { describe, expect, it, onTestFinished } from 'vitest';
import { hashOf } from '../../src/services/secret.ts';
import { openApi, started } from './api.ts';
import { listen } from './server.ts';

/** The tools over HTTP, used by a real client. */

async function session(url: string, token: string): Promise<Client> {
  const client = new Client({ name: 'test', version: '0' });
  const requestInit = { headers: { authorization: `Bearer ${token}` } };
  await client.connect(new StreamableHTTPClientTransport(new URL(`${url}/mcp`), { requestInit }));
  onTestFinished(() => client.close());
  return client;
}

const call = async (client: Client, name: string, given: Record<string, unknown> = {}) =>
  (await client.callTool({ name, arguments: given })).structuredContent as Record<string, unknown>;

const names = async (client: Client): Promise<string[]> =>
  (await client.listTools()).tools.map(({ name }) => name).sort();

describe('MCP over HTTP', () => {
  it('gives an operator the tools of a person, and signs what they do', async () => {
    const api = await openApi(undefined, { http: { port: 0 } });
    const { url } = await listen(api);
    const client = await session(url, await api.token('operator'));
    expect(await names(client)).toContain('kanban_create');
    const { task_id, status } = await call(client, 'kanban_create', { title: 'By tool', assignee: 'ada' });
    expect(status).toBe('ready');
    await call(client, 'kanban_comment', { task_id, body: 'Hello.' });
    const view = await api.ask('GET', `/boards/default/tasks/${task_id}`);
    expect(view).toMatchObject({
      task: { created_by: 'operator' },
      comments: [{ author: 'operator' }],
      events: [{ payload: { by: 'operator' } }, {}],
    });
    expect(await call(client, 'kanban_list')).toMatchObject({ ok: true, count: 1 });
  });

  it('lets a viewer only look, and a token only at its boards', async () => {
    const api = await openApi(undefined, { http: { port: 0 } });
    const { url } = await listen(api);
    const id = await api.create('Seen');
    const viewer = await session(url, await api.token('viewer'));
    expect(await names(viewer)).toEqual(['kanban_attachments', 'kanban_list', 'kanban_show']);
    expect(await call(viewer, 'kanban_show', { task_id: id })).toMatchObject({ ok: true });
    expect(await call(viewer, 'kanban_complete', { task_id: id, summary: 'x' })).toMatchObject({
      ok: false,
      code: 'out_of_scope',
    });
    await api.ask('POST', '/boards', { body: { slug: 'ops' } });
    const elsewhere = await session(url, await api.token('operator', ['ops']));
    expect(await call(elsewhere, 'kanban_list')).toMatchObject({ ok: true, count: 0 });
    expect(await call(elsewhere, 'kanban_list', { board: 'default' })).toMatchObject({
      code: 'invalid_input',
    });
  });

  it('binds a worker to its run by that run’s secret', async () => {
    const api = await openApi(undefined, { http: { port: 0 } });
    const { url } = await listen(api);
    const id = await api.create('Its own', { assignee: 'ada' });
    const other = await api.create('Another');
    const { run_id } = await started(api, id, { token_hash: hashOf('right') });
    const worker = await session(url, `andon_run:default:${run_id}:right`);
    expect(await names(worker)).not.toContain('kanban_list');
    expect(await call(worker, 'kanban_complete', { task_id: other, summary: 'x' })).toMatchObject({
      code: 'out_of_scope',
    });
    expect(await call(worker, 'kanban_complete', { summary: 'Mine.' })).toMatchObject({ ok: true, run_id });
    for (const wrong of [
      `andon_run:default:${run_id}:wrong`,
      `andon_run:ops:${run_id}:right`,
      'andon_run:default:99:right',
    ]) {
      await expect(session(url, wrong)).rejects.toThrow(/401|hold/);
    }
    // A run's secret opens nothing but its tools.
    await api.refused(401, 'unauthenticated', 'GET', '/me', { token: `andon_run:default:${run_id}:right` });
  });

  it('is for nobody without a token, and for no other site', async () => {
    const api = await openApi();
    const headers = { 'content-type': 'application/json', accept: 'application/json, text/event-stream' };
    const raw = JSON.stringify({ jsonrpc: '2.0', id: 1, method: 'tools/list' });
    expect((await api.fetch('POST', '/mcp', { token: null, raw, headers })).status).toBe(401);
    expect(
      (await api.fetch('POST', '/mcp', { raw, headers: { ...headers, origin: 'https://evil.example' } }))
        .status,
    ).toBe(403);
    expect((await api.fetch('POST', '/mcp', { raw, headers })).status).toBe(200);
  });
});
