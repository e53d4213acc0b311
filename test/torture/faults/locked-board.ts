import { expect } from 'vitest';
import { anotherProcess } from '../../support/another-process.ts';
import type { Fault } from '../fault.ts';
import { loopOf, mostDelay, watchesLoop } from '../loop.ts';
import { twoBoards } from '../two-boards.ts';

export const lockedBoard: Fault = {
  name: "another process holds a board's write lock, in seconds",
  store: 'SQLite',
  times: { short: 2, long: 5 },
  async inject(count, scene) {
    const boards = await twoBoards(scene, { env: watchesLoop });
    const { home, path } = boards;
    const pid = boards.pid();
    await boards.shopGoesOn();
    const ask = loopOf(home, pid);
    await ask();

    const holder = anotherProcess();
    await holder.ask('hold', path);
    const end = performance.now() + count * 1000;
    const waiting = home.run(['--board', 'shop', 'create', 'Waits for the lock']);
    let done = 0;
    let slowest = 0;
    while (performance.now() < end) {
      const begun = performance.now();
      await home.andon('gateway', 'status');
      slowest = Math.max(slowest, performance.now() - begun);
      await boards.othersGoOn();
      done += 1;
    }
    const { p99, max } = await ask();
    await holder.ask('release');
    expect((await waiting).code).toBe(0);
    await boards.shopGoesOn();
    const note = `event loop p99 ${p99} ms, max ${max} ms; status within ${Math.round(slowest)} ms; ${done} tasks of the other board done`;
    if (p99 >= mostDelay(count >= 5)) throw new Error(note);
    return { injected: count, note };
  },
};
