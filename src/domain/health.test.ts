import { expect, it } from 'vitest';
import { inCircles } from './health.ts';
import { asTaskId } from './ids.ts';

const links = (...arrows: string[]) =>
  arrows.map((arrow) => {
    const [parent = '', child = ''] = arrow.split('>');
    return { parent_id: asTaskId(parent), child_id: asTaskId(child) };
  });

it.each([
  ['nothing', links(), []],
  ['a chain', links('a>b', 'b>c'), []],
  ['a diamond', links('a>b', 'a>c', 'b>d', 'c>d'), []],
  ['a circle with a tail at each end', links('a>b', 'b>c', 'c>b', 'c>d'), ['b', 'c']],
  ['itself', links('a>a'), ['a']],
  ['two circles', links('a>b', 'b>a', 'c>d', 'd>c'), ['a', 'b', 'c', 'd']],
])('the tasks in a circle of %s', (_, given, expected) => {
  expect(inCircles(given)).toEqual(expected);
});
