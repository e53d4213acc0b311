import { describe, expect, it, onTestFinished } from 'vitest';
import { WebSocket } from 'ws';
import { defaultBoard } from '../../src/domain/ids.ts';
import { value } from '../support/board.ts';
import { until } from '../support/until.ts';
import { openApi } from './api.ts';
import { listen } from './server.ts';
import { signedIn } from './sign-in.ts';

/** The older stream of events (contract §10), over real WebSockets. */

interface Frame {
  readonly events: readonly Record<string, unknown>[];
  readonly cursor: number;
}

/** Opens one and collects its frames; `code` is the status of a refusal, or how it was closed. */
function connect(url: string, headers: Record<string, string> = {}) {
  const socket = new WebSocket(url.replace('http:', 'ws:'), { headers });
  const frames: Frame[] = [];
  const state: { code: number | undefined; open: boolean } = { code: undefined, open: false };
  socket.on('open', () => (state.open = true));
  socket.on('message', (data) => frames.push(JSON.parse(String(data))));
  socket.on('unexpected-response', (_, response) => {
    state.code = response.statusCode;
    socket.terminate();
  });
  socket.on('close', (code) => (state.code ??= code));
  socket.on('error', () => {});
  onTestFinished(() => socket.terminate());
  const events = () => frames.flatMap((frame) => frame.events);
  return {
    frames,
    state,
    events,
    socket,
    heard: (count: number) => until(`${count} events`, () => events().length >= count && events()),
    refused: () => until('it is refused', () => state.code),
  };
}

describe('the WebSocket of events', () => {
  it('sends rows and a cursor, from where the client says', async () => {
    const api = await openApi(undefined, { http: { port: 0 } });
    const { url } = await listen(api);
    const path = `${url}/api/plugins/kanban/events`;
    const auth = { authorization: `Bearer ${api.admin}` };
    const plan = {
      tasks: Array.from({ length: 180 }, (_, index) => ({ title: `${index}`, assignee: null, parents: [] })),
      root_assignee: null,
      auto_promote: true,
    };
    const { task } = value(await api.kernel.create(defaultBoard, { title: 'Idea', triage: true }));
    value(await api.kernel.decompose(defaultBoard, { ...plan, task_id: task.id }));
    const last = value(await api.kernel.lastEvent(defaultBoard, {}));
    const all = connect(`${path}?since=0`, auth);
    const heard = await all.heard(last);
    expect(heard.map(({ id }) => id)).toEqual(Array.from({ length: last }, (_, index) => index + 1));
    expect(Object.keys(heard[0] ?? {})).toEqual(['id', 'task_id', 'kind', 'payload', 'created_at', 'run_id']);
    expect(all.frames.length).toBeGreaterThan(1);
    expect(Math.max(...all.frames.map(({ events }) => events.length))).toBe(200);
    expect(all.frames.at(-1)?.cursor).toBe(last);
    const fresh = connect(`${path}?board=nowhere`, auth);
    await until('it is open', () => fresh.state.open);
    await api.create('New');
    expect(await fresh.heard(1)).toMatchObject([{ id: last + 1, kind: 'created' }]);
    const back = connect(`${path}?since=${last}`, auth);
    expect(await back.heard(1)).toMatchObject([{ id: last + 1 }]);
    await api.http.close();
    expect(await all.refused()).toBe(1001);
  });

  it('lets in a cookie, a header or a token in the address, and nobody else', async () => {
    const api = await openApi(undefined, { http: { port: 0 } });
    const { url } = await listen(api);
    const path = `${url}/api/plugins/kanban/events`;
    const cookie = await signedIn(api);
    const own = { origin: url, cookie };
    for (const good of [connect(path, own), connect(`${path}?token=${api.admin}`)]) {
      await until('it is open', () => good.state.open);
    }
    expect(await connect(path).refused()).toBe(401);
    expect(await connect(`${path}?token=nonsense`).refused()).toBe(401);
    expect(await connect(path, { ...own, origin: 'https://evil.example' }).refused()).toBe(403);
    expect(await connect(path, { ...own, host: 'evil.example' }).refused()).toBe(403);
    expect(
      await connect(path, { authorization: `Bearer ${await api.token('viewer', ['ops'])}` }).refused(),
    ).toBe(403);
    expect((await api.fetch('GET', '/api/plugins/kanban/events')).status).toBe(400);
  });

  it('ends when its token does, and takes no long messages', async () => {
    const api = await openApi(undefined, { http: { port: 0 } });
    const { url } = await listen(api);
    const path = `${url}/api/plugins/kanban/events`;
    const short = connect(`${path}?token=${await api.token('viewer', null, 60)}`);
    const chatty = connect(`${path}?token=${api.admin}`);
    await until('both are open', () => short.state.open && chatty.state.open);
    chatty.socket.send('x'.repeat(5000));
    expect(await chatty.refused()).toBe(1009);
    api.clock.advance(61);
    await api.create('T');
    expect(await short.refused()).toBe(1008);
    await until('their places are free', () => api.http.desk.streams.taken === 0);
  });
});
