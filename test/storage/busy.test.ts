import { join } from 'node:path';
import { setImmediate as turn } from 'node:timers/promises';
import { describe, expect, it } from 'vitest';
import { openSqliteStore } from '../../src/store/sqlite/sqlite.ts';
import { anotherProcess } from '../support/another-process.ts';
import { kinds, note } from '../support/events.ts';
import { openFile } from '../support/stores.ts';
import { temporaryFolder } from '../support/temporary-folder.ts';

async function lockedBoard() {
  const path = join(temporaryFolder(), 'kanban.db');
  await note(openFile(path), 'before');
  const holder = anotherProcess();
  await holder.ask('hold', path);
  return { path, holder };
}

describe('while another process holds the write lock', () => {
  it('a write gives up at its deadline and names the holder', async () => {
    const { path, holder } = await lockedBoard();
    const store = openFile(path, 150);
    const before = performance.now();
    await expect(note(store, 'never')).rejects.toMatchObject({
      code: 'busy',
      message: expect.stringContaining(`by process ${holder.pid}`),
    });
    expect(performance.now() - before).toBeGreaterThanOrEqual(150);
  });

  it('those who wait behind a waiting write do not wait longer than it', async () => {
    const { path } = await lockedBoard();
    const store = openFile(path, 200);
    const before = performance.now();
    const writes = await Promise.allSettled(Array.from({ length: 10 }, () => note(store, 'never')));
    expect(writes.every(({ status }) => status === 'rejected')).toBe(true);
    expect(performance.now() - before).toBeLessThan(1500);
  });

  it('reads go on, the event loop turns, and the write succeeds once it is free', async () => {
    const { path, holder } = await lockedBoard();
    const store = openFile(path);
    let written = false;
    const write = note(store, 'after').then(() => {
      written = true;
    });
    for (let round = 0; round < 50; round += 1) {
      await turn();
      expect(await kinds(store)).toEqual(['before']);
    }
    expect(written).toBe(false);
    await holder.ask('release');
    await write;
    expect(await kinds(store)).toEqual(['before', 'after']);
  });

  it('a holder that is killed frees the board', async () => {
    const { path, holder } = await lockedBoard();
    const store = openFile(path);
    const write = note(store, 'after');
    await turn();
    holder.kill('SIGKILL');
    await write;
    expect(await kinds(store)).toEqual(['before', 'after']);
  });

  it('closing the store ends the waiting', async () => {
    const { path } = await lockedBoard();
    const store = openSqliteStore({ locate: () => path });
    const writes = [note(store, 'first'), note(store, 'second')];
    await turn();
    const [results] = await Promise.all([Promise.allSettled(writes), store.close()]);
    const closed = { status: 'rejected', reason: new Error('The store is closed.') };
    expect(results).toEqual([closed, closed]);
  });
});
