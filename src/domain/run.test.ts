import { expect, it } from 'vitest';
import { outcomes, runStatus, wantedAssignee } from './run.ts';

it('a run that has ended has its outcome for status, and `done` when it completed', () => {
  expect(runStatus('completed')).toBe('done');
  for (const outcome of outcomes.filter((each) => each !== 'completed')) {
    expect(runStatus(outcome)).toBe(outcome);
  }
});

it('the profile that shall have the task is one, nobody, or whoever has it', () => {
  const wanted = (stop_assignee: string | null) => wantedAssignee({ stop_assignee });
  expect([wanted('ada'), wanted(''), wanted(null)]).toEqual(['ada', null, undefined]);
});
