import { expect, test } from 'vitest';
import { figures, type Run, spread } from '../../examples/demo/figures.ts';

const run = (id: number, task: string, outcome: string, queued = 0, start = 0): Run => ({
  id,
  task_id: task,
  outcome,
  queued_ms: queued,
  start_ms: start,
});

test('the middle of an even number of durations lies between the two', () => {
  expect(spread([4, 1, 3, 2])).toEqual({ median: 2.5, worst: 4 });
  expect(spread([7, 1, 3])).toEqual({ median: 3, worst: 7 });
  expect(spread([])).toBeUndefined();
});

test('a run after a failure is a retry, one after a question is not', () => {
  const runs = [
    run(1, 't_1', 'crashed', 0, 30),
    run(2, 't_2', 'blocked', 5, 10),
    run(3, 't_2', 'completed', 10, 20),
    run(4, 't_1', 'completed', 20, 40),
  ];
  expect(figures(runs)).toEqual({
    tasks: 2,
    runs: 4,
    retries: 1,
    queueing: { median: 7.5, worst: 20 },
    start: { median: 25, worst: 40 },
  });
});

test('a run without a process has no durations', () => {
  const pulled = { ...run(1, 't_1', 'completed'), queued_ms: null, start_ms: null };
  expect(figures([pulled])).toMatchObject({ runs: 1, queueing: undefined, start: undefined });
});
