import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import {
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, expect, test } from 'vitest';
import { cleanEnvironment } from '../../examples/demo/repository.ts';
import { makeNastyRepository, nastyTotals } from './nasty-repository.ts';

const examples = join(import.meta.dirname, '../../examples/demo');
const repository = makeNastyRepository();
const temporary = mkdtempSync(join(tmpdir(), 'andon-demo-test-'));
afterAll(() => {
  repository.remove();
  rmSync(temporary, { recursive: true });
});

/** Starts the demo with a temporary folder of its own, in which homes and reports appear. */
function start(name: string, repo: string, env: Record<string, string> = {}, more: readonly string[] = []) {
  const folder = mkdtempSync(join(temporary, `${name}-`));
  const demo = spawn(process.execPath, [join(examples, 'demo.ts'), '--repo', repo, ...more], {
    env: { ...cleanEnvironment(), TMPDIR: folder, ...env },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  const said = { out: '', error: '' };
  demo.stdout.on('data', (chunk) => (said.out += chunk));
  demo.stderr.on('data', (chunk) => (said.error += chunk));
  return { demo, folder, said };
}

const ended = async (demo: ChildProcess) => (await once(demo, 'close'))[0];
const reportIn = (folder: string) => join(folder, readdirSync(folder)[0] ?? '', 'report.json');

/** False for a zombie too, which a container's first process may leave standing. */
const lives = (pid: number) =>
  /^[^Z]/.test(spawnSync('ps', ['-o', 'stat=', '-p', `${pid}`]).stdout.toString());

/** The demo's workers, with one line of the census changed. */
function alteredCensus(find: string, replacement: string): string {
  const folder = join(temporary, 'workers');
  mkdirSync(folder);
  for (const name of readdirSync(join(examples, 'workers'))) {
    if (name !== 'census.mjs') symlinkSync(join(examples, 'workers', name), join(folder, name));
  }
  const text = readFileSync(join(examples, 'workers', 'census.mjs'), 'utf8');
  expect(text.split(find)).toHaveLength(2);
  writeFileSync(join(folder, 'census.mjs'), text.replace(find, replacement));
  return folder;
}

test('the whole graph runs, and the report equals an independent count', { timeout: 60_000 }, async () => {
  const { demo, folder, said } = start('whole', repository.folder);
  expect([await ended(demo), said.error]).toEqual([0, '']);

  const report = JSON.parse(readFileSync(reportIn(folder), 'utf8'));
  expect(report.totals).toEqual(nastyTotals);
  expect(report.heading).toMatch(/^A census of nasty repository /);
  expect(report.folders.map((one: { folder: string }) => one.folder).sort()).toEqual([
    '/',
    'deep',
    'empty folder name?',
    'src',
  ]);
  expect(report.history).toEqual({ commits: 1, authors: 1 });
  expect(said.out).toContain('8 tasks in 10 runs (1 retry)');
  expect(said.out).toContain('equal to an independent count');
  // The home is gone; the report stays.
  expect(readdirSync(folder)).toEqual([expect.stringMatching(/^andon-report-/)]);
});

test('one wrong census makes the demo fail and say which total differs', { timeout: 60_000 }, async () => {
  const workers = alteredCensus(
    'lines: newlinesIn(content),',
    "lines: newlinesIn(content) + (folder === 'deep'),",
  );
  const { demo, said } = start('corrupted', repository.folder, { ANDON_DEMO_WORKERS: workers });
  expect(await ended(demo)).toBe(1);
  expect(said.error).toContain('lines: the report says 14, the independent count says 13');
  expect(said.error).not.toContain('files:');
});

test('Ctrl-C ends the gateway and leaves nothing behind', { timeout: 60_000 }, async () => {
  const { demo, folder, said } = start('interrupted', repository.folder);
  while (!said.out.includes('running')) await once(demo.stdout, 'data');
  const presence = join(
    folder,
    readdirSync(folder).find((name) => name.startsWith('andon-demo-')) ?? '',
    'gateways',
  );
  const gateway = JSON.parse(readFileSync(join(presence, 'default.json'), 'utf8')).pid;
  expect(lives(gateway)).toBe(true);
  demo.kill('SIGINT');
  expect(await ended(demo)).toBe(130);
  expect(lives(gateway)).toBe(false);
  expect(readdirSync(folder, { recursive: true })).toEqual([]);
});

test('a folder that is no git repository is refused with one sentence', async () => {
  const { demo, said } = start('refused', temporary);
  expect(await ended(demo)).toBe(1);
  expect(said.error.trim()).toMatch(
    /^\S+ is not a git repository with a working tree \(.*\); give one with --repo\.$/,
  );
});

test.each([
  ['nobody', [], 'The demo knows no agent "nobody"; give one of claude, codex, gemini'],
  ['claude', [], 'The agent claude cannot be driven here: '],
  ['claude', ['--key-env', 'KEY'], '--provider URL and --key-env NAME go together.'],
])('an agent that cannot play is refused before anything starts: %s %j', async (agent, more, words) => {
  const name = `agent-${agent}-${more.length}`;
  // A path without any agent.
  const { demo, said } = start(name, repository.folder, { PATH: '/usr/bin:/bin' }, [
    '--agent',
    agent,
    ...more,
  ]);
  expect(await ended(demo)).toBe(1);
  expect(said.error).toContain(words);
});
