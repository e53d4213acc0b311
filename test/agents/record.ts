import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { stripVTControlCharacters } from 'node:util';
import { claude } from '../../src/services/agents/claude.ts';
import { claudeTalk } from '../../src/services/agents/claude-talk.ts';
import { codex } from '../../src/services/agents/codex.ts';
import { codexServer } from '../../src/services/agents/codex-server.ts';
import { copilot } from '../../src/services/agents/copilot.ts';
import type { Driver } from '../../src/services/agents/driver.ts';
import { gemini } from '../../src/services/agents/gemini.ts';
import { opencode } from '../../src/services/agents/opencode.ts';
import { type Claimed, openBed } from './bed/board.ts';
import type { Situation } from './bed/scripts.ts';
import * as scripts from './bed/scripts.ts';
import { orderFor, startTalk, startTurn, type Turn } from './bed/turn.ts';
import { startModelServer } from './model/server.ts';

/**
 * Writes down what the real agents say, for the tests of their drivers: `node record.ts [AGENT…]`. Paths, ports and long
 * texts are cut out, so that nothing of this machine stays in a fixture.
 */

const fixtures = join(import.meta.dirname, '../drivers/fixtures');
const names = process.argv.slice(2);
const wanted = ({ name }: { readonly name: string }): boolean => names.length === 0 || names.includes(name);

const server = await startModelServer();
const bed = await openBed();
let runs = 0;

const situations = (driver: Driver, claimed: Claimed): Record<string, Situation> => ({
  works: scripts.works,
  asks: scripts.asks,
  edits: {
    script: [...scripts.edit(driver.name, join(claimed.workspace, 'count.txt')), { say: 'Counted.' }],
  },
  forbidden: scripts.forbidden(driver.name),
  'rate-limit': scripts.failing('rate_limit', { resetsIn: 3600 }),
  quota: scripts.failing('quota', { resetsIn: 3600 }),
  overloaded: scripts.failing('overloaded'),
  unauthorized: scripts.failing('unauthorized'),
  lost: { script: [], order: { resume: lostSession(driver.name) } },
});

const lostSession = (name: string): string =>
  name === 'opencode' ? 'ses_0000000000000000000000000' : '00000000-0000-4000-8000-000000000000';

for (const driver of [claude, codex, gemini, opencode, copilot].filter(wanted)) {
  for (const situation of Object.keys(situations(driver, await bed.claim()))) {
    const claimed = await bed.claim();
    await writeFile(join(claimed.workspace, 'count.txt'), 'one\nthree\n');
    const { script = [], order } = situations(driver, claimed)[situation] ?? {};
    const run = server.run(`${driver.name}-${++runs}`, script);
    const asked = orderFor(claimed, run, { ...scripts.order(driver), ...order });
    // An agent that waits for an hour has said all that it says.
    await save(`${driver.name}-${situation}`, await startTurn(driver, claimed, asked, { limit: 20_000 }));
  }
  const claimed = await bed.claim();
  const { script } = scripts.works;
  const missing = orderFor(claimed, server.run(`${driver.name}-${++runs}`, script), scripts.order(driver));
  const { order } = scripts.boardMissing(missing);
  await save(`${driver.name}-board-missing`, await startTurn(driver, claimed, { ...missing, ...order }));
}

for (const driver of [claudeTalk, codexServer].filter(wanted)) {
  const question = { question: 'Which colour?', header: 'Colour', multiSelect: false };
  const options = ['blue', 'red'].map((label) => ({ label, description: label }));
  const ask =
    driver === claudeTalk
      ? [
          { calls: [{ tool: 'Bash', args: { command: 'curl localhost', description: 'x' } }] },
          { calls: [{ tool: 'AskUserQuestion', args: { questions: [{ ...question, options }] } }] },
        ]
      : [
          {
            calls: [
              {
                tool: 'exec_command',
                args: { cmd: 'id', sandbox_permissions: 'require_escalated', justification: 'Who am I?' },
              },
            ],
          },
        ];
  for (const [situation, script] of [
    ['works', scripts.works.script],
    ['permission', [...ask, { say: 'Well.' }]],
    ['quota', scripts.failing('quota', { resetsIn: 3600 }).script],
  ] as const) {
    const claimed = await bed.claim();
    const run = server.run(`${driver.name}-${++runs}`, script);
    const order = orderFor(claimed, run, { ...scripts.order(driver), may: 'edit' });
    const talk = await startTalk(driver, claimed, order, { limit: 20_000 });
    const answered = new Set<string>();
    const timer = setInterval(() => {
      for (const event of talk.events) {
        if (!('id' in event) || event.id === undefined || answered.has(event.id)) continue;
        if (event.type === 'question') talk.say(talk.conversation.answer(event.id, true, 'blue'));
        else if (event.type === 'permission' && event.stage === 'asked') {
          talk.say(talk.conversation.answer(event.id, false));
        } else continue;
        answered.add(event.id);
      }
    }, 20);
    await save(`${driver.name}-${situation}`, talk);
    clearInterval(timer);
  }
}
await bed.close();
await server.close();

async function save(name: string, turn: Turn): Promise<void> {
  const { code, took } = await turn.ended;
  await mkdir(fixtures, { recursive: true });
  await writeFile(join(fixtures, `${name}.jsonl`), turn.process.lines.map(trimmed).join(''));
  const errors = clean(turn.process.errors()).split('\n').slice(0, 40).join('\n');
  if (errors.trim() !== '') await writeFile(join(fixtures, `${name}.stderr.txt`), `${errors}\n`);
  const kinds = [...new Set(turn.events.map(({ type }) => type))].join(' ');
  process.stdout.write(`${name}: ended with ${code} after ${Math.round(took)} ms; ${kinds}\n`);
  for (const [kind, count] of turn.unknown) process.stdout.write(`  unknown: ${count} × ${kind}\n`);
}

/** A line without this machine, and without the bulk of what nobody reads. */
function trimmed(line: string): string {
  const value: unknown = JSON.parse(clean(line));
  return `${JSON.stringify(shortened(value))}\n`;
}

function clean(text: string): string {
  return stripVTControlCharacters(text)
    .replaceAll(bed.root, '/bed')
    .replaceAll(bed.root.slice(1), 'bed')
    .replaceAll(bed.root.slice(1).replaceAll(/[/.]/g, '-'), 'bed')
    .replaceAll(join(import.meta.dirname, '../..'), '/andon')
    .replaceAll(/127\.0\.0\.1:\d+/g, '127.0.0.1:8080')
    .replaceAll(/sk-scripted-[\w-]+/g, 'sk-scripted');
}

function shortened(value: unknown): unknown {
  if (typeof value === 'string') return value.length > 600 ? `${value.slice(0, 600)}…` : value;
  if (Array.isArray(value)) return value.slice(0, 8).map(shortened);
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(Object.entries(value).map(([name, part]) => [name, shortened(part)]));
}
