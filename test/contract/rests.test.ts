import { describe, expect, it } from 'vitest';
import type { FailTask } from '../../src/domain/command.ts';
import { asMillis, asRunId, asSeconds, type TaskId } from '../../src/domain/ids.ts';
import type { Rest } from '../../src/domain/rest.ts';
import {
  type Board,
  board,
  exited,
  killed,
  leader,
  nobody,
  openBoard,
  profile,
  ttl,
  value,
} from '../support/board.ts';
import { stores } from '../support/stores.ts';

/** What a run's end costs its task, and who rests for it; how long, is tested beside `domain/rest.ts`. */

const ada = profile('ada');
const rests = async ({ kernel }: Board): Promise<readonly Rest[]> => value(await kernel.rests(board, {}));
const failing = (task_id: TaskId, own: Partial<FailTask> = {}): FailTask => ({
  task_id,
  error: 'It does not work.',
  cause: 'task',
  ...own,
});

describe.each(stores)('a worker that says why it cannot go on, on $name', (kind) => {
  it('spends an attempt when the task or the worker is to blame, and is blocked after the last', async () => {
    const on = openBoard(kind);
    const id = await on.create('Hard', { assignee: ada });
    const { run_id } = await on.start(id);
    const first = value(await on.kernel.fail(board, failing(id, { run_id })));
    expect(first).toMatchObject({ run_id, task: { status: 'ready', consecutive_failures: 1 } });
    expect(await on.lastEvent(id)).toMatchObject({
      kind: 'failed',
      run_id,
      payload: { error: 'It does not work.', cause: 'task' },
    });
    expect((await on.show(id)).runs).toMatchObject([{ outcome: 'failed', error: 'It does not work.' }]);
    // Its process may still live, so nobody else starts in its folder.
    expect(
      (
        await on.kernel.claim(board, {
          task_id: id,
          claim_lock: 'x:1',
          ttl_seconds: ttl,
          workspace_path: null,
        })
      ).ok,
    ).toBe(false);
    const again = await reapedAndStarted(on, id);
    expect(
      value(await on.kernel.fail(board, failing(id, { run_id: again, cause: 'agent' }))).task,
    ).toMatchObject({
      status: 'blocked',
    });
    expect(await rests(on)).toEqual([]);
  });

  it('spends none when its provider is, and its profile rests until then', async () => {
    const on = openBoard(kind);
    const id = await on.create('Limited', { assignee: ada, max_retries: 1 });
    const { run_id } = await on.start(id);
    const input = failing(id, {
      run_id,
      cause: 'quota',
      error: 'Usage limit reached.',
      for_seconds: hours(2),
    });
    expect(value(await on.kernel.fail(board, input)).task).toMatchObject({
      status: 'ready',
      consecutive_failures: 0,
      last_failure_error: 'Usage limit reached.',
    });
    const until = on.clock.now() + 7_200_000;
    expect(await rests(on)).toEqual([
      {
        subject: 'profile',
        name: 'ada',
        kind: 'quota',
        until,
        strikes: 1,
        error: 'Usage limit reached.',
        task_id: id,
        run_id,
        since: on.clock.now(),
      },
    ]);
    expect(await on.lastEvent(id)).toMatchObject({
      kind: 'rate_limited',
      payload: { kind: 'quota', until: until / 1000 },
    });
    const view = value(await on.kernel.dispatchView(board, { assignees: [], unassigned: false, limit: 0 }));
    expect(view.rests).toHaveLength(1);
    expect(value(await on.kernel.standing(board, { task_id: id })).rests).toHaveLength(1);
  });

  it('at a time that its provider named', async () => {
    const on = openBoard(kind);
    const id = await on.create('Limited', { assignee: ada });
    const { run_id } = await on.start(id);
    const until = hours(5) * 1000 + on.clock.now();
    value(await on.kernel.fail(board, failing(id, { run_id, cause: 'auth', until: asMillis(until) })));
    expect(await rests(on)).toMatchObject([{ kind: 'auth', until }]);
  });

  it('must say what went wrong, of a task that it holds', async () => {
    const { create, start, kernel, refused } = openBoard(kind);
    const id = await create('Held', { assignee: ada });
    const { run_id } = await start(id);
    await refused('blank_text', () => kernel.fail(board, failing(id, { run_id, error: ' ' })));
    await refused('worker_alive', () => kernel.fail(board, failing(id)));
    await refused('stale_run', () => kernel.fail(board, failing(id, { run_id: asRunId(run_id + 1) })));
    await refused('unknown_task', () => kernel.fail(board, failing(nobody)));
  });

  it('as somebody outside who claimed by hand', async () => {
    const on = openBoard(kind);
    const id = await on.create('By hand', { assignee: ada });
    await on.claim(id);
    expect(value(await on.kernel.fail(board, failing(id, { cause: 'overload' }))).task.status).toBe('ready');
    expect(await rests(on)).toMatchObject([{ kind: 'overload', strikes: 1 }]);
  });
});

describe.each(stores)('a rest on $name', (kind) => {
  it('follows from exit code 75, grows with the next, and ends with an answer', async () => {
    const on = openBoard(kind);
    const [one, two] = [await on.create('One', { assignee: ada }), await on.create('Two', { assignee: ada })];
    await on.reap(await on.start(one), exited(75), { cooldown: 10 });
    expect(await rests(on)).toMatchObject([
      { kind: 'rate_limit', until: on.clock.now() + 10_000, strikes: 1 },
    ]);
    on.clock.advance(10);
    const again = await on.start(one, { mark: 'b' });
    await on.reap(again, exited(75), { cooldown: 10 });
    expect(await rests(on)).toMatchObject([{ until: on.clock.now() + 40_000, strikes: 2 }]);
    on.clock.advance(40);
    const { run_id } = await on.start(two, { mark: 'c' });
    value(await on.kernel.block(board, { task_id: two, run_id, reason: 'Which one?' }));
    expect(await rests(on)).toEqual([]);
  });

  it('ends when somebody lets the profile go on', async () => {
    const on = openBoard(kind);
    const id = await on.create('Limited', { assignee: ada });
    await on.reap(await on.start(id), exited(75));
    const resume = { scope: 'profile', name: 'ada' } as const;
    value(await on.kernel.resume(board, resume));
    expect(await rests(on)).toEqual([]);
    await on.refused('not_paused', () => on.kernel.resume(board, resume));
    await on.refused('not_paused', () => on.kernel.resume(board, { scope: 'tenant', name: 'ada' }));
  });

  it('is the machine’s when it could not start a worker, and costs no attempt', async () => {
    const on = openBoard(kind);
    const id = await on.create('Unlucky', { assignee: ada, max_retries: 1 });
    const { run_id } = await on.start(id);
    const failed = {
      run_id,
      epoch: leader.epoch,
      error: 'spawn EAGAIN',
      by_host: true,
      failure_limit: undefined,
    };
    expect(value(await on.kernel.failStart(board, failed)).task).toMatchObject({
      status: 'ready',
      consecutive_failures: 0,
    });
    expect(await rests(on)).toMatchObject([
      { subject: 'host', name: 'here', kind: 'host', error: 'spawn EAGAIN', until: on.clock.now() + 5000 },
    ]);
    value(await on.kernel.resume(board, { scope: 'board', name: '' }));
    expect(await rests(on)).toEqual([]);
  });

  it('is not due to an interruption', async () => {
    const on = openBoard(kind);
    const id = await on.create('Innocent', { assignee: ada, max_retries: 1 });
    await on.reap(await on.start(id), { code: 0, signal: null, told: 15 });
    await on.reap(await on.start(id, { mark: 'b' }), killed, { interrupted: 'rebooted' });
    const unseen = { code: null, signal: null };
    const task = await on.reap(await on.start(id, { mark: 'c' }), unseen, { interrupted: 'never_started' });
    expect(task).toMatchObject({ status: 'ready', consecutive_failures: 0, last_failure_error: null });
    expect(await on.lastEvent(id)).toMatchObject({ kind: 'reclaimed', payload: { kind: 'interrupted' } });
    expect(await rests(on)).toEqual([]);
  });
});

describe.each(stores)('workers of a profile that crash one after the other, on $name', (kind) => {
  it('let it rest at the third task, which is not to blame; the others had one failure each', async () => {
    const on = openBoard(kind);
    const ids: TaskId[] = [];
    for (const title of ['a', 'b', 'c']) ids.push(await on.create(title, { assignee: ada }));
    const failures: number[] = [];
    for (const [index, id] of ids.entries()) {
      const task = await on.reap(await on.start(id, { mark: `m${index}` }), exited(3));
      failures.push(task.consecutive_failures);
      expect(task.status).toBe('ready');
    }
    expect(failures).toEqual([1, 1, 0]);
    expect(await rests(on)).toMatchObject([
      {
        name: 'ada',
        kind: 'systemic',
        until: on.clock.now() + 60_000,
        error: 'The worker exited with code 3.',
      },
    ]);
    // The one that is tried after the rest crashes alike, long after the others.
    on.clock.advance(3600);
    const [first] = ids;
    if (first === undefined) throw new Error('There are three.');
    const probe = await on.reap(await on.start(first, { mark: 'p' }), exited(3));
    expect(probe).toMatchObject({ status: 'ready', consecutive_failures: 1 });
    expect(await rests(on)).toMatchObject([{ strikes: 2, until: on.clock.now() + 240_000 }]);
  });

  it('are no series when they are of one task, of another profile, long ago, or of another kind', async () => {
    const on = openBoard(kind);
    const one = await on.create('One', { assignee: ada, max_retries: 9 });
    for (const mark of ['a', 'b', 'c']) await on.reap(await on.start(one, { mark }), exited(3));
    const two = await on.create('Two', { assignee: profile('bea') });
    await on.reap(await on.start(two, { mark: 'd' }), exited(3));
    on.clock.advance(61);
    for (const [title, code] of [
      ['x', 3],
      ['y', 4],
      ['z', 4],
    ] as const) {
      await on.reap(await on.start(await on.create(title, { assignee: ada }), { mark: title }), exited(code));
    }
    expect(await rests(on)).toEqual([]);
  });
});

describe.each(stores)('stopping on $name', (kind) => {
  it('ends a worker and keeps its task, until somebody unblocks it', async () => {
    const on = openBoard(kind);
    const id = await on.create('Runaway', { assignee: ada });
    const claim = await on.start(id);
    const asked = value(await on.kernel.stop(board, { task_id: id, by: 'bea', reason: 'wrong branch' }));
    expect(asked).toMatchObject({ stopping: claim.run_id, task: { status: 'running' } });
    const after = await on.reap(claim, killed, { stopped: { because: 'reclaimed', sigkill: false } });
    expect(after).toMatchObject({ status: 'blocked', consecutive_failures: 0, claim_lock: null });
    expect((await on.kinds(id)).slice(-3)).toEqual(['stop_requested', 'reclaimed', 'blocked']);
    expect((await on.lastEvent(id)).payload).toEqual({ reason: 'Stopped by bea: wrong branch.' });
    value(await on.kernel.promoteAll(board, { ...leader, failure_limit: undefined }));
    expect((await on.task(id)).status).toBe('blocked');
    expect(value(await on.kernel.unblock(board, { task_id: id })).task.status).toBe('ready');
  });

  it('parks a claim without a process, and a ready task, at once; a review goes on as one', async () => {
    const on = openBoard(kind);
    const [held, ready, reviewed] = [
      await on.create('Held'),
      await on.create('Ready'),
      await on.create('Seen'),
    ];
    await on.claim(held);
    value(await on.kernel.requestReview(board, { task_id: reviewed }));
    await on.claim(reviewed);
    for (const task_id of [held, ready, reviewed]) {
      const { task, stopping } = value(await on.kernel.stop(board, { task_id, by: 'bea' }));
      expect({ status: task.status, stopping }).toEqual({ status: 'blocked', stopping: null });
    }
    expect((await on.lastEvent(ready)).payload).toEqual({ reason: 'Stopped by bea.' });
    expect(value(await on.kernel.unblock(board, { task_id: reviewed })).task.status).toBe('review');
  });

  it('is refused where nothing runs', async () => {
    const { create, kernel, refused } = openBoard(kind);
    const parent = await create('Parent');
    const waiting = await create('Waiting', { parents: [parent] });
    await refused('not_running', () => kernel.stop(board, { task_id: waiting, by: 'bea' }));
    await refused('unknown_task', () => kernel.stop(board, { task_id: nobody, by: 'bea' }));
  });

  it('leaves the worker of another program alone, until it is found dead', async () => {
    const on = openBoard(kind);
    const id = await on.create('Theirs', { assignee: ada });
    await on.claim(id);
    await on.foreign(`update tasks set worker_pid = 4711 where id = '${id}'`);
    const input = { task_id: id, by: 'bea' };
    const { sentence } = await on.refused('worker_alive', () => on.kernel.stop(board, input));
    expect(sentence).toContain('process 4711 of another program (here:1)');
    await on.refused('worker_alive', () => on.kernel.reclaim(board, { task_id: id }));
    await on.refused('worker_alive', () => on.kernel.complete(board, { task_id: id }));
    await on.refused('worker_alive', () => on.kernel.archive(board, { task_id: id }));
    await on.refused('worker_alive', () => on.kernel.stop(board, { ...input, dead_worker: 4712 }));
    const { task } = value(await on.kernel.stop(board, { ...input, dead_worker: 4711 }));
    expect(task).toMatchObject({ status: 'blocked', worker_pid: null });
  });
});

const hours = (amount: number) => asSeconds(amount * 3600);

async function reapedAndStarted(on: Board, id: TaskId) {
  const { runs } = await on.show(id);
  const [run] = runs;
  if (!run) throw new Error(`Task ${id} has no run.`);
  await on.reap({ task: await on.task(id), run_id: run.id }, exited(1));
  return (await on.start(id, { mark: 'again' })).run_id;
}
