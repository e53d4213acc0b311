import { describe, expect, it } from 'vitest';
import { clipError, failureLimit } from './retry.ts';

describe('the limit of failures is said', () => {
  it('by the task before anybody else', () => {
    expect(failureLimit({ max_retries: 1 }, 5)).toEqual({ limit: 1, source: 'task' });
  });
  it('then by the settings', () => {
    expect(failureLimit({ max_retries: null }, 5)).toEqual({ limit: 5, source: 'setting' });
  });
  it('else it is two', () => {
    expect(failureLimit({ max_retries: null }, undefined)).toEqual({ limit: 2, source: 'default' });
  });
});

describe('an error', () => {
  it('is kept up to 500 characters, and none is cut in two', () => {
    expect(clipError('short')).toBe('short');
    expect(clipError('😀'.repeat(501))).toBe('😀'.repeat(500));
  });
});
