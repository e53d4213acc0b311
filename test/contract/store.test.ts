import { setImmediate as turn } from 'node:timers/promises';
import { describe, expect, it, onTestFinished } from 'vitest';
import { asTaskId, type BoardId, defaultBoard, homeBoard } from '../../src/domain/ids.ts';
import { command, sql } from '../../src/store/sql.ts';
import type { Store, StoreOptions } from '../../src/store/store.ts';
import { movedClock } from '../support/clock.ts';
import { insertEvent, kinds, note, selectKinds } from '../support/events.ts';
import { type Place, stores } from '../support/stores.ts';
import { until } from '../support/until.ts';

describe.each(stores)('a store on $name', ({ place }) => {
  const open = (at: Place = place(), options: StoreOptions = {}): Store => {
    const store = at.open(options);
    onTestFinished(() => store.close());
    return store;
  };

  it('commits what a transaction wrote when it resolves, and gives what it gave', async () => {
    const store = open();
    const given = await store.write(defaultBoard, async (tx) => {
      await insertEvent(tx, 'first');
      await insertEvent(tx, 'second');
      return 'answer';
    });
    expect(given).toBe('answer');
    expect(await kinds(store)).toEqual(['first', 'second']);
  });

  it('undoes all of a transaction that throws, and passes on what it threw', async () => {
    const store = open();
    await note(store, 'before');
    const failure = new Error('changed my mind');
    const failed = store.write(defaultBoard, async (tx) => {
      await insertEvent(tx, 'never');
      expect(await selectKinds(tx)).toEqual(['before', 'never']);
      throw failure;
    });
    await expect(failed).rejects.toBe(failure);
    expect(await kinds(store)).toEqual(['before']);
  });

  it('says how many rows a statement changed', async () => {
    const store = open();
    await note(store, 'same');
    await note(store, 'same');
    const changed = await store.write(defaultBoard, (tx) =>
      tx.change(command`update task_events set kind = ${'new'} where kind = ${'same'}`),
    );
    expect(changed).toBe(2);
  });

  it('lets one writer of a board in at a time, in the order of asking, whoever fails before', async () => {
    const store = open();
    const writes = Array.from({ length: 20 }, (_, number) =>
      store.write(defaultBoard, async (tx) => {
        const seen = await selectKinds(tx);
        await insertEvent(tx, `${number} after ${seen.length}`);
        if (number % 2 === 1) throw new Error('odd');
      }),
    );
    const results = await Promise.allSettled(writes);
    expect(results.filter(({ status }) => status === 'rejected')).toHaveLength(10);
    expect(await kinds(store)).toEqual(
      Array.from({ length: 10 }, (_, number) => `${number * 2} after ${number}`),
    );
  });

  it('reads one moment, whatever is committed meanwhile', async () => {
    const at = place();
    const store = open(at);
    await note(store, 'before');
    const [seen] = await Promise.all([
      store.read(defaultBoard, async (reader) => {
        const first = await selectKinds(reader);
        for (let turn = 0; turn < 200; turn += 1) await Promise.resolve();
        return [first, await selectKinds(reader)];
      }),
      note(store, 'during'),
    ]);
    expect(seen).toEqual([['before'], ['before']]);
    expect(await kinds(store)).toEqual(['before', 'during']);
  });

  it('does not let a read write', async () => {
    const store = open();
    await note(store, 'kept');
    const sneaky = store.read(defaultBoard, (reader) =>
      reader.all(sql(() => String)`delete from task_events returning kind`),
    );
    await expect(sneaky).rejects.toThrow();
    expect(await kinds(store)).toEqual(['kept']);
  });

  it('reads a board that was never made as empty, and does not make it', async () => {
    const store = open();
    expect(await kinds(store)).toEqual([]);
    expect(await store.exists(defaultBoard)).toBe(false);
    await note(store, 'made');
    expect(await store.exists(defaultBoard)).toBe(true);
    expect(await store.exists(homeBoard)).toBe(false);
  });

  it('takes the time and new ids from where it was told to', async () => {
    const clock = movedClock();
    const store = open(place(), { now: clock.now, newId: () => asTaskId('t_fixed000') });
    clock.advance(5);
    const seen = await store.write(defaultBoard, async (tx) => [tx.now, tx.newId()]);
    expect(seen).toEqual([clock.now(), 't_fixed000']);
    expect(await store.read(defaultBoard, async ({ now }) => now)).toBe(clock.now());
  });

  it('makes ids of its own: t_ and eight hex digits, no two alike', async () => {
    const store = open();
    const ids = await store.write(defaultBoard, async (tx) => Array.from({ length: 100 }, () => tx.newId()));
    expect(new Set(ids).size).toBe(100);
    for (const id of ids) expect(id).toMatch(/^t_[0-9a-f]{8}$/);
  });

  it('keeps boards apart, the home store too', async () => {
    const store = open();
    const other = 'other' as BoardId;
    await note(store, 'here');
    await note(store, 'there', other);
    await store.write(homeBoard, async () => {});
    expect(await kinds(store)).toEqual(['here']);
    expect(await kinds(store, other)).toEqual(['there']);
    await expect(kinds(store, homeBoard)).rejects.toMatchObject({ code: 'schema' });
  });

  it('gives numbers up to 2^53 as they are, and refuses to round a larger one', async () => {
    const store = open();
    await note(store, 'one');
    const number = (text: string) =>
      store.read(defaultBoard, (reader) =>
        reader.one({
          parts: [`select ${text} as n from task_events`],
          values: [],
          decode:
            () =>
            ([n]) =>
              n,
        }),
      );
    expect(Number(await number('9007199254740991'))).toBe(Number.MAX_SAFE_INTEGER);
    await expect(number('9007199254740993')).rejects.toThrow();
  });

  it('does not let a statement slip out of its transaction', async () => {
    const store = open();
    await note(store, 'kept');
    const leaked = await store.write(defaultBoard, async (tx) => [tx]);
    await expect(Promise.all(leaked.map((tx) => insertEvent(tx, 'late')))).rejects.toThrow('has ended');
    expect(await kinds(store)).toEqual(['kept']);
  });

  describe('followed', () => {
    it('tells of own commits and of those through another store, many at once as few calls', async () => {
      const at = place();
      const [mine, theirs] = [open(at), open(at)];
      await note(mine, 'start');
      let calls = 0;
      const end = mine.follow(defaultBoard, () => {
        calls += 1;
      });
      for (let number = 0; number < 50; number += 1) await note(mine, 'mine');
      await until('own commits', () => calls > 0);
      expect(calls).toBeLessThan(50);
      await turn();
      calls = 0;
      await note(theirs, 'theirs');
      await until('a commit of another store', () => calls > 0, 2000);
      end();
    });

    it('is silent about writes that changed nothing, and after its end', async () => {
      const store = open();
      await note(store, 'start');
      const calls: string[] = [];
      const end = store.follow(defaultBoard, () => calls.push('ended one'));
      store.follow(defaultBoard, () => calls.push('other'));
      await note(store, 'heard by both');
      await until('both to hear', () => calls.length > 1);
      await turn();
      end();
      calls.length = 0;
      await store.write(defaultBoard, async (tx) => void (await selectKinds(tx)));
      await expect(store.write(defaultBoard, async () => Promise.reject(new Error('no')))).rejects.toThrow();
      await note(store, 'something');
      await until('the commit', () => calls.length > 0);
      expect(calls).toEqual(['other']);
    });

    it('tells of a board that is made later', async () => {
      const at = place();
      const [mine, theirs] = [open(at), open(at)];
      let calls = 0;
      mine.follow(defaultBoard, () => {
        calls += 1;
      });
      expect(await mine.exists(defaultBoard)).toBe(false);
      await note(theirs, 'first');
      await until('the new board', () => calls > 0, 3000);
      expect(await kinds(mine)).toEqual(['first']);
    });
  });

  it('refuses everything once it is closed, and closing twice is fine', async () => {
    const store = open();
    await note(store, 'kept');
    const last = note(store, 'waits for its turn');
    await Promise.all([store.close(), store.close(), last.catch(() => {})]);
    await expect(note(store, 'late')).rejects.toThrow('The store is closed.');
    await expect(kinds(store)).rejects.toThrow('The store is closed.');
  });
});
