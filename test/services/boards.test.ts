import { existsSync, mkdirSync, readdirSync, readFileSync, symlinkSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it, onTestFinished } from 'vitest';
import {
  asEpoch,
  asMillis,
  asSeconds,
  type BoardId,
  defaultBoard,
  parseBoardId,
} from '../../src/domain/ids.ts';
import { createKernel } from '../../src/kernel/create-kernel.ts';
import { openBoards } from '../../src/services/boards.ts';
import {
  activeBoard,
  boardFolder,
  boardPaths,
  everyBoard,
  type Home,
  liveBoards,
  readBoard,
  withBoardWorkdir,
} from '../../src/services/home.ts';
import { nodeWorld } from '../../src/services/world-node.ts';
import { openSqliteStore } from '../../src/store/sqlite/sqlite.ts';
import { quiet } from '../support/quiet-log.ts';
import { temporaryHome } from '../support/temporary-home.ts';

const slug = (text: string): BoardId => {
  const id = parseBoardId(text);
  if (id === undefined) throw new Error(`${text} is no slug.`);
  return id;
};
const shop = slug('shop');
const now = asMillis(1_700_000_000_000);

function open(files: Readonly<Record<string, string>> = {}) {
  const home = temporaryHome(files);
  const kernel = createKernel(openSqliteStore({ locate: (board) => boardPaths(home, board).db }));
  onTestFinished(() => kernel.close());
  const world = { ...nodeWorld({ log: quiet }), now: () => now };
  return { home, kernel, files: world.files, boards: openBoards(world, home, kernel) };
}

const metadata = (home: Home, board: BoardId): unknown =>
  JSON.parse(readFileSync(join(boardFolder(home, board), 'board.json'), 'utf8'));

describe('making a board', () => {
  it('writes what it is and its tables, and is safe to repeat', async () => {
    const { home, boards, kernel, files } = open();
    const made = await boards.create(shop, { name: 'The Shop' });
    expect(made).toMatchObject({
      created: true,
      board: { slug: 'shop', name: 'The Shop', created_at: 1_700_000_000 },
    });
    expect(existsSync(boardPaths(home, shop).db)).toBe(true);
    expect((await kernel.counts(shop, {})).ok).toBe(true);

    const again = await boards.create(shop, { icon: '🛒' });
    expect(again).toMatchObject({ created: false, board: { name: 'The Shop', icon: '🛒' } });
    expect(await everyBoard(home, files)).toEqual([defaultBoard, shop]);
    expect(readdirSync(join(home.root, 'kanban/boards'))).toEqual(['shop']);
  });

  it('of one slug twice at once makes one', async () => {
    const { home, boards } = open();
    const made = await Promise.all([
      boards.create(shop, { name: 'One' }),
      boards.create(shop, { icon: 'x' }),
    ]);
    expect(made.map(({ board }) => board.slug)).toEqual([shop, shop]);
    expect(readdirSync(join(home.root, 'kanban/boards'))).toEqual(['shop']);
  });

  it('of `default` only describes it', async () => {
    const { home, boards } = open();
    expect(await boards.create(defaultBoard, { name: 'Main' })).toMatchObject({ created: false });
    expect(metadata(home, defaultBoard)).toMatchObject({ slug: 'default', name: 'Main' });
    expect(existsSync(join(home.root, 'kanban.db'))).toBe(true);
  });
});

describe('changing a board', () => {
  it('keeps keys that other programs wrote', async () => {
    const { home, boards } = open({
      'kanban/boards/shop/board.json': '{"project_id": "p1", "archived": true}',
    });
    expect((await boards.change(shop, { name: 'Shop!' })).ok).toBe(true);
    expect(metadata(home, shop)).toMatchObject({ project_id: 'p1', archived: true, name: 'Shop!' });
  });

  it('of a malformed file starts from the defaults', async () => {
    const { boards } = open({ 'kanban/boards/shop/board.json': 'oops' });
    expect(await boards.change(shop, {})).toMatchObject({ ok: true, value: { name: 'Shop' } });
  });

  it('that does not exist is refused, and makes nothing', async () => {
    const { home, boards } = open();
    for (const answer of [
      await boards.change(shop, { name: 'x' }),
      await boards.switchTo(shop),
      await boards.remove(shop, 'archive'),
    ]) {
      expect(answer).toMatchObject({ ok: false, refusal: { code: 'unknown_board' } });
    }
    expect(existsSync(join(home.root, 'kanban'))).toBe(false);
  });

  it('a board can be the active one', async () => {
    const { home, boards, files } = open();
    await boards.create(shop, {});
    expect((await boards.switchTo(shop)).ok).toBe(true);
    expect(readFileSync(join(home.root, 'kanban/current'), 'utf8')).toBe('shop\n');
    expect(await activeBoard(home, files)).toBe(shop);
  });
});

describe('removing a board', () => {
  it('sets it aside under its name and the time, and the active one is `default` again', async () => {
    const { home, boards, kernel, files } = open();
    for (const suffix of ['', '-1', '-2']) {
      await boards.create(shop, {});
      await kernel.create(shop, { title: `Kept ${suffix}` });
      await boards.switchTo(shop);
      const path = join(home.root, `kanban/boards/_archived/shop-1700000000${suffix}`);
      expect(await boards.remove(shop, 'archive')).toEqual({
        ok: true,
        value: { slug: shop, action: 'archived', new_path: path },
      });
      expect(existsSync(join(path, 'kanban.db'))).toBe(true);
      expect(await activeBoard(home, files)).toBe(defaultBoard);
      expect(existsSync(join(home.root, 'kanban/current'))).toBe(false);
    }
    expect(await everyBoard(home, files)).toEqual([defaultBoard]);
  });

  it('deletes it for good when told so, but what a link in it names stays', async () => {
    const { home, boards } = open({ 'elsewhere/kept': 'x' });
    await boards.create(shop, {});
    symlinkSync(join(home.root, 'elsewhere'), join(boardFolder(home, shop), 'workspaces'));
    expect(await boards.remove(shop, 'delete')).toEqual({
      ok: true,
      value: { slug: shop, action: 'deleted', new_path: '' },
    });
    expect(readdirSync(join(home.root, 'kanban/boards'))).toEqual(['_archived']);
    expect(readdirSync(join(home.root, 'kanban/boards/_archived'))).toEqual([]);
    expect(existsSync(join(home.root, 'elsewhere/kept'))).toBe(true);
  });

  it('does not delete where a link leads', async () => {
    const { home, boards } = open({ 'elsewhere/board.json': '{}' });
    mkdirSync(join(home.root, 'kanban/boards'), { recursive: true });
    symlinkSync(join(home.root, 'elsewhere'), boardFolder(home, shop));
    expect(await boards.remove(shop, 'delete')).toMatchObject({
      ok: false,
      refusal: { code: 'invalid_input', sentence: expect.stringContaining('is a link') },
    });
    expect(existsSync(join(home.root, 'elsewhere/board.json'))).toBe(true);
  });

  it('leaves another active board active', async () => {
    const { home, boards, files } = open();
    await boards.create(shop, {});
    await boards.create(slug('other'), {});
    await boards.switchTo(slug('other'));
    await boards.remove(shop, 'archive');
    expect(await activeBoard(home, files)).toBe('other');
  });

  it('is refused for `default`', async () => {
    expect(await open().boards.remove(defaultBoard, 'delete')).toMatchObject({
      ok: false,
      refusal: { code: 'invalid_input' },
    });
  });

  it('is refused while a task runs on it, and while a process of one may live, naming them', async () => {
    const { home, boards, kernel, files } = open();
    await boards.create(shop, {});
    const create = async (title: string) => {
      const made = await kernel.create(shop, { title });
      if (!made.ok) throw new Error(made.refusal.sentence);
      return made.value.task.id;
    };
    const [claimed, started] = [await create('Claimed'), await create('Answered, still there')];
    const claim = { ttl_seconds: asSeconds(900), claim_lock: 'here:1', workspace_path: null };
    expect((await kernel.claim(shop, { ...claim, task_id: claimed })).ok).toBe(true);
    const start = { runs_root: '/runs', mark: 'a1', max_runtime_seconds: null, slot_free_since: now };
    const starts = [{ ...claim, ...start, task_id: started, host: 'here' }];
    const runs = await kernel.startRuns(shop, { epoch: asEpoch(1), starts });
    const [run] = runs.ok ? runs.value : [];
    if (!run?.ok) throw new Error('The run was not started.');
    expect((await kernel.complete(shop, { task_id: started, run_id: run.value.run_id })).ok).toBe(true);
    for (const how of ['archive', 'delete'] as const) {
      expect(await boards.remove(shop, how)).toMatchObject({
        ok: false,
        refusal: { code: 'already_running', ids: [claimed, started] },
      });
    }
    expect(await everyBoard(home, files)).toEqual([defaultBoard, shop]);
  });

  it('is not undone by a write that comes late', async () => {
    const { home, boards, kernel } = open();
    await boards.create(shop, {});
    const late = createKernel(openSqliteStore({ locate: (board) => boardPaths(home, board).db }));
    onTestFinished(() => late.close());
    expect((await late.create(shop, { title: 'Opens it' })).ok).toBe(true);
    await boards.remove(shop, 'archive');
    for (const each of [kernel, late]) {
      await expect(each.create(shop, { title: 'Late' })).rejects.toThrow(/archived or removed/);
    }
    expect(existsSync(boardFolder(home, shop))).toBe(false);
  });
});

it('boards that are archived in place are known but not served', async () => {
  const { home, files } = open({
    'kanban/boards/old/board.json': '{"archived": true}',
    'kanban/boards/shop/kanban.db': '',
    'kanban/boards/empty/notes.txt': '',
    'kanban/boards/_archived/x-1/board.json': '{}',
    'kanban/boards/Not-A-Slug/board.json': '{}',
    'kanban/boards/default/board.json': '{"archived": true}',
  });
  expect(await everyBoard(home, files)).toEqual(['default', 'old', 'shop']);
  expect(await liveBoards(home, files)).toEqual(['default', 'shop']);
  expect(await readBoard(home, files, slug('old'))).toMatchObject({ archived: true, name: 'Old' });
});

describe("a board's default folder (contract §4.1)", () => {
  const fill = async (file: string, more: Parameters<typeof withBoardWorkdir>[3]) => {
    const { home, files } = open({ 'kanban/boards/shop/board.json': file });
    return (await withBoardWorkdir(home, files, shop, more)).workspace_path;
  };
  const set = '{"default_workdir": "/srv/shop"}';

  it.each(['dir', 'worktree'] as const)('is where a new %s task works that names none', async (kind) => {
    expect(await fill(set, { title: 'x', workspace_kind: kind })).toBe('/srv/shop');
    expect(await fill(set, { title: 'x', workspace_kind: kind, workspace_path: ' ' })).toBe('/srv/shop');
    expect(await fill(set, { title: 'x', workspace_kind: kind, workspace_path: '/own' })).toBe('/own');
    expect(await fill('{}', { title: 'x', workspace_kind: kind })).toBeUndefined();
  });

  it('is never that of a scratch task', async () => {
    expect(await fill(set, { title: 'x', workspace_kind: 'scratch' })).toBeUndefined();
    expect(await fill(set, { title: 'x' })).toBeUndefined();
  });
});
