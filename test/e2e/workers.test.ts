import { DatabaseSync } from 'node:sqlite';
import { describe, expect, it } from 'vitest';
import type { TaskId } from '../../src/domain/ids.ts';
import { type GatewayHome, gatewayHome, kindsOf, world } from '../support/gateway-home.ts';
import { until } from '../support/until.ts';

const runOf = async (home: GatewayHome, task: TaskId, index = 0) => {
  const run = (await home.runs(task))[index];
  return run ?? expect.fail(`${task} has no run ${index}`);
};
/** The process of a task's first run, as the board knows it, and everything that belongs to it. */
const processOf = async (home: GatewayHome, task: TaskId) => {
  const run = await until(`the board knows the process of ${task}`, async () => {
    const [first] = await home.runs(task);
    return first?.process?.pid ? first.process : undefined;
  });
  return { run, tree: await world.processes.tree(run.pid, run.mark) };
};
const isGone = (home: GatewayHome, task: TaskId) =>
  until(`the processes of ${task} are gone`, async () => (await runOf(home, task)).process?.gone_at !== null);

describe.concurrent('a worker that ends without an answer', () => {
  const settings = { failure_limit: 1 };

  it('is crashed when its whole group was killed', async ({ onTestFinished }) => {
    const home = gatewayHome({ onTestFinished }, { settings, workers: { waits: 'wait_for end' } });
    await home.gateway();
    const task = await home.create('waits');
    await until('it runs', () => home.starts(task) === 1);
    const { tree } = await processOf(home, task);
    for (const one of tree) await world.processes.signal(one, 'SIGKILL');
    const view = await home.reaches(task, 'blocked');
    expect(kindsOf(view).slice(-2)).toEqual(['crashed', 'gave_up']);
    expect(view.task.last_failure_error).toBe('The worker is gone and left no exit code.');
  });

  it('is ended when only its launcher was killed, before anything else is started', async ({
    onTestFinished,
  }) => {
    const workers = {
      waits: `echo $$ >"$ANDON_HOME/pid-$ANDON_RUN_ID"
        [ "$(wc -l <"$ANDON_HOME/ledger")" -gt 1 ] && exec andon complete "$ANDON_TASK"
        wait_for end`,
    };
    const home = gatewayHome({ onTestFinished }, { workers });
    await home.gateway();
    const task = await home.create('waits');
    await until('it runs', () => home.has('pid-1') && home.read('pid-1').endsWith('\n'));
    const { run, tree } = await processOf(home, task);
    const launcher = tree.find(({ pid }) => pid === run.pid) ?? expect.fail('no launcher');
    await world.processes.signal(launcher, 'SIGKILL');
    await home.reaches(task, 'done');
    expect(await world.processes.identify(Number(home.read('pid-1')))).toBeUndefined();
    const [first, second] = await home.runs(task);
    expect(first?.outcome).toBe('crashed');
    expect(second?.process?.claimed_at).toBeGreaterThanOrEqual(first?.process?.gone_at ?? Infinity);
  });

  it('is blocked at once when it ended well but said nothing', async ({ onTestFinished }) => {
    const home = gatewayHome({ onTestFinished }, { workers: { silent: 'exit 0' } });
    await home.gateway();
    const task = await home.create('silent');
    const view = await home.reaches(task, 'blocked');
    expect(kindsOf(view).slice(-2)).toEqual(['protocol_violation', 'gave_up']);
    expect(view.events.at(-1)?.payload).toMatchObject({ failures: 1, limit_source: 'protocol_violation' });
    expect(home.starts(task)).toBe(1);
    expect(await home.why(task)).toBe('gave_up');
  });

  it('is stopped when it hangs past its limit, also when it does not listen', async ({ onTestFinished }) => {
    const workers = {
      polite: 'wait_for end',
      deaf: 'trap \'\' TERM; echo >"$ANDON_HOME/deaf"; wait_for end',
      limited: { command: ['sh', '-c', 'exec sleep 60'], max_runtime: '1s' },
    };
    const home = gatewayHome({ onTestFinished }, { settings, workers });
    await home.gateway();
    const polite = await home.create('polite', '--max-runtime', '1');
    const limited = await home.create('limited');
    const deaf = await home.create('deaf', '--max-runtime', '1s');
    for (const task of [polite, limited]) {
      const { events } = await home.reaches(task, 'blocked');
      expect(events.at(-2)).toMatchObject({
        kind: 'timed_out',
        payload: { limit_seconds: 1, sigkill: false },
      });
    }
    const { pid } = (await processOf(home, deaf)).run;
    expect(await world.processes.identify(pid ?? 0)).toBeDefined();
    // Five polite seconds come before SIGKILL (contract §5.12).
    const { events } = await home.reaches(deaf, 'blocked');
    expect(events.at(-2)).toMatchObject({ kind: 'timed_out', payload: { limit_seconds: 1, sigkill: true } });
    expect(await runOf(home, deaf)).toMatchObject({ outcome: 'timed_out', process: { exit_signal: null } });
    expect(await world.processes.identify(pid ?? 0)).toBeUndefined();
  });

  it('is ended when it gives no sign of life for too long, and is tried again', async ({
    onTestFinished,
  }) => {
    const settings = { dispatch_stale_timeout_seconds: 1 };
    // The second attempt answers at once.
    const workers = {
      silent: 'if [ -e once ]; then andon complete "$ANDON_TASK"; else touch once; sleep 300; fi',
    };
    const home = gatewayHome({ onTestFinished }, { settings, workers });
    await home.gateway();
    const task = await home.create('silent');
    const { events, runs } = await home.reaches(task, 'done');
    expect(events.map(({ kind }) => kind)).toContain('stale');
    expect(runs.map(({ outcome }) => outcome)).toEqual(['stale', 'completed']);
  });

  it('takes what it left behind with it, and its slot is free', async ({ onTestFinished }) => {
    const leave = `require('node:child_process').spawn('sleep', ['300'], {detached: true, stdio: 'ignore'}).unref()`;
    const workers = {
      leaves: `"${process.execPath}" -e "${leave}"; exit 7`,
      quick: 'andon complete "$ANDON_TASK"',
    };
    const home = gatewayHome(
      { onTestFinished },
      { settings: { failure_limit: 1, max_in_progress: 1 }, workers },
    );
    await home.gateway();
    const task = await home.create('leaves');
    const next = await home.create('quick');
    await home.reaches(next, 'done');
    const run = await runOf(home, task);
    expect(run).toMatchObject({ outcome: 'crashed', process: { exit_code: 7 } });
    expect(await world.processes.tree(null, run.process?.mark ?? '')).toEqual([]);
    const started = (await runOf(home, next)).process?.claimed_at;
    expect(started).toBeGreaterThanOrEqual(run.process?.gone_at ?? Infinity);
  });
});

describe.concurrent('a worker that has answered and lives on', () => {
  it('keeps its slot and the next claim of its task', async ({ onTestFinished }) => {
    const workers = {
      lingers: `if [ -e "$ANDON_HOME/left" ]; then exec andon complete "$ANDON_TASK"; fi
        andon block "$ANDON_TASK" "a question"; wait_for left`,
      quick: 'andon complete "$ANDON_TASK"',
    };
    const home = gatewayHome({ onTestFinished }, { settings: { max_in_progress: 2 }, workers });
    await home.gateway();
    const asking = [await home.create('lingers'), await home.create('lingers')] as const;
    for (const task of asking) await home.reaches(task, 'blocked');
    const [again] = asking;
    await home.andon('unblock', again);
    const next = await home.create('quick', '--priority', '-1');
    expect(await home.why(again)).toBe('process_lingers');
    expect(await home.why(next)).toBe('no_slot');
    expect(await home.json('dispatch', '--dry-run')).toMatchObject({
      spawned: [],
      skipped: [
        { task_id: again, code: 'process_lingers' },
        { task_id: next, code: 'no_slot', running: 2, limit: 2 },
      ],
    });

    home.write('left');
    for (const task of [again, next]) await home.reaches(task, 'done');
    const gone = (await runOf(home, again)).process?.gone_at ?? Infinity;
    expect((await runOf(home, again, 1)).process?.claimed_at).toBeGreaterThanOrEqual(gone);
    const ends = await Promise.all(asking.map(async (task) => (await runOf(home, task)).process?.gone_at));
    const free = Math.min(...ends.map((end) => end ?? Infinity));
    expect((await runOf(home, next)).process?.claimed_at).toBeGreaterThanOrEqual(free);
  });
});

describe.concurrent('tries of a task', () => {
  it('go on up to the limit, and the last error stays', async ({ onTestFinished }) => {
    const workers = { fails: 'exit $(wc -l <"$ANDON_HOME/ledger")' };
    const home = gatewayHome({ onTestFinished }, { workers });
    await home.gateway();
    const usual = await home.create('fails');
    const view = await home.reaches(usual, 'blocked');
    expect(kindsOf(view).filter((kind) => kind === 'crashed')).toHaveLength(2);
    expect(view.task).toMatchObject({
      consecutive_failures: 2,
      last_failure_error: 'The worker exited with code 2.',
    });

    const patient = await home.create('fails', '--max-retries', '3');
    const third = await home.reaches(patient, 'blocked');
    expect(third.runs.map(({ error }) => error)).toEqual(
      [3, 4, 5].map((code) => `The worker exited with code ${code}.`),
    );
    expect(third.events.at(-1)).toMatchObject({
      kind: 'gave_up',
      payload: { failures: 3, effective_limit: 3, limit_source: 'task' },
    });
    // A person may try again; that begins the count anew.
    await home.andon('unblock', patient);
    await until('it ran again', () => home.starts(patient) >= 4);
  });

  it('rest after exit code 75, which costs no attempt', async ({ onTestFinished }) => {
    const home = gatewayHome({ onTestFinished }, { workers: { limited: 'exit 75' } });
    await home.gateway();
    const task = await home.create('limited');
    await until('its run ended', async () => (await home.runs(task))[0]?.outcome === 'rate_limited');
    const { task: rests, runs } = await home.show(task);
    expect(rests).toMatchObject({ status: 'ready', consecutive_failures: 0 });
    await isGone(home, task);
    expect(await home.why(task)).toBe('resting');
    expect(await home.andon('rests')).toMatch(
      /^default {2}profile limited {2}until .* rate limit was reached/,
    );
    expect(runs).toHaveLength(1);
    // Whoever knows that the limit is over need not wait.
    await home.andon('resume', '--profile', 'limited');
    await until('it is tried again', () => home.starts(task) === 2);
  });

  it('say themselves that they cannot go on, and whose fault that is', async ({ onTestFinished }) => {
    const workers = {
      spent: 'exec andon fail "$ANDON_TASK" usage limit --cause quota --for 2h',
      hopeless: 'exec andon fail "$ANDON_TASK" the tests do not pass',
    };
    const home = gatewayHome({ onTestFinished }, { workers });
    await home.gateway();
    const [spent, hopeless] = [await home.create('spent'), await home.create('hopeless')];
    const { runs, task } = await home.reaches(hopeless, 'blocked');
    expect(runs.map(({ outcome }) => outcome)).toEqual(['failed', 'failed']);
    expect(task.last_failure_error).toBe('the tests do not pass');
    expect((await home.show(spent)).task).toMatchObject({ status: 'ready', consecutive_failures: 0 });
    expect(await home.andon('why', spent)).toMatch(
      /profile spent rests: its provider's quota is used up \(usage limit\)\. It is tried again in (2h|1h 59m)/,
    );
    expect(home.starts(spent)).toBe(1);
  });

  it('that are interrupted with their whole session are no failure, and start again', async ({
    onTestFinished,
  }) => {
    // As a shutdown does: everything of the session gets the signal, and the worker ends well on it.
    const workers = { polite: 'trap \'exit 0\' TERM; echo >>"$ANDON_HOME/up"; wait_for end' };
    const home = gatewayHome({ onTestFinished }, { workers });
    await home.gateway();
    const task = await home.create('polite', '--max-retries', '1');
    await until('it runs', () => home.read('up').length === 1);
    const pid = await until(
      'its process is known',
      async () => (await home.runs(task))[0]?.process?.pid ?? undefined,
    );
    process.kill(-pid, 'SIGTERM');
    await until('it runs again', () => home.read('up').length === 2);
    const { runs, task: after } = await home.show(task);
    expect(runs[0]).toMatchObject({ outcome: 'reclaimed', error: expect.stringContaining('signal 15') });
    expect(after).toMatchObject({ status: 'running', consecutive_failures: 0 });
  });

  it('that crash one after the other let their profile rest, instead of spending every card', async ({
    onTestFinished,
  }) => {
    const home = gatewayHome(
      { onTestFinished },
      { settings: { max_in_progress: 1 }, workers: { broken: 'exit 9' } },
    );
    const tasks = [];
    for (let amount = 0; amount < 6; amount += 1) tasks.push(await home.create('broken'));
    await home.gateway();
    await until('the profile rests', async () => (await home.andon('rests')).includes('profile broken'));
    const statuses = await Promise.all(tasks.map(async (id) => (await home.show(id)).task.status));
    expect(statuses.filter((status) => status === 'ready').length).toBeGreaterThanOrEqual(3);
    expect(home.ledger().length).toBeLessThanOrEqual(6);
  });

  it('come again by themselves when the rest is over', async ({ onTestFinished }) => {
    const limited = `[ "$(wc -l <"$ANDON_HOME/ledger")" -gt 1 ] && exec andon complete "$ANDON_TASK"; exit 75`;
    const home = gatewayHome(
      { onTestFinished },
      { workers: { limited }, env: { ANDON_RATE_LIMIT_COOLDOWN_SECONDS: '1' } },
    );
    await home.gateway();
    const task = await home.create('limited');
    await home.reaches(task, 'done');
    const [first, second] = await home.runs(task);
    const rest = (second?.started_at ?? 0) - (first?.ended_at ?? 0);
    expect(rest).toBeGreaterThanOrEqual(1);
  });

  it('fail with a clear word when there is nothing to start', async ({ onTestFinished }) => {
    const home = gatewayHome(
      { onTestFinished },
      { workers: { gone: { command: ['no-such-program', '-x'] } } },
    );
    await home.gateway();
    const task = await home.create('gone');
    const view = await home.reaches(task, 'blocked');
    expect(view.runs.map(({ outcome }) => outcome)).toEqual(['spawn_failed', 'gave_up']);
    expect(kindsOf(view).filter((kind) => kind === 'spawn_failed')).toHaveLength(2);
    expect(view.task.last_failure_error).toMatch(
      /^The command "no-such-program" of the profile gone was not found; .*profiles\/gone\/andon\.yaml\.$/,
    );
  });

  it('fail with a clear word when there is no place to work in', async ({ onTestFinished }) => {
    const home = gatewayHome({ onTestFinished }, { workers: { quick: 'andon complete "$ANDON_TASK"' } });
    const occupied = await home.create('quick', '--workspace', `dir:${home.root}/andon.yaml/below`);
    const relative = await home.create('quick', '--workspace', `dir:${home.root}`);
    home.write('andon.yaml', '{}');
    // Refused by every command of ours, but somebody else may have written it.
    const foreign = new DatabaseSync(`${home.root}/kanban.db`);
    foreign.prepare("update tasks set workspace_path = 'below/here' where id = ?").run(relative);
    foreign.close();
    await home.gateway();
    const errorOf = async (task: TaskId) => (await home.reaches(task, 'blocked')).task.last_failure_error;
    expect(await errorOf(relative)).toContain('must be an absolute path, not "below/here"');
    expect(await errorOf(occupied)).toContain(`${home.root}/andon.yaml/below`);
    expect(home.ledger()).toEqual([]);
  });
});

describe.concurrent('what a worker has', () => {
  it('is its environment in both spellings, its brief and its workspace', async ({ onTestFinished }) => {
    const workers = {
      tells:
        'env >"$ANDON_HOME/env"; pwd >"$ANDON_HOME/pwd"; cat "$ANDON_BRIEF" >"$ANDON_HOME/brief"; andon context "$ANDON_TASK" >"$ANDON_HOME/context"; andon complete "$ANDON_TASK"',
    };
    const home = gatewayHome({ onTestFinished }, { workers, folder: 'a home' });
    await home.gateway({ env: { ANDON_TASK: 't_of_somebody_else', HERMES_KANBAN_BRANCH: 'theirs' } });
    const task = await home.create(
      'tells',
      '--body',
      'All of it.',
      '--tenant',
      'acme',
      '--max-runtime',
      '90',
    );
    await home.reaches(task, 'done');
    const env = Object.fromEntries(
      home
        .read('env')
        .split('\n')
        .map((line) => [line.slice(0, line.indexOf('=')), line.slice(line.indexOf('=') + 1)]),
    );
    const workspace = `${home.root}/kanban/workspaces/${task}`;
    const both = {
      TASK: task,
      RUN_ID: '1',
      CLAIM_LOCK: expect.stringMatching(/^[^:]+:\d+:/),
      BOARD: 'default',
      DB: `${home.root}/kanban.db`,
      WORKSPACE: workspace,
      WORKSPACES_ROOT: `${home.root}/kanban/workspaces`,
    };
    for (const [name, value] of Object.entries(both)) {
      expect(env[`ANDON_${name}`]).toEqual(value);
      expect(env[`HERMES_KANBAN_${name}`]).toEqual(value);
    }
    expect(env).toMatchObject({
      ANDON_HOME: home.root,
      ANDON_PROFILE: 'tells',
      HERMES_PROFILE: 'tells',
      ANDON_TENANT: 'acme',
      HERMES_TENANT: 'acme',
      TERMINAL_TIMEOUT: '60',
    });
    expect(Object.keys(env)).not.toContain('HERMES_KANBAN_BRANCH');
    expect(home.read('pwd')).toBe(`${workspace}\n`);
    expect(home.read('brief')).toContain('All of it.');
    expect(home.read('brief').trim()).toBe(home.read('context').trim());
  });

  it('is a log, which moves aside when it has grown', async ({ onTestFinished }) => {
    const workers = { talks: 'echo "attempt $ANDON_RUN_ID of $ANDON_TASK speaks at some length"; exit 1' };
    const home = gatewayHome({ onTestFinished }, { settings: { worker_log_rotate_bytes: 40 }, workers });
    await home.gateway();
    const task = await home.create('talks', '--max-retries', '3');
    await home.reaches(task, 'blocked');
    const line = (run: number) => `attempt ${run} of ${task} speaks at some length\n`;
    expect(await home.andon('log', task)).toBe(line(3));
    expect(home.read(`kanban/logs/${task}.log.1`)).toBe(line(2));
    expect(home.has(`kanban/logs/${task}.log.2`)).toBe(false);
  });
});

describe.concurrent('a worker that prints without end', () => {
  it('does not fill the disk: its log is cut while it runs, and what is newest is kept', async ({
    onTestFinished,
  }) => {
    // 200 MB a time, faster than the disk; then it waits, so that the last word is about the end.
    const loud = 'yes "$ANDON_TASK is loud" | head -c 200000000; echo the end; wait_for end; exit 1';
    const settings = { failure_limit: 1, worker_log_max_bytes: 1_000_000 };
    const home = gatewayHome({ onTestFinished }, { settings, workers: { loud } });
    await home.gateway();
    const task = await home.create('loud');
    const size = (name: string) => home.size(`kanban/logs/${task}.log${name}`);
    await until('the log was cut', () => home.read(`kanban/logs/${task}.log`).startsWith('[andon '));
    await until('the end is told', () =>
      ['log', 'log.1'].some((name) => home.read(`kanban/logs/${task}.${name}`).endsWith('the end\n')),
    );
    await until('it is within its limits', () => size('') <= 1_000_000 && size('.1') <= 1_000_000);
    expect(await home.andon('log', task, '--tail', '100')).toMatch(/\n$/);
    home.write('end');
    await home.reaches(task, 'blocked');
  });
});

describe.concurrent('slots', () => {
  it('are never more than max_in_progress, and all are used', async ({ onTestFinished }) => {
    const workers = {
      counts: `echo + >>"$ANDON_HOME/count"; sleep 0.05; echo - >>"$ANDON_HOME/count"; exec andon complete "$ANDON_TASK"`,
    };
    const home = gatewayHome({ onTestFinished }, { settings: { max_in_progress: 3 }, workers });
    const tasks = await Promise.all(Array.from({ length: 9 }, () => home.create('counts')));
    await home.gateway();
    for (const task of tasks) await home.reaches(task, 'done');
    const signs = home.read('count').trim().split('\n');
    const level = signs.map((_, end) =>
      signs.slice(0, end + 1).reduce((sum, sign) => sum + (sign === '+' ? 1 : -1), 0),
    );
    expect(Math.max(...level)).toBeLessThanOrEqual(3);
    expect(level.at(-1)).toBe(0);
    for (const task of tasks) await isGone(home, task);
    expect(
      mostAtOnce(
        (await Promise.all(tasks.map((task) => home.runs(task)))).flat().map(({ process }) => process),
      ),
    ).toBe(3);
  });
});

/** How many of these held a slot at the same time, by the board's own record. */
function mostAtOnce(runs: readonly ({ claimed_at: number; gone_at: number | null } | null)[]): number {
  const known = runs.filter((run) => run !== null);
  const overlaps = known.map(
    ({ claimed_at: at }) =>
      known.filter((run) => run.claimed_at <= at && (run.gone_at ?? Infinity) > at).length,
  );
  return Math.max(...overlaps);
}
