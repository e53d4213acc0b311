import { describe, expect, it } from 'vitest';
import { type BoardId, defaultBoard } from '../../src/domain/ids.ts';
import type { Kernel } from '../../src/kernel/kernel.ts';
import { openReader, parseCursors } from '../../src/surfaces/http/live/reader.ts';
import { value } from '../support/board.ts';
import { stores } from '../support/stores.ts';
import { until } from '../support/until.ts';
import { type Api, openApi } from './api.ts';
import { type Listener, listener } from './listener.ts';
import { listen } from './server.ts';

/** Events as they come, over real sockets. */

const b = '/api/v1/boards/default';
const free = { http: { port: 0 } };

/** Events without end, from another process's kernel. */
async function write(kernel: Kernel, count: number, board: BoardId = defaultBoard): Promise<void> {
  for (let number = 0; number < count; number += 1) {
    value(await kernel.create(board, { title: `Event ${number}` }));
  }
}

/** Many events in one transaction. */
async function writeMany(kernel: Kernel, count: number): Promise<void> {
  const tasks = Array.from({ length: 190 }, (_, index) => ({
    title: `${index}`,
    assignee: null,
    parents: [],
  }));
  for (let made = 0; made < count; made += 190) {
    const { task } = value(await kernel.create(defaultBoard, { title: 'Idea', triage: true }));
    const plan = { task_id: task.id, tasks, root_assignee: null, auto_promote: true };
    value(await kernel.decompose(defaultBoard, plan));
  }
}

const ids = (heard: readonly { data: Record<string, unknown> }[]): number[] =>
  heard.map(({ data }) => Number(data['id']));

const newest = async (api: Api): Promise<number> => value(await api.kernel.lastEvent(defaultBoard, {}));

describe.each(stores)('a stream on $name', (kind) => {
  it('tells each event of whoever wrote it, in order, with the cursor to come back with', async () => {
    const api = await openApi(kind, free);
    const { url } = await listen(api);
    const client = await listener(`${url}${b}/stream`, api.admin);
    await write(api.another(), 20);
    const heard = await client.heard(20);
    expect(ids(heard)).toEqual(Array.from({ length: 20 }, (_, index) => index + 1));
    expect(client.lastId).toBe('default:20');
    expect(heard[0]?.data).toMatchObject({ board: 'default', kind: 'created', title: 'Event 0' });
  });

  it('goes on after a restart of the gateway, with nothing missed and nothing doubled', async () => {
    let api = await openApi(kind, free);
    const writer = api.another();
    const writing = write(writer, 60);
    const seen: number[] = [];
    let last: string = 'default:0';
    for (let restart = 0; restart < 4; restart += 1) {
      const { url } = await listen(api);
      const client = await listener(`${url}${b}/stream`, api.admin, { 'last-event-id': last });
      const heard = await client.heard(restart === 3 ? 60 - seen.length : 5);
      await api.http.close();
      await until('the stream has ended', () => client.ended);
      // What came before the connection ended was heard, and what came after it was not.
      seen.push(...ids(client.events.filter(({ event }) => event === 'message')));
      expect(heard.length).toBeGreaterThan(0);
      last = client.lastId ?? last;
      if (restart < 3) api = await openApi(kind, { ...free, after: api });
      if (seen.length >= 60) break;
    }
    await writing;
    expect(seen).toEqual(Array.from({ length: 60 }, (_, index) => index + 1));
  });
});

describe('a stream', () => {
  it('of all boards resumes on each where it was, and hears boards that are made meanwhile', async () => {
    const api = await openApi(undefined, free);
    const { url } = await listen(api);
    await api.ask('POST', '/boards', { body: { slug: 'ops' } });
    const ops = 'ops' as BoardId;
    const client = await listener(`${url}/api/v1/stream`, api.admin);
    await write(api.kernel, 2);
    await write(api.kernel, 3, ops);
    await client.heard(5);
    expect(parseCursors(client.lastId ?? '')).toEqual(
      new Map([
        [defaultBoard, 2],
        [ops, 3],
      ]),
    );
    const of = (heard: Listener, board: string) =>
      heard.events.filter(({ data }) => data['board'] === board).map(({ data }) => data['id']);
    await api.ask('POST', '/boards', { body: { slug: 'new' } });
    await write(api.kernel, 3, 'new' as BoardId);
    await until('the new board is heard from its beginning', () => of(client, 'new').length === 3);
    client.close();
    await write(api.kernel, 1);
    await write(api.kernel, 1, ops);
    // Made while nobody listened.
    await api.ask('POST', '/boards', { body: { slug: 'newer' } });
    await write(api.kernel, 2, 'newer' as BoardId);
    const again = await listener(`${url}/api/v1/stream`, api.admin, { 'last-event-id': client.lastId ?? '' });
    await again.heard(4);
    expect(['default', 'ops', 'new', 'newer'].map((board) => of(again, board))).toEqual([
      [3],
      [4],
      [],
      [1, 2],
    ]);
    const only = await listener(
      `${url}/api/v1/stream?after=default:0,ops:0`,
      await api.token('viewer', ['ops']),
    );
    expect(new Set((await only.heard(4)).map(({ data }) => data['board']))).toEqual(new Set(['ops']));
  });

  it('tells only what is asked for', async () => {
    const api = await openApi(undefined, free);
    const { url } = await listen(api);
    const client = await listener(`${url}${b}/stream?kinds=completed,blocked&assignee=ada`, api.admin);
    const id = await api.create('Hers', { assignee: 'ada' });
    await api.create('Nobody’s');
    await api.ask('POST', `/boards/default/tasks/${id}/block`, { body: { reason: 'x' } });
    const heard = await client.heard(1);
    expect(heard).toMatchObject([{ data: { kind: 'blocked', task_id: id } }]);
    expect(client.events).toHaveLength(2);
  });

  it('never shows the lock of a claim', async () => {
    const api = await openApi(undefined, free);
    const { url } = await listen(api);
    const client = await listener(`${url}${b}/stream`, api.admin);
    const id = await api.create('T');
    await api.ask('POST', `/boards/default/tasks/${id}/claim`, {
      body: { claim_lock: 'host:1:secret', ttl_seconds: 9 },
    });
    const again = await listener(`${url}${b}/stream?after=0`, api.admin);
    for (const heard of [await client.heard(2), await again.heard(2)]) {
      expect(heard[1]?.data).toMatchObject({ kind: 'claimed', payload: { by: 'admin' } });
      expect(JSON.stringify(heard)).not.toContain('secret');
    }
    const list = JSON.stringify(await api.ask('GET', '/boards/default/events'));
    expect(list).not.toContain('secret');
    expect(JSON.stringify(await api.ask('GET', `/boards/default/tasks/${id}`))).not.toContain('secret');
  });

  it('that nobody reads is held back, and told to reload when it is too far behind', async () => {
    const api = await openApi(undefined, free);
    const { url } = await listen(api);
    const [slow, quick] = [
      await listener(`${url}${b}/stream`, api.admin),
      await listener(`${url}${b}/stream`, api.admin),
    ];
    slow.pause();
    const caughtUp = async (): Promise<void> => {
      const now = await newest(api);
      await until('the quick one has heard all', () => quick.lastId === `default:${now}`);
    };
    // As much as all buffers between the two hold, and then more events than are told afterwards.
    const long = 'x'.repeat(100_000);
    for (let number = 0; number < 200; number += 1) {
      value(await api.kernel.create(defaultBoard, { title: long }));
      if (number % 20 === 0) await caughtUp();
    }
    for (let round = 0; round < 12; round += 1) {
      await writeMany(api.kernel, 190);
      await caughtUp();
    }
    const last = await newest(api);
    expect(ids(quick.events.slice(1))).toEqual(Array.from({ length: last }, (_, index) => index + 1));
    slow.resume();
    await until('the slow one has caught up', () => slow.lastId === `default:${last}`, 20_000);
    const kinds = new Set(slow.events.map(({ event }) => event));
    expect(kinds).toEqual(new Set(['hello', 'message', 'reload']));
    expect(slow.bytes).toBeLessThan(quick.bytes - 1_000_000);
    await write(api.kernel, 1);
    await until('it hears again', () => slow.events.at(-1)?.data['id'] === last + 1);
  });

  it('is kept alive by a comment every 30 s', async () => {
    const timers: (() => void)[] = [];
    const api = await openApi(undefined, {
      ...free,
      world: {
        after: (delay, callback) => {
          if (delay === 30_000) timers.push(callback);
          return () => {};
        },
      },
    });
    const { url } = await listen(api);
    const client = await listener(`${url}${b}/stream`, api.admin);
    await until('it is there', () => client.events.length === 1);
    for (let beat = 1; beat <= 2; beat += 1) {
      timers.shift()?.();
      await until('a comment comes', () => client.comments.length === beat);
    }
    expect(client.comments).toEqual([': alive', ': alive']);
    expect(timers).toHaveLength(1);
  });

  it('ends when its token does', async () => {
    const api = await openApi(undefined, free);
    const { url } = await listen(api);
    const token = await api.token('viewer', null, 60);
    const client = await listener(`${url}${b}/stream`, token);
    await api.create('Heard');
    await client.heard(1);
    api.clock.advance(61);
    await api.create('Not heard');
    await until('it has ended', () => client.ended);
    expect(client.events).toHaveLength(2);
  });

  it('asked for by HEAD takes no place', async () => {
    const api = await openApi();
    for (const path of [`${b}/stream`, '/api/v1/stream']) {
      const answer = await api.fetch('HEAD', path);
      expect([answer.status, answer.body]).toEqual([200, null]);
    }
    expect(api.http.desk.streams.taken).toBe(0);
  });

  it('ends when its board is removed, and that of all boards goes on', async () => {
    const api = await openApi(undefined, free);
    const { url } = await listen(api);
    await api.ask('POST', '/boards', { body: { slug: 'ops' } });
    const own = await listener(`${url}/api/v1/boards/ops/stream`, api.admin);
    const all = await listener(`${url}/api/v1/stream`, api.admin);
    await write(api.kernel, 2, 'ops' as BoardId);
    await Promise.all([own.heard(2), all.heard(2)]);
    await api.ask('DELETE', '/boards/ops');
    await until('it has ended', () => own.ended);
    await api.ask('POST', '/boards', { body: { slug: 'ops' } });
    await until('the new board is heard of', async () => {
      await write(api.kernel, 1, 'ops' as BoardId);
      return all.events.filter(({ data }) => data['board'] === 'ops').length > 2;
    });
    await write(api.kernel, 1);
    await until('the others go on', () => all.events.at(-1)?.data['board'] === 'default');
  });

  it('is one of so many at once, and gives its place back', async () => {
    const api = await openApi(undefined, { http: { port: 0, max_streams: 3, max_streams_per_token: 2 } });
    const { url } = await listen(api);
    const [one, two] = [await api.token('viewer'), await api.token('viewer')];
    const open = (token: string) => listener(`${url}${b}/stream`, token);
    const first = await open(one);
    await open(one);
    expect((await open(one)).status).toBe(429);
    expect((await open(two)).status).toBe(200);
    expect((await open(two)).status).toBe(429);
    first.close();
    await until('its place is free', async () => (await open(one)).status === 200);
  });

  it('ends with its gateway, within its patience, whatever else is under way', async () => {
    const api = await openApi(undefined, free);
    const server = await listen(api);
    const id = await api.create('T');
    const clients = await Promise.all([1, 2, 3].map(() => listener(`${server.url}${b}/stream`, api.admin)));
    // An upload that does not come to an end, and a question whose answer is still on its way.
    let sent = 0;
    const endless = new ReadableStream({
      pull: async (controller) => {
        sent += 1;
        if (sent > 2) await new Promise(() => {});
        controller.enqueue(new Uint8Array(1000));
      },
    });
    const upload = server
      .fetch(`${b}/tasks/${id}/attachments?filename=x`, {
        method: 'POST',
        body: endless,
        duplex: 'half',
      } as RequestInit)
      .then(
        () => 'answered',
        () => 'cut off',
      );
    await until('it is under way', () => sent > 2);
    const { stats } = api.kernel;
    const slow = Promise.withResolvers<void>();
    let asked = false;
    Object.assign(api.kernel, {
      stats: async (...given: Parameters<typeof stats>) => {
        asked = true;
        await slow.promise;
        return stats(...given);
      },
    });
    const question = server.fetch(`${b}/stats`);
    await until('it is asked', () => asked);
    const begun = performance.now();
    const closed = api.http.close();
    slow.resolve();
    expect((await question).status).toBe(200);
    await closed;
    expect(performance.now() - begun).toBeLessThan(2500);
    expect(await upload).toBe('cut off');
    await until('all streams have ended', () => clients.every(({ ended }) => ended));
    await expect(server.fetch('/healthz')).rejects.toThrow();
    expect((await api.http.desk.kernel.attachment(defaultBoard, { attachment_id: 1 })).ok).toBe(false);
  });
});

describe('a reader of events', () => {
  it('is told to reload when its board was made anew, or it is too far behind', async () => {
    const api = await openApi();
    const { hub, kernel } = api.http.desk;
    await writeMany(api.kernel, 6000);
    const from = async (text: string) =>
      openReader(hub, kernel, [defaultBoard], { from: parseCursors(text) });
    const behind = await from('default:0');
    expect(await behind.next()).toEqual({ kind: 'reload' });
    expect(behind.cursor).toBe(`default:${await newest(api)}`);
    const ahead = await from('default:999999');
    expect(await ahead.next()).toEqual({ kind: 'reload' });
    const near = await from(`default:${(await newest(api)) - 3}`);
    expect(await near.next()).toMatchObject({ kind: 'events', events: [{}, {}, {}] });
    for (const reader of [behind, ahead, near]) reader.close();
    expect(await near.next()).toEqual({ kind: 'end' });
  });

  it('is told to reload at the next beat when an older copy of its board was put back', async () => {
    let beat = (): void => {};
    const after = (delay: number, callback: () => void): (() => void) => {
      if (delay === 30_000) beat = callback;
      return () => {};
    };
    const api = await openApi(undefined, { world: { after } });
    const { hub, kernel } = api.http.desk;
    await write(api.kernel, 5);
    const reader = await openReader(hub, kernel, [defaultBoard], { from: new Map() });
    await api.place.foreign(defaultBoard, 'delete from task_events where id > 2; delete from tasks');
    const next = reader.next();
    beat();
    expect(await next).toMatchObject({ kind: 'beat' });
    expect(await reader.next()).toEqual({ kind: 'reload' });
    expect(reader.cursor).toBe('default:2');
    reader.close();
  });

  it('hears of an event that another gateway told its client of before', async () => {
    const api = await openApi();
    const { hub, kernel } = api.http.desk;
    const early = await openReader(hub, kernel, [defaultBoard], { from: new Map() });
    // No bell was heard yet, and the client knows more than this gateway.
    await write(api.another(), 3);
    const last = await newest(api);
    const reader = await openReader(hub, kernel, [defaultBoard], { from: parseCursors(`default:${last}`) });
    await write(api.kernel, 1);
    expect(await reader.next()).toMatchObject({ kind: 'events', events: [{ id: last + 1 }] });
    expect(await early.next()).toMatchObject({ kind: 'events' });
    early.close();
    reader.close();
  });

  it('survives a board that cannot be read for a while', async () => {
    const warnings: string[] = [];
    const log = { debug() {}, info() {}, warn: (text: string) => void warnings.push(text), error() {} };
    const after = (delay: number, callback: () => void): (() => void) => {
      const timer = setTimeout(callback, delay === 1000 ? 10 : delay).unref();
      return () => clearTimeout(timer);
    };
    const api = await openApi(undefined, { log, world: { after } });
    const { hub, kernel } = api.http.desk;
    const reader = await openReader(hub, kernel, [defaultBoard], { from: new Map() });
    const { feed } = api.kernel;
    let broken = 2;
    Object.assign(api.kernel, {
      feed: (...given: Parameters<typeof feed>) =>
        broken-- > 0 ? Promise.reject(new Error('locked')) : feed(...given),
    });
    await write(api.kernel, 2);
    const next = await reader.next();
    expect(next).toMatchObject({
      kind: 'events',
      events: expect.arrayContaining([expect.objectContaining({ id: 1 })]),
    });
    expect(warnings.length).toBeGreaterThan(0);
    reader.close();
  });
});
