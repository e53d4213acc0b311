import { describe, expect, it } from 'vitest';
import { board, exited, nobody, openBoard, profile, ttl, value } from '../support/board.ts';
import { stores } from '../support/stores.ts';

const [ada, bea] = [profile('ada'), profile('bea')];
const bothLanes = { assignees: ['ada', 'bea'], unassigned: false, limit: 9 };

/** Contract §4.12 and §5.8. */
describe.each(stores)('a review on $name', (kind) => {
  it('goes from the implementer to the reviewer, back for changes, and ends with the reviewer', async () => {
    const { create, start, reap, kernel, task, lastEvent, show } = openBoard(kind);
    const id = await create('Fix the login', { assignee: ada });
    const work = await start(id);
    const asked = { task_id: id, run_id: work.run_id, reviewer: bea, summary: 'Fixed.\nWith tests.' };
    value(await kernel.requestReview(board, { ...asked, artifacts: ['/a', ' ', '/b'] }));
    expect(await task(id)).toMatchObject({ status: 'review', assignee: 'bea', claim_lock: null });
    expect(await lastEvent(id)).toMatchObject({
      kind: 'review_requested',
      run_id: work.run_id,
      payload: { summary: 'Fixed.', implementer: 'ada', reviewer: 'bea', artifacts: ['/a', '/b'] },
    });
    await reap(work, exited(0));

    const review = await start(id, { mark: 'b2' });
    expect(await lastEvent(id)).toMatchObject({ kind: 'claimed', payload: { source_status: 'review' } });
    value(
      await kernel.requestChanges(board, {
        task_id: id,
        run_id: review.run_id,
        reason: ' The empty password. ',
      }),
    );
    expect(await task(id)).toMatchObject({ status: 'ready', assignee: 'ada' });
    expect(await lastEvent(id)).toMatchObject({
      kind: 'changes_requested',
      run_id: review.run_id,
      payload: { reason: 'The empty password.', implementer: 'ada', reviewer: 'bea' },
    });
    await reap(review, exited(0));

    const again = await start(id, { mark: 'c3' });
    value(await kernel.requestReview(board, { task_id: id, run_id: again.run_id, reviewer: bea }));
    await reap(again, exited(0));
    const last = await start(id, { mark: 'd4' });
    value(await kernel.complete(board, { task_id: id, run_id: last.run_id, summary: 'Good.' }));
    const { runs, task: done } = await show(id);
    expect(done.status).toBe('done');
    expect(runs.map((run) => [run.outcome, run.profile, run.process?.lane])).toEqual([
      ['review_requested', 'ada', 'work'],
      ['changes_requested', 'bea', 'review'],
      ['review_requested', 'ada', 'work'],
      ['completed', 'bea', 'review'],
    ]);
  });

  it('a crashed reviewer is followed by a reviewer, a crashed implementer by an implementer', async () => {
    const { create, start, reap, kernel } = openBoard(kind);
    const id = await create('Fix', { assignee: ada, max_retries: 5 });
    expect((await reap(await start(id), exited(1))).status).toBe('ready');
    value(await kernel.requestReview(board, { task_id: id, reviewer: bea }));
    const after = await reap(await start(id, { mark: 'b2' }), exited(1));
    expect(after).toMatchObject({ status: 'review', assignee: 'bea', consecutive_failures: 1 });
  });

  it('is offered to the dispatcher like ready work, but not while a parent is open', async () => {
    const { create, done, kernel, kinds, refused } = openBoard(kind);
    const parent = await create('Parent');
    const id = await create('Fix', { assignee: ada });
    value(await kernel.requestReview(board, { task_id: id }));
    const offered = async () =>
      value(await kernel.dispatchView(board, bothLanes)).ready.map((each) => each.task.id);
    expect(await offered()).toEqual([id]);
    value(await kernel.link(board, { parent_id: parent, child_id: id }));
    expect(await offered()).toEqual([]);
    const before = await kinds(id);
    await refused('parents_not_done', () =>
      kernel.claim(board, {
        task_id: id,
        claim_lock: 'here:1',
        ttl_seconds: ttl,
        workspace_path: null,
      }),
    );
    expect(await kinds(id)).toEqual(before);
    expect(value(await kernel.standing(board, { task_id: id })).unsatisfied_parents).toMatchObject([
      { id: parent },
    ]);
    await done(parent);
    expect(await offered()).toEqual([id]);
  });

  it('a person reviews without a claim, and what a person says is kept as a run', async () => {
    const { create, kernel, show, task } = openBoard(kind);
    const id = await create('Text', { assignee: ada });
    value(await kernel.requestReview(board, { task_id: id, summary: 'First draft.' }));
    expect(await task(id)).toMatchObject({ status: 'review', assignee: 'ada' });
    value(await kernel.requestChanges(board, { task_id: id, reason: 'Shorter.' }));
    value(await kernel.requestReview(board, { task_id: id, summary: 'Shorter.' }));
    value(await kernel.complete(board, { task_id: id }));
    expect((await show(id)).runs.map((run) => [run.outcome, run.summary])).toEqual([
      ['review_requested', 'First draft.'],
      ['changes_requested', 'Shorter.'],
      ['review_requested', 'Shorter.'],
    ]);
  });

  it('taken out of review it is where it was, with whom it was, be it nobody', async () => {
    const { create, kernel, lastEvent } = openBoard(kind);
    const id = await create('Nobodys');
    value(await kernel.requestReview(board, { task_id: id, reviewer: bea }));
    const { task } = value(await kernel.reopenReview(board, { task_id: id, reason: 'Too early.' }));
    expect(task).toMatchObject({ status: 'ready', assignee: null });
    expect(await lastEvent(id)).toMatchObject({
      kind: 'review_reopened',
      payload: { reason: 'Too early.', implementer: null, status: 'ready' },
    });
  });

  it('work cannot ask for changes of itself, a review not for a review, and nobody for a strange run', async () => {
    const { create, start, kernel, refused } = openBoard(kind);
    const id = await create('Fix', { assignee: ada });
    const { run_id } = await start(id);
    await refused('wrong_status', () => kernel.requestChanges(board, { task_id: id, run_id }));
    await refused('worker_alive', () => kernel.requestReview(board, { task_id: id }));
    await refused('unknown_task', () => kernel.requestReview(board, { task_id: nobody }));
    await refused('unknown_task', () => kernel.requestChanges(board, { task_id: nobody }));
    await refused('unknown_task', () => kernel.reopenReview(board, { task_id: nobody }));
    await refused('wrong_status', () => kernel.reopenReview(board, { task_id: id }));
    value(await kernel.requestReview(board, { task_id: id, run_id }));
    await refused('stale_run', () => kernel.requestReview(board, { task_id: id, run_id }));
  });

  it('one that another program asked for goes back to its assignee', async () => {
    const { create, claim, foreign, kernel } = openBoard(kind);
    const id = await create('Foreign', { assignee: ada });
    await foreign(`update tasks set status = 'review' where id = '${id}'`);
    await foreign(
      `insert into task_events (task_id, kind, payload, created_at) values ('${id}', 'status', '{"status":"review"}', 1795251600)`,
    );
    const { run_id } = await claim(id);
    const { task } = value(await kernel.requestChanges(board, { task_id: id, run_id }));
    expect(task).toMatchObject({ status: 'ready', assignee: 'ada' });
  });
});
