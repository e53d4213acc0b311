import { fork } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { get } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import autocannon from 'autocannon';
import { defaultBoard } from '../src/domain/ids.ts';
import { createKernel } from '../src/kernel/create-kernel.ts';
import { openSqliteStore } from '../src/store/sqlite/sqlite.ts';
import { granted } from './contenders/andon.ts';
import { addressOf } from './contenders/surfaces.ts';

/**
 * Prints what the API of a real gateway does on this machine, on a board of 10,000 tasks: requests per second for the page of
 * a board, the same unchanged, a task, and a create; and how long it takes from another process's commit to the event at a
 * client. Bounded: 4 s for each, 200 events, then everything is ended. `npm run bench:http`.
 */

const tasks = 10_000;
const seconds = 4;
const connections = 10;
const told = 200;

/** The other process: one commit each 20 ms, and the time at which each was done. */
async function writer(path: string): Promise<void> {
  const kernel = createKernel(openSqliteStore({ locate: () => path }));
  for (let number = 0; number < told; number += 1) {
    const made = await kernel.create(defaultBoard, { title: `Told ${number}` });
    if (!made.ok) throw new Error(made.refusal.sentence);
    process.send?.({ id: made.value.task.id, at: performance.timeOrigin + performance.now() });
    await pause(20);
  }
  await kernel.close();
}

async function bench(): Promise<void> {
  const root = mkdtempSync(join(tmpdir(), 'andon-bench-'));
  const env = { PATH: process.env['PATH'] ?? '', HOME: root, ANDON_HOME: join(root, 'home') };
  const { execFileSync, spawn } = await import('node:child_process');
  const andon = join(import.meta.dirname, '..', 'bin', 'andon');
  execFileSync(andon, ['init'], { env });
  const path = join(env.ANDON_HOME, 'kanban.db');
  const sample = await fill(path);
  writeFileSync(join(env.ANDON_HOME, 'andon.yaml'), 'http: {port: 0, requests_per_second: 0}\n');
  const gateway = spawn(andon, ['gateway', 'run', '--detached'], { env, stdio: 'ignore' });
  try {
    const url = await addressOf(env.ANDON_HOME, gateway);
    const token = readFileSync(join(env.ANDON_HOME, 'gateways', 'token'), 'utf8').trim();
    const headers = { authorization: `Bearer ${token}` };
    const board = `${url}/api/v1/boards/default`;
    process.stdout.write(`${tasks} tasks, ${connections} connections, ${seconds} s each\n`);
    await load('board page (columns of 50)', { url: `${board}/columns`, headers });
    const etag = (await fetch(`${board}/columns`, { headers })).headers.get('etag') ?? '';
    await load('the same, unchanged (304)', {
      url: `${board}/columns`,
      headers: { ...headers, 'if-none-match': etag },
    });
    await load('a page of one column', { url: `${board}/cards?status=ready&limit=50`, headers });
    await load('a task', { url: `${board}/tasks/${sample}`, headers });
    await load('create', {
      url: `${board}/tasks`,
      method: 'POST',
      headers: { ...headers, 'content-type': 'application/json' },
      body: JSON.stringify({ title: 'Made by the bench', assignee: 'nobody' }),
    });
    await latency(`${board}/stream`, headers, path);
  } finally {
    gateway.kill('SIGTERM');
    await new Promise((resolve) => gateway.once('exit', resolve));
    rmSync(root, { recursive: true, force: true });
  }
}

/** A board with work in every column; gives the id of a task in the middle. */
async function fill(path: string): Promise<string> {
  const kernel = createKernel(openSqliteStore({ locate: () => path }));
  const each = 190;
  const plan = Array.from({ length: each }, (_, index) => ({
    title: `Task ${index} of a plan that somebody has written down`,
    body: 'x'.repeat(500),
    assignee: null,
    parents: index % 3 === 0 ? [] : [index - 1],
  }));
  let sample = '';
  for (let made = 0; made < tasks; made += each + 1) {
    const { task } = granted(await kernel.create(defaultBoard, { title: 'A plan', triage: true }));
    const input = { task_id: task.id, tasks: plan, root_assignee: null, auto_promote: true };
    const { child_ids } = granted(await kernel.decompose(defaultBoard, input));
    for (const [index, id] of child_ids.entries()) {
      if (index % 6 === 0) granted(await kernel.complete(defaultBoard, { task_id: id, summary: 'Done.' }));
    }
    sample = child_ids[1] ?? sample;
  }
  await kernel.close();
  return sample;
}

async function load(what: string, options: autocannon.Options): Promise<void> {
  const result = await autocannon({ ...options, connections, duration: seconds });
  const bad = result.non2xx - (result.statusCodeStats?.['304']?.count ?? 0) + result.errors;
  const { p50, p99 } = result.latency;
  const rate = Math.round(result.requests.average).toLocaleString('en');
  process.stdout.write(
    `${what.padEnd(28)} ${rate.padStart(7)} requests/s   median ${p50} ms, p99 ${p99} ms${bad > 0 ? `   ${bad} FAILED` : ''}\n`,
  );
}

/** From the moment at which another process's commit has returned to the event at the client. */
async function latency(url: string, headers: Record<string, string>, path: string): Promise<void> {
  const heard = new Map<string, number>();
  const request = get(url, { headers }, (response) => {
    response.setEncoding('utf8').on('data', (text: string) => {
      const now = performance.timeOrigin + performance.now();
      for (const [, id = ''] of text.matchAll(/"task_id":"(t_\w+)"/g)) heard.set(id, now);
    });
    response.on('error', () => {});
  });
  await new Promise((resolve) => request.once('response', resolve));
  const done = new Map<string, number>();
  const child = fork(import.meta.filename, ['writer', path], {
    stdio: ['ignore', 'ignore', 'inherit', 'ipc'],
  });
  child.on('message', (message: { id: string; at: number }) => done.set(message.id, message.at));
  await new Promise((resolve) => child.once('exit', resolve));
  await pause(200);
  request.destroy();
  const times = [...done]
    .flatMap(([id, at]) => (heard.has(id) ? [(heard.get(id) ?? 0) - at] : []))
    .sort((one, other) => one - other);
  const at = (share: number): string =>
    (times[Math.min(times.length - 1, Math.floor(times.length * share))] ?? Number.NaN).toFixed(2);
  process.stdout.write(
    `another process's commit to the event at the client: median ${at(0.5)} ms, p99 ${at(0.99)} ms, worst ${at(1)} ms (${times.length} of ${done.size} heard)\n`,
  );
}

if (process.argv[2] === 'writer') await writer(process.argv[3] ?? '');
else await bench();
