import { join } from 'node:path';
import { expect } from 'vitest';
import type { Gateway, GatewayHome, HomeOptions } from '../support/gateway-home.ts';
import { until } from '../support/until.ts';
import type { Scene } from './fault.ts';

/** A home whose board `shop` is struck, while `default` must go on. */
export interface TwoBoards {
  readonly home: GatewayHome;
  /** The database of `shop`; no process but the gateway has it open. */
  readonly path: string;
  /** What the gateways have said so far. */
  said(): string;
  /** Kills the gateway and starts another one, which looks at each board before it opens it. */
  restart(): Promise<void>;
  /** As the gateway is now. */
  pid(): number;
  /** How many tasks of `shop` are done. */
  shopDone(): Promise<number>;
  /** A new task of `shop` is done by a worker. */
  shopGoesOn(): Promise<void>;
  /** A new task of the other board is done by a worker, and the gateway is the same. */
  othersGoOn(): Promise<void>;
}

export async function twoBoards(scene: Scene, options: HomeOptions = {}): Promise<TwoBoards> {
  const home = scene.home({
    ...options,
    workers: { quick: 'andon complete "$ANDON_TASK"', ...options.workers },
  });
  const shop = ['--board', 'shop'] as const;
  await home.andon('boards', 'create', 'shop');
  const gateways: Gateway[] = [await home.gateway()];
  const current = (): Gateway => gateways.at(-1) ?? expect.fail('There is no gateway.');
  const createInShop = async (): Promise<string> =>
    String((await home.json(...shop, 'create', 'For the shop', '--assignee', 'quick'))['id']);
  const isDone = async (id: string): Promise<boolean> => {
    const { code, out } = await home.run([...shop, 'show', id, '--json']);
    return code === 0 && /"status": "done"/.test(out);
  };
  return {
    home,
    path: join(home.root, 'kanban/boards/shop/kanban.db'),
    said: () => gateways.map((gateway) => gateway.said()).join(''),
    restart: async () => {
      await current().crash();
      gateways.push(await home.gateway());
    },
    pid: () => current().pid,
    shopDone: async () =>
      ((await home.andon(...shop, 'list', '--status', 'done')).match(/t_[0-9a-f]{8}/g) ?? []).length,
    shopGoesOn: async () => {
      const id = await createInShop();
      await until('a task of the shop is done', () => isDone(id), 20_000);
    },
    othersGoOn: async () => {
      await home.reaches(await home.create('quick'), 'done', 20_000);
      expect(home.read('gateways/default.json')).toContain(`"pid": ${current().pid},`);
    },
  };
}
