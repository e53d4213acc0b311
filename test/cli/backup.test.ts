import { mkdirSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { describe, expect, it } from 'vitest';
import { place } from './command-line.ts';

interface Told {
  readonly path: string;
  readonly bytes: number;
  readonly counts: Readonly<Record<string, number>>;
}

const titles = (path: string): unknown[] => {
  const database = new DatabaseSync(path);
  try {
    return database
      .prepare('select title from tasks order by title')
      .all()
      .map((row) => row['title']);
  } finally {
    database.close();
  }
};

const onPostgres = { ANDON_STORE: 'postgres://a:b@127.0.0.1:9/x' };

describe('backup', () => {
  it('makes a file of the board by its time, and says what it holds', async () => {
    const { run, json, create, home } = place();
    await create('One');
    await create('Two');
    const told = (await json('backup', '--json')) as Told;
    expect(told).toMatchObject({ board: 'default', counts: { ready: 2 }, unsound: [] });
    expect(told.path).toMatch(/\/backups\/default\/\d{4}-\d\d-\d\dT\d\d-\d\d-\d\d\.\d{3}Z\.db$/);
    expect(titles(told.path)).toEqual(['One', 'Two']);
    const { out } = await run('backup');
    expect(out).toMatch(/^Board default: 2 tasks \(2 ready\), newest event .*\n.*\.db \(\d+ KiB\)\n$/);
    expect(readdirSync(join(home, 'backups', 'default'))).toHaveLength(2);
  });

  it('goes where it is told, and replaces nothing there', async () => {
    const { run, json, create, home } = place();
    await create('One');
    const folder = join(home, 'elsewhere');
    mkdirSync(folder);
    const { path } = (await json('backup', '--to', folder, '--json')) as Told;
    expect(path.startsWith(`${folder}/20`)).toBe(true);
    const file = join(home, 'new', 'mine.db');
    expect((await run('backup', '--to', file)).code).toBe(0);
    expect(titles(file)).toEqual(['One']);
    const again = await run('backup', '--to', file);
    expect(again).toMatchObject({ code: 1, out: '' });
    expect(again.err).toMatch(/^andon: .*mine\.db is there already; name another file\.\n$/);
  });

  it('of another board has its own folder; one that was never made has none', async () => {
    const { run, json } = place();
    await run('boards', 'create', 'shop');
    expect(await json('--board', 'shop', 'backup', '--json')).toMatchObject({
      board: 'shop',
      path: expect.stringContaining('/backups/shop/'),
    });
    const { code, err } = await run('backup');
    expect(code).toBe(1);
    expect(err).toMatch(/^andon: There is no board at .*kanban\.db\.\n$/);
  });

  it('keeps a board whose rows break a rule as it is, and says so', async () => {
    const { run, create, home } = place();
    const id = await create('One');
    const database = new DatabaseSync(join(home, 'kanban.db'));
    database.exec(`update tasks set consecutive_failures = -1 where id = '${id}'`);
    database.close();
    const { code, err } = await run('backup');
    expect(code).toBe(0);
    expect(err).toContain(`the board is backed up as it is: Tasks with fewer than no failures: ${id}`);
  });

  it.each(['backup', 'restore latest'])('on PostgreSQL: %s names pg_dump', async (verb) => {
    const { runWith } = place();
    const { code, err } = await runWith(onPostgres, ...verb.split(' '));
    expect(code).toBe(1);
    expect(err).toMatch(/^andon: [^\n]*PostgreSQL[^\n]*pg_dump[^\n]*\n$/);
  });
});

describe('restore', () => {
  it('tells what it would change, and changes nothing unless it is told to', async () => {
    const { run, json, create, home } = place();
    await create('One');
    await run('backup');
    await create('Two');
    const { code, out } = await run('restore', 'latest');
    expect(code).toBe(0);
    expect(out).toMatch(
      /^Board default now: 2 tasks .*\nIn the backup: {2}1 task .*\nNothing was changed\. .*--yes\n$/,
    );
    expect(await json('restore', 'latest', '--json')).toMatchObject({
      restored: false,
      before: { counts: { ready: 2 } },
      after: { counts: { ready: 1 } },
      living_runs: [],
    });
    expect(titles(join(home, 'kanban.db'))).toEqual(['One', 'Two']);
    expect(readdirSync(home).filter((name) => /part$|before-restore/.test(name))).toEqual([]);
  });

  it('brings the board back, and keeps what was there', async () => {
    const { run, json, create, home } = place();
    await create('One');
    const { path } = (await json('backup', '--json')) as Told;
    await create('Two');
    const told = (await json('restore', path, '--yes', '--json')) as { readonly kept: string };
    expect(told).toMatchObject({ restored: true, after: { counts: { ready: 1 } } });
    expect(told.kept).toMatch(/kanban\.db\.before-restore-\d+\.db$/);
    expect(titles(told.kept)).toEqual(['One', 'Two']);
    expect((await run('list')).out).toMatch(/One\n$/);
    const undone = await run('restore', told.kept, '--yes');
    expect(undone.out).toContain('What was there is');
    expect(titles(join(home, 'kanban.db'))).toEqual(['One', 'Two']);
  });

  it.each([
    ['lost', (path: string) => rmSync(path), /was in use and is gone/],
    ['corrupt', (path: string) => writeFileSync(path, 'This was a board.'), /is not a readable SQLite/],
  ])('brings a %s board back', async (_, harm, said) => {
    const { run, create, home } = place();
    await create('One');
    await run('backup');
    harm(join(home, 'kanban.db'));
    expect((await run('list')).err).toMatch(said);
    expect((await run('restore', 'latest')).out).toMatch(said);
    expect((await run('restore', 'latest', '--yes')).code).toBe(0);
    expect((await run('list')).out).toContain('One');
    expect((await run('create', 'Two')).code).toBe(0);
  });

  it('brings back a board of which only its folder is left', async () => {
    const { run, home } = place();
    await run('boards', 'create', 'shop');
    await run('--board', 'shop', 'create', 'One');
    await run('--board', 'shop', 'backup');
    const folder = join(home, 'kanban', 'boards', 'shop');
    for (const name of ['kanban.db', 'board.json']) rmSync(join(folder, name));
    expect((await run('--board', 'shop', 'restore', 'latest', '--yes')).code).toBe(0);
    expect((await run('--board', 'shop', 'list')).out).toContain('One');
  });

  it('says what is wrong with what it was given', async () => {
    const { run, create, home } = place();
    await create('One');
    expect((await run('restore', 'latest')).err).toMatch(
      /^andon: There is no backup of the board default in .*\n$/,
    );
    expect((await run('restore', 'nowhere.db')).err).toMatch(
      /^andon: There is no board at .*nowhere\.db\.\n$/,
    );
    const other = join(home, 'other.db');
    const database = new DatabaseSync(other);
    database.exec('create table notes (id integer)');
    database.close();
    expect((await run('restore', other, '--yes')).err).toMatch(/^andon: .*other\.db holds no board\.\n$/);
    expect((await run('restore', join(home, 'kanban.db'), '--yes')).err).toMatch(/is the board itself/);
    expect((await run('list')).out).toContain('One');
  });
});
