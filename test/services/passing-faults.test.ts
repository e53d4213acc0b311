import { describe, expect, it } from 'vitest';
import { ok, refuse } from '../../src/domain/errors.ts';
import {
  asEpoch,
  asEventId,
  asMillis,
  asSeconds,
  asTaskId,
  type BoardId,
  defaultBoard,
} from '../../src/domain/ids.ts';
import { type Loop, type TurnOutcome, withOutcome, withTurn } from '../../src/domain/loop.ts';
import type { FeedEvent } from '../../src/domain/view.ts';
import type { Channel } from '../../src/services/channel.ts';
import { createDelivery } from '../../src/services/delivery.ts';
import { createLadderWatch } from '../../src/services/ladder.ts';
import { createLoops, type Turns } from '../../src/services/loops.ts';
import { createPipeService } from '../../src/services/pipe.ts';
import { nodeWorld } from '../../src/services/world-node.ts';
import { dueDelivery } from '../support/due-delivery.ts';
import { quiet } from '../support/quiet-log.ts';
import { until } from '../support/until.ts';
import { virtualTime } from '../support/virtual-time.ts';

/** What the gateway does while a database cannot be written or read for a moment. */
const real = nodeWorld({ log: quiet });
const epoch = asEpoch(3);
const elector = {
  ...{ epoch: () => epoch, holder: () => undefined, stepDown: () => {} },
  ...{ start: async () => {}, stop: async () => {} },
};
const fault = () => Promise.reject(new Error('The disk is full.'));

describe('a message whose sending cannot be recorded', () => {
  it('is not sent again, and is recorded when that works again', async () => {
    let sendings = 0;
    let isFull = true;
    const recorded: number[] = [];
    const channel: Channel = {
      platform: 'email',
      send: async () => {
        sendings += 1;
        return { ok: true };
      },
    };
    const deliver = createDelivery(
      real,
      {
        recordDelivery: async (_, { id, outcome }) => {
          if (isFull) return fault();
          expect(outcome).toEqual({ sent: true });
          recorded.push(id);
          return ok(null);
        },
        wake: async () => refuse('unknown_delivery', 'There is none.'),
        dueDeliveries: async () => refuse('unknown_delivery', 'There is none.'),
      },
      {
        ...{ role: 'notifier', scope: { platforms: ['email'], owner: null }, notifications: {} },
        ...{ channels: new Map([['email', channel]]), leads: () => true, onRefusal: () => {} },
        agent: async () => undefined,
      },
    );
    const delivery = dueDelivery({});
    await expect(deliver(defaultBoard, epoch, delivery)).rejects.toThrow('The disk is full.');
    await expect(deliver(defaultBoard, epoch, delivery)).rejects.toThrow('The disk is full.');
    isFull = false;
    await deliver(defaultBoard, epoch, delivery);
    expect([sendings, recorded]).toEqual([1, [41]]);
  });
});

describe('loops', () => {
  const over: TurnOutcome = { state: 'over', empty: false, interrupted: false, note: null };
  const loop = (own: Partial<Loop> = {}): Loop => ({
    ...{ id: 'a3f1c2', session: 'cli', target: 'chat', name: 'telegram:7', prompt: 'Stand up!' },
    ...{
      command: null,
      folder: null,
      board: defaultBoard,
      interval_seconds: asSeconds(60),
      status: 'active',
    },
    ...{ created_at: asMillis(0), created_by: 'ana', user_id: null, gateway: null },
    ...{ last_fired_at: asMillis(0), turns_completed: 0, turn: 0, turn_state: null, turn_mark: null },
    ...{ task_id: null, note: null },
    ...own,
  });
  const idle: Turns = {
    patience: 2 ** 30,
    holdBack: async () => false,
    begin: async () => over,
    look: async () => undefined,
  };

  /** A gateway that begins the turns of these loops, which stand in a store that can be full. */
  function gateway(given: readonly Loop[], own: Partial<Turns>) {
    const rows = new Map(given.map((one) => [one.id, one]));
    const world = virtualTime(real);
    const store = { isFull: false, followed: [] as BoardId[] };
    const turns = { ...idle, ...own };
    const loops = createLoops(
      world,
      {
        loops: async () => ok({ now: world.now(), loops: [...rows.values()] }),
        beginTurn: async (_, { id, mark }) => {
          const row = rows.get(id);
          if (row === undefined) return ok(null);
          rows.set(id, withTurn(row, mark, world.now()));
          return ok(rows.get(id) ?? null);
        },
        settleTurn: async (_, { id, outcome }) => {
          if (store.isFull) return fault();
          const row = rows.get(id);
          if (row !== undefined) rows.set(id, withOutcome(row, outcome));
          return ok(null);
        },
        follow: (board) => {
          store.followed.push(board);
          return () => {};
        },
      },
      {
        keepers: (['notifier', 'dispatcher'] as const).map((role) => ({ role, elector })),
        turns: { chat: turns, profile: turns, command: turns },
      },
    );
    return { loops, rows, store, world };
  }

  it('do a turn once that cannot be written down', async () => {
    let done = 0;
    const begin = async (): Promise<TurnOutcome> => {
      done += 1;
      return over;
    };
    const { loops, rows, store, world } = gateway([loop()], { begin });
    store.isFull = true;
    await loops.start();
    await world.pass(20_000, 1000);
    store.isFull = false;
    await until('the turn is written down', async () => {
      await world.pass(5000, 100);
      return rows.get('a3f1c2')?.turn_state === null;
    });
    expect(done).toBe(1);
    await loops.stop();
  });

  it('go on beside one that cannot be looked at', async () => {
    const holdBack = ({ id }: Loop) => (id === 'bad000' ? fault() : Promise.resolve(false));
    const both = [loop({ id: 'bad000', name: 'telegram:1' }), loop({ created_at: asMillis(1) })];
    const { loops, rows, world } = gateway(both, { holdBack });
    await loops.start();
    await world.pass(1000, 1000);
    expect(rows.get('a3f1c2')?.turns_completed).toBe(1);
    await loops.stop();
  });

  it('see what happened before their board was followed', async () => {
    let isOver = false;
    const waiting = loop({ target: 'profile', name: 'ada', turn: 1, turn_state: 'open' });
    const { loops, rows, store, world } = gateway([waiting], {
      look: async () => {
        if (isOver) return over;
        isOver = !store.followed.includes(defaultBoard);
        return undefined;
      },
    });
    await loops.start();
    await world.pass(1000, 1000);
    expect(rows.get('a3f1c2')?.turn_state).toBe(null);
    await loops.stop();
  });
});

it('the pipe is told what happened before its board was followed', async () => {
  const lines: string[] = [];
  const event: FeedEvent = {
    ...{ id: asEventId(8), task_id: asTaskId('t_1a2b3c4d'), run_id: null, kind: 'completed', payload: null },
    created_at: asSeconds(5),
    ...{ assignee: null, title: null, tenant: null },
  };
  let isFollowed = false;
  const pipe = createPipeService(
    virtualTime(real),
    {
      lastEvent: async () => ok(asEventId(7)),
      follow: () => {
        isFollowed = true;
        return () => {};
      },
      feed: async (_, { after }) => ok(isFollowed && after === 7 ? [event] : []),
    },
    {
      pipe: {
        path: '/nowhere/pipe',
        state: async () => 'pipe',
        offer: async (line) => lines.push(line) > 0,
        close: async () => {},
      },
      elector,
      guard: {
        attend: async (_, __, work) => ({ state: 'done', value: await work() }),
        examined: async () => {},
        isAside: () => false,
      },
      boards: async () => [defaultBoard],
    },
  );
  await pipe.start();
  await until('the pipe is told', () => lines.length > 0);
  expect(lines).toEqual([expect.stringContaining('t_1a2b3c4d')]);
});

it('the ladder is looked at again when it could not be', async () => {
  const world = virtualTime(real);
  let looks = 0;
  const watch = createLadderWatch(
    world,
    {
      escalations: async () => {
        looks += 1;
        return looks === 1 ? fault() : ok({ due: false, next_at: null, now: world.now() });
      },
      escalate: async () => refuse('not_leader', 'Another gateway is notifier.'),
    },
    {
      role: 'notifier',
      ladder: { after: asSeconds(3600), remind: asSeconds(86_400), owner: null, on_call: null },
      people: async () => ({ startable: [], reviewed_by_workers: false, has_default_assignee: false }),
    },
  );
  await expect(watch.look(defaultBoard, epoch)).rejects.toThrow('The disk is full.');
  const wait = await watch.look(defaultBoard, epoch);
  await world.pass(wait ?? 0);
  expect(await watch.look(defaultBoard, epoch)).toBe(Number.POSITIVE_INFINITY);
  expect(looks).toBe(2);
});
