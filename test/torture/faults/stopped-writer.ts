import { expect } from 'vitest';
import { anotherProcess } from '../../support/another-process.ts';
import type { Fault } from '../fault.ts';
import { twoBoards } from '../two-boards.ts';

/** A debugger, a suspended terminal: it lives, holds the lock, and does nothing about it. */
export const stoppedWriter: Fault = {
  name: "another process is stopped with a board's write lock in its hands",
  store: 'SQLite',
  times: { short: 1, long: 3 },
  async inject(count, scene) {
    const boards = await twoBoards(scene);
    const { home, path } = boards;
    await boards.shopGoesOn();
    for (let time = 0; time < count; time += 1) {
      const holder = anotherProcess();
      await holder.ask('hold', path);
      holder.kill('SIGSTOP');
      const waiting = home.run(['--board', 'shop', 'create', 'Never']);
      expect((await home.run(['--board', 'shop', 'list'])).code).toBe(0);
      await boards.othersGoOn();
      const { code, err } = await waiting;
      expect(err).toMatch(/^andon: [^\n]+\n$/);
      expect(err).toContain(`process ${holder.pid}`);
      expect(code).toBe(1);
      await boards.othersGoOn();
      holder.kill('SIGKILL');
      await boards.shopGoesOn();
    }
    return {
      injected: count,
      note: 'a write gave up and named the process, reads and the other board went on, its death freed the board',
    };
  },
};
