import { createHash, randomBytes } from 'node:crypto';
import { appendFileSync, existsSync, mkdirSync, readdirSync, writeFileSync } from 'node:fs';
import { connect } from 'node:net';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { defaultBoard } from '../../src/domain/ids.ts';
import { boardPaths } from '../../src/services/home.ts';
import { mostUpload } from '../../src/surfaces/stored-files.ts';
import { until } from '../support/until.ts';
import { type Api, openApi } from './api.ts';
import { listen } from './server.ts';

/** Files on their way through real sockets: whole, and never whole in memory. */

const folderOf = (api: Api, id: string): string => join(boardPaths(api.home, defaultBoard).attachments, id);
const sha = (bytes: Uint8Array): string => createHash('sha256').update(bytes).digest('hex');

/** The bytes in pieces, as a client sends what it reads itself. */
const inPieces = (bytes: Uint8Array, size = 65_536): ReadableStream<Uint8Array> => {
  let at = 0;
  return new ReadableStream({
    pull: (controller) => {
      if (at >= bytes.length) return controller.close();
      controller.enqueue(bytes.subarray(at, at + size));
      at += size;
    },
  });
};

describe('an upload', () => {
  it('of the longest file goes through both APIs and comes back as it was', async () => {
    const api = await openApi(undefined, { http: { port: 0 } });
    const server = await listen(api);
    const id = await api.create('T');
    const bytes = randomBytes(mostUpload);
    const raw = await server.fetch(`/api/v1/boards/default/tasks/${id}/attachments?filename=raw.bin`, {
      method: 'POST',
      body: inPieces(bytes),
      duplex: 'half',
    } as RequestInit);
    expect(raw.status).toBe(201);
    const form = new FormData();
    form.set('file', new File([bytes], 'form.bin'));
    const older = await server.fetch(`/api/plugins/kanban/tasks/${id}/attachments`, {
      method: 'POST',
      body: form,
    });
    expect(older.status).toBe(200);
    const { attachments } = await api.ask('GET', `/boards/default/tasks/${id}/attachments`);
    expect(attachments).toMatchObject([
      { filename: 'raw.bin', size: mostUpload },
      { filename: 'form.bin', size: mostUpload },
    ]);
    for (const { id: number } of attachments as { id: number }[]) {
      const file = await server.fetch(`/api/v1/boards/default/attachments/${number}`);
      expect(sha(new Uint8Array(await file.arrayBuffer()))).toBe(sha(bytes));
    }
  });

  it('one byte longer is refused by both, and leaves nothing behind', async () => {
    const api = await openApi(undefined, { http: { port: 0 } });
    const server = await listen(api);
    const id = await api.create('T');
    const bytes = new Uint8Array(mostUpload + 1);
    const raw = await server
      .fetch(`/api/v1/boards/default/tasks/${id}/attachments?filename=x`, {
        method: 'POST',
        body: inPieces(bytes),
        duplex: 'half',
      } as RequestInit)
      .then(({ status }) => status);
    expect(raw).toBe(413);
    const form = new FormData();
    form.set('file', new File([bytes], 'x'));
    const older = await server.fetch(`/api/plugins/kanban/tasks/${id}/attachments`, {
      method: 'POST',
      body: form,
    });
    expect(older.status).toBe(413);
    await until('nothing is left', () => readdirSync(folderOf(api, id)).length === 0);
  });

  it('whose client goes away leaves nothing behind', async () => {
    const api = await openApi(undefined, { http: { port: 0 } });
    const { url } = await listen(api);
    const id = await api.create('T');
    const { port, host } = new URL(url);
    for (const older of [false, true]) {
      const path = older
        ? `/api/plugins/kanban/tasks/${id}/attachments`
        : `/api/v1/boards/default/tasks/${id}/attachments?filename=x`;
      const type = older ? 'multipart/form-data; boundary=b' : 'text/plain';
      const begin = older ? '--b\r\ncontent-disposition: form-data; name="file"; filename="x"\r\n\r\n' : '';
      const socket = connect(Number(port), '127.0.0.1');
      socket.on('error', () => {});
      socket.write(
        `POST ${path} HTTP/1.1\r\nhost: ${host}\r\nauthorization: Bearer ${api.admin}\r\ncontent-type: ${type}\r\ncontent-length: 1000000\r\n\r\n${begin}${'x'.repeat(5000)}`,
      );
      await until(
        'it is under way',
        () => existsSync(folderOf(api, id)) && readdirSync(folderOf(api, id)).length === 1,
      );
      socket.destroy();
      await until('nothing is left', () => readdirSync(folderOf(api, id)).length === 0);
    }
    expect((await api.ask('GET', `/boards/default/tasks/${id}/attachments`))['attachments']).toEqual([]);
    await api.create('The server goes on');
  });

  it('two of one name at once are two files', async () => {
    const api = await openApi(undefined, { http: { port: 0 } });
    const server = await listen(api);
    const id = await api.create('T');
    const send = (body: string) =>
      server.fetch(`/api/v1/boards/default/tasks/${id}/attachments?filename=same.txt`, {
        method: 'POST',
        body,
      });
    await Promise.all(Array.from({ length: 10 }, (_, index) => send(`number ${index}`)));
    const names = readdirSync(folderOf(api, id));
    expect(names).toHaveLength(10);
    expect(names).toContain('same.txt');
    expect(names).toContain('same (9).txt');
  });

  it('to a task that there is not is neither read nor stored', async () => {
    const api = await openApi();
    await api.refused(404, 'unknown_task', 'POST', '/boards/default/tasks/t_none/attachments?filename=x', {
      raw: 'x',
    });
    expect(existsSync(folderOf(api, 't_none'))).toBe(false);
  });
});

describe('a log', () => {
  it('is read by offset, never cutting a character, and its end from a line on', async () => {
    const api = await openApi();
    const id = await api.create('T');
    const { logs } = boardPaths(api.home, defaultBoard);
    mkdirSync(logs, { recursive: true });
    const path = join(logs, `${id}.log`);
    const text = 'eins\nzwei größer\n三\n😀 vier\n';
    writeFileSync(path, text);
    for (let limit = 4; limit < 12; limit += 1) {
      let read = '';
      for (let offset = 0; ; ) {
        const slice = await api.ask('GET', `/boards/default/tasks/${id}/log?offset=${offset}&limit=${limit}`);
        read += slice['content'];
        if (slice['next_offset'] === slice['size']) break;
        offset = Number(slice['next_offset']);
      }
      expect(read).toBe(text);
    }
    const end = await api.ask('GET', `/boards/default/tasks/${id}/log?tail=12`);
    expect(end).toMatchObject({ content: '😀 vier\n', size: Buffer.byteLength(text) });
    appendFileSync(path, 'fünf\n');
    const more = await api.ask('GET', `/boards/default/tasks/${id}/log?offset=${end['next_offset']}`);
    expect(more['content']).toBe('fünf\n');
    writeFileSync(path, 'new\n');
    const rotated = await api.ask('GET', `/boards/default/tasks/${id}/log?offset=${more['next_offset']}`);
    expect(rotated).toMatchObject({ size: 4, content: '' });
  });
});
