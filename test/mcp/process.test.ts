import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { Client } from '@modelcontextprotocol/client';
import { StdioClientTransport } from '@modelcontextprotocol/client/stdio';
import { expect, test } from 'vitest';
import { freshHome, openSession, serverOf } from './session.ts';

/** Speaks to a server line by line, below any client, and collects every line it says. */
async function rawServer(env: Readonly<Record<string, string>> = {}, at?: string) {
  const home = at ?? (await freshHome());
  const { command, args, ...options } = serverOf(home, env);
  const child = spawn(command, args, options);
  const output = { out: '', err: '' };
  child.stdout.setEncoding('utf8').on('data', (text: string) => {
    output.out += text;
  });
  child.stderr.setEncoding('utf8').on('data', (text: string) => {
    output.err += text;
  });
  const ended = once(child, 'close');
  return {
    home,
    child,
    output,
    ended,
    say: (message: unknown) => child.stdin.write(`${JSON.stringify(message)}\n`),
    /** Resolves when the server has said `count` lines. */
    lines: async (count: number) => {
      while (output.out.split('\n').length <= count) await once(child.stdout, 'data');
      return output.out
        .trim()
        .split('\n')
        .map((line): { id?: unknown } => JSON.parse(line));
    },
  };
}

const hello = {
  jsonrpc: '2.0',
  id: 1,
  method: 'initialize',
  params: {
    protocolVersion: '2025-06-18',
    capabilities: {},
    clientInfo: { name: 'raw', version: '0' },
  },
};

test('only the protocol is on standard output, and the server ends with its input', async () => {
  const server = await rawServer();
  server.say(hello);
  server.say({ jsonrpc: '2.0', method: 'notifications/initialized' });
  server.say({ jsonrpc: '2.0', id: 2, method: 'tools/call', params: { name: 'kanban_list' } });
  server.child.stdin.write('this is not JSON\n');
  server.say({ jsonrpc: '2.0', id: 3, method: 'no/such/method' });
  const answers = await server.lines(3);
  for (const answer of [
    { jsonrpc: '2.0', id: 1, result: { serverInfo: { name: 'andon' } } },
    { jsonrpc: '2.0', id: 2, result: { structuredContent: { ok: true, count: 0 } } },
    { jsonrpc: '2.0', id: 3, error: { code: -32601 } },
  ]) {
    expect(answers).toContainEqual(expect.objectContaining({ id: answer.id }));
    expect(answers.find((each) => each.id === answer.id)).toMatchObject(answer);
  }
  server.child.stdin.end();
  expect(await server.ended).toEqual([0, null]);
  expect(server.output.out.trim().split('\n')).toHaveLength(3);
});

test('a server that nobody has spoken to ends with its input too', async () => {
  const server = await rawServer();
  server.child.stdin.end();
  expect(await server.ended).toEqual([0, null]);
  expect(server.output).toEqual({ out: '', err: '' });
});

test('a server that is told to stop stops, although its input is open', async () => {
  const server = await rawServer();
  server.say(hello);
  await server.lines(1);
  server.child.kill('SIGTERM');
  expect(await server.ended).toEqual([0, null]);
});

test('a board that cannot be read is told as the fault of the tool that met it', async () => {
  const home = await freshHome();
  await mkdir(home);
  await writeFile(join(home, 'kanban.db'), 'this is not a database, it only has its name'.repeat(100));
  const person = await openSession(home);
  expect(await person.call('kanban_list')).toEqual({
    ok: false,
    code: 'fault',
    error: expect.stringMatching(/^kanban_list: .*kanban\.db/),
    ids: [],
  });
});

test('a run id that is no number refuses the start, because writing without a fence is not safe', async () => {
  const server = await rawServer({ ANDON_TASK: 't_0badcafe', ANDON_RUN_ID: 'seven' });
  expect(await server.ended).toEqual([1, null]);
  expect(server.output.out).toBe('');
  expect(server.output.err).toMatch(/^andon: `ANDON_RUN_ID` must be a whole number.*"seven"\.\n$/);
});

test('a client of the newest protocol is served as well', async () => {
  const client = new Client({ name: 'new', version: '0' }, { versionNegotiation: { mode: 'auto' } });
  await client.connect(new StdioClientTransport(serverOf(await freshHome())));
  try {
    expect(client.getNegotiatedProtocolVersion()).toBe('2026-07-28');
    expect((await client.listTools()).tools).toHaveLength(15);
    const created = await client.callTool({
      name: 'kanban_create',
      arguments: { title: 'x', assignee: 'ada' },
    });
    expect(created.structuredContent).toMatchObject({ ok: true, status: 'ready' });
  } finally {
    await client.close();
  }
});

test('what was asked before the client left is still done', async () => {
  const server = await rawServer();
  server.say(hello);
  await server.lines(1);
  const call = { name: 'kanban_create', arguments: { title: 'Last words', assignee: 'ada' } };
  server.say({ jsonrpc: '2.0', id: 2, method: 'tools/call', params: call });
  server.child.stdin.end();
  expect(await server.ended).toEqual([0, null]);

  const later = await openSession(server.home);
  expect(await later.call('kanban_list')).toMatchObject({ tasks: [{ title: 'Last words' }] });
});

test('a broken andon.yaml or profile refuses the start with one sentence', async () => {
  const home = await freshHome();
  await mkdir(join(home, 'profiles', 'ada'), { recursive: true });
  await writeFile(join(home, 'profiles', 'ada', 'andon.yaml'), 'toolsets: kanban\n');
  const profile = await rawServer({ ANDON_PROFILE: 'ada' }, home);
  expect(await profile.ended).toEqual([1, null]);
  expect(profile.output).toEqual({ out: '', err: expect.stringMatching(/^andon: .*toolsets.*\n$/) });

  await writeFile(join(home, 'andon.yaml'), 'max_in_progres: 3\n');
  const settings = await rawServer({}, home);
  expect(await settings.ended).toEqual([1, null]);
  expect(settings.output).toEqual({ out: '', err: expect.stringMatching(/^andon: .*max_in_progres.*\n$/) });
});
