import { createHash } from 'node:crypto';
import {
  closeSync,
  copyFileSync,
  existsSync,
  mkdirSync,
  openSync,
  readdirSync,
  readFileSync,
  renameSync,
  writeSync,
} from 'node:fs';
import { dirname } from 'node:path';
import { describe, expect, it, onTestFinished } from 'vitest';
import { asEpoch, type BoardId, defaultBoard, parseBoardId } from '../../src/domain/ids.ts';
import { createKernel } from '../../src/kernel/create-kernel.ts';
import type { Kernel } from '../../src/kernel/kernel.ts';
import type { SetAside } from '../../src/services/aside.ts';
import { boardPaths } from '../../src/services/home.ts';
import { loadSettings } from '../../src/services/settings.ts';
import type { LogFields } from '../../src/services/world.ts';
import { nodeWorld } from '../../src/services/world-node.ts';
import { openSqliteStore } from '../../src/store/sqlite/sqlite.ts';
import { StoreFault } from '../../src/store/store.ts';
import { seatGuard, seatServices } from '../../src/surfaces/gateway/services.ts';
import { ownLocks } from '../support/locks.ts';
import { quiet } from '../support/quiet-log.ts';
import { type StoreKind, stores } from '../support/stores.ts';
import { temporaryHome } from '../support/temporary-home.ts';
import { until } from '../support/until.ts';
import { virtualTime } from '../support/virtual-time.ts';

/** Contract §5.14 and §5.15, with real files, real boards and the real process that looks at them. */

const shop = parseBoardId('shop') ?? defaultBoard;

interface Line {
  readonly at: number;
  readonly level: 'error' | 'info';
  readonly message: string;
  readonly fields: LogFields;
}

function guarded(kernel: Kernel, home = temporaryHome(), address?: string) {
  const lines: Line[] = [];
  const write =
    (level: Line['level']) =>
    (message: string, fields: LogFields = {}) =>
      void lines.push({ at: world.now(), level, message, fields });
  const world = virtualTime(nodeWorld({ log: { ...quiet, error: write('error'), info: write('info') } }));
  let aside: readonly SetAside[] = [];
  const upgrades: BoardId[] = [];
  const counted: Kernel = {
    ...kernel,
    upgrade: (board) => {
      upgrades.push(board);
      return kernel.upgrade(board);
    },
  };
  const guard = seatGuard(
    { world, kernel: counted, home, settings: { store: address } },
    {
      onOpen: () => {},
      onAside: async (boards) => {
        aside = boards;
      },
    },
  );
  const work = (board: BoardId) =>
    kernel.dispatchView(board, { assignees: null, unassigned: true, limit: 1 });
  return {
    guard,
    world,
    upgrades,
    aside: () => aside.map(({ board }) => board),
    errors: () => lines.filter(({ level }) => level === 'error'),
    lines,
    /** What a service does in a pass; gives what came of it. */
    attend: async (board: BoardId) => (await guard.attend(board, 'It failed', () => work(board))).state,
  };
}

/** Two boards in files, each with a task; nobody has them open. */
async function twoBoards() {
  const home = temporaryHome();
  const locate = (board: BoardId) => boardPaths(home, board).db;
  mkdirSync(dirname(locate(shop)), { recursive: true });
  const first = createKernel(openSqliteStore({ locate }));
  for (const board of [defaultBoard, shop]) await first.create(board, { title: 'One' });
  await first.close();
  const kernel = createKernel(openSqliteStore({ locate }));
  onTestFinished(() => kernel.close());
  return { home, kernel, path: locate(shop), ...guarded(kernel, home) };
}

function overwrite(path: string, at: number, bytes: Uint8Array): void {
  const file = openSync(path, 'r+');
  writeSync(file, bytes, 0, bytes.length, at);
  closeSync(file);
}

const hashOf = (path: string): string => createHash('sha256').update(readFileSync(path)).digest('hex');
const copies = (path: string): string[] => readdirSync(dirname(path)).filter((name) => name.endsWith('.bak'));

describe('a board on which only the seldom work fails', () => {
  it('is told once, however often other work brings it back, and once more when it is well', async () => {
    const { guard, kernel, world, attend, lines, aside } = await twoBoards();
    await attend(shop);
    await guard.examined([shop]);
    let isBroken = true;
    const start = () =>
      guard.attend(shop, 'A task could not be started', async () => {
        if (isBroken) throw new StoreFault('schema', 'It lacks a column.');
      });
    const change = () => kernel.create(shop, { title: 'Changes the file' });
    for (let round = 0; round < 5; round += 1) {
      expect(await attend(shop)).toBe('done');
      expect((await start()).state).toBe('failed');
      expect(await attend(shop)).toBe('aside');
      await change();
    }
    expect(lines.map(({ message }) => message)).toEqual(['A board is set aside: It lacks a column.']);
    expect(aside()).toEqual([shop]);

    isBroken = false;
    expect(await attend(shop)).toBe('done');
    expect(aside()).toEqual([shop]);
    expect((await start()).state).toBe('done');
    const back = 'A board that was set aside is worked on again.';
    expect(lines.slice(1).map(({ message }) => message)).toEqual([back]);
    expect(aside()).toEqual([]);

    // Nothing is started again: after a minute without a failure it counts as well.
    isBroken = true;
    await start();
    await change();
    expect(await attend(shop)).toBe('done');
    expect(aside()).toEqual([shop]);
    await world.pass(60_000, 1000);
    expect(await attend(shop)).toBe('done');
    expect([aside(), lines.at(-1)?.message]).toEqual([[], back]);
  });
});

describe('a board whose file is sound', () => {
  it('is looked at before it is opened, and then worked on', async () => {
    const { attend, guard, path } = await twoBoards();
    expect(await attend(shop)).toBe('examining');
    expect(ownLocks(path)).toEqual([]);
    await guard.examined([shop]);
    expect(await attend(shop)).toBe('done');
  });

  it('that was never made is worked on at once, but for a turn', async () => {
    const { attend, guard } = await twoBoards();
    const fresh = parseBoardId('fresh') ?? defaultBoard;
    await guard.examined([fresh]);
    expect(await attend(fresh)).toBe('done');
  });
});

describe('a board whose file is corrupt', () => {
  it('is set aside with one error and one copy, never opened, and others go on', async () => {
    const { attend, guard, path, errors, aside, world } = await twoBoards();
    overwrite(path, 0, Buffer.from([0x17, 3, 3, 0x40, 0]));
    const before = hashOf(path);
    await guard.examined([defaultBoard, shop]);
    for (let pass = 0; pass < 50; pass += 1) {
      expect(await attend(shop)).toBe('aside');
      expect(await attend(defaultBoard)).toBe('done');
      await world.pass(1000);
    }
    expect(errors()).toMatchObject([
      {
        level: 'error',
        message: expect.stringMatching(/^A board is set aside: file is not a database: .*TLS record header/),
        fields: { board: shop, copy: `${path}.corrupt.${before.slice(0, 16)}.bak` },
      },
    ]);
    expect(copies(path)).toHaveLength(1);
    expect(hashOf(path)).toBe(before);
    expect(ownLocks(path)).toEqual([]);
    expect(aside()).toEqual([shop]);
  });

  it('is worked on again as soon as a good file stands in its place', async () => {
    const { attend, guard, path, aside, lines } = await twoBoards();
    copyFileSync(path, `${path}.good`);
    overwrite(path, 0, Buffer.from('nonsense'));
    await guard.examined([shop]);
    expect(await attend(shop)).toBe('aside');
    renameSync(`${path}.good`, path);
    expect(await attend(shop)).toBe('aside');
    await guard.examined([shop]);
    expect(await attend(shop)).toBe('done');
    expect(aside()).toEqual([]);
    expect(lines.at(-1)).toMatchObject({ level: 'info', fields: { board: shop } });
  });

  it('is looked at again after 300 s, and told of no second time', async () => {
    const { attend, guard, path, errors, world } = await twoBoards();
    overwrite(path, 0, Buffer.from('nonsense'));
    await guard.examined([shop]);
    await world.pass(299_000);
    expect(await attend(shop)).toBe('aside');
    const looks = () => guard.examined([shop]);
    await world.pass(2000);
    expect(await attend(shop)).toBe('aside');
    await looks();
    await world.pass(299_000);
    expect(await attend(shop)).toBe('aside');
    expect(errors()).toHaveLength(1);
    expect(copies(path)).toHaveLength(1);
  });

  it('is found so in the midst of work too', async () => {
    const { attend, guard, path, kernel, errors, aside } = await twoBoards();
    await guard.examined([shop]);
    expect(await attend(shop)).toBe('done');
    await kernel.release(shop);
    overwrite(path, 4096, Buffer.alloc(4096 * 10, 0xa7));
    const before = hashOf(path);
    expect(await attend(shop)).toBe('failed');
    await guard.examined([shop]);
    expect(await attend(shop)).toBe('aside');
    expect(aside()).toEqual([shop]);
    expect(errors()).toMatchObject([{ fields: { copy: `${path}.corrupt.${before.slice(0, 16)}.bak` } }]);
    expect(readFileSync(errors()[0]?.fields['copy'] as string)).toHaveLength(readFileSync(path).length);
  });
});

describe('a board whose file is lost', () => {
  it('is set aside, not made anew, and worked on when it is back', async () => {
    const { attend, guard, path, errors } = await twoBoards();
    await guard.examined([shop]);
    renameSync(path, `${path}.away`);
    expect(await attend(shop)).toBe('failed');
    expect(await attend(shop)).toBe('aside');
    expect(existsSync(path)).toBe(false);
    expect(errors()).toMatchObject([{ message: expect.stringContaining('andon restore') }]);
    renameSync(`${path}.away`, path);
    expect(await attend(shop)).toBe('done');
  });
});

describe.each(stores)('a board on $name whose tables lack something', (kind: StoreKind) => {
  async function drifting() {
    const place = kind.place();
    const store = place.open({});
    onTestFinished(() => store.close());
    const kernel = createKernel(store);
    await kernel.create(defaultBoard, { title: 'One' });
    const home = temporaryHome({}, { ANDON_DB: await place.address() });
    const made = guarded(kernel, home, kind.name === 'postgres' ? 'postgres://elsewhere' : undefined);
    await made.guard.examined([defaultBoard]);
    expect(await made.attend(defaultBoard)).toBe('done');
    return { ...made, change: (text: string) => place.foreign(defaultBoard, text) };
  }

  it('gets it once, and nothing is said', async () => {
    const { attend, change, errors, upgrades } = await drifting();
    await change('drop table task_links');
    expect(await Promise.all([attend(defaultBoard), attend(defaultBoard)])).toEqual(['done', 'done']);
    expect(upgrades).toEqual([defaultBoard]);
    expect(errors()).toEqual([]);
  });

  it('is set aside when it cannot be had, with what is missing, after one attempt in five passes', async () => {
    const { attend, change, errors, upgrades, world } = await drifting();
    await change('alter table andon_runs rename column gone_at to vanished_at');
    const states: string[] = [];
    for (let pass = 0; pass < 5; pass += 1) {
      states.push(await attend(defaultBoard));
      await world.pass(1000);
    }
    expect(states).toEqual(['failed', 'aside', 'aside', 'aside', 'aside']);
    expect(upgrades).toEqual([defaultBoard]);
    expect(errors()).toMatchObject([{ message: expect.stringMatching(/set aside: .*\bgone_at\b/) }]);
    await change('alter table andon_runs rename column vanished_at to gone_at');
    // A server's tables have no file that would tell of the change.
    if (kind.name === 'postgres') await world.pass(300_000);
    expect(await attend(defaultBoard)).toBe('done');
    expect(upgrades).toEqual([defaultBoard]);
  });
});

describe('an error that stays', () => {
  it('is told once a minute, with how often it was kept back', async () => {
    const { attend, guard, path, errors, world } = await twoBoards();
    await guard.examined([shop]);
    renameSync(path, `${path}.away`);
    mkdirSync(path);
    for (let second = 0; second < 3600; second += 1) {
      expect(await attend(shop)).toBe('failed');
      await world.pass(1000);
    }
    expect(errors()).toHaveLength(60);
    expect(errors()[1]).toMatchObject({
      message: expect.stringContaining(path),
      fields: { board: shop, suppressed: 59 },
    });
  });

  it('is told no more often by dispatcher and notifiers together, and another board goes on', async () => {
    const { home, kernel, path, world, errors, lines } = await twoBoards();
    renameSync(path, `${path}.away`);
    mkdirSync(path);
    const loaded = await loadSettings(home, world.files, { machine: { cores: 2, memory: 2 ** 33 } });
    if (!loaded.ok) throw new Error(loaded.message);
    const settings = { ...loaded.settings, http: { ...loaded.settings.http, enabled: false } };
    const seat = { world, kernel, home, name: 'default', settings };
    const gates = { dispatcher: true, notifier: 'all', reason: null, bySettings: true } as const;
    const services = await seatServices(seat, gates, async () => {});
    for (const service of services) await service.start();
    await until('the other board is led', async () => {
      const late = await kernel.raiseEpoch(defaultBoard, { role: 'dispatcher', epoch: asEpoch(0) });
      return !late.ok && late.refusal.code === 'not_leader';
    });
    await world.pass(300_000, 5);
    for (const service of services.toReversed()) await service.stop();
    expect(errors().every(({ fields }) => fields['board'] === shop)).toBe(true);
    // How many passes there were is up to this machine; how many lines is not.
    const times = errors().map(({ at }) => at);
    expect(times.length).toBeGreaterThan(1);
    for (const [index, at] of times.slice(1).entries())
      expect(at - (times[index] ?? 0)).toBeGreaterThanOrEqual(60_000);
    expect(Number(errors().at(-1)?.fields['suppressed'])).toBeGreaterThan(3);
    expect(lines.filter(({ message }) => /this gateway is/i.test(message))).toHaveLength(4);
  });
});
