import { expect, it } from 'vitest';
import { toldKinds } from './event.ts';

it('people are told what the contract names, in §7.2', () => {
  expect(toldKinds).toEqual([
    'completed',
    'blocked',
    'block_loop_detected',
    'review_requested',
    'gave_up',
    'failed',
    'crashed',
    'timed_out',
    'budget_warning',
    'budget_exceeded',
  ]);
});
