import { execFile } from 'node:child_process';
import { createHash } from 'node:crypto';
import {
  closeSync,
  existsSync,
  openSync,
  readdirSync,
  readFileSync,
  truncateSync,
  writeFileSync,
  writeSync,
} from 'node:fs';
import { basename, join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { promisify } from 'node:util';
import { describe, expect, it } from 'vitest';
import type { Examined } from '../../src/store/sqlite/examine-file.ts';
import { headerFault } from '../../src/store/sqlite/header.ts';
import { openSqliteStore } from '../../src/store/sqlite/sqlite.ts';
import { kinds, note } from '../support/events.ts';
import { ownLocks } from '../support/locks.ts';
import { openFile } from '../support/stores.ts';
import { temporaryFolder } from '../support/temporary-folder.ts';

/** Contract §6.1.3, §6.1.4 and §6.4, by the child process that a gateway starts for it. */

const run = promisify(execFile);
const entry = join(import.meta.dirname, '../../src/surfaces/gateway/examine.ts');

async function examine(path: string, ...suspicion: string[]): Promise<Examined> {
  const { stdout } = await run(process.execPath, [entry, path, ...suspicion]);
  return JSON.parse(stdout);
}

/** A finished board of some pages, which nobody has open. */
async function board(): Promise<{ path: string; folder: string }> {
  const folder = temporaryFolder();
  const path = join(folder, 'kanban.db');
  const store = openSqliteStore({ locate: () => path });
  for (let number = 0; number < 20; number += 1) await note(store, `event ${number} ${'x'.repeat(300)}`);
  await store.close();
  return { path, folder };
}

function overwrite(path: string, at: number, bytes: Uint8Array): void {
  const file = openSync(path, 'r+');
  writeSync(file, bytes, 0, bytes.length, at);
  closeSync(file);
}

/** The first page of the events' tree, which is a page in the middle of the file. */
function eventsPage(path: string): number {
  const database = new DatabaseSync(path);
  const row = database.prepare("select rootpage from sqlite_schema where name = 'task_events'").get();
  database.close();
  return Number(row?.['rootpage']) - 1;
}

const hashOf = (path: string): string => createHash('sha256').update(readFileSync(path)).digest('hex');

describe('the header', () => {
  const tls = [0x17, 0x03, 0x03, 0x40, 0x00];
  const text = (words: string) => [...Buffer.from(words)];
  it.each([
    ['nothing', [], undefined],
    ['SQLite’s own', text('SQLite format 3\0 and more'), undefined],
    ['other words', text('hello'), 'file is not a database: /k.db begins with 68656c6c6f'],
    ['a TLS record', tls, 'with a TLS record header at byte 0'],
    [
      'a TLS record behind the first letters',
      [...text('SQLit'), ...tls],
      'with a TLS record header at byte 5',
    ],
  ])('of %s', (_, bytes, said) => {
    const fault = headerFault(Uint8Array.from(bytes), '/k.db');
    if (said === undefined) expect(fault).toBeUndefined();
    else expect(fault).toContain(said);
  });

  it.each([
    ['another type', [0x18, 3, 3, 1, 0]],
    ['another version', [0x17, 3, 5, 1, 0]],
    ['no length', [0x17, 3, 3, 0, 0]],
    ['too great a length', [0x17, 3, 3, 0x48, 1]],
  ])('is no TLS record with %s', (_, bytes) => {
    expect(headerFault(Uint8Array.from(bytes), '/k.db')).not.toContain('TLS');
  });
});

describe('a sound board', () => {
  it('is found so, and is left as it is', async () => {
    const { path } = await board();
    const before = hashOf(path);
    expect(await examine(path)).toEqual({ state: 'sound', reason: '', copy: null });
    expect(hashOf(path)).toBe(before);
  });

  it('is found so while somebody works on it, whose locks and commits stay', async () => {
    const { path, folder } = await board();
    const store = openFile(path);
    await note(store, 'in the WAL');
    await kinds(store);
    const before = { locks: ownLocks(path), wal: hashOf(`${path}-wal`) };
    expect(await examine(path)).toMatchObject({ state: 'sound' });
    expect({ locks: ownLocks(path), wal: hashOf(`${path}-wal`) }).toEqual(before);
    expect((await kinds(store)).at(-1)).toBe('in the WAL');
    expect(readdirSync(folder).filter((name) => name.includes('.corrupt.'))).toEqual([]);
  });

  it('that is not there is not made', async () => {
    const path = join(temporaryFolder(), 'kanban.db');
    expect(await examine(path)).toMatchObject({ state: 'unknown', copy: null });
    expect(existsSync(path)).toBe(false);
  });
});

describe('a corrupt board', () => {
  const breaks: Readonly<Record<string, { break: (path: string) => void; said: RegExp }>> = {
    'its header overwritten': {
      break: (path) => overwrite(path, 0, Buffer.from([0x16, 3, 1, 2, 0, 1, 0])),
      said: /^file is not a database: .*kanban\.db begins with 16030102000100.* TLS record/,
    },
    'a page overwritten': {
      break: (path) => overwrite(path, eventsPage(path) * 4096, Buffer.alloc(4096, 0xa7)),
      said: /kanban\.db.*(damaged|malformed|not a readable)/,
    },
    'its end cut off': {
      break: (path) => truncateSync(path, 4096 * 3),
      said: /kanban\.db.*(damaged|malformed|not a readable)/,
    },
  };

  it.each(Object.entries(breaks))('with %s is copied once, and left as it is', async (_, how) => {
    const { path, folder } = await board();
    how.break(path);
    writeFileSync(`${path}-wal`, 'what the WAL held');
    const [bytes, hash] = [readFileSync(path), hashOf(path)];
    const found = await examine(path);
    expect(found).toEqual({
      state: 'corrupt',
      reason: expect.stringMatching(how.said),
      copy: `${path}.corrupt.${hash.slice(0, 16)}.bak`,
    });
    expect(readFileSync(path).equals(bytes)).toBe(true);
    expect(readFileSync(found.copy ?? '').equals(bytes)).toBe(true);
    expect(existsSync(`${found.copy}-wal`)).toBe(true);
    const names = readdirSync(folder);
    const again = await Promise.all([examine(path), examine(path), examine(path)]);
    expect(again).toEqual([found, found, found]);
    expect(readdirSync(folder)).toEqual(names);
  });

  it('of which somebody else found it is copied, although it looks sound', async () => {
    const { path } = await board();
    const found = await examine(path, 'the disk image is malformed');
    expect(found).toMatchObject({ state: 'corrupt', reason: 'the disk image is malformed' });
    expect(hashOf(found.copy ?? '')).toBe(hashOf(path));
  });

  it('is kept in ten versions, the newest ones', async () => {
    const { path, folder } = await board();
    const kept: (string | null)[] = [];
    for (let number = 0; number < 12; number += 1) {
      overwrite(path, 0, Buffer.from([number]));
      kept.push((await examine(path)).copy);
    }
    const left = readdirSync(folder).filter((name) => name.endsWith('.bak'));
    expect(left.sort()).toEqual(
      kept
        .slice(2)
        .map((copy) => basename(copy ?? ''))
        .sort(),
    );
  }, 60_000);
});
