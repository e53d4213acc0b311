import { describe, expect, it } from 'vitest';
import { hostRole } from './leading.ts';
import { abandoned, type Ending, verdictOn } from './verdict.ts';

const who = { pid: 99, claimer: 'here:42' };
const ended = (code: number | null, signal: number | null, own: Partial<Ending> = {}): Ending => ({
  ...who,
  exit: { code, signal },
  stopped: null,
  limit_seconds: null,
  elapsed_seconds: 12,
  silent_seconds: null,
  ...own,
});

/** Contract §5.5. */
describe('a run without an answer', () => {
  it('whose worker exited with 0 broke the protocol', () => {
    expect(verdictOn(ended(0, null))).toMatchObject({
      verb: 'fail',
      failure: { event: 'protocol_violation', payload: { ...who, exit_code: 0 } },
    });
  });
  it('whose worker exited with 75 met the limit of its provider', () => {
    expect(verdictOn(ended(75, null))).toMatchObject({
      verb: 'requeue',
      excused: { kind: 'rate_limit', until: null },
      payload: { ...who, exit_code: 75 },
    });
  });
  it('whose worker exited with another code crashed', () => {
    expect(verdictOn(ended(3, null))).toMatchObject({
      verb: 'fail',
      failure: {
        event: 'crashed',
        error: 'The worker exited with code 3.',
        payload: { ...who, exit_kind: 'nonzero_exit', exit_code: 3 },
      },
    });
  });
  it('whose worker was ended by a signal crashed', () => {
    expect(verdictOn(ended(null, 9))).toMatchObject({
      failure: {
        event: 'crashed',
        error: 'The worker was ended by signal 9.',
        payload: { ...who, exit_kind: 'signaled', exit_signal: 9 },
      },
    });
  });
  it('whose end nobody saw crashed', () => {
    expect(verdictOn(ended(null, null))).toMatchObject({
      failure: { event: 'crashed', payload: { ...who, exit_kind: 'unknown' } },
    });
  });
});

/** Design §3.3. */
describe('a run whose machine is not heard of any more', () => {
  it('was interrupted, and its event names the machine', () => {
    expect(abandoned({ host: 'away', pid: 99 }, 'away:42')).toEqual({
      verb: 'requeue',
      excused: {
        kind: 'interrupted',
        until: null,
        error: 'Nothing is heard any more of the machine away, on which the worker ran.',
      },
      payload: { host: 'away', pid: 99, claimer: 'away:42' },
    });
  });
  it('belongs to the keeper of that machine', () => {
    expect(hostRole('away')).toBe('host:away');
  });
});

/** Contract §15.8. */
describe('a run that was interrupted', () => {
  it.each<[string, Ending, RegExp]>([
    [
      'by a signal to its session',
      ended(0, null, { exit: { code: 0, signal: null, told: 15 } }),
      /signal 15/,
    ],
    [
      'although its worker died of it',
      ended(null, 15, { exit: { code: null, signal: 15, told: 15 } }),
      /signal 15/,
    ],
    ['by a start of its machine', ended(null, null, { interrupted: 'rebooted' }), /started anew/],
    ['before its worker began', ended(null, null, { interrupted: 'never_started' }), /before it could start/],
  ])('%s costs nothing', (_, ending, words) => {
    expect(verdictOn(ending)).toMatchObject({
      verb: 'requeue',
      excused: { kind: 'interrupted', until: null, error: expect.stringMatching(words) },
      payload: who,
    });
  });
  it('past its limit timed out: the leader that sent the signal may have died', () => {
    const exit = { code: null, signal: 15, told: 15 };
    expect(verdictOn(ended(null, 15, { exit, limit_seconds: 10 }))).toMatchObject({
      failure: { event: 'timed_out' },
    });
  });
});

/** Contract §5.6. */
describe('a run past its limit', () => {
  const limit = { limit_seconds: 10 };

  it('that the leader stopped timed out, even when the worker then exited well', () => {
    const stopped = { because: 'timed_out', sigkill: true } as const;
    expect(verdictOn(ended(0, null, { ...limit, stopped }))).toMatchObject({
      failure: {
        event: 'timed_out',
        error: 'The worker ran 12 s; its limit is 10 s.',
        payload: { pid: 99, elapsed_seconds: 12, limit_seconds: 10, sigkill: true },
      },
    });
  });
  it('ended by a signal or unseen timed out, because the leader that stopped it may have died', () => {
    for (const signal of [15, null]) {
      expect(verdictOn(ended(null, signal, limit))).toMatchObject({
        failure: { event: 'timed_out', payload: { sigkill: false } },
      });
    }
  });
  it('exactly at its limit counts as past it', () => {
    const at = ended(null, 15, { limit_seconds: 12 });
    expect(verdictOn(at)).toMatchObject({ failure: { event: 'timed_out' } });
  });
  it('that ended by itself with a code is judged by that code', () => {
    expect(verdictOn(ended(1, null, limit))).toMatchObject({ failure: { event: 'crashed' } });
    expect(verdictOn(ended(0, null, limit))).toMatchObject({ failure: { event: 'protocol_violation' } });
    expect(verdictOn(ended(75, null, limit))).toMatchObject({ verb: 'requeue' });
  });
  it('ended by a signal before it crashed', () => {
    expect(verdictOn(ended(null, 15, { limit_seconds: 13 }))).toMatchObject({
      failure: { event: 'crashed' },
    });
  });
  it('that nobody wrote down is still told', () => {
    const stopped = { because: 'timed_out', sigkill: false } as const;
    expect(verdictOn(ended(null, 15, { stopped }))).toMatchObject({
      failure: { event: 'timed_out', payload: { limit_seconds: 0 } },
    });
  });
});

describe('a run that somebody wanted ended', () => {
  const reclaim = { reason: 'Stuck.', assignee: null } as const;

  it.each<[string, Ending]>([
    ['by its gateway', ended(null, 15, { stopped: { because: 'reclaimed', sigkill: false }, reclaim })],
    ['by itself', ended(0, null, { reclaim })],
    ['past its limit', ended(null, 9, { limit_seconds: 5, reclaim })],
  ])('is taken back, when it ended %s', (_, ending) => {
    expect(verdictOn(ending)).toMatchObject({
      verb: 'reclaim',
      reason: 'Stuck.',
      assignee: null,
      payload: { prev_pid: 99, terminated: true, termination_attempted: ending.stopped !== null },
    });
  });
  it('is not taken for one that ran too long', () => {
    const stopped = { because: 'reclaimed', sigkill: true } as const;
    expect(verdictOn(ended(3, null, { stopped }))).toMatchObject({ failure: { event: 'crashed' } });
  });

  it('that was ended because it was silent counts as no failure', () => {
    const stopped = { because: 'stale', sigkill: false } as const;
    expect(verdictOn(ended(null, 15, { stopped, silent_seconds: 4000 }))).toEqual({
      verb: 'expire',
      stale: true,
      payload: expect.objectContaining({
        pid: 99,
        elapsed_seconds: 12,
        heartbeat_age_seconds: 4000,
        terminated: true,
      }),
    });
  });
});
