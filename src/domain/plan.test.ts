import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { asTaskId } from './ids.ts';
import { blackboardPrefix, checkPlan, type PlannedTask, swarmProtocol } from './plan.ts';

const task = (parents: readonly number[] = [], title = 'Work'): PlannedTask => ({
  title,
  assignee: null,
  parents,
});
const plan = (...parents: number[][]) => parents.map((each) => task(each));

describe('a plan', () => {
  it.each([
    ['one task', plan([])],
    ['a chain', plan([], [0], [1])],
    ['a chain that is told backwards', plan([1], [2], [])],
    ['a diamond, one parent said twice', plan([], [0], [0], [1, 2, 1])],
    ['a title of 200 characters', [task([], '𝔞'.repeat(200))]],
  ])('is right: %s', (_, tasks) => {
    expect(checkPlan(tasks)).toBeUndefined();
  });

  it.each([
    ['nothing', [], 'invalid_input', /the list is empty/],
    ['a blank title', [task(), task([], '  ')], 'blank_text', /`tasks\.1\.title` must be a text/],
    ['a long title', [task([], 'a'.repeat(201))], 'invalid_input', /`tasks\.0\.title` .* at most 200 .* 201/],
    [
      'a parent that is not there',
      plan([], [0, 7]),
      'invalid_input',
      /`tasks\.1\.parents\.1` .* tasks 0 to 1, not 7/,
    ],
    ['one before the first', plan([-1]), 'invalid_input', /`tasks\.0\.parents\.0` .* only task 0, not -1/],
    ['a place that is no place', plan([], [0.5]), 'invalid_input', /`tasks\.1\.parents\.0`/],
    ['itself', plan([], [1]), 'cycle', /`tasks\.1\.parents\.0` is 1, the task itself/],
    ['a circle of two', plan([], [0, 2], [1], [2]), 'cycle', /^`tasks\.1`, `tasks\.2` wait for each other/],
    [
      'two circles',
      plan([1], [0], [3], [2]),
      'cycle',
      /^`tasks\.0`, `tasks\.1`, `tasks\.2`, `tasks\.3` wait/,
    ],
  ] as const)('is refused with its place: %s', (_, tasks, code, sentence) => {
    const wrong = checkPlan(tasks);
    expect(wrong).toMatchObject({ code, sentence: expect.stringMatching(sentence) });
    expect(wrong?.sentence).toMatch(/\.$/);
  });

  it('is right in whatever order its tasks are told, as long as nobody waits for a later one of some order', () => {
    const graphs = fc.integer({ min: 1, max: 12 }).chain((size) =>
      fc.record({
        order: fc.shuffledSubarray([...Array(size).keys()], { minLength: size }),
        edges: fc.array(fc.tuple(fc.nat(size - 1), fc.nat(size - 1)), { maxLength: 30 }),
      }),
    );
    fc.assert(
      fc.property(graphs, ({ order, edges }) => {
        const parents = order.map((): number[] => []);
        for (const [one, other] of edges) {
          const [first, then] = [order[Math.min(one, other)], order[Math.max(one, other)]];
          if (first !== undefined && then !== undefined && first !== then) parents[then]?.push(first);
        }
        expect(checkPlan(plan(...parents))).toBeUndefined();
        const [first, last] = [order[0], order.at(-1)];
        if (first === undefined || last === undefined || first === last) return;
        parents[first]?.push(last);
        parents[last]?.push(first);
        expect(checkPlan(plan(...parents))?.code).toBe('cycle');
      }),
    );
  });
});

it('a swarm is told where its blackboard is, and how to write on it', () => {
  const text = swarmProtocol(asTaskId('t_0000000a'), 'And more.');
  expect(text).toContain('t_0000000a');
  expect(text).toContain(blackboardPrefix.trim());
  expect(text).toMatch(/And more\.$/);
});
