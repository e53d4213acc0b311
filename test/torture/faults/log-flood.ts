import { writeFileSync } from 'node:fs';
import { DatabaseSync } from 'node:sqlite';
import type { Fault } from '../fault.ts';
import { twoBoards } from '../two-boards.ts';

/** One line a minute for each board and class of error; a few more for what happens once. */
const mostLines = (minutes: number): number => 12 + 6 * Math.ceil(minutes);

/** Boards that cannot be worked on for good, while the other one keeps the dispatcher awake. */
export const logFlood: Fault = {
  name: 'errors that do not end, in seconds',
  store: 'SQLite',
  times: { short: 0, long: 70 },
  async inject(count, scene) {
    const boards = await twoBoards(scene);
    const { home, path } = boards;
    await home.andon('boards', 'create', 'drifted');
    const drifted = path.replace('shop', 'drifted');
    const database = new DatabaseSync(drifted);
    database.exec('pragma busy_timeout = 5000; alter table andon_fence rename column epoch to era');
    database.close();
    await home.andon('--board', 'shop', 'backup');
    await home.andon('--board', 'drifted', 'create', 'Waits', '--assignee', 'quick');
    writeFileSync(path, 'this was a board');
    await boards.restart();
    const end = performance.now() + count * 1000;
    let passes = 0;
    while (performance.now() < end) {
      await boards.othersGoOn();
      passes += 1;
    }
    const lines = boards
      .said()
      .split('\n')
      .filter((line) => /error|warn/i.test(line)).length;
    const note = `${lines} lines of warnings and errors in ${count} s, with ${passes} tasks done meanwhile`;
    if (lines === 0) throw new Error('Nothing was said of the errors.');
    if (lines > mostLines(count / 60)) throw new Error(note);
    const again = new DatabaseSync(drifted);
    again.exec('alter table andon_fence rename column era to epoch');
    again.close();
    await home.andon('--board', 'shop', 'restore', 'latest', '--yes', '--force');
    await boards.shopGoesOn();
    return { injected: count, note };
  },
};
