import { describe, expect, it } from 'vitest';
import type { TaskId } from '../../src/domain/ids.ts';
import { board, exited, nobody, openBoard, profile, value } from '../support/board.ts';
import { stores } from '../support/stores.ts';

/** Contract §4.2 and §4.4. */
describe.each(stores)('completing on $name', (kind) => {
  it('the run keeps the full hand-over, the event its first line', async () => {
    const { create, start, clock, kernel, show } = openBoard(kind);
    const id = await create('Work', { assignee: profile('ada') });
    const { run_id } = await start(id);
    clock.advance(30);
    const long = 'x'.repeat(500);
    const answer = value(
      await kernel.complete(board, {
        task_id: id,
        run_id,
        summary: `${long}\nand more`,
        result: 'größer',
        metadata: { lines: 7, artifacts: [' /a ', '', 3, '/b'] },
        artifacts: ['/b', '/c'],
      }),
    );
    expect(answer.run_id).toBe(run_id);
    const { task, runs, events, latest_summary } = await show(id);
    expect(task).toMatchObject({
      status: 'done',
      completed_at: clock.seconds(),
      result: 'größer',
      claim_lock: null,
      claim_expires: null,
      current_run_id: null,
    });
    expect(runs).toMatchObject([
      {
        status: 'done',
        outcome: 'completed',
        summary: `${long}\nand more`,
        metadata: { lines: 7, artifacts: ['/a', '/b', '/c'] },
        ended_at: clock.seconds(),
        error: null,
        process: { ended_at: clock.now(), gone_at: null },
      },
    ]);
    expect(latest_summary).toBe(`${long}\nand more`);
    expect(events.at(-1)).toMatchObject({
      kind: 'completed',
      run_id,
      payload: { result_len: 6, summary: 'x'.repeat(400), artifacts: ['/a', '/b', '/c'] },
    });
  });

  it('the result speaks when no summary was given, and silence is null', async () => {
    const { create, kernel, lastEvent, show } = openBoard(kind);
    const [said, silent] = [await create('Said'), await create('Silent')];
    value(await kernel.complete(board, { task_id: said, result: '\n 42 files \nin all' }));
    expect((await lastEvent(said)).payload).toEqual({ result_len: 18, summary: '42 files' });
    value(await kernel.complete(board, { task_id: silent }));
    expect((await lastEvent(silent)).payload).toEqual({ result_len: 0, summary: null });
    expect((await show(silent)).runs).toEqual([]);
  });

  it('what nobody ran but somebody has something to say of gets a closed run', async () => {
    const { create, clock, kernel, show, lastEvent } = openBoard(kind);
    const id = await create('By hand', { assignee: profile('ada') });
    const { run_id } = value(await kernel.complete(board, { task_id: id, summary: 'Done by hand.' }));
    expect((await show(id)).runs).toMatchObject([
      {
        id: run_id,
        profile: 'ada',
        status: 'done',
        outcome: 'completed',
        summary: 'Done by hand.',
        started_at: clock.seconds(),
        ended_at: clock.seconds(),
        process: null,
      },
    ]);
    expect((await lastEvent(id)).run_id).toBe(run_id);
  });

  it('it forgives failures, and ends a block', async () => {
    const { create, start, reap, kernel, task } = openBoard(kind);
    const id = await create('Hard', { max_retries: 1 });
    await reap(await start(id), exited(1));
    expect(await task(id)).toMatchObject({ status: 'blocked', consecutive_failures: 1 });
    value(await kernel.complete(board, { task_id: id }));
    expect(await task(id)).toMatchObject({
      status: 'done',
      consecutive_failures: 0,
      last_failure_error: null,
    });
  });

  it('triage, todo, done and archived tasks cannot be completed', async () => {
    const { create, done, kernel, refused } = openBoard(kind);
    const ready = await create('Ready');
    const triage = await create('Triage', { triage: true });
    const todo = await create('Todo', { parents: [ready] });
    const finished = await create('Done');
    await done(finished);
    const archived = await create('Archived');
    value(await kernel.archive(board, { task_id: archived }));
    for (const task_id of [triage, todo, finished, archived]) {
      await refused('wrong_status', () => kernel.complete(board, { task_id, summary: 'Done.' }));
    }
    await refused('unknown_task', () => kernel.complete(board, { task_id: nobody }));
  });

  it('ids in its prose that name no task are noted, after the completion', async () => {
    const { create, kernel, show } = openBoard(kind);
    const [id, other] = [await create('Work'), await create('Other')];
    value(
      await kernel.complete(board, { task_id: id, summary: `see ${other} and ${nobody}`, result: nobody }),
    );
    expect((await show(id)).events.slice(1)).toMatchObject([
      { kind: 'completed' },
      {
        kind: 'suspected_hallucinated_references',
        payload: { phantom_refs: [nobody], source: 'completion_summary' },
      },
    ]);
  });
});

describe.each(stores)('cards that a completion claims on $name', (kind) => {
  it('phantom cards are refused with a trace; without them the same completion is accepted', async () => {
    const { create, start, kernel, dump, lastEvent, task } = openBoard(kind);
    const id = await create('Planner', { assignee: profile('planner') });
    const { run_id } = await start(id);
    const mine = await create('Mine', { created_by: 'planner' });
    const strange = await create('Strange', { created_by: 'somebody' });
    const before = await dump();
    const input = { task_id: id, run_id, summary: `${'p'.repeat(300)}\nsecond line` };
    const answer = await kernel.complete(board, {
      ...input,
      created_cards: [mine, nobody, ` ${strange}`, nobody],
    });
    expect(answer).toMatchObject({ ok: false, refusal: { code: 'phantom_cards', ids: [nobody, strange] } });
    const after = await dump();
    expect({ ...after, task_events: [] }).toEqual({ ...before, task_events: [] });
    expect(await lastEvent(id)).toMatchObject({
      kind: 'completion_blocked_hallucination',
      run_id,
      payload: { phantom_cards: [nobody, strange], verified_cards: [mine], summary_preview: 'p'.repeat(200) },
    });
    value(await kernel.complete(board, { ...input, created_cards: [mine, ` ${mine}`] }));
    expect((await task(id)).status).toBe('done');
    expect((await lastEvent(id)).payload).toMatchObject({ verified_cards: [mine] });
  });

  it('a card counts when its task, its assignee or a link made it', async () => {
    const { create, kernel } = openBoard(kind);
    const id = await create('Planner', { assignee: profile('planner') });
    const byTask = await create('By task', { created_by: id });
    const byProfile = await create('By profile', { created_by: 'planner' });
    const linked = await create('Linked', { parents: [id] });
    const cards = [byTask, byProfile, linked];
    expect((await kernel.complete(board, { task_id: id, created_cards: cards })).ok).toBe(true);
  });

  it('a card of nobody is no card of a task of nobody', async () => {
    const { create, kernel } = openBoard(kind);
    const [id, other] = [await create('Nobody'), await create('Also nobody')];
    const answer = await kernel.complete(board, { task_id: id, created_cards: [other] });
    expect(answer).toMatchObject({ ok: false, refusal: { code: 'phantom_cards' } });
  });

  it('a completion that would be refused anyway leaves no trace of its cards', async () => {
    const { create, done, kernel, refused } = openBoard(kind);
    const id = await create('Done');
    await done(id);
    await refused('wrong_status', () => kernel.complete(board, { task_id: id, created_cards: [nobody] }));
  });
});

describe.each(stores)('blocking and unblocking on $name', (kind) => {
  it('a block ends the run with its reason, and a comment may say it too', async () => {
    const { create, start, kernel, show } = openBoard(kind);
    const id = await create('Unclear');
    const { run_id } = await start(id);
    value(await kernel.block(board, { task_id: id, run_id, reason: ' Which branch? ', comment_as: 'ada' }));
    const { task, runs, events, comments } = await show(id);
    expect(task).toMatchObject({ status: 'blocked', claim_lock: null, current_run_id: null });
    expect(runs).toMatchObject([{ status: 'blocked', outcome: 'blocked', summary: 'Which branch?' }]);
    expect(comments).toMatchObject([{ author: 'ada', body: 'BLOCKED: Which branch?' }]);
    expect(events.slice(2)).toMatchObject([
      { kind: 'commented', payload: { author: 'ada', len: 22 }, run_id: null },
      { kind: 'blocked', payload: { reason: 'Which branch?' }, run_id },
    ]);
  });

  it('a ready task is blocked too; a reason becomes a run that nobody ran', async () => {
    const { create, kernel, show } = openBoard(kind);
    const [said, silent] = [await create('Said'), await create('Silent')];
    value(await kernel.block(board, { task_id: said, reason: 'Waiting for a key.' }));
    value(await kernel.block(board, { task_id: silent, reason: '  ' }));
    expect((await show(said)).runs).toMatchObject([{ outcome: 'blocked', summary: 'Waiting for a key.' }]);
    expect((await show(silent)).runs).toEqual([]);
    expect((await show(silent)).events.at(-1)?.payload).toEqual({ reason: null });
  });

  it('unblocking brings it back, with a clean count and a comment', async () => {
    const { create, start, reap, kernel, show } = openBoard(kind);
    const id = await create('Hard', { max_retries: 1 });
    await reap(await start(id), exited(1));
    value(await kernel.unblock(board, { task_id: id, reason: 'Fixed the key.', comment_as: 'ada' }));
    const { task, comments, events } = await show(id);
    expect(task).toMatchObject({ status: 'ready', consecutive_failures: 0, last_failure_error: null });
    expect(comments).toMatchObject([{ author: 'ada', body: 'UNBLOCK: Fixed the key.' }]);
    expect(events.at(-1)).toMatchObject({ kind: 'unblocked', payload: null });
  });

  it('unblocked under a parent that is not done, it waits', async () => {
    const { create, kernel, lastEvent } = openBoard(kind);
    const parent = await create('Parent');
    const id = await create('Child', { parents: [parent], initial_status: 'blocked' });
    expect(value(await kernel.unblock(board, { task_id: id })).task.status).toBe('todo');
    expect(await lastEvent(id)).toMatchObject({ kind: 'unblocked', payload: { status: 'todo' } });
  });

  it('a scheduled task comes back by unblocking', async () => {
    const { create, foreign, kernel } = openBoard(kind);
    const id = await create('Later');
    await foreign(`update tasks set status = 'scheduled' where id = '${id}'`);
    expect(value(await kernel.unblock(board, { task_id: id })).task.status).toBe('ready');
  });

  it('a refused verb keeps its comment to itself', async () => {
    const { create, kernel, refused } = openBoard(kind);
    const todo = await create('Todo', { parents: [await create('Parent')] });
    const said = { reason: 'Because.', comment_as: 'ada' };
    await refused('wrong_status', () => kernel.block(board, { task_id: todo, ...said }));
    await refused('wrong_status', () => kernel.unblock(board, { task_id: todo, ...said }));
    await refused('unknown_task', () => kernel.block(board, { task_id: nobody, ...said }));
    await refused('unknown_task', () => kernel.unblock(board, { task_id: nobody, ...said }));
  });
});

describe.each(stores)('archiving on $name', (kind) => {
  it('every status is archived once', async () => {
    const { create, claim, done, kernel, refused, lastEvent, show } = openBoard(kind);
    const ids: TaskId[] = [await create('Ready')];
    ids.push(await create('Todo', { parents: ids }), await create('Triage', { triage: true }));
    ids.push(await create('Blocked', { initial_status: 'blocked' }));
    const [running, finished] = [await create('Running'), await create('Done')];
    const { run_id } = await claim(running);
    await done(finished);
    for (const task_id of [...ids, running, finished]) {
      expect(value(await kernel.archive(board, { task_id })).task.status).toBe('archived');
      expect(await lastEvent(task_id)).toMatchObject({ kind: 'archived', payload: null });
      await refused('wrong_status', () => kernel.archive(board, { task_id }));
    }
    const { runs, events } = await show(running);
    expect(runs).toMatchObject([{ id: run_id, outcome: 'reclaimed', status: 'reclaimed' }]);
    expect(runs[0]?.summary).toMatch(/archived/i);
    expect(events.at(-1)?.run_id).toBe(run_id);
    await refused('unknown_task', () => kernel.archive(board, { task_id: nobody }));
  });
});
