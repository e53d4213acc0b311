import { expect, it } from 'vitest';
import { outcomes, runStatus } from './run.ts';

it('a run that has ended has its outcome for status, and `done` when it completed', () => {
  expect(runStatus('completed')).toBe('done');
  for (const outcome of outcomes.filter((each) => each !== 'completed')) {
    expect(runStatus(outcome)).toBe(outcome);
  }
});
