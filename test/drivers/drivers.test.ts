import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { toolName } from '../../src/services/agents/board-tools.ts';
import { claude } from '../../src/services/agents/claude.ts';
import { codex } from '../../src/services/agents/codex.ts';
import { copilot } from '../../src/services/agents/copilot.ts';
import { type Driver, isAtLeast, type Order, versionIn } from '../../src/services/agents/driver.ts';
import type { AgentEvent } from '../../src/services/agents/events.ts';
import { gemini } from '../../src/services/agents/gemini.ts';
import { opencode } from '../../src/services/agents/opencode.ts';
import { createReader } from '../../src/services/agents/reader.ts';
import { usageOf } from '../../src/services/agents/usage.ts';
import { modelOf, worksCost } from '../agents/bed/scripts.ts';

/** What real agents have said, as `record.ts` wrote it down, and what each of their drivers makes of it. */

const fixtures = join(import.meta.dirname, 'fixtures');
const now = Date.UTC(2026, 10, 26, 9, 0, 0);
const anHour = now + 3_600_000;

function heard(driver: Driver, situation: string, code = 0) {
  const path = join(fixtures, `${driver.name}-${situation}`);
  const read = (name: string): string => (existsSync(name) ? readFileSync(name, 'utf8') : '');
  const errors = read(`${path}.stderr.txt`);
  const reader = createReader(driver, () => now);
  const events = [
    ...errors.split('\n').flatMap((line) => reader.errorLine(line)),
    ...read(`${path}.jsonl`)
      .split('\n')
      .flatMap((line) => reader.line(line)),
    ...reader.ended({ code, signal: null, errors }),
  ];
  return { events, unknown: reader.unknown };
}

const drivers = [claude, codex, gemini, opencode, copilot];
const only = <Type extends AgentEvent['type']>(events: readonly AgentEvent[], type: Type) =>
  events.filter((event): event is Extract<AgentEvent, { type: Type }> => event.type === type);

describe.each(drivers.map((driver) => [driver.name, driver] as const))('%s', (_, driver) => {
  it('tells its session, its words, its calls of the board and its end', () => {
    const { events, unknown } = heard(driver, 'works');
    expect(Object.fromEntries(unknown)).toEqual({});
    expect(only(events, 'session').flatMap(({ id }) => id ?? [])[0]).toMatch(/^(?:ses_|[0-9a-f]{8}-)/);
    expect(only(events, 'text').map(({ text }) => text)).toEqual(['I look at the task.', 'All done.']);
    const calls = only(events, 'tool');
    expect(calls.filter(({ stage }) => stage === 'started').map(({ name, board }) => [name, board])).toEqual([
      ['kanban_show', true],
      ['kanban_complete', true],
    ]);
    expect(calls.filter(({ stage }) => stage === 'done')).toHaveLength(2);
    expect(calls.at(-1)?.text).toContain('ok');
    expect(only(events, 'end')).toEqual([{ type: 'end', reason: 'finished' }]);
    if (driver !== copilot) expect(usageOf(events).tokens).toMatchObject(worksCost);
  });

  it('tells the thoughts of a model that thinks', () => {
    const { events } = heard(driver, 'works');
    // Gemini CLI and opencode keep them to themselves.
    const expected = driver === gemini || driver === opencode ? [] : ['I look first.'];
    expect(only(events, 'thought').map(({ text }) => text)).toEqual(expected);
  });

  it('tells the files that it changes', () => {
    expect(only(heard(driver, 'edits').events, 'diff').map(({ path }) => path)).toEqual([
      expect.stringMatching(/\/count\.txt$/),
    ]);
  });

  it('tells a limit, and when it ends where that is known', () => {
    for (const situation of ['rate-limit', 'quota']) {
      const limits = only(heard(driver, situation).events, 'limit');
      expect(limits.length, situation).toBeGreaterThan(0);
      const told = driver === gemini || driver === copilot;
      const ends = limits.flatMap(({ resets_at }) => resets_at ?? []);
      if (told && situation === 'rate-limit') expect(ends).toContain(anHour);
      else expect(ends).toEqual([]);
    }
    const busy = only(heard(driver, 'overloaded').events, 'limit');
    expect(new Set(busy.map(({ kind }) => kind))).toEqual(new Set(['overloaded']));
  });

  it('tells a wrong key and a lost session', () => {
    expect(only(heard(driver, 'unauthorized').events, 'error').map(({ kind }) => kind)).toContain('auth');
    const lost = only(heard(driver, 'lost', driver === gemini ? 42 : 1).events, 'error');
    expect(lost).toEqual([expect.objectContaining({ kind: 'session', retrying: false })]);
  });

  it('tells a board that is missing, when it is one that tells', () => {
    const { events } = heard(driver, 'board-missing');
    const told =
      only(events, 'session').some(({ board }) => board === 'failed') ||
      only(events, 'error').some(({ kind }) => kind === 'board');
    expect(told).toBe(driver.abilities.tells_board);
  });

  it('counts lines that it does not know, and those that are no JSON', () => {
    const reader = createReader(driver, () => now);
    expect(reader.line('{"type":"brand.new","data":1}')).toEqual([]);
    expect(reader.line('{"type":"brand.new"}')).toEqual([]);
    expect(reader.line('Segmentation fault')).toEqual([]);
    expect(reader.line('')).toEqual([]);
    expect(Object.fromEntries(reader.unknown)).toEqual({ 'brand.new': 2, '': 1 });
  });

  it('puts no secret on the command line or into the environment', () => {
    const launch = driver.launch(order(driver));
    expect(JSON.stringify(launch.args)).not.toContain('Do it.');
    expect(JSON.stringify([launch.args, launch.env])).not.toContain('run-token');
    expect(JSON.stringify(launch.files)).toContain('run-token');
    expect(launch.stdin).toBe('Do it.');
    for (const { path } of launch.files) expect(path).toMatch(/^\/home\/agent\//);
  });

  it('goes on with a session when it is told to', () => {
    const { args } = driver.launch({ ...order(driver), resume: 'a-session' });
    expect(args.join(' ')).toContain('a-session');
    expect(args.join(' ')).not.toContain(order(driver).session);
  });
});

const order = (driver: Driver): Order => ({
  home: '/home/agent',
  cwd: '/work',
  prompt: 'Do it.',
  session: '5a3ffb3f-9b3f-4a52-9c8e-0e8b1f0f2d11',
  resume: undefined,
  board: { command: '/bin/andon', args: ['mcp'], env: { ANDON_RUN_TOKEN: 'run-token' } },
  may: 'edit',
  model: modelOf(driver.name),
  provider: undefined,
});

it('Claude Code tells the end of a subscription as it is told itself', () => {
  const line = {
    type: 'rate_limit_event',
    rate_limit_info: { status: 'rejected', resetsAt: anHour / 1000, rateLimitType: 'five_hour' },
  };
  expect(claude.read(line, now)).toEqual([
    { type: 'limit', kind: 'quota', resets_at: anHour, retrying: false },
  ]);
});

it('versions are compared part by part', () => {
  expect(versionIn('2.1.329 (Claude Code)')).toBe('2.1.329');
  expect(versionIn('GitHub Copilot CLI 1.0.102.\nRun it')).toBe('1.0.102');
  expect(versionIn('no such command')).toBeUndefined();
  expect(isAtLeast('1.18.33', '1.18.4')).toBe(true);
  expect(isAtLeast('1.9.0', '1.18.0')).toBe(false);
  expect(isAtLeast('2.0.0', '2.0.0')).toBe(true);
});

it("a tool of the board is known under every agent's name for it", () => {
  const names = [
    'mcp__board__kanban_show',
    'board-kanban_show',
    'mcp_board_kanban_show',
    'board_kanban_show',
  ];
  for (const name of names) expect(toolName(name)).toEqual({ name: 'kanban_show', board: true });
  for (const name of ['kanban_show', 'mcp__other__kanban_show', 'Bash'])
    expect(toolName(name)).toEqual({ name });
});
