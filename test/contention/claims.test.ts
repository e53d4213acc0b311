import { afterAll, describe, expect, it, onTestFinished } from 'vitest';
import { asEventId, type EventId } from '../../src/domain/ids.ts';
import { createKernel } from '../../src/kernel/create-kernel.ts';
import { anotherProcess } from '../support/another-process.ts';
import { board, value } from '../support/board.ts';
import { checkInvariants } from '../support/invariants.ts';
import { stores } from '../support/stores.ts';
import { until } from '../support/until.ts';

const processes = 8;
const tasks = 120;
const told: string[] = [];
afterAll(() => {
  for (const line of told) process.stdout.write(`${line}\n`);
});

describe.each(stores)('eight processes that race for the same tasks on $name', (kind) => {
  it('claim each task once, starve nobody, and no follower misses an event', async () => {
    const place = kind.place();
    const store = place.open({});
    onTestFinished(() => store.close());
    const kernel = createKernel(store);
    for (let number = 0; number < tasks; number += 1)
      value(await kernel.create(board, { title: `Task ${number}` }));
    const seen: EventId[] = [];
    let reading = Promise.resolve();
    const readOn = async () => {
      const rows = value(await kernel.feed(board, { after: seen.at(-1) ?? asEventId(0), limit: 1000 }));
      seen.push(...rows.map(({ id }) => id));
    };
    kernel.follow(board, () => {
      reading = reading.then(readOn);
    });

    const address = await place.address();
    const racers = Array.from({ length: processes }, () => anotherProcess());
    await Promise.all(racers.map((racer) => racer.ask('open', address)));
    const races = await Promise.all(racers.map((racer) => racer.ask('race')));

    const won = races.flatMap((race) => race.won);
    expect(won).toHaveLength(tasks);
    expect(new Set(won).size).toBe(tasks);
    for (const race of races) expect(race.won.length).toBeGreaterThan(0);
    const all = value(await kernel.feed(board, { after: asEventId(0), limit: 10_000 }));
    // Created, claimed and completed: one each.
    expect(all).toHaveLength(3 * tasks);
    await until('the follower to see everything', () => seen.length === all.length);
    expect(seen).toEqual(all.map(({ id }) => id));

    await checkInvariants(store, board);
    const longest = Math.max(...races.map((race) => race.longest));
    // SQLite's own waiting let one starve for as long as the others went on: 4 s. Generous, for a loaded machine.
    expect(longest).toBeLessThan(3000);
    const lost = races.reduce((sum, race) => sum + race.lost, 0);
    told.push(
      `claims on ${kind.name}: ${won.length} by ${processes} processes, ${lost} lost races, ${all.length} events, longest command ${Math.round(longest)} ms`,
    );
  });
});
