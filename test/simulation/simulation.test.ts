import { setTimeout } from 'node:timers/promises';
import { beforeAll, describe, expect, it } from 'vitest';
import { breaks, type Rule } from './breaks.ts';
import { summed, tellFailure, tellFigures } from './figures.ts';
import { seededRandom } from './random.ts';
import { type Outcome, simulate } from './runner.ts';
import { Scheduler } from './scheduler.ts';
import { readSchemas, type Schemas } from './schemas.ts';

/** Seeds of one run of the tests, as far as they come in this time; `npm run simulate` has as many as one likes. */
const [seeds, budget] = [250, 40_000];
/** A broken rule must show within this many seeds. */
const patience = 300;

let schemas: Schemas;
beforeAll(async () => {
  schemas = await readSchemas();
});

/** The first seed that a broken build fails, if one of the first `patience` does. */
async function firstFailure(rule: Rule): Promise<Outcome | undefined> {
  for (let seed = 1; seed <= patience; seed++) {
    const outcome = await simulate(seed, { schemas, broken: breaks[rule] });
    if (outcome.violation) return outcome;
  }
  return undefined;
}

describe('kernel, gateways and workers on a machine where everything goes wrong', () => {
  it('keep every rule, whatever the seed', { timeout: 60_000 }, async () => {
    const begun = performance.now();
    const outcomes: Outcome[] = [];
    while (outcomes.length < seeds && performance.now() - begun < budget) {
      const outcome = await simulate(outcomes.length + 1, { schemas });
      if (outcome.violation) throw new Error(tellFailure(outcome, { rule: undefined, steps: undefined }));
      outcomes.push({ ...outcome, tail: [] });
    }
    console.log(tellFigures(summed(outcomes), performance.now() - begun));
    expect(new Set(outcomes.map(({ hash }) => hash)).size).toBe(outcomes.length);
  });
});

describe('a seed', () => {
  it('gives the same run each time, also among others in the same process', async () => {
    const alone = await simulate(42, { schemas });
    const again = await simulate(42, { schemas });
    const among = await Promise.all([41, 42, 43, 42].map((seed) => simulate(seed, { schemas })));
    expect([again, among[1], among[3]].map((outcome) => outcome?.hash)).toEqual(Array(3).fill(alone.hash));
    expect(among[0]?.hash).not.toBe(alone.hash);
  });

  it('that fails can be replayed to the same step, and tells how', async () => {
    const first = (await firstFailure('reap')) ?? expect.fail('no seed failed');
    const again = await simulate(first.seed, { schemas, broken: breaks.reap });
    expect(again).toEqual(first);
    const told = tellFailure(again, { rule: 'reap', steps: undefined });
    expect(told).toContain(`npm run simulate -- --seed ${first.seed} --break reap`);
    expect(told).toContain(`at step ${first.steps}`);
    expect(first.tail).toHaveLength(40);
  });

  it('fails when somebody waits for anything but the simulated world', async () => {
    const scheduler = new Scheduler(seededRandom(1), 40);
    const actor = scheduler.actor('somebody');
    const wait = async (): Promise<void> => {
      await setTimeout(1);
      await scheduler.wait(actor, 'comes back');
    };
    const waits = Promise.withResolvers<void>();
    scheduler.turn(actor, 'goes away', () => void wait().finally(waits.resolve));
    await scheduler.step();
    await expect.poll(() => scheduler.violation?.rule).toBe('awaits only the world');
    await scheduler.step();
    await waits.promise;
  });
});

describe('a build without one rule is caught', () => {
  const rules = Object.keys(breaks).filter((name): name is Rule => name in breaks);
  it.each(rules)('%s', { timeout: 60_000 }, async (rule) => {
    const failure = (await firstFailure(rule)) ?? expect.fail(`no seed noticed that ${breaks[rule].what}`);
    console.log(`${rule} (${breaks[rule].what}): seed ${failure.seed}, ${failure.violation?.message}`);
  });
});
