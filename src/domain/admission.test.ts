import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { taskWith } from '../../test/support/samples.ts';
import { type Admission, admit, coolingUntil, type Limits, type Obstacle, obstacleTo } from './admission.ts';
import { asMillis, asProfileName, asSeconds, asTaskId, type ProfileName } from './ids.ts';
import type { ReadyTask } from './view.ts';

const [coder, writer] = [asProfileName('coder'), asProfileName('writer')];

const limits: Limits = {
  now: asSeconds(10_000),
  max_in_progress: 2,
  profiles: new Set([coder]),
  default_assignee: null,
  rate_limit_cooldown: asSeconds(300),
};

let count = 0;
const ready = (assignee: ProfileName | null = coder, own: Partial<ReadyTask> = {}): ReadyTask => {
  count += 1;
  return {
    task: taskWith({ id: asTaskId(`t_${count.toString(16).padStart(8, '0')}`), assignee }),
    ready_at: asMillis(0),
    lingering: false,
    last_run: null,
    ...own,
  };
};

const rateLimited = (at: number): ReadyTask['last_run'] => ({
  outcome: 'rate_limited',
  ended_at: asSeconds(at),
});

describe('a ready task is kept', () => {
  it.each<[string, ReadyTask, Partial<Limits>, number, Obstacle]>([
    ['without an assignee', ready(null), {}, 0, { code: 'unassigned' }],
    ['without such a profile', ready(writer), {}, 0, { code: 'no_profile', profile: writer }],
    [
      'by a default that is no profile',
      ready(null),
      { default_assignee: writer },
      0,
      { code: 'no_profile', profile: writer },
    ],
    [
      'by the process of an earlier run',
      ready(coder, { lingering: true }),
      {},
      0,
      { code: 'process_lingers' },
    ],
    [
      "by the rest after its provider's limit",
      ready(coder, { last_run: rateLimited(9900) }),
      {},
      0,
      { code: 'cooling_down', until: asSeconds(10_200) },
    ],
    ['by full slots', ready(), {}, 2, { code: 'no_slot', running: 2, limit: 2 }],
  ])('%s', (_, candidate, own, running, obstacle) => {
    expect(obstacleTo(candidate, { ...limits, ...own }, running)).toEqual(obstacle);
  });
});

describe('a ready task starts', () => {
  it('under the default profile when nobody is assigned', () => {
    const open = { ...limits, default_assignee: coder };
    expect(admit([ready(null)], open, 0).start).toMatchObject([{ profile: 'coder' }]);
  });
  it('once its rest is over', () => {
    expect(obstacleTo(ready(coder, { last_run: rateLimited(9700) }), limits, 0)).toBeNull();
  });
  it('at once when there is no rest', () => {
    const restless = { ...limits, rate_limit_cooldown: asSeconds(0) };
    expect(obstacleTo(ready(coder, { last_run: rateLimited(10_000) }), restless, 0)).toBeNull();
  });
  it('after any other end of its last run', () => {
    const crashed = { outcome: 'crashed', ended_at: asSeconds(9999) };
    expect(coolingUntil(ready(coder, { last_run: crashed }), limits)).toBeNull();
    const open = { outcome: 'rate_limited', ended_at: null };
    expect(coolingUntil(ready(coder, { last_run: open }), limits)).toBeNull();
  });
});

describe('whatever waits', () => {
  const candidate = fc
    .record({
      assignee: fc.constantFrom(coder, coder, writer, null),
      lingering: fc.boolean(),
      last_run: fc.constantFrom(null, rateLimited(9900), rateLimited(9000)),
    })
    .map(({ assignee, lingering, last_run }) => ready(assignee, { lingering, last_run }));
  const home = fc
    .record({
      max_in_progress: fc.integer({ min: 1, max: 4 }),
      profiles: fc.constantFrom(new Set<string>(), new Set([coder]), new Set([coder, writer])),
      default_assignee: fc.constantFrom(null, coder, writer),
    })
    .map((own): Limits => ({ ...limits, ...own }));
  const asked = fc.tuple(fc.array(candidate, { maxLength: 8 }), home, fc.integer({ min: 0, max: 5 }));

  const always = (holds: (admission: Admission, queue: ReadyTask[], home: Limits, running: number) => void) =>
    fc.assert(
      fc.property(asked, ([queue, home, running]) =>
        holds(admit(queue, home, running), queue, home, running),
      ),
    );

  it('never more than the cap run', () =>
    always(({ start }, _, { max_in_progress }, running) => {
      expect(start.length).toBeLessThanOrEqual(Math.max(0, max_in_progress - running));
    }));

  it('each task either starts or has an obstacle, in the order given', () =>
    always(({ start, skip }, queue) => {
      const at = (each: { ready: ReadyTask }) => queue.indexOf(each.ready);
      const places = [start.map(at), skip.map(at)];
      for (const place of places) expect(place).toEqual(place.toSorted((a, b) => a - b));
      expect(places.flat().sort((a, b) => a - b)).toEqual(queue.map((_, index) => index));
    }));

  it('no task starts while one before it lacks nothing but a slot', () =>
    always(({ start, skip }, queue) => {
      const slotless = skip.filter(({ obstacle }) => obstacle.code === 'no_slot');
      const first = Math.min(...slotless.map((each) => queue.indexOf(each.ready)));
      for (const each of start) expect(queue.indexOf(each.ready)).toBeLessThan(first);
    }));

  it('who starts has a profile that can be started', () =>
    always(({ start }, _, { profiles }) => {
      for (const { profile } of start) expect(profiles).toContain(profile);
    }));

  it('an obstacle is the true one: without its cause the task starts, or names one that comes later', () => {
    const order: readonly Obstacle['code'][] = [
      'unassigned',
      'no_profile',
      'process_lingers',
      'cooling_down',
      'no_slot',
    ];
    always(({ skip }, _, home) => {
      for (const { ready: kept, obstacle } of skip) {
        const [freed, allowed, running] = withoutCause(kept, home, obstacle);
        const next = obstacleTo(freed, allowed, running);
        if (next !== null) expect(order.indexOf(next.code)).toBeGreaterThan(order.indexOf(obstacle.code));
      }
    });
  });

  function withoutCause(kept: ReadyTask, home: Limits, obstacle: Obstacle): [ReadyTask, Limits, number] {
    const full = home.max_in_progress;
    switch (obstacle.code) {
      case 'unassigned':
        return [{ ...kept, task: { ...kept.task, assignee: writer } }, home, full];
      case 'no_profile':
        return [kept, { ...home, profiles: new Set([...home.profiles, obstacle.profile]) }, full];
      case 'process_lingers':
        return [{ ...kept, lingering: false }, home, full];
      case 'cooling_down':
        return [kept, { ...home, now: obstacle.until }, full];
      case 'no_slot':
        return [kept, home, full - 1];
    }
  }
});
