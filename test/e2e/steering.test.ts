import { describe, expect, it } from 'vitest';
import { gatewayHome, kindsOf, world } from '../support/gateway-home.ts';
import { until } from '../support/until.ts';

describe.concurrent('a worker whose task is taken back', () => {
  it('is ended with all it started, and the next profile begins after it', async ({ onTestFinished }) => {
    const workers = {
      stuck: 'sleep 60 & echo $! >"$ANDON_HOME/child"; wait_for end',
      fresh: 'exec andon complete "$ANDON_TASK" --summary Fresh.',
    };
    const home = gatewayHome({ onTestFinished }, { workers });
    await home.gateway();
    const task = await home.create('stuck', '--max-retries', '1');
    await until('it runs', () => home.read('child').endsWith('\n'));
    expect(await home.andon('reassign', task, 'fresh', '--reclaim', '--reason', 'Stuck.')).toMatch(
      /^Reassigned \S+ to fresh {2}\((ready|running|done)\)\n$/,
    );
    expect(await world.processes.identify(Number(home.read('child')))).toBeUndefined();
    const view = await home.reaches(task, 'done');
    expect(view.runs.map((run) => [run.profile, run.outcome])).toEqual([
      ['stuck', 'reclaimed'],
      ['fresh', 'completed'],
    ]);
    expect(view.task.consecutive_failures).toBe(0);
    expect(kindsOf(view)).toContain('stop_requested');
  });

  it('lives on when no gateway is there to end it, until the next one is', async ({ onTestFinished }) => {
    const home = gatewayHome({ onTestFinished }, { workers: { waits: 'wait_for end' } });
    const gateway = await home.gateway();
    const task = await home.create('waits');
    await until('it runs', () => home.starts(task) === 1);
    await gateway.stop();
    const { code, err } = await home.run(['reclaim', task]);
    expect(code).toBe(1);
    expect(err).toMatch(/was asked to stop, but no gateway is running/);
    expect((await home.show(task)).task.status).toBe('running');
    await home.gateway();
    await until('it was ended', async () => kindsOf(await home.show(task)).includes('reclaimed'));
    home.write('end');
  });
});

describe.concurrent('what wakes or is reviewed', () => {
  it('a scheduled task starts at its time, without anybody asking', async ({ onTestFinished }) => {
    const workers = { quick: 'exec andon complete "$ANDON_TASK"' };
    const home = gatewayHome({ onTestFinished }, { workers });
    await home.gateway();
    const task = await home.create('quick', '--in', '2s');
    expect((await home.show(task)).task.status).toBe('scheduled');
    const view = await home.reaches(task, 'done');
    const at = view.events.find(({ kind }) => kind === 'scheduled')?.payload?.['at'];
    const woken = view.events.find(({ kind }) => kind === 'unblocked');
    expect(woken?.created_at).toBeGreaterThanOrEqual(Number(at));
    expect(woken?.created_at).toBeLessThanOrEqual(Number(at) + 2);
  });

  it('a review is started for its reviewer, who is told of it, and the changes for the implementer', async ({
    onTestFinished,
  }) => {
    const workers = {
      coder: 'exec andon request-review "$ANDON_TASK" --reviewer critic --summary "Attempt $ANDON_RUN_ID"',
      critic: `cp "$ANDON_BRIEF" "$ANDON_HOME/brief-$ANDON_RUN_ID"
        [ -e "$ANDON_HOME/seen" ] && exec andon complete "$ANDON_TASK"
        : >"$ANDON_HOME/seen"; exec andon request-changes "$ANDON_TASK" more tests`,
    };
    const home = gatewayHome({ onTestFinished }, { workers });
    await home.gateway();
    const task = await home.create('coder');
    const view = await home.reaches(task, 'done');
    expect(view.runs.map((run) => [run.profile, run.outcome])).toEqual([
      ['coder', 'review_requested'],
      ['critic', 'changes_requested'],
      ['coder', 'review_requested'],
      ['critic', 'completed'],
    ]);
    expect(home.read('brief-2')).toMatch(/Lane: review[\s\S]*Attempt 1/);
  });
});
