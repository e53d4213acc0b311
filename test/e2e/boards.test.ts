import { readdirSync, readlinkSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { parseBoardId } from '../../src/domain/ids.ts';
import { gatewayHome } from '../support/gateway-home.ts';
import { until } from '../support/until.ts';

const workers = {
  quick: 'andon complete "$ANDON_TASK"',
  waits: 'wait_for end; andon complete "$ANDON_TASK"',
};

/** The open descriptors of a process below a folder. */
const openBelow = (pid: number, folder: string): string[] =>
  readdirSync(`/proc/${pid}/fd`).flatMap((fd) => {
    try {
      const path = readlinkSync(`/proc/${pid}/fd/${fd}`);
      return path.startsWith(folder) ? [path] : [];
    } catch {
      return [];
    }
  });

describe.concurrent('a gateway and the boards that come and go', () => {
  it('serves a new one at once, and lets go of it when it is removed', async ({ onTestFinished }) => {
    const home = gatewayHome({ onTestFinished }, { workers });
    const gateway = await home.gateway();
    const shop = parseBoardId('shop');
    if (shop === undefined) throw new Error('A good slug.');
    const folder = join(home.root, 'kanban', 'boards', 'shop');

    await home.andon('boards', 'create', 'shop');
    await home.andon('--board', 'shop', 'create', 'Sell', '--assignee', 'quick');
    // Long before the interval of 60 s.
    await until('its task is done', async () => {
      const counts = await home.kernel.counts(shop, {});
      return counts.ok && counts.value.done === 1;
    });
    await home.kernel.release(shop);
    expect(openBelow(gateway.pid, folder).length).toBeGreaterThan(0);

    const removed = await until('nothing runs on it any more', async () => {
      const answer = await home.run(['boards', 'rm', 'shop']);
      return answer.code === 0 && answer;
    });
    const archived = removed.out.trim().replace(/^.*: /, '');
    await until(
      'the gateway has closed it',
      () => openBelow(gateway.pid, join(home.root, 'kanban', 'boards')).length === 0,
    );
    expect(home.has('kanban/boards/shop')).toBe(false);
    expect(readdirSync(archived)).toEqual(expect.arrayContaining(['board.json', 'kanban.db']));

    // The others are served as before, and the slug can be used again.
    await home.reaches(await home.create('quick'), 'done');
    await home.andon('boards', 'create', 'shop');
    await home.andon('--board', 'shop', 'create', 'Sell again', '--assignee', 'quick');
    await until('its task is done too', async () => {
      const counts = await home.kernel.counts(shop, {});
      return counts.ok && counts.value.done === 1;
    });
    expect(gateway.said()).not.toContain('could not be');
  });

  it('does not take it from under a worker', async ({ onTestFinished }) => {
    const home = gatewayHome({ onTestFinished }, { workers });
    await home.gateway();
    await home.andon('boards', 'create', 'shop');
    const created = await home.json('--board', 'shop', 'create', 'Sell', '--assignee', 'waits');
    await until('its worker runs', () => home.ledger().length === 1);
    for (const verb of [['rm'], ['delete']]) {
      const { code, err } = await home.run(['boards', ...verb, 'shop']);
      expect(code).toBe(1);
      expect(err).toContain(String(created['id']));
    }
    home.write('end');
    await until('it can be removed', async () => (await home.run(['boards', 'rm', 'shop'])).code === 0);
    expect(home.ledger()).toHaveLength(1);
  });
});
