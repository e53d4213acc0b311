import { describe, expect, it } from 'vitest';
import { board, leader, openBoard, startOf, startRun, ttl, value } from '../support/board.ts';
import { stores } from '../support/stores.ts';

const identity = { pid: 4711, start: '123', boot: 'b1' };

/** Contract §5.3. */
describe.each(stores)('claims that run out on $name', (kind) => {
  const pass = { ...leader, ttl_seconds: ttl };

  it('a claim without a process is freed when its time is over, and not before', async () => {
    const { create, claim, clock, kernel, lastEvent, show } = openBoard(kind);
    const id = await create('Outside');
    const { task, run_id } = await claim(id);
    clock.advance(ttl);
    expect(value(await kernel.expireClaims(board, pass))).toBe(0);
    clock.advance(1);
    expect(value(await kernel.expireClaims(board, pass))).toBe(1);
    const after = await show(id);
    expect(after.task).toMatchObject({ status: 'ready', claim_lock: null, consecutive_failures: 0 });
    expect(after.runs).toMatchObject([{ id: run_id, outcome: 'reclaimed', error: 'stale_lock=here:1' }]);
    expect(await lastEvent(id)).toMatchObject({
      kind: 'reclaimed',
      run_id,
      payload: {
        stale_lock: 'here:1',
        worker_pid: null,
        claim_expires: task.claim_expires,
        last_heartbeat_at: null,
        now: clock.seconds(),
      },
    });
    expect(value(await kernel.expireClaims(board, pass))).toBe(0);
  });

  it('a heartbeat keeps a claim without a process', async () => {
    const { create, claim, clock, kernel, task } = openBoard(kind);
    const id = await create('Outside');
    await claim(id);
    clock.advance(800);
    value(await kernel.heartbeat(board, { task_id: id }));
    clock.advance(800);
    expect(value(await kernel.expireClaims(board, pass))).toBe(0);
    expect((await task(id)).status).toBe('running');
  });

  it('a claim with a process is extended: only its death frees it', async () => {
    const { create, start, clock, kernel, lastEvent, show } = openBoard(kind);
    const id = await create('Slow');
    const { task, run_id } = await start(id);
    value(
      await kernel.recordStart(board, { run_id, epoch: leader.epoch, identity, started_at: clock.now() }),
    );
    clock.advance(ttl + 1);
    expect(value(await kernel.expireClaims(board, pass))).toBe(0);
    const expires = clock.seconds() + ttl;
    const after = await show(id);
    expect(after.task).toMatchObject({ status: 'running', claim_expires: expires, current_run_id: run_id });
    expect(after.runs[0]).toMatchObject({ claim_expires: expires });
    expect(await lastEvent(id)).toMatchObject({
      kind: 'claim_extended',
      run_id,
      payload: {
        reason: 'pid_alive',
        worker_pid: 4711,
        claim_lock: 'here:1',
        claim_expires_was: task.claim_expires,
        claim_expires_now: expires,
        last_heartbeat_at: null,
      },
    });
  });

  it('the next expiry is known to the dispatcher', async () => {
    const { create, claim, start, clock, kernel } = openBoard(kind);
    const view = async () =>
      value(await kernel.dispatchView(board, { assignees: [], unassigned: false, limit: 1 })).next_expiry;
    const [first, second] = [await create('First'), await create('Second')];
    expect(await view()).toBeNull();
    await claim(first);
    clock.advance(10);
    value(await startRun(kernel, startOf(second, clock)));
    expect(await view()).toBe(clock.seconds() - 10 + ttl);
    await expect(start(first)).rejects.toThrow('wrong_status');
  });
});
