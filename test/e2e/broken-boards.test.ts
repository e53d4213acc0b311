import { readdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { describe, expect, it } from 'vitest';
import { gatewayHome } from '../support/gateway-home.ts';
import { until } from '../support/until.ts';

/** A real gateway beside a broken board: the others go on, everybody is told, and a good file is taken up again. */

const workers = { quick: 'andon complete "$ANDON_TASK"' };

describe.concurrent('a gateway beside a board', () => {
  it('whose file is corrupt names it, goes on with others, and takes up a restored one', async ({
    onTestFinished,
  }) => {
    const home = gatewayHome({ onTestFinished }, { workers });
    const path = join(home.root, 'kanban/boards/shop/kanban.db');
    await home.andon('boards', 'create', 'shop');
    await home.andon('--board', 'shop', 'create', 'Kept', '--assignee', 'quick');
    await home.kernel.close();
    renameSync(path, `${path}.good`);
    writeFileSync(path, Buffer.from('\u0017\u0003\u0003 this was a board'));
    const gateway = await home.gateway({ leads: false });
    await until('it is said', () => gateway.said().includes('A board is set aside'));

    expect((await home.run(['create', 'Here', '--assignee', 'quick'])).code).toBe(0);
    await until('the default board goes on', () => home.ledger().length === 1);
    expect(readFileSync(path, 'latin1')).toBe('\u0017\u0003\u0003 this was a board');
    const status = await home.andon('gateway', 'status');
    expect(status).toMatch(/default has set the board shop aside: file is not a database/);
    const { out } = await home.run(['doctor']);
    expect(out).toMatch(/board shop: The gateway default has set it aside.*copy of its file is .*\.bak/);
    expect(gateway.said().match(/set aside/g)).toHaveLength(1);

    rmSync(path);
    renameSync(`${path}.good`, path);
    await until('the task of the restored board is done', () => home.ledger().length === 2);
    expect(await home.andon('gateway', 'status')).not.toContain('aside');
    expect(gateway.said()).toContain('is worked on again');
    await gateway.stop();
  });

  it('that is deleted under it saves what it held, and makes nothing anew', async ({ onTestFinished }) => {
    const home = gatewayHome({ onTestFinished }, { workers });
    const path = join(home.root, 'kanban.db');
    await home.create('quick');
    await home.kernel.close();
    const gateway = await home.gateway({ leads: false });
    await until('its task is done', async () => (await home.andon('list')).includes('done'));
    for (const suffix of ['', '-wal', '-shm']) rmSync(path + suffix, { force: true });
    await until('it is said', () => gateway.said().includes('A board is set aside'));
    const { code, err } = await home.run(['create', 'Never']);
    expect(code).toBe(1);
    expect(err).toMatch(/^andon: .*kanban\.db was in use and is gone.*`andon restore latest`.*\n$/);
    expect(home.has('kanban.db')).toBe(false);
    const saved = await until('what it held is saved', () =>
      readdirSync(home.root).find((name) => /\.lost-\d+\.db$/.test(name)),
    );
    const database = new DatabaseSync(join(home.root, saved));
    expect(database.prepare('select status from tasks').all()).toEqual([{ status: 'done' }]);
    database.close();
    await gateway.stop();
  });

  it('whose tables lack something for good says so in why', async ({ onTestFinished }) => {
    const home = gatewayHome({ onTestFinished }, { workers: { ...workers, waits: 'wait_for end' } });
    const task = await home.create('quick', '--initial-status', 'blocked');
    await home.kernel.close();
    const database = new DatabaseSync(join(home.root, 'kanban.db'));
    database.exec('alter table andon_fence rename column epoch to era');
    database.close();
    const gateway = await home.gateway({ leads: false });
    await until('it is said', () => gateway.said().includes('A board is set aside'));
    await home.andon('unblock', task);
    expect(await home.json('why', task)).toMatchObject({
      code: 'board_set_aside',
      sentence: expect.stringMatching(/epoch/),
    });
    await gateway.stop();
  });
});
