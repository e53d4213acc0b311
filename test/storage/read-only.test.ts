import { chmodSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it, onTestFinished } from 'vitest';
import { openSqliteStore } from '../../src/store/sqlite/sqlite.ts';
import { type AnotherProcess, anotherProcess, withoutPrivileges } from '../support/another-process.ts';
import { note } from '../support/events.ts';
import { temporaryFolder } from '../support/temporary-folder.ts';

/** A process for which permissions count, with its store on a board in a folder that nobody may write. */
async function reader(path: string, folder: string): Promise<AnotherProcess> {
  chmodSync(path, 0o444);
  chmodSync(folder, 0o555);
  onTestFinished(() => chmodSync(folder, 0o755));
  const other = anotherProcess(withoutPrivileges);
  await other.ask('open', path);
  return other;
}

describe('a folder that cannot be written', () => {
  it('can be read, and nothing is left in it', async () => {
    const folder = temporaryFolder();
    const path = join(folder, 'kanban.db');
    const store = openSqliteStore({ locate: () => path });
    await note(store, 'one');
    await store.close();
    const before = readdirSync(folder);
    const other = await reader(path, folder);
    expect(await other.ask('kinds')).toEqual(['one']);
    expect(await other.ask('kinds')).toEqual(['one']);
    expect(readdirSync(folder)).toEqual(before);
  });

  it('refuses a write in one sentence that names the file', async () => {
    const folder = temporaryFolder();
    const path = join(folder, 'kanban.db');
    const store = openSqliteStore({ locate: () => path });
    await note(store, 'one');
    await store.close();
    const other = await reader(path, folder);
    await expect(other.ask('write', 'never', 1)).rejects.toThrow(/StoreFault: .*kanban\.db cannot be/);
    expect(await other.ask('kinds')).toEqual(['one']);
  });

  it('is not read past commits that are still in the WAL', async () => {
    const folder = temporaryFolder();
    const path = join(folder, 'kanban.db');
    const writer = anotherProcess();
    await writer.ask('open', path);
    await writer.ask('write', 'in the WAL', 1);
    writer.kill('SIGKILL');
    await writer.ended;
    const other = anotherProcess();
    await other.ask('remove', `${path}-shm`);
    const barred = await reader(path, folder);
    await expect(barred.ask('kinds')).rejects.toThrow(/kanban\.db-wal/);
  });

  it('with no board reads as empty and cannot get one', async () => {
    const folder = temporaryFolder();
    chmodSync(folder, 0o555);
    onTestFinished(() => chmodSync(folder, 0o755));
    const other = anotherProcess(withoutPrivileges);
    await other.ask('open', join(folder, 'kanban', 'kanban.db'));
    expect(await other.ask('kinds')).toEqual([]);
    await expect(other.ask('write', 'never', 1)).rejects.toThrow(/StoreFault: .*cannot be written/);
  });
});
