import { spawn } from 'node:child_process';
import {
  mkdirSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { createServer, type RequestListener } from 'node:http';
import { join } from 'node:path';
import { describe, expect, it, onTestFinished, vi } from 'vitest';
import { parsePs, parseStat, treeOf } from '../../src/services/process-table.ts';
import { nodeWorld } from '../../src/services/world-node.ts';
import { quiet } from '../support/quiet-log.ts';
import { temporaryHome } from '../support/temporary-home.ts';

const world = nodeWorld({ log: quiet });
const { files, processes } = world;
const until = (check: () => Promise<void> | void) => vi.waitFor(check, { timeout: 10_000, interval: 5 });

describe('processes', () => {
  it('are known by id, start and boot', async () => {
    expect(await processes.identify(process.pid)).toEqual(world.self);
    expect(await processes.alive(world.self)).toBe(true);
    expect(await processes.alive({ ...world.self, start: '1' })).toBe(false);
    expect(await processes.alive({ ...world.self, boot: 'earlier' })).toBe(false);
    expect(await processes.identify(2 ** 22 + 1)).toBeUndefined();
  });

  it('started when the clock said so, to some 10 ms', async () => {
    const before = Date.now();
    const child = spawn('/bin/sleep', ['60']);
    const after = Date.now();
    onTestFinished(() => void child.kill('SIGKILL'));
    const identity = await processes.identify(Number(child.pid));
    if (!identity) throw new Error('it is not there');
    expect(processes.startedAt(identity)).toBeGreaterThanOrEqual(before - 25);
    expect(processes.startedAt(identity)).toBeLessThanOrEqual(after + 25);
  });

  it('lead their own session, append to their log and tell their end once', async () => {
    const { root } = temporaryHome({ log: 'before\n' });
    let ends = 0;
    const { pid } = await processes.spawn({
      command: ['/bin/sh', '-c', 'pwd; env; echo bad >&2; cat; cat /proc/$$/stat'],
      cwd: root,
      env: { ONLY: 'this' },
      log: join(root, 'log'),
      onExit: () => {
        ends += 1;
      },
    });
    await until(() => expect(ends).toBe(1));
    const lines = readFileSync(join(root, 'log'), 'utf8').split('\n');
    expect(lines.slice(0, 2)).toEqual(['before', root]);
    expect(lines).toEqual(expect.arrayContaining(['ONLY=this', 'bad']));
    expect(lines.some((line) => line.startsWith('HOME='))).toBe(false);
    expect(parseStat(lines.find((line) => line.startsWith(`${pid} (`)))).toMatchObject({
      group: pid,
      session: pid,
    });
  });

  it('that cannot be started are told as a fault', async () => {
    const { root } = temporaryHome();
    const request = { cwd: root, env: {}, log: join(root, 'log'), onExit: () => undefined };
    await expect(processes.spawn({ ...request, command: ['/no/such'] })).rejects.toThrow(
      '/no/such cannot be started',
    );
    await expect(processes.spawn({ ...request, command: ['/bin/true'], cwd: '/no/where' })).rejects.toThrow(
      'The folder /no/where cannot be entered',
    );
  });

  it('are run to their end, with all they say, or to their time', async () => {
    const { root: cwd } = temporaryHome();
    const request = { cwd, env: { WORD: 'hello' }, timeout: 10_000 };
    const ran = await processes.run({
      ...request,
      command: ['/bin/sh', '-c', 'echo $WORD; pwd >&2; exit 3'],
    });
    expect(ran).toEqual({ code: 3, out: 'hello\n', err: `${cwd}\n` });
    await expect(processes.run({ ...request, command: ['/no/such'] })).rejects.toThrow(
      '/no/such cannot be started',
    );
    const endless = ['/bin/sh', '-c', 'echo begun; sleep 60 & sleep 60'] as const;
    expect(await processes.run({ ...request, command: endless, timeout: 50 })).toMatchObject({
      code: null,
      out: 'begun\n',
    });
    // Somebody of another session who has the output open does not keep anybody waiting.
    const left = ['/bin/sh', '-c', 'setsid sleep 1 & echo done'] as const;
    expect(await processes.run({ ...request, command: left, timeout: 100 })).toMatchObject({ out: 'done\n' });
  });

  it('are signalled only if they are still the same', async () => {
    const child = spawn('/bin/sleep', ['60']);
    onTestFinished(() => void child.kill('SIGKILL'));
    const identity = await processes.identify(Number(child.pid));
    if (!identity) throw new Error('it is not there');
    expect(await processes.signal({ ...identity, start: '1' }, 'SIGKILL')).toBe(false);
    expect(await processes.alive(identity)).toBe(true);
    expect(await processes.signal(identity, 'SIGKILL')).toBe(true);
    await until(async () => expect(await processes.alive(identity)).toBe(false));
    expect(await processes.signal(identity, 'SIGKILL')).toBe(false);
  });

  it('of a run are its session, its group, its marked and their children, but not the one that asks', () => {
    const row = (pid: number, parent: number, session: number, marked = false) => ({
      pid,
      parent,
      session,
      group: session,
      start: '1',
      marked,
    });
    const rows = [
      row(1, 0, 1),
      row(10, 1, 10),
      row(12, 11, 12),
      row(11, 10, 10),
      row(20, 1, 20, true),
      row(21, 20, 21),
      row(30, 20, 30, true),
      row(31, 30, 31),
    ];
    expect(treeOf(rows, 10, 30).map(({ pid }) => pid)).toEqual([10, 11, 20, 12, 21]);
    expect(treeOf(rows, null, 30).map(({ pid }) => pid)).toEqual([20, 21]);
  });

  it('are read from the system whatever they are named', () => {
    const stat = (name: string, state: string, threads = 1) =>
      `7 (${name}) ${state} 1 5 6 0 -1 4194304 0 0 0 0 0 0 0 0 20 0 ${threads} 0 4242 1000 0`;
    const row = { pid: 7, parent: 1, group: 5, session: 6, start: '4242' };
    expect(parseStat(stat('a) Z 9 (b', 'S'))).toEqual(row);
    expect(parseStat(stat('sh', 'Z'))).toBeUndefined();
    expect(parseStat(stat('sh', 'X'))).toBeUndefined();
    expect(parseStat(stat('first thread ended', 'Z', 2))).toEqual(row);
    expect(parseStat('')).toBeUndefined();
    expect(
      parsePs('  7     1     5 Ss   Mon Nov  2 10:00:00 2026\n  8 1 8 Z+ Mon Nov  2 10:00:00 2026\n'),
    ).toEqual([{ pid: 7, parent: 1, group: 5, session: -1, start: 'Mon_Nov_2_10:00:00_2026' }]);
  });
});

describe('files', () => {
  it('are read, written whole, made once, moved and removed', async () => {
    const { root } = temporaryHome({ 'folder/b': '12345', 'folder/a': '' });
    const path = join(root, 'x');
    expect(await files.read(path)).toBeUndefined();
    expect(await files.create(path, 'one')).toBe(true);
    expect(await files.create(path, 'two')).toBe(false);
    expect(await files.read(path)).toBe('one');
    await files.write(path, 'three', 0o640);
    expect(await files.read(path)).toBe('three');
    expect(statSync(path).mode & 0o777).toBe(0o640);
    expect(await files.rename(path, join(root, 'y'))).toBe(true);
    expect(await files.rename(path, join(root, 'y'))).toBe(false);
    await files.remove(path);
    await files.remove(join(root, 'y'));
    expect(readdirSync(root)).toEqual(['folder']);
    expect(await files.names(join(root, 'folder'))).toEqual(['a', 'b']);
    expect(await files.names(join(root, 'none'))).toEqual([]);
    expect(await files.size(join(root, 'folder/b'))).toBe(5);
    expect(await files.size(join(root, 'folder'))).toBeUndefined();
    expect(await files.size(join(root, 'folder/b/c'))).toBeUndefined();
    expect(await files.isFolder(join(root, 'folder'))).toBe(true);
    expect(await files.isFolder(join(root, 'folder/b'))).toBe(false);
    await files.makeFolder(join(root, 'p/q'), 0o700);
    await files.makeFolder(join(root, 'p/q'));
    expect(statSync(join(root, 'p/q')).mode & 0o777).toBe(0o700);
  });

  it('are copied from their end, emptied and gone on with, unless they are no plain files', async () => {
    const { root } = temporaryHome({ log: 'one\ntwo\nthree\n', long: `${'x'.repeat(3_000_000)}\nend` });
    const [log, end] = [join(root, 'log'), join(root, 'end')];
    expect(await files.copyEnd(log, end, 9)).toBe(6);
    expect(await files.read(end)).toBe('three\n');
    expect(await files.copyEnd(log, end, 100)).toBe(14);
    expect(await files.copyEnd(join(root, 'long'), end, 2_000_000)).toBe(2_000_000);
    expect(await files.copyEnd(join(root, 'long'), end, 10)).toBe(3);
    await files.empty(log);
    await files.append(log, 'four\n');
    expect(await files.read(log)).toBe('four\n');
    symlinkSync(log, join(root, 'link'));
    await expect(files.empty(join(root, 'link'))).rejects.toThrow('ELOOP');
    await expect(files.append(root, 'x')).rejects.toThrow('EISDIR');
    await expect(files.copyEnd('/dev/zero', end, 10)).rejects.toThrow('/dev/zero is not a plain file.');
  });

  it('are watched before they exist, while they change, and after they were replaced', async () => {
    const { root } = temporaryHome();
    const path = join(root, 'a/b/bell');
    let calls = 0;
    const end = files.watch(path, () => {
      calls += 1;
    });
    const heard = async (change: () => void) => {
      const before = calls;
      change();
      await until(() => expect(calls).toBeGreaterThan(before));
    };
    await heard(() => mkdirSync(join(root, 'a')));
    await heard(() => mkdirSync(join(root, 'a/b')));
    await heard(() => writeFileSync(path, 'x'));
    await heard(() => writeFileSync(path, 'y'));
    await heard(() => {
      writeFileSync(`${path}.new`, 'z');
      renameSync(`${path}.new`, path);
    });
    await heard(() => writeFileSync(path, 'y'));
    await heard(() => rmSync(path));
    await heard(() => writeFileSync(path, 'again'));
    end();
    end();
  });
});

describe('time', () => {
  it('calls once after a delay, unless it is cancelled', async () => {
    const calls: string[] = [];
    world.after(1, () => calls.push('cancelled'))();
    world.after(2 ** 40, () => calls.push('far'))();
    const early = world.monotonic();
    await new Promise<void>((resolve) => {
      world.after(10, () => {
        calls.push('called');
        resolve();
      });
    });
    expect(calls).toEqual(['called']);
    expect(world.monotonic()).toBeGreaterThan(early + 8);
    expect(world.random(8)).toMatch(/^[0-9a-f]{16}$/);
  });
});

describe('a message', () => {
  async function serve(listener: RequestListener): Promise<string> {
    const server = createServer(listener);
    onTestFinished(() => void server.closeAllConnections());
    onTestFinished(() => void server.close());
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    const address = server.address();
    if (address === null || typeof address === 'string') throw new Error('no port');
    return `http://127.0.0.1:${address.port}/`;
  }
  const message = { headers: { 'x-id': '7' }, body: '{"a":1}', timeout: 5000 };

  it('is posted, and its answer is kept in part', async () => {
    const url = await serve((request, response) => {
      response.writeHead(429, { 'retry-after': '3' });
      request.on('data', (chunk) =>
        response.write(`${request.method} ${request.headers['x-id']} ${chunk}\n`),
      );
      request.on('end', () => response.end('x'.repeat(100_000)));
    });
    const answer = await world.send({ url, ...message });
    expect(answer).toMatchObject({ status: 429, retryAfter: '3' });
    expect(answer.body).toMatch(/^POST 7 \{"a":1\}\nxxx/);
    expect(answer.body.length).toBe(16 * 1024);
  });

  it('does not follow a redirect', async () => {
    const url = await serve((_, response) => response.writeHead(302, { location: '/other' }).end());
    expect(await world.send({ url, ...message })).toEqual({ status: 302, body: '', retryAfter: null });
  });

  it('is given up when no answer comes in time, or when nobody listens', async () => {
    const url = await serve(() => undefined);
    await expect(world.send({ url, ...message, timeout: 50 })).rejects.toThrow('timeout');
    await expect(world.send({ url: 'http://127.0.0.1:1/', ...message })).rejects.toThrow();
  });
});
