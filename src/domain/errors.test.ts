import { expect, it } from 'vitest';
import { ok, refusalCodes, refuse, unknownTask } from './errors.ts';

it('a result is a value or a refusal', () => {
  expect(ok(1)).toEqual({ ok: true, value: 1 });
  expect(refuse('cycle', 'No.')).toEqual({ ok: false, refusal: { code: 'cycle', sentence: 'No.', ids: [] } });
});

it('a task that is not there is named, with where to look', () => {
  expect(unknownTask('t_1')).toEqual({
    ok: false,
    refusal: {
      code: 'unknown_task',
      sentence: 'No task t_1 on this board; `andon list --archived` shows every id.',
      ids: ['t_1'],
    },
  });
});

it('every code is one word of lower case, and its meaning one sentence', () => {
  for (const [code, meaning] of Object.entries(refusalCodes)) {
    expect(code).toMatch(/^[a-z]+(?:_[a-z]+)*$/);
    expect(meaning).toMatch(/^[A-Z][^.]*\.$/);
  }
});
