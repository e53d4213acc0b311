import { describe, expect, it } from 'vitest';
import { asProfileName } from '../../src/domain/ids.ts';
import { board, exited, killed, leader, nobody, openBoard, profile, value } from '../support/board.ts';
import { stores } from '../support/stores.ts';

const [ada, bea] = [profile('ada'), profile('bea')];

/** Contract §4.13. */
describe.each(stores)('a block with a kind on $name', (kind) => {
  it('survives unblocking, and said twice brings the task to a person', async () => {
    const { create, start, reap, kernel, task, show } = openBoard(kind);
    const id = await create('Deploy', { assignee: ada });
    const first = await start(id);
    value(
      await kernel.block(board, { task_id: id, run_id: first.run_id, reason: 'No key.', kind: 'capability' }),
    );
    await reap(first, exited(0));
    expect(await task(id)).toMatchObject({
      status: 'blocked',
      block_kind: 'capability',
      block_recurrences: 1,
    });
    value(await kernel.unblock(board, { task_id: id }));
    expect(await task(id)).toMatchObject({ status: 'ready', block_kind: 'capability', block_recurrences: 1 });
    const second = await start(id, { mark: 'b2' });
    const again = {
      task_id: id,
      run_id: second.run_id,
      reason: 'Still no key.',
      kind: 'capability',
    } as const;
    expect(value(await kernel.block(board, again)).task.status).toBe('triage');
    const { runs, events } = await show(id);
    expect(runs.map((run) => run.outcome)).toEqual(['blocked', 'blocked']);
    expect(events.at(-1)).toMatchObject({
      kind: 'block_loop_detected',
      run_id: second.run_id,
      payload: {
        reason: 'Still no key.',
        kind: 'capability',
        recurrences: 2,
        limit: 2,
        source_status: 'running',
      },
    });
    expect(value(await kernel.standing(board, { task_id: id })).loop).toEqual({
      kind: 'capability',
      recurrences: 2,
      reason: 'Still no key.',
    });
    value(await kernel.promote(board, { task_id: id }));
    value(await kernel.complete(board, { task_id: id }));
    expect(await task(id)).toMatchObject({ status: 'done', block_kind: null, block_recurrences: 0 });
  });

  it('another kind begins anew, and none at all does not count', async () => {
    const { create, kernel, task } = openBoard(kind);
    const id = await create('Deploy');
    for (const kinds of ['capability', 'needs_input', undefined, 'needs_input', undefined] as const) {
      value(await kernel.block(board, { task_id: id, kind: kinds }));
      expect((await task(id)).status).toBe('blocked');
      value(await kernel.unblock(board, { task_id: id }));
    }
  });

  it('a dependency waits for the parents and goes on by itself, as often as there are new ones', async () => {
    const { create, start, reap, done, kernel, task, lastEvent } = openBoard(kind);
    const id = await create('Plan', { assignee: ada });
    for (const mark of ['a1', 'b2', 'c3']) {
      const claim = await start(id, { mark });
      const parent = await create('Measure');
      value(await kernel.link(board, { parent_id: parent, child_id: id }));
      value(await kernel.block(board, { task_id: id, run_id: claim.run_id, kind: 'dependency' }));
      await reap(claim, exited(0));
      expect((await task(id)).status).toBe('todo');
      expect(await lastEvent(id)).toMatchObject({ kind: 'dependency_wait', run_id: claim.run_id });
      await done(parent);
      expect((await task(id)).status).toBe('ready');
    }
  });

  it('a dependency on nobody waits for the full pass, and is no way to be started for ever', async () => {
    const { create, kernel, task } = openBoard(kind);
    const id = await create('Plan');
    value(await kernel.block(board, { task_id: id, kind: 'dependency' }));
    expect((await task(id)).status).toBe('todo');
    expect(value(await kernel.promoteAll(board, { ...leader, failure_limit: undefined }))).toBe(1);
    value(await kernel.block(board, { task_id: id, kind: 'dependency' }));
    expect((await task(id)).status).toBe('triage');
  });
});

describe.each(stores)('promoting by hand on $name', (kind) => {
  it('ends a block and a scheduling of nothing else, and leaves the failures', async () => {
    const { create, start, reap, kernel, task, lastEvent, refused } = openBoard(kind);
    const id = await create('Hard', { max_retries: 1 });
    await reap(await start(id), exited(1));
    expect(
      value(await kernel.promote(board, { task_id: id, actor: 'zoe', reason: ' Now. ' })).task.status,
    ).toBe('ready');
    expect((await task(id)).consecutive_failures).toBe(1);
    expect(await lastEvent(id)).toMatchObject({
      kind: 'promoted_manual',
      payload: { actor: 'zoe', reason: 'Now.', forced: false },
    });
    await refused('wrong_status', () => kernel.promote(board, { task_id: id }));
    await refused('unknown_task', () => kernel.promote(board, { task_id: nobody }));
  });

  it('by force the open parents hold it no more, until somebody links another', async () => {
    const { create, start, reap, kernel, task, refused } = openBoard(kind);
    const parent = await create('Parent', { assignee: bea });
    const id = await create('Child', { parents: [parent] });
    await refused('parents_not_done', () => kernel.promote(board, { task_id: id }));
    expect(await kernel.promotion(board, { task_id: id })).toMatchObject({ ok: false });
    expect(value(await kernel.promotion(board, { task_id: id, force: true }))).toEqual({ status: 'ready' });
    expect((await task(id)).status).toBe('todo');
    value(await kernel.promote(board, { task_id: id, force: true }));
    // A task of nobody takes over its parent's profile, however it becomes ready (contract §4.3).
    expect(await task(id)).toMatchObject({ status: 'ready', assignee: 'bea' });
    expect((await reap(await start(id), exited(1))).status).toBe('ready');
    value(await kernel.link(board, { parent_id: await create('Other'), child_id: id }));
    expect((await task(id)).status).toBe('todo');
  });

  it('by force they hold it again as soon as it says that it depends on them', async () => {
    const { create, done, kernel, task } = openBoard(kind);
    const parent = await create('Parent');
    const id = await create('Child', { parents: [parent] });
    value(await kernel.promote(board, { task_id: id, force: true }));
    value(await kernel.block(board, { task_id: id, kind: 'dependency' }));
    expect(value(await kernel.promoteAll(board, { ...leader, failure_limit: undefined }))).toBe(0);
    await done(parent);
    expect((await task(id)).status).toBe('ready');
  });

  it('out of triage it waits for its parents, unless it is forced', async () => {
    const { create, kernel, lastEvent } = openBoard(kind);
    const parents = [await create('Parent')];
    const [waits, forced] = [
      await create('Waits', { parents, triage: true }),
      await create('Forced', { parents, triage: true }),
    ];
    expect(value(await kernel.promote(board, { task_id: waits })).task.status).toBe('todo');
    expect(await lastEvent(waits)).toMatchObject({ payload: { forced: false, status: 'todo' } });
    const force = { task_id: forced, force: true };
    expect(value(await kernel.promote(board, force)).task.status).toBe('ready');
  });
});

describe.each(stores)('moving a card on $name', (kind) => {
  it('goes to three columns; ready needs the parents, and todo holds nobody who waits for none', async () => {
    const { create, kernel, task, refused } = openBoard(kind);
    const parent = await create('Parent');
    const child = await create('Child', { parents: [parent] });
    await refused('parents_not_done', () => kernel.place(board, { task_id: child, to: 'ready' }));
    expect(value(await kernel.place(board, { task_id: child, to: 'triage' })).task.status).toBe('triage');
    expect(value(await kernel.place(board, { task_id: child, to: 'todo' })).task.status).toBe('todo');
    expect(value(await kernel.place(board, { task_id: parent, to: 'todo' })).task.status).toBe('ready');
    await refused('unknown_task', () => kernel.place(board, { task_id: nobody, to: 'todo' }));
    expect((await task(parent)).status).toBe('ready');
  });

  it('a card that runs is moved when nothing lives behind its claim', async () => {
    const { create, claim, start, kernel, refused, show } = openBoard(kind);
    const [free, held] = [await create('Free'), await create('Held')];
    await claim(free);
    value(await kernel.place(board, { task_id: free, to: 'ready' }));
    expect((await show(free)).runs).toMatchObject([{ outcome: 'reclaimed' }]);
    await start(held);
    await refused('worker_alive', () => kernel.place(board, { task_id: held, to: 'ready' }));
  });

  it('reopening what was done takes back what was built on it, and ends the worker that is at it', async () => {
    const { create, start, reap, done, kernel, task, show } = openBoard(kind);
    const parent = await create('Parent', { assignee: ada });
    const ready = await create('Ready', { parents: [parent] });
    const finished = await create('Done', { parents: [parent] });
    const running = await create('Running', { parents: [parent], assignee: ada });
    const reviewed = await create('Reviewed', { parents: [parent], assignee: ada });
    const below = await create('Below', { parents: [finished] });
    const blocked = await create('Blocked', { parents: [parent], initial_status: 'blocked' });
    await done(parent);
    await done(finished);
    await done(below);
    value(await kernel.requestReview(board, { task_id: reviewed, reviewer: bea }));
    const claim = await start(running);

    value(await kernel.place(board, { task_id: parent, to: 'ready' }));
    for (const id of [ready, finished, reviewed, below]) expect((await task(id)).status).toBe('todo');
    expect((await task(reviewed)).assignee).toBe('ada');
    expect((await task(blocked)).status).toBe('blocked');
    expect((await show(ready)).events.slice(-2)).toMatchObject([
      { kind: 'descendant_invalidated', payload: { ancestor: parent, prior_status: 'ready' } },
      { kind: 'status', payload: { status: 'todo', reason: 'parent_reopened', parent } },
    ]);
    const { task: live, runs } = await show(running);
    expect(live.status).toBe('running');
    expect(runs[0]?.process).toMatchObject({ stop_reason: `${parent} was reopened`, stop_assignee: null });
    const after = await reap(claim, killed, { stopped: { because: 'reclaimed', sigkill: false } });
    expect(after).toMatchObject({ status: 'todo', consecutive_failures: 0 });

    await done(parent);
    for (const id of [ready, finished, reviewed, running]) expect((await task(id)).status).toBe('ready');
    expect((await task(below)).status).toBe('todo');
  });
});

describe.each(stores)('taking back on $name', (kind) => {
  it('a claim without a process is free at once, with a clean count', async () => {
    const { create, claim, kernel, lastEvent, show, refused } = openBoard(kind);
    const id = await create('Outside', { assignee: ada });
    await refused('not_running', () => kernel.reclaim(board, { task_id: id }));
    const { run_id } = await claim(id);
    const answer = value(await kernel.reclaim(board, { task_id: id, reason: ' Asleep. ' }));
    expect(answer).toMatchObject({ stopping: null, task: { status: 'ready', claim_lock: null } });
    expect(await lastEvent(id)).toMatchObject({
      kind: 'reclaimed',
      run_id,
      payload: { manual: true, reason: 'Asleep.', prev_lock: 'here:1' },
    });
    expect((await show(id)).runs).toMatchObject([{ outcome: 'reclaimed', error: 'manual_reclaim: Asleep.' }]);
    await refused('unknown_task', () => kernel.reclaim(board, { task_id: nobody }));
  });

  it('a worker is asked to stop, and when it is gone nothing was its fault', async () => {
    const { create, start, reap, kernel, lastEvent, show } = openBoard(kind);
    const id = await create('Stuck', { assignee: ada, max_retries: 1 });
    const claim = await start(id);
    const asked = value(await kernel.reclaim(board, { task_id: id, reason: 'Stuck.' }));
    expect(asked).toMatchObject({ stopping: claim.run_id, task: { status: 'running' } });
    expect(await lastEvent(id)).toMatchObject({ kind: 'stop_requested', run_id: claim.run_id });
    const view = { assignees: ['ada'], unassigned: false, limit: 9 };
    const [process] = value(await kernel.dispatchView(board, view)).processes;
    expect(process).toMatchObject({ run_id: claim.run_id, stop_reason: 'Stuck.' });
    expect(process?.stop_at).not.toBeNull();
    const after = await reap(claim, killed, { stopped: { because: 'reclaimed', sigkill: true } });
    expect(after).toMatchObject({ status: 'ready', consecutive_failures: 0, assignee: 'ada' });
    expect(await lastEvent(id)).toMatchObject({
      kind: 'reclaimed',
      payload: { manual: true, reason: 'Stuck.', terminated: true, sigkill: true },
    });
    expect((await show(id)).runs).toMatchObject([{ outcome: 'reclaimed' }]);
  });

  it('however the worker ends after that, also under a leader that does not know', async () => {
    const { create, start, reap, kernel } = openBoard(kind);
    const id = await create('Stuck', { assignee: ada, max_retries: 1 });
    const claim = await start(id);
    value(await kernel.reclaim(board, { task_id: id }));
    expect(await reap(claim, exited(0))).toMatchObject({ status: 'ready', consecutive_failures: 0 });
  });

  it('an answer that came first holds', async () => {
    const { create, start, reap, kernel } = openBoard(kind);
    const id = await create('Quick', { assignee: ada });
    const claim = await start(id);
    value(await kernel.reassign(board, { task_id: id, assignee: bea, reclaim: true }));
    value(await kernel.complete(board, { task_id: id, run_id: claim.run_id }));
    expect(await reap(claim, exited(0))).toMatchObject({ status: 'done', assignee: 'ada' });
  });

  it('the next profile has the task from the moment on in which its worker is gone', async () => {
    const { create, start, reap, kernel, kinds, refused } = openBoard(kind);
    const [id, free] = [await create('Work', { assignee: ada }), await create('Free', { assignee: ada })];
    const claim = await start(id);
    await refused('already_running', () => kernel.reassign(board, { task_id: id, assignee: bea }));
    const input = { task_id: id, assignee: bea, reclaim: true };
    expect(value(await kernel.reassign(board, input)).stopping).toBe(claim.run_id);
    expect(await reap(claim, killed)).toMatchObject({ status: 'ready', assignee: 'bea' });
    expect((await kinds(id)).slice(-3)).toEqual(['stop_requested', 'reclaimed', 'assigned']);
    const next = await start(id, { mark: 'b2' });
    value(await kernel.reassign(board, { task_id: id, assignee: null, reclaim: true }));
    expect(await reap(next, killed)).toMatchObject({ status: 'ready', assignee: null });
    const given = value(await kernel.reassign(board, { task_id: free, assignee: bea }));
    expect(given).toMatchObject({ stopping: null, task: { assignee: 'bea' } });
    await refused('unknown_task', () => kernel.reassign(board, { task_id: nobody, assignee: bea }));
  });

  it('a start that fails after that is no failure either', async () => {
    const { create, start, kernel } = openBoard(kind);
    const id = await create('Work', { assignee: ada });
    const { run_id } = await start(id);
    value(await kernel.reassign(board, { task_id: id, assignee: bea, reclaim: true }));
    const failed = { run_id, epoch: leader.epoch, error: 'no such program', failure_limit: undefined };
    expect(value(await kernel.failStart(board, failed)).task).toMatchObject({
      status: 'ready',
      assignee: 'bea',
      consecutive_failures: 0,
    });
  });
});

describe.each(stores)('editing on $name', (kind) => {
  it('changes words and order at any time, and tells what', async () => {
    const { create, kernel, show, refused } = openBoard(kind);
    const id = await create('Draft', { body: 'Old.' });
    const input = { task_id: id, title: ' Final ', body: 'New.', priority: 3 };
    expect(value(await kernel.edit(board, input)).task).toMatchObject({
      title: 'Final',
      body: 'New.',
      priority: 3,
      status: 'ready',
    });
    expect((await show(id)).events.slice(-2)).toMatchObject([
      { kind: 'edited', payload: { fields: ['title', 'body'] } },
      { kind: 'reprioritized', payload: { priority: 3 } },
    ]);
    await refused('blank_text', () => kernel.edit(board, { task_id: id, title: ' ' }));
    await refused('invalid_input', () => kernel.edit(board, { task_id: id }));
    await refused('invalid_input', () => kernel.edit(board, { task_id: id, priority: 1.5 }));
    await refused('wrong_status', () => kernel.edit(board, { task_id: id, result: '42' }));
    await refused('unknown_task', () => kernel.edit(board, { task_id: nobody, title: 'X' }));
  });

  it('gives a done task another result, and its run other words', async () => {
    const { create, claim, kernel, show } = openBoard(kind);
    const [ran, silent] = [await create('Ran'), await create('Silent')];
    const { run_id } = await claim(ran);
    const metadata = { files: 2 };
    value(await kernel.complete(board, { task_id: ran, run_id, summary: 'Two.', metadata }));
    value(await kernel.edit(board, { task_id: ran, result: '3', summary: 'Three.\nReally.' }));
    const shown = await show(ran);
    expect(shown.task.result).toBe('3');
    expect(shown.runs).toMatchObject([{ id: run_id, summary: 'Three.\nReally.', metadata }]);
    expect(shown.events.at(-1)).toMatchObject({
      kind: 'edited',
      run_id: null,
      payload: { fields: ['result', 'summary'], result_len: 1, summary: 'Three.' },
    });
    value(await kernel.complete(board, { task_id: silent }));
    value(await kernel.edit(board, { task_id: silent, result: 'Nothing to do.' }));
    expect((await show(silent)).runs).toMatchObject([{ outcome: 'completed', summary: 'Nothing to do.' }]);
  });
});

describe.each(stores)('a task of nobody on $name', (kind) => {
  it('takes over the profile of its first assigned parent, whether that is done or not', async () => {
    const { create, done, kernel, task, kinds } = openBoard(kind);
    const [free, parent] = [await create('Free'), await create('Parent', { assignee: ada })];
    await done(free);
    await done(parent);
    const child = await create('Child', { parents: [free, parent] });
    expect(await task(child)).toMatchObject({ status: 'ready', assignee: 'ada' });
    expect(await kinds(child)).toEqual(['created', 'assigned']);
    const blocked = await create('Blocked', { parents: [parent], initial_status: 'blocked' });
    expect((await task(blocked)).assignee).toBeNull();
    expect(value(await kernel.unblock(board, { task_id: blocked })).task.assignee).toBe('ada');
    const own = await create('Own', { parents: [parent], assignee: asProfileName('cy') });
    expect((await task(own)).assignee).toBe('cy');
  });
});
