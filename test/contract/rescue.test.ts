import { describe, expect, it } from 'vitest';
import { asMillis, asRunId } from '../../src/domain/ids.ts';
import { board, exited, killed, leader, openBoard, profile, value } from '../support/board.ts';
import { stores } from '../support/stores.ts';

const identity = { pid: 4711, start: '123', boot: 'b1' };
const claimer = 'here:1';

/** Contract §4.14, §5.5, §5.6. */
describe.each(stores)('a process on $name', (kind) => {
  it('that came to life is known by pid, start and boot', async () => {
    const { create, start, clock, kernel, kinds, lastEvent, show } = openBoard(kind);
    const id = await create('Work');
    const { run_id } = await start(id);
    const record = { run_id, epoch: leader.epoch, identity, started_at: asMillis(clock.now() + 40) };
    value(await kernel.recordStart(board, record));
    const { task, runs } = await show(id);
    expect(task.worker_pid).toBe(4711);
    expect(runs[0]).toMatchObject({
      worker_pid: 4711,
      process: { pid: 4711, pid_start: '123', boot: 'b1', started_at: clock.now() + 40 },
    });
    expect(await lastEvent(id)).toMatchObject({ kind: 'spawned', run_id, payload: { pid: 4711 } });
    value(await kernel.recordStart(board, record));
    expect(await kinds(id)).toEqual(['created', 'claimed', 'spawned']);
  });

  it('whose worker was quicker than the record is still known, and its task stays done', async () => {
    const { create, start, clock, kernel, show } = openBoard(kind);
    const id = await create('Quick');
    const { run_id } = await start(id);
    value(await kernel.complete(board, { task_id: id, run_id }));
    value(
      await kernel.recordStart(board, { run_id, epoch: leader.epoch, identity, started_at: clock.now() }),
    );
    const { task, runs } = await show(id);
    expect(task).toMatchObject({ status: 'done', worker_pid: null });
    expect(runs[0]).toMatchObject({ worker_pid: null, process: { pid: 4711 } });
  });

  it('that is recorded late says nothing of the run that came after it', async () => {
    const { create, start, reap, clock, kernel, show } = openBoard(kind);
    const id = await create('Again');
    const old = await start(id);
    await reap(old, killed);
    const { run_id } = await start(id);
    const late = { run_id: old.run_id, epoch: leader.epoch, identity, started_at: clock.now() };
    value(await kernel.recordStart(board, late));
    const { task, runs } = await show(id);
    expect(task).toMatchObject({ current_run_id: run_id, worker_pid: null });
    expect(runs.map((run) => run.process?.pid)).toEqual([4711, null]);
  });

  it.each([
    ['an exit code', exited(3), { exit_kind: 'nonzero_exit', exit_code: 3 }],
    ['a signal', killed, { exit_kind: 'signaled', exit_signal: 9 }],
    ['nothing that anybody saw', { code: null, signal: null }, { exit_kind: 'unknown' }],
  ])('that ended with %s without an answer has crashed, and is tried again', async (_how, exit, told) => {
    const { create, start, reap, clock, kernel, lastEvent, show } = openBoard(kind);
    const id = await create('Fragile');
    const { run_id, ...claim } = await start(id);
    value(
      await kernel.recordStart(board, { run_id, epoch: leader.epoch, identity, started_at: clock.now() }),
    );
    clock.advance(5);
    expect(await reap({ run_id, ...claim }, exit)).toMatchObject({
      status: 'ready',
      consecutive_failures: 1,
      current_run_id: null,
      claim_lock: null,
      worker_pid: null,
    });
    const { runs, task } = await show(id);
    expect(runs[0]).toMatchObject({
      status: 'crashed',
      outcome: 'crashed',
      ended_at: clock.seconds(),
      error: task.last_failure_error,
      process: {
        gone_at: clock.now(),
        ended_at: clock.now(),
        exit_code: exit.code,
        exit_signal: exit.signal,
      },
    });
    expect(await lastEvent(id)).toMatchObject({
      kind: 'crashed',
      run_id,
      payload: { pid: 4711, claimer, ...told },
    });
  });

  it('that exits 75 is no failure: its provider refused it', async () => {
    const { create, start, reap, lastEvent, clock, kernel } = openBoard(kind);
    const id = await create('Limited', { assignee: profile('ada'), max_retries: 1 });
    const run = await start(id);
    const task = await reap(run, exited(75));
    expect(task).toMatchObject({ status: 'ready', consecutive_failures: 0 });
    expect(task.last_failure_error).toContain('rate limit');
    expect(await lastEvent(id)).toMatchObject({
      kind: 'rate_limited',
      payload: { pid: null, claimer, exit_code: 75 },
    });
    const view = { assignees: ['ada'], unassigned: false, limit: 9 };
    const { ready } = value(await kernel.dispatchView(board, view));
    expect(ready[0]?.last_run).toEqual({
      profile: 'ada',
      outcome: 'rate_limited',
      ended_at: clock.seconds(),
      had_process: true,
    });
  });

  it('that exits 0 without a word is blocked at once, and no full pass revives it', async () => {
    const { create, start, reap, kernel, show, kinds, task } = openBoard(kind);
    const id = await create('Silent');
    expect((await reap(await start(id), exited(0))).status).toBe('blocked');
    expect((await show(id)).runs[0]).toMatchObject({ outcome: 'crashed' });
    expect((await show(id)).events.slice(2)).toMatchObject([
      { kind: 'protocol_violation', payload: { pid: null, claimer, exit_code: 0 } },
      {
        kind: 'gave_up',
        payload: { failures: 1, effective_limit: 1, trigger_outcome: 'crashed' },
      },
    ]);
    for (const failure_limit of [undefined, 2]) {
      expect(value(await kernel.promoteAll(board, { ...leader, failure_limit }))).toBe(0);
    }
    expect((await task(id)).status).toBe('blocked');
    expect(await kinds(id)).not.toContain('promoted');
  });

  it('that exits 0 without a word is tried again when its task says so', async () => {
    const { create, start, reap } = openBoard(kind);
    const id = await create('Silent', { max_retries: 2 });
    expect((await reap(await start(id), exited(0))).status).toBe('ready');
    expect((await reap(await start(id), exited(0))).status).toBe('blocked');
  });

  it('that ran out of its time has timed out, and says how long it ran', async () => {
    const { create, start, reap, clock, lastEvent, show } = openBoard(kind);
    const id = await create('Slow', { max_runtime_seconds: 60 });
    const run = await start(id);
    clock.advance(63);
    await reap(run, killed, { stopped: { because: 'timed_out', sigkill: true } });
    expect(await lastEvent(id)).toMatchObject({
      kind: 'timed_out',
      run_id: run.run_id,
      payload: { pid: null, elapsed_seconds: 63, limit_seconds: 60, sigkill: true },
    });
    const { runs, task } = await show(id);
    expect(runs[0]).toMatchObject({ status: 'timed_out', outcome: 'timed_out' });
    expect(task).toMatchObject({ status: 'ready', consecutive_failures: 1, last_heartbeat_at: null });
  });

  it('that was silent for too long is tried again, and no failure is counted', async () => {
    const { create, start, reap, clock, lastEvent, show } = openBoard(kind);
    const id = await create('Silent');
    const run = await start(id);
    clock.advance(15_000);
    await reap(run, killed, { stopped: { because: 'stale', sigkill: false } });
    expect(await lastEvent(id)).toMatchObject({
      kind: 'stale',
      run_id: run.run_id,
      payload: { elapsed_seconds: 15_000, heartbeat_age_seconds: null, terminated: true },
    });
    const { runs, task } = await show(id);
    expect(runs[0]).toMatchObject({ status: 'stale', outcome: 'stale' });
    expect(task).toMatchObject({ status: 'ready', consecutive_failures: 0, last_heartbeat_at: null });
  });

  it('that is reaped twice is settled once', async () => {
    const { create, start, reap, dump } = openBoard(kind);
    const run = await start(await create('Once'));
    await reap(run, exited(1));
    const before = await dump();
    await reap(run, exited(0));
    expect(await dump()).toEqual(before);
  });

  it('that outlives its answer takes nothing from it', async () => {
    const { create, start, reap, clock, kernel, kinds, show } = openBoard(kind);
    const id = await create('Answered');
    const run = await start(id);
    value(await kernel.complete(board, { task_id: id, run_id: run.run_id }));
    const answered = clock.now();
    clock.advance(12);
    await reap(run, killed);
    expect((await show(id)).runs[0]).toMatchObject({
      outcome: 'completed',
      process: { ended_at: answered, gone_at: clock.now(), exit_code: null, exit_signal: 9 },
    });
    expect(await kinds(id)).toEqual(['created', 'claimed', 'completed']);
  });

  it('that could not be started counts, frees its slot and says why', async () => {
    const { create, start, kernel, clock, show } = openBoard(kind);
    const id = await create('Nowhere');
    const fail = async () => {
      const { run_id } = await start(id);
      const error = `workspace: ${'no such folder '.repeat(50)}`;
      const input = { run_id, epoch: leader.epoch, error, failure_limit: undefined };
      return value(await kernel.failStart(board, input)).task;
    };
    expect(await fail()).toMatchObject({ status: 'ready', consecutive_failures: 1 });
    expect((await fail()).status).toBe('blocked');
    const { runs, events, task } = await show(id);
    expect(task.last_failure_error).toHaveLength(500);
    expect(runs).toMatchObject([
      { outcome: 'spawn_failed', metadata: { failures: 1 }, process: { gone_at: clock.now() } },
      { outcome: 'gave_up', status: 'gave_up', metadata: { failures: 2 } },
    ]);
    expect(events.slice(1).map((event) => [event.kind, event.payload?.['failures']])).toEqual([
      ['claimed', undefined],
      ['spawn_failed', 1],
      ['claimed', undefined],
      ['spawn_failed', 2],
      ['gave_up', 2],
    ]);
  });

  it('of no run, or of a run without a process, is refused', async () => {
    const { create, claim, clock, kernel, refused } = openBoard(kind);
    const plain = await claim(await create('Outside'));
    for (const run_id of [asRunId(99), plain.run_id]) {
      const on = { run_id, epoch: leader.epoch, failure_limit: undefined };
      await refused('unknown_run', () => kernel.reap(board, { ...on, exit: killed, stopped: null }));
      await refused('unknown_run', () => kernel.failStart(board, { ...on, error: 'none' }));
      await refused('unknown_run', () =>
        kernel.recordStart(board, { ...on, identity, started_at: clock.now() }),
      );
    }
  });
});

/** Contract §4.3: one limit in every path. */
describe.each(stores)('the failure limit on $name', (kind) => {
  it.each([
    ['the task', { max_retries: 3 }, 5, 3, 'task'],
    ['the setting', {}, 3, 3, 'setting'],
    ['nobody', {}, undefined, 2, 'default'],
  ])('of %s blocks the task with its last error', async (_whose, task, failure_limit, limit, source) => {
    const { create, start, reap, kinds, lastEvent } = openBoard(kind);
    const id = await create('Hard', task);
    for (let failures = 1; failures <= limit; failures += 1) {
      const after = await reap(await start(id), exited(1), { failure_limit });
      expect(after).toMatchObject({
        status: failures < limit ? 'ready' : 'blocked',
        consecutive_failures: failures,
      });
    }
    expect(await lastEvent(id)).toMatchObject({
      kind: 'gave_up',
      payload: {
        failures: limit,
        effective_limit: limit,
        limit_source: source,
        error: 'The worker exited with code 1.',
        trigger_outcome: 'crashed',
      },
    });
    expect((await kinds(id)).filter((event) => event === 'crashed')).toHaveLength(limit);
  });

  it('a card that gave up is not sticky, and another assignee gets it at once', async () => {
    const { create, start, reap, kernel, show } = openBoard(kind);
    const id = await create('Hard', { assignee: profile('ada') });
    for (let attempt = 0; attempt < 2; attempt += 1) await reap(await start(id), exited(1));
    const { blocked } = value(await kernel.standing(board, { task_id: id }));
    expect(blocked).toMatchObject({ sticky: false, reason: 'The worker exited with code 1.' });
    expect(value(await kernel.assign(board, { task_id: id, assignee: profile('ada') })).task.status).toBe(
      'blocked',
    );
    const { task } = value(await kernel.assign(board, { task_id: id, assignee: profile('bob') }));
    expect(task).toMatchObject({ status: 'ready', consecutive_failures: 0, last_failure_error: null });
    expect((await show(id)).events.slice(-2)).toMatchObject([
      { kind: 'assigned', payload: { assignee: 'bob' } },
      { kind: 'promoted', payload: null },
    ]);
  });

  it('of one, set by the home, also holds in commands that do not know the setting', async () => {
    const { create, start, reap, kernel, task } = openBoard(kind);
    const [parent, id] = [await create('Parent'), await create('Hard', { assignee: profile('ada') })];
    await reap(await start(id), exited(1), { failure_limit: 1 });
    value(await kernel.assign(board, { task_id: id, assignee: profile('ada') }));
    value(await kernel.link(board, { parent_id: parent, child_id: id }));
    value(await kernel.archive(board, { task_id: parent }));
    value(await kernel.unlink(board, { parent_id: parent, child_id: id }));
    expect((await task(id)).status).toBe('blocked');
  });

  it('raised, it lets cards that gave up try again', async () => {
    const { create, start, reap, kernel, task } = openBoard(kind);
    const id = await create('Hard');
    for (let attempt = 0; attempt < 2; attempt += 1) await reap(await start(id), exited(1));
    expect(value(await kernel.promoteAll(board, { ...leader, failure_limit: 2 }))).toBe(0);
    expect(value(await kernel.promoteAll(board, { ...leader, failure_limit: 4 }))).toBe(1);
    expect(await task(id)).toMatchObject({ status: 'ready', consecutive_failures: 2 });
  });
});
