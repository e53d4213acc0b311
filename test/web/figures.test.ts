import { describe, expect, it } from 'vitest';
import type { Edge, Run, Task } from '../../src/surfaces/http/wire.ts';
import { flowOf, quantile } from '../../web/src/pages/figures.ts';
import { graphOf } from '../../web/src/pages/layers.ts';
import { packed } from '../../web/src/pages/packed.ts';

/** What the drawings of a board are made of. */

const edge = (parent_id: string, child_id: string, parent_status = 'ready', child_status = 'todo'): Edge => ({
  parent_id,
  parent_title: parent_id,
  parent_status,
  child_id,
  child_title: child_id,
  child_status,
});

describe('the critical path', () => {
  it('is the longest chain of what is not done', () => {
    const edges = [edge('a', 'b', 'done'), edge('b', 'c', 'todo'), edge('c', 'd', 'todo'), edge('x', 'd')];
    expect(graphOf(edges).critical).toEqual(['b', 'c', 'd']);
    expect(
      graphOf(edges)
        .nodes.map(({ id }) => id)
        .sort(),
    ).toEqual(['a', 'b', 'c', 'd', 'x']);
  });

  it('is none when nothing waits, and ends where a circle closes', () => {
    expect(graphOf([edge('a', 'b', 'done', 'done')]).critical).toEqual([]);
    expect(graphOf([edge('a', 'b', 'todo'), edge('b', 'a', 'todo')]).critical.length).toBe(2);
  });
});

describe('flow', () => {
  const day = 86_400;
  const now = 10 * day + 100;
  const task = (created_at: number, started_at: number | null, completed_at: number | null) =>
    ({ created_at, started_at, completed_at }) as Task;
  const run = (outcome: string, ended_at: number | null) => ({ outcome, ended_at }) as Run;

  it('counts up to the end of each day, and what was done on it', () => {
    const tasks = [task(8 * day, 8 * day + 10, 9 * day + 10), task(10 * day, 10 * day + 5, null)];
    const flow = flowOf(tasks, [run('completed', 1), run('crashed', 2), run('completed', null)], {
      now,
      length: 3,
      offset: 0,
    });
    expect(flow).toMatchObject({
      created: [1, 1, 2],
      started: [1, 1, 2],
      done: [0, 1, 1],
      throughput: [0, 1, 0],
      cycles: [day],
      successRate: 0.5,
    });
  });

  it('tells quantiles, and nothing of nothing', () => {
    expect([quantile([5, 1, 3], 0.5), quantile([], 0.5), quantile([1, 2], 1)]).toEqual([3, null, 2]);
  });
});

describe('a lane of the timeline', () => {
  it('lays side by side what lasted side by side', () => {
    const rows = packed(
      [
        { begin: 0, end: 10 },
        { begin: 5, end: 6 },
        { begin: 10, end: 12 },
      ],
      2,
    );
    expect(rows.map(({ row }) => row)).toEqual([0, 1, 0]);
  });
});
