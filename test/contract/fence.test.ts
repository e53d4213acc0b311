import { describe, expect, it } from 'vitest';
import { asMillis, type TaskId } from '../../src/domain/ids.ts';
import {
  type Board,
  board,
  exited,
  killed,
  leader,
  nobody,
  oldEpoch,
  openBoard,
  startOf,
  ttl,
  value,
} from '../support/board.ts';
import { stores } from '../support/stores.ts';

/** Design §3.3: every worker write names its run; a superseded run is refused. */
describe.each(stores)('a run that no longer holds its task, on $name', (kind) => {
  it('can write nothing, while its successor works', async () => {
    const { create, start, reap, kernel, refused, task } = openBoard(kind);
    const id = await create('Contested', { max_retries: 3 });
    const old = await start(id);
    await reap(old, killed);
    const current = await start(id);
    const stale = { task_id: id, run_id: old.run_id };
    await refused('stale_run', () => kernel.complete(board, { ...stale, summary: 'I was first.' }));
    await refused('stale_run', () => kernel.complete(board, { ...stale, created_cards: [nobody] }));
    await refused('stale_run', () => kernel.block(board, { ...stale, reason: 'Eh?', comment_as: 'old' }));
    await refused('stale_run', () => kernel.heartbeat(board, { ...stale, note: 'still here' }));
    await refused('stale_run', () => kernel.heartbeat(board, { ...stale, claim_lock: 'here:1' }));
    expect(await task(id)).toMatchObject({ status: 'running', current_run_id: current.run_id });
    value(await kernel.complete(board, { task_id: id, run_id: current.run_id }));
  });

  it('can write nothing after its task was taken away, done or blocked', async () => {
    const { create, claim, clock, kernel, refused } = openBoard(kind);
    const expired = await create('Expired');
    const old = await claim(expired);
    clock.advance(ttl + 1);
    value(await kernel.expireClaims(board, { ...leader, ttl_seconds: ttl }));
    const [finished, asked] = [await create('Finished'), await create('Asked')];
    const done = await claim(finished);
    value(await kernel.complete(board, { task_id: finished, run_id: done.run_id }));
    const blocked = await claim(asked);
    value(await kernel.block(board, { task_id: asked, run_id: blocked.run_id, reason: 'Which?' }));
    for (const { task, run_id } of [old, done, blocked]) {
      const stale = { task_id: task.id, run_id };
      const refusal = await refused('stale_run', () => kernel.complete(board, stale));
      expect(refusal.ids).toEqual([task.id]);
      await refused('stale_run', () => kernel.block(board, { ...stale, reason: 'Late.' }));
      await refused('stale_run', () => kernel.heartbeat(board, stale));
    }
  });

  it('cannot write for another task either', async () => {
    const { create, start, kernel, refused } = openBoard(kind);
    const [mine, other] = [await create('Mine'), await create('Other')];
    const { run_id } = await start(mine);
    await start(other);
    await refused('stale_run', () => kernel.complete(board, { task_id: other, run_id }));
  });
});

/** Design §3.4: the epoch is checked inside every dispatcher and notifier transaction. */
describe.each(stores)('a leader that has been replaced, on $name', (kind) => {
  it('can write nothing as dispatcher', async () => {
    const { create, start, clock, kernel, refused } = openBoard(kind);
    const [running, waiting] = [await create('Running'), await create('Waiting')];
    const { run_id } = await start(running);
    value(await kernel.raiseEpoch(board, leader));
    clock.advance(ttl + 1);
    const epoch = oldEpoch;
    const as = { role: 'dispatcher', epoch } as const;
    const identity = { pid: 1, start: '1', boot: 'b' };
    const failure_limit = undefined;
    const asks = {
      raiseEpoch: () => kernel.raiseEpoch(board, as),
      promoteAll: () => kernel.promoteAll(board, { ...as, failure_limit }),
      startRuns: () => kernel.startRuns(board, { epoch, starts: [startOf(waiting, clock)] }),
      recordStart: () => kernel.recordStart(board, { run_id, epoch, identity, started_at: clock.now() }),
      failStart: () => kernel.failStart(board, { run_id, epoch, error: 'none', failure_limit }),
      reap: () => kernel.reap(board, { run_id, epoch, exit: exited(0), stopped: null, failure_limit }),
      expireClaims: () => kernel.expireClaims(board, { ...as, ttl_seconds: ttl }),
    };
    for (const ask of Object.values(asks)) {
      expect((await refused('not_leader', ask)).sentence).toContain('epoch 7');
    }
  });

  it('can write nothing as notifier', async () => {
    const { create, done, clock, kernel, refused } = openBoard(kind);
    const id = await create('Told');
    value(await kernel.subscribe(board, { task_id: id, platform: 'webhook', chat_id: 'ops' }));
    await done(id);
    const now = { role: 'notifier', epoch: leader.epoch } as const;
    const scope = { platforms: ['webhook'], owner: null };
    value(await kernel.raiseEpoch(board, now));
    value(await kernel.fanOut(board, { ...now, ...scope }));
    const old = { ...now, epoch: oldEpoch };
    const outcome = { sent: false, error: 'late', retry_at: asMillis(clock.now()) } as const;
    await refused('not_leader', () => kernel.fanOut(board, { ...old, ...scope }));
    await refused('not_leader', () => kernel.recordDelivery(board, { ...old, id: 1, outcome }));
  });

  it('is known by role: a new dispatcher does not stop a notifier', async () => {
    const { kernel } = openBoard(kind);
    value(await kernel.raiseEpoch(board, leader));
    const notifier = { role: 'notifier', epoch: oldEpoch } as const;
    expect((await kernel.raiseEpoch(board, notifier)).ok).toBe(true);
    const owned = { role: 'notifier:ada', epoch: oldEpoch } as const;
    expect((await kernel.raiseEpoch(board, owned)).ok).toBe(true);
  });

  it('may repeat what it says of itself while nobody else leads', async () => {
    const { kernel } = openBoard(kind);
    for (let time = 0; time < 2; time += 1) value(await kernel.raiseEpoch(board, leader));
    expect(value(await kernel.promoteAll(board, { ...leader, failure_limit: undefined }))).toBe(0);
  });
});

/** Contract §15.6. */
describe.each(stores)('somebody else ends a running task on $name', (kind) => {
  const end = ({ kernel }: Board, task_id: TaskId) => ({
    complete: () => kernel.complete(board, { task_id, summary: 'Mine.' }),
    block: () => kernel.block(board, { task_id, reason: 'No.', comment_as: 'bob' }),
    archive: () => kernel.archive(board, { task_id }),
  });
  const verbs = ['complete', 'block', 'archive'] as const;

  it.each(verbs)('%s is refused while its claim has a process', async (verb) => {
    const on = openBoard(kind);
    const id = await on.create('Worked on');
    const run = await on.start(id);
    await on.refused('worker_alive', end(on, id)[verb]);
    await on.reap(run, exited(1));
    expect((await end(on, id)[verb]()).ok).toBe(true);
  });

  it.each([...verbs, 'delete'] as const)(
    '%s is refused while its claim names a process without a run',
    async (verb) => {
      const on = openBoard(kind);
      const id = await on.create('Theirs');
      await on.foreign(`update tasks set status = 'running', claim_lock = 'here:1', claim_expires = 4000000000,
      worker_pid = 4711 where id = '${id}'`);
      const ending = { ...end(on, id), delete: () => on.kernel.delete(board, { task_id: id }) };
      await on.refused('worker_alive', ending[verb]);
      await on.foreign(`update tasks set worker_pid = null where id = '${id}'`);
      expect((await ending[verb]()).ok).toBe(true);
    },
  );

  it.each(verbs)('%s is allowed for a claim without a process', async (verb) => {
    const on = openBoard(kind);
    const id = await on.create('Claimed outside');
    await on.claim(id);
    expect((await end(on, id)[verb]()).ok).toBe(true);
  });
});
