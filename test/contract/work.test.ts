import { describe, expect, it } from 'vitest';
import { asRunId } from '../../src/domain/ids.ts';
import { board, killed, leader, nobody, oldEpoch, openBoard, value } from '../support/board.ts';
import { stores } from '../support/stores.ts';

const saved = { ref: 'refs/andon/t_1/1', commit: 'a'.repeat(40), files: 2 };

/** What a task's worktree begins at, and what was saved from it. */
describe.each(stores)('the work of a task on $name', (kind) => {
  it('that was saved is told once for each name, with its run', async () => {
    const { create, start, reap, kernel, kinds, lastEvent, show } = openBoard(kind);
    const id = await create('Work');
    const run = await start(id);
    await reap(run, killed);
    const note = { task_id: id, run_id: run.run_id, ...saved };
    value(await kernel.noteWorkSaved(board, note));
    value(await kernel.noteWorkSaved(board, note));
    expect(await lastEvent(id)).toMatchObject({ kind: 'work_saved', run_id: run.run_id, payload: saved });
    expect((await kinds(id)).filter((one) => one === 'work_saved')).toHaveLength(1);
    const other = { ...saved, ref: `${saved.ref}-2` };
    value(await kernel.noteWorkSaved(board, { ...note, ...other }));
    expect((await show(id)).saved_work).toEqual([
      { run_id: run.run_id, ...saved },
      { run_id: run.run_id, ...other },
    ]);
  });

  it('is not told of a task that is not there', async () => {
    const { kernel } = openBoard(kind);
    const note = { task_id: nobody, run_id: asRunId(1), ...saved };
    expect(await kernel.noteWorkSaved(board, note)).toMatchObject({ refusal: { code: 'unknown_task' } });
  });

  it('begins at the commit that the leader says, and at none that an old leader says', async () => {
    const { create, start, kernel, show } = openBoard(kind);
    const id = await create('Work');
    const { run_id } = await start(id);
    const base = { run_id, epoch: leader.epoch, base_commit: 'b'.repeat(40) };
    value(await kernel.raiseEpoch(board, leader));
    value(await kernel.recordBase(board, base));
    const late = await kernel.recordBase(board, { ...base, epoch: oldEpoch, base_commit: 'c'.repeat(40) });
    expect(late).toMatchObject({ refusal: { code: 'not_leader' } });
    expect((await show(id)).base_commit).toBe('b'.repeat(40));
  });
});
