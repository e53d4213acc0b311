import { describe, expect, it } from 'vitest';
import { asTaskId } from '../../src/domain/ids.ts';
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

  it('is ended by the command itself where no gateway is running', async ({ onTestFinished }) => {
    const home = gatewayHome({ onTestFinished }, { workers: { waits: 'wait_for end' } });
    const gateway = await home.gateway();
    const task = await home.create('waits');
    await until('it runs', () => home.starts(task) === 1);
    const pid = (await home.runs(task))[0]?.process?.pid ?? 0;
    await gateway.stop();
    expect(await world.processes.identify(pid)).toBeDefined();
    expect(await home.andon('reclaim', task)).toBe(`Reclaimed ${task}  (ready)\n`);
    expect(await world.processes.identify(pid)).toBeUndefined();
  });
});

describe.concurrent('andon stop', () => {
  it('ends a worker with all it started and keeps the task from starting again', async ({
    onTestFinished,
  }) => {
    const workers = { runaway: 'setsid sleep 60 & echo $! >"$ANDON_HOME/child"; wait_for end' };
    const home = gatewayHome({ onTestFinished }, { workers });
    await home.gateway();
    const task = await home.create('runaway');
    await until('it runs', () => home.read('child').endsWith('\n'));
    expect(await home.andon('stop', task, '--reason', 'wrong branch')).toBe(`Stopped ${task}  (blocked)\n`);
    expect(await world.processes.identify(Number(home.read('child')))).toBeUndefined();
    expect(await home.andon('why', task)).toMatch(
      /blocked for .*: Stopped by user: wrong branch\. .*unblock/,
    );
    await home.andon('unblock', task);
    await until('it runs again', () => home.starts(task) === 2);
  });

  it('--all ends everything and lets nothing take its place', async ({ onTestFinished }) => {
    const home = gatewayHome({ onTestFinished }, { workers: { waits: 'wait_for end' } });
    await home.andon('boards', 'create', 'other');
    await home.gateway();
    const here = await home.create('waits');
    const there = /t_\w+/.exec(
      await home.andon('--board', 'other', 'create', 'There', '--assignee', 'waits'),
    );
    const other = asTaskId(there?.[0] ?? '');
    await until('both run', () => home.starts(here) + home.starts(other) === 2);
    const stopped = JSON.parse(await home.andon('stop', '--all', '--reason', 'fire', '--json'));
    expect(stopped).toMatchObject([
      { ok: true, board: 'default', task_id: here, status: 'blocked' },
      { ok: true, board: 'other', task_id: other, status: 'blocked' },
    ]);
    const next = await home.create('waits');
    expect(await home.why(next)).toBe('paused');
    await home.andon('resume', '--all-boards');
    await until('it goes on', () => home.starts(next) === 1);
  });

  it('is refused for what does not run, in one sentence', async ({ onTestFinished }) => {
    const home = gatewayHome({ onTestFinished });
    const task = await home.create('nobody', '--triage');
    expect(await home.run(['stop', task])).toMatchObject({
      code: 1,
      err: expect.stringMatching(/^andon: Task \S+ is triage, so nothing of it runs .*\n$/),
    });
    expect((await home.run(['stop'])).code).toBe(2);
    expect((await home.run(['stop', task, '--all'])).code).toBe(2);
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
