import { existsSync, mkdirSync, readdirSync, renameSync, statSync, utimesSync, writeFileSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import { describe, expect, it, onTestFinished } from 'vitest';
import { asEpoch, asMillis, type BoardId, defaultBoard, parseBoardId } from '../../src/domain/ids.ts';
import { createKernel } from '../../src/kernel/create-kernel.ts';
import { backupName, backupsFolder } from '../../src/services/backups.ts';
import { fileTime } from '../../src/services/file-time.ts';
import { boardPaths } from '../../src/services/home.ts';
import { createMaintenance } from '../../src/services/maintenance.ts';
import { reservePath } from '../../src/services/reserve.ts';
import { nodeWorld } from '../../src/services/world-node.ts';
import { openSqliteStore } from '../../src/store/sqlite/sqlite.ts';
import { quiet } from '../support/quiet-log.ts';
import { temporaryHome } from '../support/temporary-home.ts';
import { virtualTime } from '../support/virtual-time.ts';

/** Rolling snapshots, made by the real command in a process of its own, with a moved clock. */

const minute = 60_000;
const shop = parseBoardId('shop') ?? defaultBoard;
const settings = {
  snapshot_interval_minutes: 60,
  snapshot_keep: 3,
  snapshot_keep_days: 2,
  trash_retention_days: 7,
};

async function maintained(own: Partial<typeof settings> = {}) {
  const home = temporaryHome({}, { PATH: process.env['PATH'] });
  const locate = (board: BoardId) => boardPaths(home, board).db;
  mkdirSync(dirname(locate(shop)), { recursive: true });
  const kernel = createKernel(openSqliteStore({ locate }));
  onTestFinished(() => kernel.close());
  const errors: string[] = [];
  const real = nodeWorld({ log: { ...quiet, error: (message) => void errors.push(message) } });
  let commands = 0;
  const counted: typeof real = {
    ...real,
    processes: {
      ...real.processes,
      run: (request) => {
        commands += 1;
        return real.processes.run(request);
      },
    },
  };
  // Ahead of the real clock, by which the files of boards are dated.
  const world = virtualTime(counted, Date.now() + minute);
  let leads = true;
  const maintenance = createMaintenance(world, {
    home,
    settings: { ...settings, ...own },
    kernel,
    elector: {
      epoch: () => (leads ? asEpoch(1) : undefined),
      holder: () => undefined,
      stepDown: () => {},
      start: async () => {},
      stop: async () => {},
    },
    guard: {
      attend: async (_, __, work) => ({ state: 'done', value: await work() }),
      examined: async () => {},
      isAside: () => false,
    },
    boards: async () => [defaultBoard, shop],
    andon: resolve('bin/andon'),
  });
  onTestFinished(() => maintenance.stop());
  await kernel.create(defaultBoard, { title: 'One' });
  await maintenance.start();
  const pass = (minutes: number) => world.pass(minutes * minute, 20_000);
  const snapshots = (board: BoardId = defaultBoard): string[] => {
    const folder = backupsFolder(home, board);
    return (statSync(folder, { throwIfNoEntry: false }) ? readdirSync(folder) : []).sort();
  };
  /** The board is written to at this moment of the moved clock. */
  const write = async (title: string) => {
    await kernel.create(defaultBoard, { title });
    // A date is cut, on its way through seconds, to the millisecond before.
    const now = new Date(world.now() + 1);
    utimesSync(`${locate(defaultBoard)}-wal`, now, now);
  };
  return {
    home,
    kernel,
    world,
    pass,
    snapshots,
    write,
    errors,
    locate,
    commands: () => commands,
    lead: (is: boolean) => {
      leads = is;
    },
  };
}

describe('snapshots', () => {
  it('are taken of a board that has changed, once in an interval, and of no board that was never made', async () => {
    const { home, pass, snapshots, write, errors, commands } = await maintained();
    await pass(2);
    expect(snapshots()).toHaveLength(1);
    expect(snapshots()[0]).toMatch(/^20.*Z\.snapshot\.db$/);
    await pass(120);
    expect(snapshots()).toHaveLength(1);
    await write('Two');
    await pass(1);
    expect(snapshots()).toHaveLength(2);
    await write('Three');
    await pass(58);
    expect(snapshots()).toHaveLength(2);
    await pass(2);
    expect(snapshots()).toHaveLength(3);
    expect([commands(), errors]).toEqual([3, []]);
    expect(snapshots(shop)).toEqual([]);
    const [newest] = snapshots().slice(-1);
    const store = openSqliteStore({ locate: () => join(backupsFolder(home, defaultBoard), newest ?? '') });
    onTestFinished(() => store.close());
    const list = await createKernel(store).list(defaultBoard, {});
    expect(list.ok && list.value.map(({ title }) => title).sort()).toEqual(['One', 'Three', 'Two']);
  });

  it('are removed when they are old; what somebody made is not', async () => {
    const { home, world, pass, snapshots, write } = await maintained();
    const folder = backupsFolder(home, defaultBoard);
    mkdirSync(folder, { recursive: true });
    const hoursAgo = (hours: number) => world.now() - hours * 60 * minute;
    const old = [70, 71, 80, 90].map((hours) => backupName(hoursAgo(hours) as never, 'snapshot'));
    const mine = backupName(hoursAgo(100) as never, 'backup');
    for (const name of [...old, mine, 'notes.txt']) writeFileSync(join(folder, name), '');
    for (let round = 0; round < 5; round += 1) {
      await write(`Round ${round}`);
      await pass(61);
    }
    const left = snapshots();
    expect(left).toEqual(expect.arrayContaining([mine, 'notes.txt']));
    const kept = left.filter((name) => name.includes('.snapshot.'));
    expect(kept.filter((name) => old.includes(name))).toEqual([]);
    // Three, and the newest of yesterday when midnight lies between.
    expect([3, 4]).toContain(kept.length);
  });

  it('are taken by whoever leads, and by nobody when they are off', async () => {
    const standby = await maintained();
    standby.lead(false);
    await standby.pass(5);
    expect(standby.commands()).toBe(0);
    standby.lead(true);
    await standby.pass(1);
    expect(standby.snapshots()).toHaveLength(1);
    const off = await maintained({ snapshot_interval_minutes: 0 });
    await off.pass(5);
    expect(off.commands()).toBe(0);
  });

  it('that fail are reported, tried again five minutes later, and leave nothing', async () => {
    const { pass, snapshots, errors, commands, locate } = await maintained();
    const path = locate(shop);
    writeFileSync(path, 'not a database');
    await pass(4);
    expect(errors).toEqual([
      expect.stringMatching(/^A snapshot of a board could not be made: .*shop.*not a readable/),
    ]);
    expect(snapshots(shop)).toEqual([]);
    expect(commands()).toBe(2);
    renameSync(path, `${path}.away`);
    const store = openSqliteStore({ locate: () => path });
    await createKernel(store).create(shop, { title: 'Good' });
    await store.close();
    await pass(4);
    expect(snapshots(shop)).toHaveLength(1);
  });
});

describe('the trash', () => {
  it('is emptied by whoever leads, of what has been there for long and no task works in', async () => {
    const { home, kernel, world, lead, pass, errors } = await maintained({ snapshot_interval_minutes: 0 });
    const { trash } = boardPaths(home, defaultBoard);
    const put = (hours: number, id: string): string => {
      const path = join(trash, `${fileTime(asMillis(world.now() - hours * 60 * minute))}-${id}`);
      mkdirSync(path, { recursive: true });
      return path;
    };
    const paths = [put(8 * 24, 't_1'), put(8 * 24, 't_2'), put(7 * 24 - 1, 't_3')];
    const [, used] = paths;
    await kernel.create(defaultBoard, { title: 'Looks', workspace_kind: 'dir', workspace_path: used });
    lead(false);
    await pass(5);
    expect(paths.map((path) => existsSync(path))).toEqual([true, true, true]);
    lead(true);
    await pass(5);
    expect(paths.map((path) => existsSync(path))).toEqual([false, true, true]);
    await pass(60);
    expect(paths.map((path) => existsSync(path))).toEqual([false, true, false]);
    expect(errors).toEqual([]);
  });
});

describe('the reserve', () => {
  it('is made by whoever leads', async () => {
    const { home, lead, pass } = await maintained();
    lead(true);
    await pass(1);
    expect(statSync(reservePath(home)).size).toBe(256 * 1024);
  });
});
