import { execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { profiling } from '../harness/child.ts';
import { type Rounds, ratio, timesOf } from '../harness/rotate.ts';
import type { Bench, Figure, Row } from '../harness/row.ts';
import { median } from '../harness/stats.ts';

const root = join(import.meta.dirname, '..', '..');
const andon = join(root, 'bin', 'andon');

/** What any program on this driver has to do: start, load it, open the board, read once, close. */
const floor = `const { DatabaseSync } = require('node:sqlite');
const database = new DatabaseSync(process.argv[2]);
database.prepare('select id, title, status, assignee from tasks order by priority desc limit 50').all();
database.close();
`;

/** The floor, and one row that is kept over a power loss, as `create` keeps its task. */
const insertFloor = `const { DatabaseSync } = require('node:sqlite');
const database = new DatabaseSync(process.argv[2]);
database.exec('pragma synchronous = full');
const id = 'f_' + process.hrtime.bigint();
database.prepare("insert into tasks (id, title, status, priority, created_at, workspace_kind) values (?, 'A', 'triage', 0, 1, 'scratch')").run(id);
database.close();
`;

/** A command whose wall time is measured from outside, from its spawn to its end. */
interface Command<Name extends string> {
  readonly name: Name;
  readonly argv: readonly [string, ...string[]];
  readonly env: NodeJS.ProcessEnv;
}

/** Milliseconds. Throws when the command fails: a quick failure is no speed. */
async function timed({ name, argv: [program, ...rest], env }: Command<string>): Promise<number> {
  const begun = performance.now();
  const child = spawn(program, rest, { env, stdio: ['ignore', 'ignore', 'ignore'] });
  await once(child, 'exit');
  const time = performance.now() - begun;
  if (child.exitCode !== 0) throw new Error(`${name} ended with ${child.exitCode ?? child.signalCode}.`);
  return time;
}

/** Microseconds by command, one median for each round; the commands take turns within a round as well. */
async function inTurns<Name extends string>(
  bench: Bench,
  commands: readonly Command<Name>[],
): Promise<Rounds<Name>> {
  const times = new Map<Name, number[]>();
  // The first run of a command writes its bytecode.
  for (const command of commands) for (let run = 0; run < 2; run += 1) await timed(command);
  for (let round = 0; round < (bench.quick ? 3 : 7); round += 1) {
    const runs = new Map<Name, number[]>();
    for (let turn = 0; turn < (bench.quick ? 3 : 8); turn += 1) {
      const first = (round + turn) % commands.length;
      for (const command of [...commands.slice(first), ...commands.slice(0, first)]) {
        runs.set(command.name, [...(runs.get(command.name) ?? []), await timed(command)]);
      }
    }
    for (const [name, each] of runs) times.set(name, [...(times.get(name) ?? []), median(each) * 1000]);
  }
  return times;
}

/** A home of its own with one task, whose cache is its own too; gives its environment. */
async function makeHome(bench: Bench, name: string): Promise<NodeJS.ProcessEnv> {
  const home = join(bench.folder, name);
  mkdirSync(home);
  const env = { PATH: process.env['PATH'], HOME: home, ANDON_HOME: join(home, '.andon') };
  await timed({ name: 'andon init', argv: [andon, 'init'], env });
  await timed({ name: 'andon create', argv: [andon, 'create', 'A task', '--triage'], env });
  return env;
}

/** The only task of a new home. */
const taskOf = (env: NodeJS.ProcessEnv): string =>
  /t_[0-9a-f]+/.exec(execFileSync(andon, ['list', '--json'], { env, encoding: 'utf8' }))?.[0] ?? '';

const boardOf = (env: NodeJS.ProcessEnv): string => join(env['ANDON_HOME'] ?? '', 'kanban.db');

/** The PATH of a person, without the Node that `npm ci` brought: `bin/andon` has to judge the machine's own. */
const withoutOurs = (path: string): string =>
  path
    .split(':')
    .filter((folder) => !folder.includes('node_modules'))
    .join(':');

export const list: Row = {
  id: 'P13',
  title: '`andon list`, from the exec of `bin/andon` to its end',
  goal: '≤ 1.35× of bare node, its driver, open and one read',
  measure: async (bench) => {
    const small = await makeHome(bench, 'small');
    const written = await makeHome(bench, 'written');
    const big = await makeHome(bench, 'big');
    const bigBoard = join(bench.folder, 'thousand.db');
    await bench.boards.copyTo(bigBoard, { tasks: 1000, events: 1000, ready: 100, parents: 1 });
    const floorFile = join(bench.folder, 'floor.cjs');
    const insertFile = join(bench.folder, 'insert.cjs');
    writeFileSync(floorFile, floor);
    writeFileSync(insertFile, insertFloor);
    const node = process.execPath;
    const machine = { ...small, PATH: withoutOurs(process.env['PATH'] ?? '') };
    const commands = [
      { name: 'floor', argv: [node, floorFile, boardOf(small)], env: small },
      { name: 'andon list', argv: [andon, 'list'], env: { ...small, ...profiling(bench) } },
      { name: "andon list, through the machine's node", argv: [andon, 'list'], env: machine },
      { name: 'andon show', argv: [andon, 'show', taskOf(small)], env: small },
      {
        name: 'andon list --json, 1,000 tasks',
        argv: [andon, 'list', '--json'],
        env: { ...big, ANDON_DB: bigBoard },
      },
      { name: 'node -e 0', argv: [node, '-e', '0'], env: small },
      { name: 'andon --version', argv: [andon, '--version'], env: small },
      { name: 'andon --help', argv: [andon, '--help'], env: small },
      { name: 'andon completion bash', argv: [andon, 'completion', 'bash'], env: small },
      { name: 'floor with a durable insert', argv: [node, insertFile, boardOf(written)], env: written },
      { name: 'andon create', argv: [andon, 'create', 'A', '--triage'], env: written },
    ] as const satisfies readonly Command<string>[];
    const rounds = await inTurns(bench, commands);
    const others = [
      "andon list, through the machine's node",
      'andon show',
      'andon list --json, 1,000 tasks',
      'andon --version',
      'andon --help',
      'andon completion bash',
      'node -e 0',
    ] as const;
    return [
      { name: 'andon list / floor', ...ratio(rounds, 'andon list', 'floor'), goal: { atMost: 1.35 } },
      ...others.map((name): Figure => ({ name: `${name} / floor`, ...ratio(rounds, name, 'floor') })),
      {
        name: 'andon create / floor with a durable insert',
        ...ratio(rounds, 'andon create', 'floor with a durable insert'),
      },
      ...timesOf(rounds, 'wall time'),
    ];
  },
};
