import { describe, expect, it } from 'vitest';
import { asTaskId } from '../../src/domain/ids.ts';
import { board, exited, leader, openBoard, ttl, value } from '../support/board.ts';
import { stores } from '../support/stores.ts';

/** What another program may have done to the rows of a board (contract §2.5), and what the kernel makes of it. */
describe.each(stores)('rows of another program on $name', (kind) => {
  describe('a status that is none of ours', () => {
    const parked = async () => {
      const on = openBoard(kind);
      const id = await on.create('Parked');
      await on.foreign(`update tasks set status = 'parked' where id = '${id}'`);
      return { ...on, id };
    };

    it('stands under todo and keeps its name', async () => {
      const { kernel, id, task, foreign } = await parked();
      expect(await task(id)).toMatchObject({ status: 'todo', foreign_status: 'parked' });
      expect(value(await kernel.list(board, {}))).toMatchObject([{ id, foreign_status: 'parked' }]);
      expect(value(await kernel.counts(board, {}))).toMatchObject({ todo: 1, ready: 0 });
      await foreign(`update tasks set status = 'ready' where id = '${id}'`);
    });

    it('is left alone by every command, and by the full pass', async () => {
      const { kernel, id, refused, dump, create, foreign } = await parked();
      await refused('wrong_status', () => kernel.complete(board, { task_id: id }));
      await refused('wrong_status', () => kernel.archive(board, { task_id: id }));
      const refusal = await refused('wrong_status', () =>
        kernel.assign(board, { task_id: id, assignee: null }),
      );
      expect(refusal.sentence).toContain('"parked"');
      const child = await create('Child', { parents: [id] });
      const before = await dump();
      expect(value(await kernel.promoteAll(board, { ...leader, failure_limit: undefined }))).toBe(0);
      expect((await dump()).tasks).toEqual(before.tasks);
      expect(value(await kernel.standing(board, { task_id: child })).unsatisfied_parents).toEqual([
        { id, status: 'todo' },
      ]);
      await foreign(`update tasks set status = 'ready' where id = '${id}'`);
    });
  });

  describe('a claim with a process of its own', () => {
    const claimed = async () => {
      const on = openBoard(kind);
      const id = await on.create('Theirs');
      const { run_id } = await on.claim(id);
      await on.foreign(`update tasks set worker_pid = 4711 where id = '${id}'`);
      on.clock.advance(ttl + 1);
      const view = { assignees: [], unassigned: false, limit: 1 };
      const { outside } = value(await on.kernel.dispatchView(board, view));
      return { ...on, id, run_id, outside, pass: { ...leader, ttl_seconds: ttl } };
    };

    it('is told to the leader when its time is over, and extended when that found it alive', async () => {
      const { kernel, id, outside, pass, task, lastEvent, run_id } = await claimed();
      expect(outside).toEqual([{ task_id: id, claim_lock: 'here:1', worker_pid: 4711 }]);
      expect(value(await kernel.expireClaims(board, { ...pass, alive: outside }))).toBe(0);
      expect(await task(id)).toMatchObject({ status: 'running', current_run_id: run_id });
      expect(await lastEvent(id)).toMatchObject({ kind: 'claim_extended', payload: { worker_pid: 4711 } });
    });

    it('is freed when nobody found it alive, or when another holds the claim by now', async () => {
      const { kernel, id, outside, pass, task } = await claimed();
      const others = outside.map((worker) => ({ ...worker, claim_lock: 'here:2' }));
      expect(value(await kernel.expireClaims(board, { ...pass, alive: others }))).toBe(1);
      expect(await task(id)).toMatchObject({ status: 'ready', claim_lock: null });
    });
  });

  it('a task that was deleted under its worker leaves no slot taken', async () => {
    const { kernel, create, start, foreign } = openBoard(kind);
    const id = await create('Doomed');
    const { run_id } = await start(id);
    await foreign(`delete from tasks where id = '${id}'; delete from task_runs where task_id = '${id}'`);
    const input = { run_id, epoch: leader.epoch, exit: exited(0), stopped: null, failure_limit: undefined };
    expect(value(await kernel.reap(board, input))).toEqual({ task: null });
    const view = value(await kernel.dispatchView(board, { assignees: [], unassigned: false, limit: 1 }));
    expect(view.processes).toEqual([]);
  });

  it('a board that was let go of is opened again by the next question', async () => {
    const { kernel, create, show } = openBoard(kind);
    const id = await create('Here');
    await kernel.release(board);
    expect((await show(asTaskId(id))).task.id).toBe(id);
    await kernel.release(board);
    await kernel.release(board);
    await create('Written after');
  });
});
