import { DatabaseSync } from 'node:sqlite';
import { expect } from 'vitest';
import { until } from '../../support/until.ts';
import type { Fault } from '../fault.ts';
import { twoBoards } from '../two-boards.ts';

function change(path: string, text: string): void {
  const database = new DatabaseSync(path);
  database.exec(`pragma busy_timeout = 5000; ${text}`);
  database.close();
}

/** Columns that another program took away under a running gateway: once one that can be put back, once one that cannot. */
export const schemaDrift: Fault = {
  name: 'a column of a table is missing while a gateway runs',
  store: 'SQLite',
  times: { short: 1, long: 2 },
  async inject(count, scene) {
    for (let time = 0; time < count; time += 1) {
      const boards = await twoBoards(scene);
      const { home, path } = boards;
      await boards.shopGoesOn();
      change(path, 'alter table tasks drop column max_retries');
      await boards.shopGoesOn();

      change(path, 'alter table andon_fence rename column epoch to era');
      const { code, err } = await home.run(['--board', 'shop', 'create', 'Wakes it', '--assignee', 'quick']);
      await until(
        'the board is set aside',
        () => boards.said().includes('A board is set aside'),
        20_000,
      ).catch((cause: unknown) => {
        throw new Error(boards.said(), { cause });
      });
      expect(boards.said()).toMatch(/A board is set aside: .*epoch/);
      if (code !== 0) expect(err).toMatch(/^andon: .*\n$/);
      await boards.othersGoOn();
      expect(boards.said().match(/set aside/g)).toHaveLength(1);
      change(path, 'alter table andon_fence rename column era to epoch');
      await boards.shopGoesOn();
    }
    return {
      injected: count,
      note: 'one column was put back, one was named in one line; the other board went on',
    };
  },
};
