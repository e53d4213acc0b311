import { existsSync, readdirSync, rmSync, statSync, truncateSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { describe, expect, it } from 'vitest';
import { defaultBoard } from '../../src/domain/ids.ts';
import { openArchive } from '../../src/store/sqlite/archive.ts';
import { openSqliteStore } from '../../src/store/sqlite/sqlite.ts';
import { anotherProcess } from '../support/another-process.ts';
import { kinds, note, selectKinds } from '../support/events.ts';
import { ownLocks } from '../support/locks.ts';
import { openFile } from '../support/stores.ts';
import { temporaryFolder } from '../support/temporary-folder.ts';
import { until } from '../support/until.ts';

/** Copies of whole boards, made and brought back while others work on them. */

const quietly = (): void => {};
const archiveAt = (path: string) => openArchive({ locate: () => path, allowsNetwork: false });
const noEpochs: ReadonlyMap<string, number> = new Map();

/** A finished board with these events, which nobody has open. */
async function finished(path: string, ...events: string[]): Promise<void> {
  const store = openSqliteStore({ locate: () => path });
  for (const event of events) await note(store, event);
  await store.close();
}

/** A board, and a backup of it made when it held `before`. */
async function place(before: readonly string[] = ['one', 'two'], after: readonly string[] = ['three']) {
  const folder = temporaryFolder();
  const [path, backup, aside] = ['kanban.db', 'backup.db', 'kanban.db.before-restore-1.db'].map((name) =>
    join(folder, name),
  );
  if (path === undefined || backup === undefined || aside === undefined) throw new Error('No names.');
  await finished(path, ...before);
  await archiveAt(path).backup(defaultBoard, backup, selectKinds, quietly);
  await finished(path, ...after);
  const restore = (epochs = noEpochs) =>
    archiveAt(path).restore(defaultBoard, backup, { aside, epochs }, selectKinds, quietly);
  return { folder, path, backup, aside, restore };
}

function ask(path: string, text: string): Record<string, unknown>[] {
  const database = new DatabaseSync(path);
  try {
    return database.prepare(text).all();
  } finally {
    database.close();
  }
}

const eventsIn = (path: string): unknown[] =>
  ask(path, 'select kind from task_events order by id').map((row) => row['kind']);
const value = (path: string, text: string): unknown => Object.values(ask(path, text)[0] ?? {})[0];
const isWhole = (path: string): boolean => value(path, 'pragma integrity_check') === 'ok';
const drafts = (path: string): string[] =>
  readdirSync(dirname(path)).filter((name) => name.endsWith('.part'));

describe('a backup', () => {
  it('is a board of its own, one file, and nothing else is left', async () => {
    const { path, backup } = await place();
    expect(eventsIn(backup)).toEqual(['one', 'two']);
    expect(isWhole(backup)).toBe(true);
    expect(readdirSync(dirname(path)).filter((name) => name.startsWith('backup'))).toEqual(['backup.db']);
    expect(drafts(path)).toEqual([]);
  });

  it('of a board that others write to all the time is what it was at one moment', async () => {
    const { path, folder } = await place(
      Array.from({ length: 200 }, (_, number) => `${number} ${'x'.repeat(900)}`),
    );
    const writer = anotherProcess();
    await writer.ask('open', path);
    const writing = writer.ask('write', 'meanwhile', 300);
    const held: string[][] = [];
    for (let round = 0; round < 5; round += 1) {
      const to = join(folder, `${round}.db`);
      held.push(await archiveAt(path).backup(defaultBoard, to, selectKinds, quietly));
      expect(isWhole(to)).toBe(true);
    }
    await writing;
    const all = await writer.ask('kinds');
    for (const events of held) expect(events).toEqual(all.slice(0, events.length));
    expect(held.at(-1)?.length).toBeGreaterThan(held[0]?.length ?? 0);
  });

  it('loses no lock of a process that has the board open', async () => {
    const { path, folder } = await place();
    const store = openFile(path);
    await note(store, 'warm');
    await kinds(store);
    const before = ownLocks(path);
    await archiveAt(path).backup(defaultBoard, join(folder, 'more.db'), selectKinds, quietly);
    expect(ownLocks(path)).toEqual(before);
  });

  it('replaces no file, and comes to nothing when the board is damaged or not there', async () => {
    const { path, backup, folder } = await place();
    const again = archiveAt(path).backup(defaultBoard, backup, selectKinds, quietly);
    await expect(again).rejects.toThrow(/backup\.db is there already/);
    const page = Number(value(path, "select rootpage from sqlite_schema where name = 'task_events'"));
    const bytes = Buffer.alloc(4096, 0xa7);
    const { openSync, writeSync, closeSync } = await import('node:fs');
    const file = openSync(path, 'r+');
    writeSync(file, bytes, 0, bytes.length, (page - 1) * 4096);
    closeSync(file);
    const broken = archiveAt(path).backup(defaultBoard, join(folder, 'broken.db'), selectKinds, quietly);
    await expect(broken).rejects.toMatchObject({ code: 'corrupt' });
    rmSync(path);
    const gone = archiveAt(path).backup(defaultBoard, join(folder, 'gone.db'), selectKinds, quietly);
    await expect(gone).rejects.toMatchObject({ code: 'missing' });
    expect(readdirSync(folder).filter((name) => /^(broken|gone)|part$/.test(name))).toEqual([]);
  });
});

describe('restoring', () => {
  it('brings the board back and keeps what was there', async () => {
    const { path, aside, restore } = await place();
    expect(await restore()).toEqual(['one', 'two']);
    expect(eventsIn(path)).toEqual(['one', 'two']);
    expect(eventsIn(aside)).toEqual(['one', 'two', 'three']);
    expect([isWhole(path), isWhole(aside)]).toEqual([true, true]);
    expect(drafts(path)).toEqual([]);
  });

  it('is a commit to whoever has the board open: the file stays the same one, and followers hear of it', async () => {
    const { path, restore } = await place();
    const store = openFile(path);
    const other = anotherProcess();
    await other.ask('open', path);
    await note(store, 'four');
    expect(await other.ask('kinds')).toContain('four');
    const { ino } = statSync(path);
    const locks = ownLocks(path);
    let calls = 0;
    store.follow(defaultBoard, () => {
      calls += 1;
    });
    await until('the first look', () => calls > 0);
    calls = 0;
    await restore();
    await until('the call', () => calls > 0, 3000);
    expect(await kinds(store)).toEqual(['one', 'two']);
    expect(await other.ask('kinds')).toEqual(['one', 'two']);
    expect(statSync(path).ino).toBe(ino);
    expect(ownLocks(path)).toEqual(expect.arrayContaining(locks));
    await note(store, 'five');
    expect(await other.ask('kinds')).toEqual(['one', 'two', 'five']);
  });

  it('loses no write of others: each is on the old board, which is kept, or on the new one', async () => {
    const { path, aside, restore } = await place();
    const writers = [anotherProcess(), anotherProcess()];
    const amount = 150;
    for (const writer of writers) await writer.ask('open', path);
    const writing = Promise.all(writers.map((writer, index) => writer.ask('write', `w${index}`, amount)));
    const begun = until('they write', () => eventsIn(path).length > 10);
    await Promise.all([writing, begun.then(() => restore())]);
    const [kept, now] = [eventsIn(aside), eventsIn(path)];
    const written = writers.flatMap((_, index) =>
      Array.from({ length: amount }, (__, number) => `w${index} ${number}`),
    );
    expect(kept.filter((event) => written.includes(String(event))).length).toBeGreaterThan(0);
    const later = now.slice(2);
    expect(later.length).toBeGreaterThan(0);
    expect([...kept.slice(3), ...later].sort()).toEqual(written.sort());
    expect([isWhole(path), isWhole(aside)]).toEqual([true, true]);
  });

  it('lets no number come round again', async () => {
    const { path, aside, restore } = await place();
    await restore();
    await finished(path, 'after');
    const newest = value(aside, 'select max(id) from task_events');
    expect(ask(path, "select id from task_events where kind = 'after'")).toEqual([
      { id: Number(newest) + 1 },
    ]);
    const counters = (file: string) => ask(file, 'select name, seq from sqlite_sequence order by name');
    for (const { name, seq } of counters(aside)) {
      const [now] = counters(path).filter((counter) => counter['name'] === name);
      expect(Number(now?.['seq'])).toBeGreaterThanOrEqual(Number(seq));
    }
  });

  it('lets no leader of yesterday come back: epochs only rise', async () => {
    const { path, restore } = await place();
    const database = new DatabaseSync(path);
    database.exec("insert into andon_fence (role, epoch) values ('dispatcher', 7), ('notifier', 3)");
    database.close();
    await restore(
      new Map([
        ['dispatcher', 5],
        ['notifier', 9],
      ]),
    );
    expect(ask(path, 'select role, epoch from andon_fence order by role')).toEqual([
      { role: 'dispatcher', epoch: 7 },
      { role: 'notifier', epoch: 9 },
    ]);
  });

  it.each([
    ['that is gone', (path: string) => rmSync(path), 0],
    ['that is empty', (path: string) => truncateSync(path), 0],
    ['that is no database', (path: string) => writeFileSync(path, 'nonsense'.repeat(2000)), 1],
    ['whose end is cut off', (path: string) => truncateSync(path, 4096 * 3), 1],
  ])('over a file %s brings the board back too, and counts on from far away', async (_, lose, kept) => {
    const { path, aside, restore } = await place();
    lose(path);
    const bytes = statSync(path, { throwIfNoEntry: false })?.size;
    expect(await restore()).toEqual(['one', 'two']);
    expect(eventsIn(path)).toEqual(['one', 'two']);
    expect(isWhole(path)).toBe(true);
    if (kept === 1) expect(statSync(aside).size).toBeGreaterThanOrEqual(bytes ?? 0);
    const store = openFile(path);
    await note(store, 'after');
    const [after] = ask(path, "select id from task_events where kind = 'after'");
    expect(Number(after?.['id'])).toBeGreaterThan(1_000_000);
    expect(existsSync(`${path}.made`)).toBe(true);
  });

  it('keeps the page size and the journal mode that the board has', async () => {
    const { path, aside, restore } = await place();
    const database = new DatabaseSync(path);
    database.exec('pragma journal_mode = delete; pragma page_size = 8192; vacuum');
    database.close();
    await restore();
    expect(value(path, 'pragma page_size')).toBe(8192);
    expect(value(path, 'pragma journal_mode')).toBe('delete');
    expect(eventsIn(path)).toEqual(['one', 'two']);
    expect(eventsIn(aside)).toEqual(['one', 'two', 'three']);
  });

  it('of a backup that is older brings its tables up to date', async () => {
    const { path, backup, restore } = await place();
    const database = new DatabaseSync(backup);
    database.exec('alter table tasks drop column model_override');
    const ours = database.prepare(
      "select name from sqlite_schema where type = 'table' and name like 'andon%'",
    );
    for (const { name } of ours.all()) database.exec(`drop table ${name}`);
    database.close();
    await restore();
    const store = openFile(path);
    expect(await store.upgrade(defaultBoard)).toEqual([]);
    expect(eventsIn(backup)).toEqual(['one', 'two']);
  });

  it('of a damaged backup changes nothing', async () => {
    const { path, backup, restore } = await place();
    truncateSync(backup, 4096 * 5);
    await expect(restore()).rejects.toThrow(/backup\.db/);
    expect(eventsIn(path)).toEqual(['one', 'two', 'three']);
    expect(readdirSync(dirname(path)).filter((name) => /before-restore|part$/.test(name))).toEqual([]);
  });

  it('of the board itself is refused', async () => {
    const { path, aside } = await place();
    const itself = archiveAt(path).restore(
      defaultBoard,
      path,
      { aside, epochs: noEpochs },
      selectKinds,
      quietly,
    );
    await expect(itself).rejects.toThrow(/is the board itself/);
  });
});

describe('restoring that is killed', () => {
  it.each([
    ['over a good board', quietly],
    ['over a broken one', (path: string) => writeFileSync(path, 'nonsense'.repeat(2000))],
  ])(
    '%s at whatever step leaves the old board or the new one, and the next try succeeds',
    async (_, harm) => {
      const outcomes = new Set<string>();
      for (let step = 1; ; step += 1) {
        const { path, backup, aside } = await place();
        harm(path);
        const bystander = anotherProcess();
        if (harm === quietly) await bystander.ask('open', path);
        const restorer = anotherProcess();
        const ended = restorer.ask('restore', path, backup, aside, step).catch(() => 'killed');
        if ((await ended) !== 'killed') {
          expect(step).toBeGreaterThan(5);
          break;
        }
        await restorer.ended;
        const there = existsSync(path) ? path : aside;
        const seen = harm === quietly ? await bystander.ask('kinds') : [];
        if (harm === quietly) expect(isWhole(path)).toBe(true);
        else if (there === aside || statSync(path).size === 16_000) seen.push('nonsense');
        else seen.push(...eventsIn(path).map(String));
        outcomes.add(seen.join(' '));
        // Whoever tries again gets the backup, and what was there before is not lost.
        const terms = { aside: `${aside}.again.db`, epochs: noEpochs };
        await archiveAt(path).restore(defaultBoard, backup, terms, selectKinds, quietly);
        expect(eventsIn(path)).toEqual(['one', 'two']);
        const kept = readdirSync(dirname(path)).filter((name) => name.includes('before-restore'));
        expect(kept.length).toBeGreaterThan(0);
      }
      expect([...outcomes]).toEqual(harm === quietly ? ['one two three'] : ['nonsense']);
    },
    120_000,
  );
});
