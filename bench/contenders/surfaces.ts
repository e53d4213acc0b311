import { type ChildProcess, execFile, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { promisify } from 'node:util';
import { Client } from '@modelcontextprotocol/client';
import { StdioClientTransport } from '@modelcontextprotocol/client/stdio';
import { type BigBoards, nameOf, type Shape } from '../harness/boards.ts';
import { parentsOf, words } from './job.ts';

/**
 * The same work through what people and agents use: the command line, a session of tools, a gateway's API. Each gives a
 * function for each operation; numbers count up, so that no task is taken twice.
 */

export interface Surface {
  readonly name: string;
  /** Claims and completes; tools have no claim, because a gateway claims for its workers: there it is the end alone. */
  pair(number: number): Promise<unknown>;
  create(number: number): Promise<unknown>;
  close(): Promise<unknown>;
}

const andon = join(import.meta.dirname, '..', '..', 'bin', 'andon');

interface Home {
  readonly path: string;
  readonly env: Record<string, string>;
}

async function makeHome(root: string, boards: BigBoards, shape: Shape): Promise<Home> {
  const path = join(root, 'home');
  mkdirSync(path, { recursive: true });
  await boards.copyTo(join(path, 'kanban.db'), shape);
  writeFileSync(join(path, 'andon.yaml'), 'http: {port: 0, requests_per_second: 0}\n');
  return { path, env: { PATH: process.env['PATH'] ?? '', HOME: root, ANDON_HOME: path } };
}

function commandLine({ env }: Home): Surface {
  const run = (...given: string[]) => promisify(execFile)(andon, given, { env });
  return {
    name: 'command line, a process for each command',
    pair: async (number) => {
      const id = nameOf('ready', number);
      await run('claim', id);
      await run('complete', id, '--summary', words.summary);
    },
    create: (number) => {
      const parents = parentsOf(number).flatMap((parent) => ['--parent', parent]);
      const key = ['--idempotency-key', `cli-${number}`];
      return run(
        'create',
        words.titleOf(number),
        '--body',
        words.body,
        '--assignee',
        'worker',
        ...parents,
        ...key,
      );
    },
    close: async () => {},
  };
}

async function tools({ env }: Home): Promise<Surface> {
  const client = new Client({ name: 'bench', version: '0' });
  await client.connect(new StdioClientTransport({ command: andon, args: ['mcp'], env }));
  const call = async (name: string, given: Record<string, unknown>) => {
    const { isError, content } = await client.callTool({ name, arguments: given });
    if (isError === true) throw new Error(JSON.stringify(content));
  };
  return {
    name: 'MCP tools, one session',
    pair: (number) => call('kanban_complete', { task_id: nameOf('ready', number), summary: words.summary }),
    create: (number) =>
      call('kanban_create', {
        title: words.titleOf(number),
        body: words.body,
        assignee: 'worker',
        parents: parentsOf(number),
        idempotency_key: `mcp-${number}`,
      }),
    close: () => client.close(),
  };
}

async function api({ path, env }: Home): Promise<Surface> {
  const gateway = spawn(andon, ['gateway', 'run', '--detached'], { env, stdio: 'ignore' });
  try {
    const url = `${await addressOf(path, gateway)}/api/v1/boards/default/tasks`;
    const token = readFileSync(join(path, 'gateways', 'token'), 'utf8').trim();
    const headers = { authorization: `Bearer ${token}`, 'content-type': 'application/json' };
    const post = async (where: string, body: unknown) => {
      const answer = await fetch(url + where, { method: 'POST', headers, body: JSON.stringify(body) });
      if (!answer.ok) throw new Error(await answer.text());
      await answer.json();
    };
    return {
      name: 'HTTP API of a gateway',
      pair: async (number) => {
        const task = `/${nameOf('ready', number)}`;
        await post(`${task}/claim`, { claim_lock: words.lock, ttl_seconds: words.ttl });
        await post(`${task}/complete`, { summary: words.summary });
      },
      create: (number) =>
        post('', {
          title: words.titleOf(number),
          body: words.body,
          assignee: 'worker',
          parents: parentsOf(number),
          idempotency_key: `http-${number}`,
        }),
      close: () => end(gateway),
    };
  } catch (error) {
    await end(gateway);
    throw error;
  }
}

async function end(gateway: ChildProcess): Promise<void> {
  const ended = gateway.exitCode === null ? once(gateway, 'exit') : undefined;
  gateway.kill('SIGTERM');
  await ended;
}

/** Where a gateway that has just been started answers; throws when it ends before it says so, or says nothing for half a minute. */
export async function addressOf(home: string, gateway: ChildProcess): Promise<string> {
  for (let tries = 0; tries < 1500 && gateway.exitCode === null; tries += 1) {
    try {
      const { url } = JSON.parse(readFileSync(join(home, 'gateways', 'default.json'), 'utf8'));
      if (typeof url === 'string') return url;
    } catch {
      // Not there yet.
    }
    await pause(20);
  }
  throw new Error('The gateway does not say where it answers.');
}

/** Milliseconds that an operation takes through each surface, on a home of its own below `folder`. */
export async function throughSurfaces(
  folder: string,
  boards: BigBoards,
  shape: Shape,
  { does, count }: { readonly does: 'pair' | 'create'; readonly count: number },
): Promise<ReadonlyMap<string, readonly number[]>> {
  const taken = new Map<string, number[]>();
  for (const [index, open] of [commandLine, tools, api].entries()) {
    const surface = await open(await makeHome(join(folder, `surface-${index}`), boards, shape));
    try {
      const times: number[] = [];
      await surface[does](0);
      for (let number = 1; number <= count; number += 1) {
        const begun = performance.now();
        await surface[does](number);
        times.push(performance.now() - begun);
      }
      taken.set(surface.name, times);
    } finally {
      await surface.close();
    }
  }
  return taken;
}
