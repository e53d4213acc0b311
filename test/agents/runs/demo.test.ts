import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { delimiter, dirname, join, resolve } from 'node:path';
import { afterAll, beforeAll, describe, expect, it, type TestContext } from 'vitest';
import { cleanEnvironment } from '../../../examples/demo/repository.ts';
import * as scripts from '../bed/scripts.ts';
import { programOf } from '../bed/turn.ts';
import { call, say } from '../model/script.ts';
import { type ModelServer, startModelServer } from '../model/server.ts';
import { versions } from '../versions.ts';

const demo = resolve(import.meta.dirname, '../../../examples/demo/demo.ts');

let server: ModelServer;
let runs = 0;
beforeAll(async () => {
  server = await startModelServer();
});
afterAll(() => server.close());

/** `npm run demo -- --agent NAME`, with these more arguments. */
async function run({ onTestFinished }: TestContext, key: string, agent: string, ...more: readonly string[]) {
  const folder = mkdtempSync(join(tmpdir(), 'andon-demo-agent-'));
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
  const path = ['claude', 'opencode'].map((name) => dirname(programOf(name))).join(delimiter);
  const child = spawn(process.execPath, [demo, '--agent', agent, ...more], {
    env: {
      ...cleanEnvironment(),
      PATH: `${path}${delimiter}${process.env['PATH'] ?? ''}`,
      HOME: folder,
      TMPDIR: folder,
      MODEL_API_KEY: key,
    },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  const said = { out: '', err: '' };
  child.stdout.on('data', (chunk) => (said.out += chunk));
  child.stderr.on('data', (chunk) => (said.err += chunk));
  await once(child, 'close');
  return { code: child.exitCode, ...said };
}

describe.each([
  ['claude', versions['@anthropic-ai/claude-code']],
  ['codex', versions['@openai/codex']],
  ['opencode', versions['opencode-linux-x64']],
] as const)('%s %s', (agent, version) => {
  it('demo: plays the worker that asks for a heading', async (test) => {
    const model = server.run(`demo-${agent}-${++runs}`, [
      call('kanban_block', { reason: 'Which heading shall the report carry?', kind: 'needs_input' }),
      say('I wait.'),
      call('kanban_complete', { summary: 'What is in here' }),
      say('Done.'),
    ]);
    const provider = [
      '--model',
      scripts.modelOf(agent),
      '--provider',
      model.url,
      '--key-env',
      'MODEL_API_KEY',
    ];
    const { code, out, err } = await run(test, model.key, agent, ...provider);
    expect(err).toBe('');
    expect(code).toBe(0);
    expect(out).toContain('equal to an independent count');
    expect(out).toMatch(new RegExp(`^Agent {7}${agent} ${version}: 2 runs, .* out\\b`, 'm'));
    expect(model.problems).toEqual([]);
  });
});
