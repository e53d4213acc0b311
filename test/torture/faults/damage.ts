import { randomBytes } from 'node:crypto';
import {
  closeSync,
  existsSync,
  openSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  truncateSync,
  writeFileSync,
  writeSync,
} from 'node:fs';
import { dirname, join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { expect } from 'vitest';
import { until } from '../../support/until.ts';
import type { Fault } from '../fault.ts';
import { type TwoBoards, twoBoards } from '../two-boards.ts';
import { isSound } from '../work.ts';

interface Damage {
  readonly name: string;
  /** Does it to the board's file, which the running gateway has open. */
  inflict(boards: TwoBoards): Promise<void> | void;
  /** Whether the gateway must set the board aside; else it may also go on, on what is there. */
  readonly setsAside: boolean;
  /** Nothing of the board is in its place any more: what the gateway had open it saves beside it. */
  readonly keepsCopy?: boolean;
  /** `npm test` has it too; the others `test/storage` has there, without a gateway. */
  readonly inShort: boolean;
}

function overwrite(path: string, bytes: Buffer, at: number): void {
  const file = openSync(path, 'r+');
  writeSync(file, bytes, 0, bytes.length, at);
  closeSync(file);
}

/** Brings the file up to date, so that its WAL hides no damage. */
function writeBack(path: string): void {
  const database = new DatabaseSync(path);
  database.exec('pragma busy_timeout = 5000; pragma wal_checkpoint(truncate)');
  database.close();
}

/** As text that compares byte by byte; nothing when there is no file. */
const contentOf = (path: string): string | undefined =>
  existsSync(path) ? readFileSync(path, 'latin1') : undefined;

const idsIn = (text: string): string[] => text.match(/t_[0-9a-f]{8}/g) ?? [];

/** The tasks of a board whose file is not in its place are in a copy of it. */
async function isSaved(path: string, tasks: readonly string[]): Promise<void> {
  const names = await until('what the gateway had open is saved', () => {
    const found = readdirSync(dirname(path)).filter((name) => /^kanban\.db\.lost-\d+\.db$/.test(name));
    return found.length > 0 && found;
  });
  const ids = names.flatMap((name) => {
    const copy = new DatabaseSync(join(dirname(path), name));
    const rows = copy.prepare('select id from tasks').all();
    copy.close();
    return rows.map((row) => row['id']);
  });
  expect(ids).toEqual(expect.arrayContaining([...tasks]));
}

/** Where the table of the tasks begins, in bytes. */
function rootOfTasks(path: string): number {
  const database = new DatabaseSync(path);
  const row = database.prepare("select rootpage from sqlite_master where name = 'tasks'").get();
  database.close();
  return (Number(row?.['rootpage']) - 1) * 4096;
}

const damages: readonly Damage[] = [
  {
    name: 'header overwritten',
    inShort: true,
    setsAside: true,
    inflict: ({ path }) => overwrite(path, randomBytes(100), 0),
  },
  {
    name: 'page overwritten',
    inShort: false,
    setsAside: true,
    inflict: ({ path }) => overwrite(path, randomBytes(4096), rootOfTasks(path)),
  },
  {
    name: 'WAL truncated',
    inShort: false,
    setsAside: false,
    inflict: ({ path }) => truncateSync(`${path}-wal`, Math.floor(statSync(`${path}-wal`).size / 2)),
  },
  {
    name: 'database replaced by another one',
    inShort: false,
    setsAside: false,
    inflict: async ({ home, path }) => {
      const other = `${home.root}/other.db`;
      await home.andon('--board', 'shop', 'backup', '--to', other);
      renameSync(other, path);
    },
  },
  {
    name: 'database replaced by that of another board',
    inShort: true,
    setsAside: false,
    keepsCopy: true,
    inflict: async ({ home, path }) => {
      const other = `${home.root}/other.db`;
      await home.andon('backup', '--to', other);
      renameSync(other, path);
    },
  },
  {
    name: 'database deleted',
    inShort: false,
    setsAside: true,
    keepsCopy: true,
    inflict: ({ path }) => rmSync(path),
  },
  {
    name: 'database replaced by an empty file',
    inShort: true,
    setsAside: true,
    inflict: ({ home, path }) => {
      writeFileSync(`${home.root}/empty`, '');
      renameSync(`${home.root}/empty`, path);
    },
  },
];

/** Damages a board under a gateway: it is told, kept as it is, never made anew; others go on; a backup brings it back. */
const damaged = ({ name, inflict, setsAside, keepsCopy = false, inShort }: Damage): Fault => ({
  name: `${name} while a gateway runs`,
  store: 'SQLite',
  times: { short: inShort ? 1 : 0, long: 2 },
  async inject(count, scene) {
    const answers = new Set<string>();
    for (let time = 0; time < count; time += 1) {
      const boards = await twoBoards(scene);
      const { home, path } = boards;
      await boards.shopGoesOn();
      const before = await boards.shopDone();
      await home.andon('--board', 'shop', 'backup');
      await boards.shopGoesOn();
      const tasks = idsIn(await home.andon('--board', 'shop', 'list', '--status', 'done'));
      if (setsAside) writeBack(path);
      await inflict(boards);
      const left = contentOf(path);

      const { code, out, err } = await home.run([
        '--board',
        'shop',
        'create',
        'After it',
        '--assignee',
        'quick',
      ]);
      await boards.othersGoOn();
      if (setsAside) {
        expect(code).toBe(1);
        expect(err).toMatch(/^andon: .*\n$/);
        // What it has in its cache a gateway does not read again; the next one looks first.
        if (!boards.said().includes('set aside')) await boards.restart();
        await until('the board is set aside', () => boards.said().includes('A board is set aside'), 20_000);
        await boards.othersGoOn();
        expect(contentOf(path) === left, 'the damaged file is as it was').toBe(true);
      }
      const list = await home.run(['--board', 'shop', 'list']);
      const seen = idsIn(list.out).length;
      if (keepsCopy) await isSaved(path, tasks);
      else if (list.code === 0 && seen < before)
        throw new Error(`The board lost its tasks in silence: ${out}${list.out}`);
      answers.add(list.code === 0 ? 'goes on' : 'is set aside and says why');

      await home.andon('--board', 'shop', 'restore', 'latest', '--yes', '--force');
      await boards.shopGoesOn();
      await boards.othersGoOn();
      await isSound(path);
    }
    return {
      injected: count,
      note: `the board ${[...answers].join(' or ')}, the other one goes on, a backup brings it back`,
    };
  },
});

export const damageFaults: readonly Fault[] = damages.map(damaged);
