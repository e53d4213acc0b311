import { describe, expect, it } from 'vitest';
import { taskWith } from '../../test/support/samples.ts';
import { cooldownOf } from './cooldown.ts';
import { asProfileName, asSeconds } from './ids.ts';
import type { LastRun } from './view.ts';

const [coder, writer] = [asProfileName('coder'), asProfileName('writer')];
const cooldown = asSeconds(300);
const run = (outcome: string, own: Partial<LastRun> = {}): LastRun => ({
  profile: coder,
  outcome,
  ended_at: asSeconds(10_000),
  had_process: false,
  ...own,
});
const rest = (last_run: LastRun | null, failures = 0) =>
  cooldownOf({ task: taskWith({ consecutive_failures: failures }), last_run }, coder, cooldown);

describe('a task rests', () => {
  it("for the cool-down after its provider's limit, whatever failed before", () => {
    const until = asSeconds(10_300);
    expect(rest(run('rate_limited'))).toEqual({ until, after: 'rate_limit', failures: 0 });
    expect(rest(run('rate_limited', { profile: null }), 3)?.until).toBe(until);
  });
  it.each([
    [2, 2],
    [3, 8],
    [4, 32],
    [6, 512],
    [7, 600],
    [99, 600],
  ])('after failure %i for %i s', (failures, seconds) => {
    for (const outcome of ['failed', 'crashed', 'timed_out', 'spawn_failed']) {
      expect(rest(run(outcome), failures)?.until).toBe(10_000 + seconds);
    }
  });
});

describe('a task does not rest', () => {
  it.each<[string, LastRun | null, number]>([
    ['before its first attempt', null, 0],
    ['while its run is open', run('rate_limited', { ended_at: null }), 0],
    ['after its first failure', run('crashed'), 1],
    ['once its failures are forgiven', run('crashed'), 0],
    ['after an answer', run('blocked'), 5],
    [
      'after a rate limit of a run of ours, as its profile rests',
      run('rate_limited', { had_process: true }),
      0,
    ],
    ['for what another profile met', run('rate_limited', { profile: writer }), 0],
  ])('%s', (_, last, failures) => {
    expect(rest(last, failures)).toBeNull();
  });
});
