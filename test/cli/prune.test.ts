import { existsSync, mkdirSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { place } from './command-line.ts';

describe('delete, purge and archive --rm', () => {
  it('remove the rows and the files, and tell what went', async () => {
    const { home, run, create, write, json } = place();
    const id = await create('Gone');
    await run('claim', id);
    await run('complete', id);
    const workspace = join(home, 'kanban', 'workspaces', id);
    const log = join(home, 'kanban', 'logs', `${id}.log`);
    write(`kanban/logs/${id}.log`, 'output\n');
    write(`kanban/sessions/${id}/ada-work/notes`, 'x');
    const { code, out, err } = await run('delete', id);
    expect({ code, err }).toEqual({ code: 0, err: '' });
    const trash = join(home, 'kanban', 'trash');
    const [entry = ''] = readdirSync(trash);
    expect(entry.endsWith(`Z-${id}`)).toBe(true);
    const went = [join(home, 'kanban', 'sessions', id), log].map((path) => `  Removed ${path}\n`).join('');
    expect(out).toBe(`Deleted ${id}\n  Moved ${workspace} to ${join(trash, entry)}\n${went}`);
    expect([existsSync(workspace), existsSync(log)]).toEqual([false, false]);
    expect(await run('show', id)).toMatchObject({
      code: 1,
      err: expect.stringContaining('(“Gone”) was deleted on'),
    });

    const other = await create('Other');
    expect(await json('delete', other, '--json')).toEqual({
      ok: true,
      task_id: other,
      status: 'deleted',
      removed: [],
      trashed: [],
      kept: [],
    });
  });

  it('what is not ours stays and is told', async () => {
    const { home, run, create, write } = place();
    const id = await create('Shared');
    write('kanban/workspaces/deep/file', 'x');
    await run('create', 'Works there', '--workspace', `dir:${join(home, 'kanban', 'workspaces', id)}`);
    await run('claim', id);
    const { code, err } = await run('delete', id);
    expect(code).toBe(0);
    expect(err).toContain('another task needs');
    expect(existsSync(join(home, 'kanban', 'workspaces', id))).toBe(true);
  });

  it('what a task of another board needs stays, and all while a board cannot tell', async () => {
    const { home, run, create, write } = place();
    await run('boards', 'create', 'shop');
    const workspaces = join(home, 'kanban', 'workspaces');
    const made = async (title: string): Promise<string> => {
      const id = await create(title);
      await run('claim', id);
      await run('complete', id);
      await run('archive', id);
      expect(existsSync(join(workspaces, id))).toBe(true);
      return id;
    };
    const [needed, old] = [await made('Needed'), await made('Old')];
    const inFolder = `dir:${join(workspaces, needed)}`;
    await run('--board', 'shop', 'create', 'Works there', '--workspace', inFolder);

    for (const args of [['gc'], ['delete', needed]]) {
      expect((await run(...args)).err).toContain(`kept ${join(workspaces, needed)}: another task needs`);
    }
    expect(readdirSync(workspaces)).toEqual([needed]);

    const last = await made('Last');
    write('kanban/boards/shop/kanban.db', 'this was a board');
    expect((await run('delete', last)).err).toContain('the board shop cannot tell whether its tasks need it');
    expect(existsSync(join(workspaces, last))).toBe(true);
    expect(existsSync(join(workspaces, old))).toBe(false);
  });

  it('purge and archive --rm take archived tasks only; mixing them fails', async () => {
    const { run, create } = place();
    const [one, two, three] = [await create('1'), await create('2'), await create('3')];
    await run('archive', one, two);
    expect((await run('purge', one)).out).toBe(`Purged ${one}\n`);
    expect((await run('archive', '--rm', two, three)).code).toBe(1);
    expect(await run('purge', three)).toMatchObject({
      code: 1,
      err: expect.stringContaining('archive it first'),
    });
    expect(await run('archive', three, '--rm', two)).toMatchObject({ code: 1, out: '' });
    expect((await run('archive')).code).toBe(2);
    expect((await run('list', '--archived')).out).toContain(three);
    expect((await run('list', '--archived')).out).not.toContain(two);
  });
});

describe('gc', () => {
  it('removes what is old, and with --dry-run only tells', async () => {
    const { home, run, create, write, json } = place();
    const id = await create('Done with');
    await run('claim', id);
    await run('archive', id);
    write(`kanban/logs/${id}.log`, 'output\n');
    const workspace = join(home, 'kanban', 'workspaces', id);
    const trash = join(home, 'kanban', 'trash');
    const old = join(trash, '2026-01-01T09-00-00.000Z-t_00000001');
    mkdirSync(old, { recursive: true });
    expect(await json('gc', '--dry-run', '--json')).toEqual({
      board: 'default',
      dry_run: true,
      events: 0,
      deliveries: 0,
      orphans: 0,
      removed: [old],
      trashed: [{ path: workspace, to: null }],
      kept: [],
    });
    expect([workspace, old].map((path) => existsSync(path))).toEqual([true, true]);
    const { code, out } = await run('gc');
    expect(code).toBe(0);
    expect(out).toContain(`Moved ${workspace} to ${trash}`);
    expect(out).toContain(`Removed ${old}`);
    expect([workspace, old].map((path) => existsSync(path))).toEqual([false, false]);
    expect(readdirSync(trash)).toHaveLength(1);
    write('andon.yaml', 'trash_retention_days: 0\n');
    await run('gc');
    expect(readdirSync(trash)).toEqual([]);
    expect((await run('gc', '--event-retention-days', 'x')).code).toBe(2);
  });
});
