import { describe, expect, it } from 'vitest';
import { asEpoch } from '../../src/domain/ids.ts';
import { hostRole } from '../../src/domain/leading.ts';
import type { Claim } from '../../src/domain/view.ts';
import { type Board, board, exited, leader, oldEpoch, openBoard, value } from '../support/board.ts';
import { stores } from '../support/stores.ts';

const { epoch } = leader;
const abandon = async ({ kernel }: Board, { run_id }: Claim) =>
  value(await kernel.abandon(board, { run_id, epoch })).task;
const nextDoor = { host: 'there', mark: 'd4e5f6' };

/** Design §3.3. */
describe.each(stores)('a run whose machine is not heard of any more, on $name', (kind) => {
  it('costs no attempt, and its event names the machine', async () => {
    const on = openBoard(kind);
    const id = await on.create('Left alone');
    const run = await on.start(id);
    expect(await abandon(on, run)).toMatchObject({
      status: 'ready',
      consecutive_failures: 0,
      claim_lock: null,
    });
    expect(await on.lastEvent(id)).toMatchObject({
      kind: 'reclaimed',
      run_id: run.run_id,
      payload: { kind: 'interrupted', host: 'here', error: expect.stringContaining('machine here') },
    });
    expect((await on.show(id)).runs).toMatchObject([{ outcome: 'reclaimed', status: 'reclaimed' }]);
    expect(value(await on.kernel.rests(board, {}))).toEqual([]);
  });

  it('takes no slot any more, and its task is started anew at once', async () => {
    const on = openBoard(kind);
    const id = await on.create('Left alone');
    await abandon(on, await on.start(id));
    const look = async () =>
      value(await on.kernel.dispatchView(board, { assignees: null, unassigned: true, limit: 9 }));
    expect(await look()).toMatchObject({
      processes: [],
      abandoned: [{ task_id: id, host: 'here', gone_at: null }],
      ready: [{ lingering: false, task: { id } }],
    });
    await on.start(id, nextDoor);
    expect(await look()).toMatchObject({ processes: [{ host: 'there' }], abandoned: [{ host: 'here' }] });
    await on.check();
  });

  it('is refused whatever it says when its machine is back, and its end changes nothing', async () => {
    const on = openBoard(kind);
    const id = await on.create('Contested');
    const old = await on.start(id);
    await abandon(on, old);
    const stale = { task_id: id, run_id: old.run_id };
    await on.refused('stale_run', () => on.kernel.complete(board, stale));
    const current = await on.start(id, nextDoor);
    await on.refused('stale_run', () => on.kernel.complete(board, { ...stale, summary: 'I was first.' }));
    await on.refused('stale_run', () => on.kernel.heartbeat(board, { ...stale, note: 'still here' }));
    const kinds = await on.kinds(id);
    const ended = await on.reap(old, exited(1), { role: hostRole('here'), epoch: asEpoch(1) });
    expect(ended).toMatchObject({
      status: 'running',
      current_run_id: current.run_id,
      consecutive_failures: 0,
    });
    expect(await on.kinds(id)).toEqual(kinds);
    const view = value(await on.kernel.dispatchView(board, { assignees: [], unassigned: false, limit: 0 }));
    expect(view.abandoned).toEqual([]);
    value(await on.kernel.complete(board, { task_id: id, run_id: current.run_id }));
  });

  it('becomes what was wanted of it when somebody had asked for its end', async () => {
    const on = openBoard(kind);
    const id = await on.create('Unwanted');
    const run = await on.start(id);
    value(await on.kernel.stop(board, { task_id: id, by: 'bob', reason: 'No more.' }));
    expect(await abandon(on, run)).toMatchObject({ status: 'blocked', consecutive_failures: 0 });
  });

  it('keeps its answer when it has given one', async () => {
    const on = openBoard(kind);
    const id = await on.create('Done before');
    const run = await on.start(id);
    value(await on.kernel.complete(board, { task_id: id, run_id: run.run_id }));
    const kinds = await on.kinds(id);
    expect(await abandon(on, run)).toMatchObject({ status: 'done' });
    expect(await on.kinds(id)).toEqual(kinds);
  });

  it('is given up once, by the leader alone, and not when it is known to be over', async () => {
    const on = openBoard(kind);
    const id = await on.create('Left alone');
    const run = await on.start(id);
    value(await on.kernel.raiseEpoch(board, leader));
    await on.refused('not_leader', () => on.kernel.abandon(board, { run_id: run.run_id, epoch: oldEpoch }));
    await abandon(on, run);
    const before = await on.dump();
    await abandon(on, run);
    expect(await on.dump()).toEqual(before);

    const other = await on.create('Over');
    const over = await on.start(other);
    await on.reap(over, exited(1));
    const settled = await on.dump();
    await abandon(on, over);
    expect(await on.dump()).toEqual(settled);
  });
});

describe.each(stores)('the keeper of a machine, on $name', (kind) => {
  const keeper = { role: hostRole('here'), epoch: asEpoch(2) } as const;
  const identity = { pid: 7, start: '5', boot: 'b' };

  it('says what became of the runs there, whoever dispatches', async () => {
    const on = openBoard(kind);
    const id = await on.create('Kept');
    const run = await on.start(id);
    value(await on.kernel.raiseEpoch(board, { role: 'dispatcher', epoch: asEpoch(9) }));
    value(await on.kernel.raiseEpoch(board, keeper));
    const start = { run_id: run.run_id, ...keeper, identity, started_at: on.clock.now() };
    value(await on.kernel.recordStart(board, start));
    expect(await on.task(id)).toMatchObject({ worker_pid: 7 });
    expect(await on.reap(run, exited(3), keeper)).toMatchObject({ status: 'ready', consecutive_failures: 1 });
  });

  it('can say nothing of the runs of other machines, or when another keeps its own', async () => {
    const on = openBoard(kind);
    const [mine, other] = [await on.create('Mine'), await on.create('Another machine’s')];
    const own = await on.start(mine);
    const foreign = await on.start(other, nextDoor);
    value(await on.kernel.raiseEpoch(board, keeper));
    const reap = ({ run_id }: Claim, as: { role: typeof keeper.role; epoch: typeof epoch }) =>
      on.kernel.reap(board, { run_id, ...as, exit: exited(0), stopped: null, failure_limit: undefined });
    await on.refused('not_leader', () => reap(foreign, keeper));
    await on.refused('not_leader', () => reap(own, { ...keeper, epoch: asEpoch(1) }));
    const start = { ...keeper, identity, started_at: on.clock.now() };
    await on.refused('not_leader', () => on.kernel.recordStart(board, { run_id: foreign.run_id, ...start }));
  });
});
