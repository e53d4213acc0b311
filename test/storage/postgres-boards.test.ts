import { join } from 'node:path';
import { describe, expect, it, onTestFinished } from 'vitest';
import { type BoardId, homeBoard } from '../../src/domain/ids.ts';
import { createKernel } from '../../src/kernel/create-kernel.ts';
import { openBoards } from '../../src/services/boards.ts';
import { nodeWorld } from '../../src/services/world-node.ts';
import { lockClass } from '../../src/store/postgres/schema.ts';
import { freshDatabase } from '../support/databases.ts';
import { insertEvent, kinds, note } from '../support/events.ts';
import { anotherProgram, openPostgres } from '../support/postgres-board.ts';
import { quiet } from '../support/quiet-log.ts';
import { temporaryHome } from '../support/temporary-home.ts';
import { until } from '../support/until.ts';

const shop = 'shop' as BoardId;

/** A board with one event, known to two processes. */
async function known() {
  const url = await freshDatabase();
  const [mine, late] = [openPostgres(url), openPostgres(url)];
  await note(mine, 'old', shop);
  expect(await kinds(late, shop)).toEqual(['old']);
  const program = await anotherProgram(url);
  const registered = async () => {
    const { rows } = await program.query('select slug, schema from andon.boards order by id');
    return rows.map(({ slug, schema }) => `${slug} ${schema}`);
  };
  const archived = async () => {
    const { rows } = await program.query('select kind from b_1.task_events order by id');
    return rows.map(({ kind }) => String(kind));
  };
  return { url, mine, late, program, registered, archived };
}

describe('a retired board', () => {
  it('that was archived keeps its tables, and its name is free', async () => {
    const { mine, registered, archived } = await known();
    await mine.retire(shop, 'shop-1');
    expect(await mine.exists(shop)).toBe(false);
    expect(await kinds(mine, shop)).toEqual([]);
    await note(mine, 'new', shop);
    expect(await kinds(mine, shop)).toEqual(['new']);
    expect(await registered()).toEqual(['_archived/shop-1 b_1', 'shop b_2']);
    expect(await archived()).toEqual(['old']);
  });

  it('that was deleted leaves nothing', async () => {
    const { mine, program, registered } = await known();
    await mine.retire(shop, null);
    expect(await registered()).toEqual([]);
    const { rows } = await program.query("select nspname from pg_namespace where nspname like 'b\\_%'");
    expect(rows).toEqual([]);
    await note(mine, 'new', shop);
    expect(await kinds(mine, shop)).toEqual(['new']);
  });

  it.each(['shop-1', null])('is gone for a process that knew it too (archived as %s)', async (as) => {
    const { mine, late, registered } = await known();
    await mine.retire(shop, as);
    await expect(note(late, 'late', shop)).rejects.toMatchObject({
      code: 'io',
      message: expect.stringMatching(/no board shop any more: it was archived or removed/),
    });
    expect(await kinds(late, shop)).toEqual([]);
    expect(await registered()).toEqual(as === null ? [] : ['_archived/shop-1 b_1']);
  });

  it.each(['shop-1', null])('is not asked of by who knows its place (archived as %s)', async (as) => {
    const { url, mine, late } = await known();
    const others = [openPostgres(url), openPostgres(url)] as const;
    for (const each of others) expect(await each.exists(shop)).toBe(true);
    await mine.retire(shop, as);
    expect(await late.exists(shop)).toBe(false);
    expect(await others[0].health(shop)).toEqual([]);
    expect(await others[1].upgrade(shop)).toBeUndefined();
  });

  it.each(['shop-1', null])('and made anew is the new one for everybody (archived as %s)', async (as) => {
    const { url, mine, late } = await known();
    const reader = openPostgres(url);
    expect(await kinds(reader, shop)).toEqual(['old']);
    await mine.retire(shop, as);
    await note(mine, 'new', shop);
    await note(late, 'late', shop);
    expect(await kinds(reader, shop)).toEqual(['new', 'late']);
  });

  it('keeps what was being written, and refuses whoever waited for the lock behind it', async () => {
    const { mine, late, program, registered, archived } = await known();
    await program.query(`select pg_advisory_lock(${lockClass}, 1)`);
    const waiting = async (count: number) => {
      const { rows } = await program.query(
        "select 1 from pg_locks where locktype = 'advisory' and not granted and classid = $1 and objid = 1",
        [lockClass],
      );
      return rows.length === count;
    };
    const retired = mine.retire(shop, 'shop-1');
    await until('the retiring waits', () => waiting(1));
    const refused = expect(note(late, 'late', shop)).rejects.toMatchObject({ code: 'io' });
    await until('the writer waits', () => waiting(2));
    await program.query(`select pg_advisory_unlock(${lockClass}, 1)`);
    await Promise.all([retired, refused]);
    expect(await archived()).toEqual(['old']);
    expect(await registered()).toEqual(['_archived/shop-1 b_1']);
  });

  it('wakes those who follow it', async () => {
    const { mine, late } = await known();
    let calls = 0;
    onTestFinished(
      late.follow(shop, () => {
        calls += 1;
      }),
    );
    await until('the first look', () => calls > 0);
    const before = calls;
    await mine.retire(shop, 'shop-1');
    await until('the retiring is heard', () => calls > before, 3000);
  });

  it('may never have been made', async () => {
    const store = openPostgres(await freshDatabase());
    await store.retire(shop, null);
    await note(store, 'elsewhere');
    await store.retire(shop, 'shop-1');
    expect(await kinds(store)).toEqual(['elsewhere']);
  });

  it("is never the home's own", async () => {
    const store = openPostgres(await freshDatabase());
    await store.write(homeBoard, async () => {});
    for (const as of ['home-1', null]) {
      await expect(store.retire(homeBoard, as)).rejects.toThrow('~home cannot be retired');
    }
    expect(await store.exists(homeBoard)).toBe(true);
  });

  it('waits for the write of its own process', async () => {
    const { mine, archived } = await known();
    const slow = mine.write(shop, (tx) => insertEvent(tx, 'slow'));
    await Promise.all([slow, mine.retire(shop, 'shop-1')]);
    expect(await archived()).toEqual(['old', 'slow']);
  });
});

it.each(['archive', 'delete'] as const)('a board that is made again after `%s` is empty', async (how) => {
  const url = await freshDatabase();
  const kernel = createKernel(openPostgres(url));
  const home = temporaryHome({});
  const boards = openBoards(nodeWorld({ log: quiet }), home, kernel);
  await boards.create(shop, {});
  expect((await kernel.create(shop, { title: 'Old' })).ok).toBe(true);
  const removed = await boards.remove(shop, how);
  if (!removed.ok) throw new Error(removed.refusal.sentence);
  await boards.create(shop, {});
  expect(await kernel.list(shop, {})).toEqual({ ok: true, value: [] });

  const program = await anotherProgram(url);
  const { rows } = await program.query('select slug from andon.boards order by id');
  const archive = removed.value.new_path.slice(join(home.root, 'kanban/boards/').length);
  expect(rows.map(({ slug }) => slug)).toEqual(how === 'archive' ? [archive, 'shop'] : ['shop']);
});
