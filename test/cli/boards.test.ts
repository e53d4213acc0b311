import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { place } from './command-line.ts';

/** `andon boards` as a person meets it (contract §8.2); the rules themselves are in `services/boards.test.ts`. */
describe.concurrent('andon boards', () => {
  it('makes, lists, switches, shows, renames and archives', async () => {
    const { run, create, home } = place();
    const db = join(home, 'kanban/boards/web-shop/kanban.db');
    const made = await run('boards', 'create', ' Web-Shop', '--icon', '🛒', '--description', 'All of it');
    expect(made).toEqual({ code: 0, out: `Board web-shop created: Web Shop\n${db}\n`, err: '' });
    expect((await run('boards', 'new', 'web-shop')).out).toBe(
      `Board web-shop already exists: Web Shop\n${db}\n`,
    );
    expect((await run('boards', 'ls')).out).toBe(
      '●  default   Default     no tasks\n   web-shop  🛒 Web Shop  no tasks\n',
    );

    expect(await run('boards', 'use', 'web-shop')).toMatchObject({ code: 0, err: '' });
    const id = await create('Sell');
    expect((await run('list')).out).toBe(`Board web-shop: 🛒 Web Shop\n▶ ${id}  ready  -  Sell\n`);
    expect((await run('--board', 'default', 'list')).out).toBe(
      'Board default: Default\n(no matching tasks)\n',
    );
    expect((await run('boards', 'rename', 'web-shop', 'The Shop')).code).toBe(0);
    expect((await run('boards', 'show')).out).toBe(
      `web-shop\n  name      🛒 The Shop\n  about     All of it\n  database  ${db}\n  tasks     1 (1 ready)\n`,
    );

    const { code, out } = await run('boards', 'rm', 'web-shop');
    expect(code).toBe(0);
    expect(out).toMatch(/^Board web-shop archived: \S+\/_archived\/web-shop-\d+\n$/);
    expect((await run('boards', 'list')).out).toBe('●  default  Default  no tasks\n');
    // One board: nothing stands above its list.
    expect((await run('list')).out).toBe('(no matching tasks)\n');
  });

  it('answers JSON with what the board says of itself, its counts and which is active', async () => {
    const { run, json, create, home } = place();
    await run('boards', 'create', 'a', '--switch', '--color', 'red');
    await create('One');
    await create('Two', '--initial-status', 'blocked');
    const boards = await json('boards', 'list', '--json');
    expect(boards).toMatchObject([
      { slug: 'default', is_current: false, total: 0, created_at: null },
      {
        slug: 'a',
        name: 'A',
        color: 'red',
        is_current: true,
        counts: { ready: 1, blocked: 1, todo: 0 },
        total: 2,
        db_path: join(home, 'kanban/boards/a/kanban.db'),
      },
    ]);
    expect(await json('boards', 'current', '--json')).toMatchObject({ slug: 'a', total: 2 });
  });

  it('lists the tasks of every board', async () => {
    const { run, json, create } = place();
    const here = await create('Here');
    await run('boards', 'create', 'shop', '--switch');
    const there = await create('There', '--assignee', 'ada');
    expect((await run('list', '--all-boards')).out).toBe(
      `Board default: Default\n▶ ${here}  ready  -  Here\nBoard shop: Shop\n▶ ${there}  ready  ada  There\n`,
    );
    expect(await json('list', '--all-boards', '--assignee', 'ada', '--json')).toMatchObject([
      { id: there, board: 'shop' },
    ]);
    expect(await run('--board', 'shop', 'list', '--all-boards')).toMatchObject({ code: 2, out: '' });
  });

  it('lists archived boards only with --all', async () => {
    const { run, write } = place();
    write('kanban/boards/old/board.json', '{"archived": true}');
    expect((await run('boards', 'list')).out).not.toContain('old');
    expect((await run('boards', 'list', '--all')).out).toContain('Old (archived)');
  });

  it('deletes for good with --delete, or as `delete`', async () => {
    const { run, home } = place();
    for (const verb of [['rm', '--delete'], ['delete']]) {
      await run('boards', 'create', 'gone');
      expect(await run('boards', ...verb, 'gone')).toEqual({
        code: 0,
        out: 'Board gone deleted.\n',
        err: '',
      });
      expect(existsSync(join(home, 'kanban/boards/gone'))).toBe(false);
    }
  });

  it('sets a default folder, which a dir task without one gets, and clears it', async () => {
    const { run, json, home } = place();
    const workdir = async () =>
      JSON.parse(readFileSync(join(home, 'kanban/boards/a/board.json'), 'utf8')).default_workdir;
    await run('boards', 'create', 'a', '--switch', '--default-workdir', '/srv/a');
    expect(await json('create', 'x', '--workspace', 'dir', '--json')).toMatchObject({
      workspace_kind: 'dir',
      workspace_path: '/srv/a',
    });
    expect(await json('create', 'x', '--workspace', 'dir:/own', '--json')).toMatchObject({
      workspace_path: '/own',
    });
    expect(await json('create', 'x', '--json')).toMatchObject({ workspace_path: null });
    expect((await run('boards', 'set-default-workdir', 'a', 'sub')).code).toBe(0);
    expect(await workdir()).toMatch(/^\/.*\/sub$/);
    expect((await run('boards', 'set-default-workdir', 'a', '~/sub')).code).toBe(0);
    expect(await workdir()).toBe('~/sub');
    expect((await run('boards', 'set-default-workdir', 'a')).code).toBe(0);
    expect(await workdir()).toBeNull();
    const { code, err } = await run('create', 'x', '--workspace', 'dir');
    expect({ code, err }).toEqual({ code: 1, err: expect.stringMatching(/dir.*path/) });
  });

  it('ignores --board and the pin of one database', async () => {
    const { run, runWith, home } = place();
    const pinned = { ANDON_DB: join(home, 'pinned.db'), ANDON_BOARD: 'a' };
    expect(await runWith(pinned, '--board', 'nope', 'boards', 'create', 'a')).toMatchObject({ code: 0 });
    expect(existsSync(join(home, 'kanban/boards/a/kanban.db'))).toBe(true);
    expect(existsSync(pinned.ANDON_DB)).toBe(false);
    expect((await run('--board', 'nope', 'boards', 'ls')).code).toBe(0);
  });

  it.for([
    ['an unknown board', ['switch', 'nope'], 1, /No board nope in .*boards create nope/],
    ['the removal of an unknown board', ['rm', 'nope'], 1, /No board nope/],
    ['the removal of `default`', ['delete', 'default'], 1, /default cannot be removed/],
    ['a slug that breaks the rule', ['create', 'no/slug'], 2, /a-z, 0-9/],
    ['an unknown verb', ['frob'], 2, /unknown command/],
    ['no slug', ['create'], 2, /missing required argument/],
  ] as const)('answers %s with one sentence', async ([, args, code, sentence]) => {
    const { run, home } = place();
    const answer = await run('boards', ...args);
    expect(answer).toMatchObject({ code, out: '' });
    expect(answer.err).toMatch(/^andon: [^\n]+\n$/);
    expect(answer.err).toMatch(sentence);
    expect(existsSync(join(home, 'kanban'))).toBe(false);
  });
});
