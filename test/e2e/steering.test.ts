import { describe, expect, it } from 'vitest';
import { asTaskId, defaultBoard } from '../../src/domain/ids.ts';
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
    const pid = await until(
      'its process is known',
      async () => (await home.runs(task))[0]?.process?.pid ?? undefined,
    );
    await gateway.stop();
    expect(await world.processes.identify(pid)).toBeDefined();
    expect(await home.andon('reclaim', task)).toBe(`Reclaimed ${task}  (ready)\n`);
    expect(await world.processes.identify(pid)).toBeUndefined();
  });
});

describe.concurrent('a task that runs, in the hands of somebody else', () => {
  it('is kept by its worker: every verb says why, and nothing changes', async ({ onTestFinished }) => {
    const workers = {
      waits: 'wait_for end; exec andon complete "$ANDON_TASK" --summary Mine.',
      other: 'exit 1',
    };
    const home = gatewayHome({ onTestFinished }, { workers });
    await home.gateway();
    const task = await home.create('waits');
    await until('it runs', () => home.starts(task) === 1);
    const [before] = await home.runs(task);
    const answers = await Promise.all([
      home.run(['complete', task]),
      home.run(['block', task, 'Not', 'now.']),
      home.run(['archive', task]),
      home.run(['delete', task]),
    ]);
    for (const { code, err } of answers) {
      expect([code, err]).toEqual([1, expect.stringMatching(/^andon: .*run 1.* may still live/)]);
    }
    const given = await Promise.all(['assign', 'reassign'].map((verb) => home.run([verb, task, 'other'])));
    for (const { code, err } of given) {
      expect([code, err]).toEqual([1, expect.stringContaining('is running for waits')]);
    }
    // The number of the run is no secret; its token is.
    const pretence = { ANDON_TASK: task, ANDON_RUN_ID: '1' };
    expect((await home.run(['complete', task], pretence)).err).toContain('does not have its token');
    const { task: after, runs, comments } = await home.show(task);
    expect(after).toMatchObject({ status: 'running', current_run_id: 1, assignee: 'waits' });
    expect([runs.length, comments.length]).toEqual([1, 0]);
    expect(await world.processes.identify(before?.process?.pid ?? 0)).toBeDefined();
    home.write('end');
    expect((await home.reaches(task, 'done')).latest_summary).toBe('Mine.');
  });

  it('is not freed while anything of its worker lives, also when its launcher is dead', async ({
    onTestFinished,
  }) => {
    const workers = {
      deaf: `setsid sh -c 'trap "" TERM; echo $$ >"$ANDON_HOME/deaf"; while :; do sleep 1; done' & wait_for end`,
    };
    const home = gatewayHome({ onTestFinished }, { settings: { failure_limit: 1 }, workers });
    await home.gateway();
    const task = await home.create('deaf');
    await until('it runs', () => home.has('deaf') && home.read('deaf').endsWith('\n'));
    const pid = Number(home.read('deaf'));
    const launcher = await until(
      'its launcher is known',
      async () => (await home.runs(task))[0]?.process?.pid ?? undefined,
    );
    process.kill(-launcher, 'SIGKILL');
    // It is asked politely for five seconds; only then is it killed.
    for (const verb of ['complete', 'block', 'archive', 'delete'] as const) {
      const answer = await home.kernel[verb](defaultBoard, { task_id: task });
      expect(answer).toMatchObject({ ok: false, refusal: { code: 'worker_alive' } });
    }
    expect(await world.processes.identify(pid)).toBeDefined();
    expect((await home.show(task)).task).toMatchObject({ status: 'running', current_run_id: 1 });
    await home.reaches(task, 'blocked');
    expect(await world.processes.identify(pid)).toBeUndefined();
    expect(await home.andon('delete', task)).toContain('Deleted');
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
