import { type ChildProcess, spawn } from 'node:child_process';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, statSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import {
  asEpoch,
  asMillis,
  asProfileName,
  asRunId,
  asSeconds,
  asTaskId,
  defaultBoard,
} from '../../src/domain/ids.ts';
import type { RunProcess } from '../../src/domain/run.ts';
import type { Task } from '../../src/domain/task.ts';
import { createExecutor, type Executor } from '../../src/services/executor.ts';
import { openHome } from '../../src/services/home.ts';
import { bareProfile } from '../../src/services/profile-file.ts';
import type { StartOrder } from '../../src/services/start-worker.ts';
import type { World } from '../../src/services/world.ts';
import { nodeWorld } from '../../src/services/world-node.ts';
import { quiet } from '../support/quiet-log.ts';

let root: string;
let world: World;
let executor: Executor;
let exits: number;
const started: RunProcess[] = [];
const children: ChildProcess[] = [];

beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), 'andon-executor-'));
  // Its pauses are a twentieth as long, so that the five polite seconds are a quarter.
  const real = nodeWorld({ log: quiet });
  world = { ...real, after: (delay, callback) => real.after(delay / 20, callback) };
  exits = 0;
  executor = newExecutor();
});

afterEach(async () => {
  for (const run of started.splice(0)) await executor.stop(run);
  for (const child of children.splice(0)) child.kill('SIGKILL');
  rmSync(root, { recursive: true, force: true });
});

function newExecutor(env: Record<string, string> = {}, rotate = 2_097_152, most = 2 ** 23): Executor {
  const home = openHome({ PATH: process.env['PATH'], ANDON_HOME: root, ANDON_TASK: 't_outer', ...env }, root);
  return createExecutor(world, {
    home,
    cwd: root,
    bin: join(root, 'bin'),
    runner: ['/nowhere/agent'],
    launcher: resolve('src/services/launcher.sh'),
    settings: { worker_log_rotate_bytes: rotate, worker_log_max_bytes: most, worker_log_backup_count: 1 },
    onExit: () => {
      exits += 1;
    },
  });
}

const task: Task = {
  id: asTaskId('t_12345678'),
  title: 'A task',
  body: null,
  assignee: asProfileName('coder'),
  status: 'running',
  priority: 0,
  created_by: null,
  created_at: asSeconds(1),
  started_at: null,
  completed_at: null,
  workspace_kind: 'scratch',
  workspace_path: null,
  branch_name: null,
  claim_lock: 'here:1',
  claim_expires: null,
  tenant: null,
  result: null,
  idempotency_key: null,
  consecutive_failures: 0,
  worker_pid: null,
  last_failure_error: null,
  max_runtime_seconds: null,
  last_heartbeat_at: null,
  current_run_id: asRunId(3),
  workflow_template_id: null,
  current_step_key: null,
  skills: null,
  model_override: null,
  max_retries: null,
  goal_mode: false,
  goal_max_turns: null,
  session_id: null,
  block_kind: null,
  block_recurrences: 0,
};

const script = (text: string): [string, ...string[]] => ['/bin/sh', '-c', text];

/** A run whose claim is committed and whose process is not known yet. */
function claimed(mark = world.random(16)): RunProcess {
  const now = world.now();
  return {
    run_id: asRunId(3),
    task_id: task.id,
    lane: 'work',
    epoch: asEpoch(1),
    host: world.hostname,
    dir: join(root, 'kanban', 'runs', `3-${mark}`),
    mark,
    token_hash: null,
    pid: null,
    pid_start: null,
    boot: null,
    ready_at: now,
    slot_at: now,
    claimed_at: now,
    started_at: null,
    ended_at: null,
    gone_at: null,
    abandoned_at: null,
    exit_code: null,
    exit_signal: null,
    told_at: null,
    driver: null,
    driver_version: null,
    session: null,
    stop_at: null,
    stop_reason: null,
    stop_assignee: null,
    stop_parked_by: null,
  };
}

function order(
  run: RunProcess,
  command: [string, ...string[]],
  change: Partial<StartOrder> = {},
): StartOrder {
  const profile = { ...bareProfile, name: asProfileName('coder'), command, env: { FROM_PROFILE: 'yes' } };
  const { run_id, dir, mark } = run;
  const onBase = async () => {};
  const told = { board: defaultBoard, task, run_id, dir, mark, token: 's3cret', profile, onBase };
  return { ...told, lane: 'work', brief: async () => '# Do it\n', ...change };
}

async function start(command: [string, ...string[]], change: Partial<StartOrder> = {}): Promise<RunProcess> {
  const run = claimed();
  const answer = await executor.start(order(run, command, change));
  expect(answer).toEqual({ ok: true, pid: expect.any(Number) });
  started.push(run);
  return run;
}

const until = (check: () => Promise<void> | void) => vi.waitFor(check, { timeout: 10_000, interval: 10 });
const untilState = (run: RunProcess, state: string) =>
  until(async () => expect((await executor.observe(run)).state).toBe(state));
const untilLog = (text: string) => until(() => expect(log()).toContain(text));
const log = (): string => readFileSync(join(root, 'kanban', 'logs', `${task.id}.log`), 'utf8');

describe('a worker', () => {
  it('leaves its identity while it lives and its exit code after', async () => {
    const run = await start(script('read line < go 2>/dev/null; while ! [ -e go ]; do :; done; exit 7'));
    await untilState(run, 'alive');
    const { identity, startedAt, others } = await executor.observe(run);
    if (!identity) throw new Error('no identity');
    expect(await world.processes.identify(identity.pid)).toEqual(identity);
    expect(others).toEqual([]);
    expect(Math.abs(Number(startedAt) - run.claimed_at)).toBeLessThan(1000);

    writeFileSync(join(root, 'kanban', 'workspaces', task.id, 'go'), '');
    await until(async () =>
      expect(await executor.observe(run)).toMatchObject({
        state: 'exited',
        exit: { code: 7, signal: null },
        others: [],
      }),
    );
    await until(() => expect(exits).toBe(1));
  });

  it('that dies of a signal is told so', async () => {
    const run = await start(script('kill -KILL $$'));
    await until(async () =>
      expect(await executor.observe(run)).toMatchObject({ state: 'exited', exit: { code: null, signal: 9 } }),
    );
  });

  it('that gets SIGTERM through its group ends by it, and its launcher tells', async () => {
    const run = await start(script('trap "echo polite; exit 3" TERM; echo up; while :; do sleep 0.05; done'));
    await untilLog('up');
    const { identity } = await executor.observe(run);
    if (!identity) throw new Error('no identity');
    process.kill(-identity.pid, 'SIGTERM');
    await until(async () =>
      expect(await executor.observe(run)).toMatchObject({
        state: 'exited',
        exit: { code: 3, signal: null },
        others: [],
      }),
    );
    expect(log()).toContain('polite');
  });

  it('has default signals, also SIGINT', async () => {
    const run = await start(script('echo up; exec sleep 60'));
    await untilLog('up');
    const { identity } = await executor.observe(run);
    if (!identity) throw new Error('no identity');
    process.kill(-identity.pid, 'SIGINT');
    await until(async () =>
      expect(await executor.observe(run)).toMatchObject({ exit: { code: null, signal: 2 } }),
    );
  });

  it('is known to somebody who did not start it', async () => {
    const run = await start(script('exit 42'));
    const stranger = newExecutor();
    await until(async () => expect((await stranger.observe(run)).exit).toEqual({ code: 42, signal: null }));
  });

  it('finds its environment in both spellings, its brief and its workspace', async () => {
    const change: Partial<StartOrder> = { task: { ...task, max_runtime_seconds: 100 } };
    const run = await start(
      [
        '/bin/sh',
        '-c',
        'pwd; env; echo "$0 $1 $2"; cat "$ANDON_BRIEF"',
        '{task}',
        'in:{workspace}',
        '{brief}',
      ],
      change,
    );
    await untilState(run, 'exited');
    const workspace = join(root, 'kanban', 'workspaces', task.id);
    const brief = join(run.dir, 'brief.md');
    const lines = log().split('\n');
    expect(lines[0]).toBe(workspace);
    expect(lines).toEqual(
      expect.arrayContaining([
        `${task.id} in:${workspace} ${brief}`,
        '# Do it',
        `ANDON_HOME=${root}`,
        `ANDON_TASK=${task.id}`,
        `HERMES_KANBAN_TASK=${task.id}`,
        'HERMES_KANBAN_RUN_ID=3',
        'HERMES_KANBAN_CLAIM_LOCK=here:1',
        `HERMES_KANBAN_DB=${join(root, 'kanban.db')}`,
        'HERMES_PROFILE=coder',
        `ANDON_RUN_MARK=${run.mark}`,
        'FROM_PROFILE=yes',
        'TERMINAL_TIMEOUT=70',
        'TERMINAL_MAX_FOREGROUND_TIMEOUT=70',
      ]),
    );
    expect(lines.find((line) => line.startsWith('PATH='))).toMatch(`PATH=${join(root, 'bin')}:`);
    expect(statSync(run.dir).mode & 0o777).toBe(0o700);
  });

  it('rings the bell when it ends, without making one or cutting it', async () => {
    const bell = join(root, 'kanban.db.bell');
    await untilState(await start(['/bin/true']), 'exited');
    expect(await world.files.size(bell)).toBeUndefined();
    writeFileSync(bell, 'abc');
    let rung = 0;
    const end = world.files.watch(bell, () => {
      rung += 1;
    });
    await start(['/bin/true']);
    await until(() => expect(rung).toBeGreaterThan(0));
    end();
    expect(readFileSync(bell, 'utf8')).toBe('.bc');
  });
});

describe('a worker that cannot be started', () => {
  it.each([
    [
      'whose command is missing',
      {},
      ['no-such-program'],
      'The command "no-such-program" of the profile coder was not found',
    ],
    [
      'whose workspace is relative',
      { workspace_path: 'here' },
      ['/bin/true'],
      'workspace: The workspace of t_12345678 must be an absolute path, not "here".',
    ],
    [
      'whose dir workspace has no path',
      { workspace_kind: 'dir' },
      ['/bin/true'],
      'workspace: Task t_12345678 has a dir workspace without a path',
    ],
  ] as const)('%s is answered with one sentence', async (_, change, command, sentence) => {
    const answer = await executor.start(order(claimed(), [...command], { task: { ...task, ...change } }));
    expect(answer).toEqual({ ok: false, error: expect.stringContaining(sentence) });
  });
});

describe('a run of which nothing is known', () => {
  it('is starting while the grace runs, then lost', async () => {
    const run = claimed();
    expect((await executor.observe(run)).state).toBe('starting');
    const old = { ...run, claimed_at: asMillis(run.claimed_at - 30_000) };
    expect(await executor.observe(old)).toMatchObject({ state: 'lost', others: [] });
  });

  it('is given up for good: a launcher that comes late does not start its worker', async () => {
    executor = newExecutor({ ANDON_CRASH_GRACE_SECONDS: '0' });
    const [observed, stopped] = [claimed(), claimed()];
    expect((await executor.observe(observed)).state).toBe('lost');
    await executor.stop(stopped);
    for (const run of [observed, stopped]) {
      expect((await executor.start(order(run, script('echo it runs')))).ok).toBe(true);
      started.push(run);
    }
    await until(() => expect(exits).toBe(2));
    expect(log()).not.toContain('it runs');
  });

  it('is lost at once when its launcher was killed', async () => {
    const run = await start(['/bin/sleep', '60']);
    await untilState(run, 'alive');
    await until(async () => expect(await executor.tree(run)).toHaveLength(2));
    const { identity } = await executor.observe(run);
    if (!identity) throw new Error('no identity');
    process.kill(identity.pid, 'SIGKILL');
    await untilState(run, 'lost');
    const { others, exit } = await executor.observe(run);
    expect(others).toHaveLength(1);
    expect(exit).toEqual({ code: null, signal: null });
    expect(await executor.stop(run)).toEqual({ gone: true, sigkill: false });
    expect((await executor.observe(run)).others).toEqual([]);
  });

  it('is not taken for another process that got its id', async () => {
    const bystander = spawn('/bin/sleep', ['60'], { detached: true });
    children.push(bystander);
    const pid = Number(bystander.pid);
    const run = { ...claimed(), pid, pid_start: '1', boot: world.self.boot };
    expect(await executor.observe(run)).toMatchObject({ state: 'lost', others: [] });
    expect(await executor.stop(run)).toEqual({ gone: true, sigkill: false });
    expect(await world.processes.identify(pid)).toBeDefined();
  });

  it('of an earlier boot is over', async () => {
    const run = { ...claimed(), pid: process.pid, pid_start: world.self.start, boot: 'an-earlier-boot' };
    expect(await executor.observe(run)).toMatchObject({ state: 'lost', others: [] });
  });
});

describe('what a worker leaves behind', () => {
  it('is found after setsid by its mark, and killed although it ignores SIGTERM', async () => {
    const run = await start(
      script(
        `(trap "" TERM; exec setsid sh -c 'echo left; exec sleep 60') & while ! grep -q left ${root}/kanban/logs/*.log; do :; done`,
      ),
    );
    await untilState(run, 'exited');
    const [left, ...more] = (await executor.observe(run)).others;
    if (!left) throw new Error('nothing was found');
    expect(more).toEqual([]);
    expect(await executor.stop(run)).toEqual({ gone: true, sigkill: true });
    expect(await world.processes.alive(left)).toBe(false);
  });

  it('is found in its session when it wiped its environment', async () => {
    const run = await start(script('env -i /bin/sleep 60 & exit 0'));
    await untilState(run, 'exited');
    expect((await executor.observe(run)).others).toHaveLength(1);
    expect(await executor.stop(run)).toEqual({ gone: true, sigkill: false });
  });

  it('is dead when it is only a zombie', async () => {
    // The shell becomes a program that never collects the shell's child, which so stays in the table. The child outlives
    // that moment: some shells collect one that is quicker.
    const run = await start(script('/bin/sleep 0.3 & echo child $!; exec sleep 60'));
    await untilLog('child');
    const pid = Number(/child (\d+)/.exec(log())?.[1]);
    await until(() => expect(readFileSync(`/proc/${pid}/stat`, 'utf8')).toContain(' Z '));
    expect(await world.processes.identify(pid)).toBeUndefined();
    expect((await executor.tree(run)).map((one) => one.pid)).not.toContain(pid);
    expect(await executor.stop(run)).toEqual({ gone: true, sigkill: false });
  });
});

describe('a log', () => {
  it('goes on until it is too long, then is moved aside once', async () => {
    executor = newExecutor({}, 10);
    const write = async (text: string) => untilState(await start(script(`echo ${text}`)), 'exited');
    await write('first');
    await write('second');
    expect(log()).toBe('first\nsecond\n');
    await write('third');
    expect(log()).toBe('third\n');
    await write('longer-fourth');
    await write('fifth');
    expect(log()).toBe('fifth\n');
    expect(readFileSync(join(root, 'kanban', 'logs', `${task.id}.log.1`), 'utf8')).toBe(
      'third\nlonger-fourth\n',
    );
    expect(await world.files.size(join(root, 'kanban', 'logs', `${task.id}.log.2`))).toBeUndefined();
  });

  it('is cut while its worker goes on, which notices nothing', async () => {
    executor = newExecutor({}, 2 ** 21, 100);
    const folder = join(root, 'kanban', 'workspaces', task.id);
    const run = await start(
      script(
        'i=0; while [ $i -lt 30 ]; do echo line $i; i=$((i+1)); done; until [ -e go ]; do :; done; echo end',
      ),
    );
    await untilLog('line 29');
    expect(await executor.cutLog(defaultBoard, task.id)).toBe(true);
    expect(log()).toMatch(
      /^\[andon \d{4}-\d\d-\d\dT[\d:.]+Z\] This log was cut, because it had 230 bytes and may have 100; its last 96 bytes are beside it, as `\.1`\.\n$/,
    );
    const kept = readFileSync(join(root, 'kanban', 'logs', `${task.id}.log.1`), 'utf8');
    expect(kept).toMatch(/^line 18\n(?:line \d\d\n){10}line 29\n$/);
    expect(kept).toHaveLength(96);
    writeFileSync(join(folder, 'go'), '');
    await untilState(run, 'exited');
    expect(log()).toMatch(/`\.\nend\n$/);
    // The mark itself is over this limit.
    expect(await executor.cutLog(defaultBoard, task.id)).toBe(true);
    expect(readFileSync(join(root, 'kanban', 'logs', `${task.id}.log.1`), 'utf8')).toMatch(/end\n$/);
  });

  it('is not cut through a link that stands in its place', async () => {
    executor = newExecutor({}, 2 ** 21, 10);
    mkdirSync(join(root, 'kanban', 'logs'), { recursive: true });
    const precious = join(root, 'precious');
    writeFileSync(precious, 'more than ten bytes');
    symlinkSync(precious, join(root, 'kanban', 'logs', `${task.id}.log`));
    await expect(executor.cutLog(defaultBoard, task.id)).rejects.toThrow('ELOOP');
    expect(readFileSync(precious, 'utf8')).toBe('more than ten bytes');
  });
});
