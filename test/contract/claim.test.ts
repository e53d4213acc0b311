import { describe, expect, it } from 'vitest';
import { asSeconds } from '../../src/domain/ids.ts';
import { createKernel } from '../../src/kernel/create-kernel.ts';
import {
  board,
  exited,
  leader,
  nobody,
  oldEpoch,
  openBoard,
  profile,
  startOf,
  startRun,
  ttl,
  value,
} from '../support/board.ts';
import { stores } from '../support/stores.ts';

/** Contract §4.2, `claim`; the leader's claim of design §3.3. */
describe.each(stores)('claiming on $name', (kind) => {
  it('a plain claim opens a run and says so', async () => {
    const { create, claim, clock, kernel, show } = openBoard(kind);
    const id = await create('Work', { assignee: profile('ada'), max_runtime_seconds: 60 });
    const { task, run_id } = await claim(id);
    const expires = clock.seconds() + ttl;
    expect(task).toMatchObject({
      status: 'running',
      claim_lock: 'here:1',
      claim_expires: expires,
      current_run_id: run_id,
      started_at: clock.seconds(),
      last_heartbeat_at: null,
    });
    const { events, runs } = await show(id);
    expect(events.at(-1)).toMatchObject({
      kind: 'claimed',
      run_id,
      payload: { lock: 'here:1', expires, run_id },
    });
    expect(events.at(-1)?.payload).not.toHaveProperty('source_status');
    expect(runs).toMatchObject([
      {
        id: run_id,
        task_id: id,
        profile: 'ada',
        status: 'running',
        claim_lock: 'here:1',
        claim_expires: expires,
        max_runtime_seconds: 60,
        started_at: clock.seconds(),
        ended_at: null,
        outcome: null,
        process: null,
      },
    ]);
    expect(value(await kernel.counts(board, {})).running).toBe(1);
  });

  it('ten claims at once have one winner, over two stores as well', async () => {
    const { create, kernel, another, kinds } = openBoard(kind);
    const id = await create('Wanted');
    const kernels = [kernel, another()];
    const answers = await Promise.all(
      Array.from({ length: 10 }, (_, index) =>
        (kernels[index % 2] ?? kernel).claim(board, {
          task_id: id,
          claim_lock: `here:${index}`,
          ttl_seconds: ttl,
          workspace_path: null,
        }),
      ),
    );
    expect(answers.filter((answer) => answer.ok)).toHaveLength(1);
    for (const answer of answers) if (!answer.ok) expect(answer.refusal.code).toBe('wrong_status');
    expect(await kinds(id)).toEqual(['created', 'claimed']);
  });

  it('the first start is kept over later attempts, a heartbeat is not', async () => {
    const { create, start, reap, clock, kernel, task } = openBoard(kind);
    const id = await create('Twice', { max_retries: 3 });
    const first = await start(id);
    const began = clock.seconds();
    clock.advance(10);
    value(await kernel.heartbeat(board, { task_id: id, run_id: first.run_id }));
    await reap(first, exited(1));
    clock.advance(10);
    await start(id);
    expect(await task(id)).toMatchObject({ started_at: began, last_heartbeat_at: null });
  });

  it('every status but ready and review is refused', async () => {
    const { create, claim, kernel, refused } = openBoard(kind);
    const parent = await create('Parent');
    const todo = await create('Todo', { parents: [parent] });
    const triage = await create('Triage', { triage: true });
    const blocked = await create('Blocked', { initial_status: 'blocked' });
    const running = await create('Running');
    const done = await create('Done');
    const archived = await create('Archived');
    await claim(running);
    value(await kernel.complete(board, { task_id: done }));
    value(await kernel.archive(board, { task_id: archived }));
    const ask = (task_id: typeof todo) => () =>
      kernel.claim(board, { task_id, claim_lock: 'here:2', ttl_seconds: ttl, workspace_path: null });
    for (const id of [todo, triage, blocked, running, done, archived]) await refused('wrong_status', ask(id));
    await refused('unknown_task', ask(nobody));
  });

  it('a claim lasts a whole number of seconds', async () => {
    const { create, kernel, refused } = openBoard(kind);
    const id = await create('Work');
    for (const seconds of [0, -1, 0.5, Number.NaN]) {
      await refused('invalid_input', () =>
        kernel.claim(board, {
          task_id: id,
          claim_lock: 'here:2',
          ttl_seconds: asSeconds(seconds),
          workspace_path: null,
        }),
      );
    }
  });

  it('a ready task whose parent is not done goes back to todo, with a trace', async () => {
    const { create, foreign, done, kernel, task, show } = openBoard(kind);
    const [parent, child] = [await create('Parent'), await create('Child')];
    await foreign(`insert into task_links (parent_id, child_id) values ('${parent}', '${child}')`);
    const input = { task_id: child, claim_lock: 'here:1', ttl_seconds: ttl, workspace_path: null };
    const answer = await kernel.claim(board, input);
    expect(answer).toMatchObject({ ok: false, refusal: { code: 'parents_not_done', ids: [child, parent] } });
    const { task: after, events, runs } = await show(child);
    expect(after).toMatchObject({ status: 'todo', claim_lock: null, started_at: null });
    expect(runs).toEqual([]);
    expect(events.slice(1)).toMatchObject([
      { kind: 'claim_rejected', payload: { reason: 'parents_not_done' } },
      { kind: 'status', payload: { status: 'todo', reason: 'parents_not_done' } },
    ]);
    await done(parent);
    expect((await task(child)).status).toBe('ready');
  });

  it('a parent that is done right after the refusal leaves its child ready', async () => {
    const place = kind.place();
    const store = place.open({});
    let afterRefusal = async (): Promise<void> => {};
    const kernel = createKernel({
      ...store,
      write: (on, work) => store.write(on, work).finally(() => afterRefusal()),
    });
    const parent = value(await kernel.create(board, { title: 'Parent' })).task.id;
    const child = value(await kernel.create(board, { title: 'Child' })).task.id;
    await place.foreign(
      board,
      `insert into task_links (parent_id, child_id) values ('${parent}', '${child}')`,
    );
    afterRefusal = async () => {
      afterRefusal = async () => {};
      value(await kernel.complete(board, { task_id: parent }));
    };
    const input = { task_id: child, claim_lock: 'here:1', ttl_seconds: ttl, workspace_path: null };
    expect(await kernel.claim(board, input)).toMatchObject({ refusal: { code: 'parents_not_done' } });
    expect(value(await kernel.show(board, { task_id: child })).task.status).toBe('ready');
    expect((await kernel.claim(board, input)).ok).toBe(true);
    await kernel.close();
  });

  it('a run that a foreign writer left open is closed by the next claim', async () => {
    const { create, claim, foreign, show } = openBoard(kind);
    const id = await create('Leaked');
    await foreign(
      `insert into task_runs (task_id, status, claim_lock, started_at) values ('${id}', 'running', 'there:9', 1)`,
    );
    const { run_id } = await claim(id);
    const { runs } = await show(id);
    expect(runs).toMatchObject([
      { status: 'reclaimed', outcome: 'reclaimed', claim_lock: null },
      { id: run_id, status: 'running', outcome: null },
    ]);
  });
});

describe.each(stores)('starting a run on $name', (kind) => {
  it('the process record is there before the process, with the times of its waiting', async () => {
    const { create, start, clock, show } = openBoard(kind);
    const id = await create('Work', { max_runtime_seconds: 60 });
    const readyAt = clock.now();
    clock.advance(5);
    const { task, run_id } = await start(id, { max_runtime_seconds: 45 });
    expect(task.workspace_path).toBe(`/jobs/${id}`);
    const [run] = (await show(id)).runs;
    expect(run).toMatchObject({
      id: run_id,
      max_runtime_seconds: 45,
      process: {
        run_id,
        task_id: id,
        lane: 'work',
        epoch: leader.epoch,
        host: 'here',
        dir: `/runs/${run_id}-a1b2c3`,
        mark: 'a1b2c3',
        pid: null,
        ready_at: readyAt,
        slot_at: clock.now() - 250,
        claimed_at: clock.now(),
        started_at: null,
        ended_at: null,
        gone_at: null,
      },
    });
  });

  it('a slot that was free before the task was ready counts from then', async () => {
    const { create, start, show } = openBoard(kind);
    const id = await create('Work');
    await start(id);
    const [run] = (await show(id)).runs;
    expect(run?.process?.slot_at).toBe(run?.process?.ready_at);
  });

  it('two workers never share a folder: a lingering process keeps the next claim away', async () => {
    const { create, start, reap, clock, kernel, claim, refused } = openBoard(kind);
    const id = await create('Asked back');
    const first = await start(id);
    value(await kernel.block(board, { task_id: id, run_id: first.run_id, reason: 'which one?' }));
    value(await kernel.unblock(board, { task_id: id }));
    const plain = { task_id: id, claim_lock: 'here:2', ttl_seconds: ttl, workspace_path: null };
    await refused('not_claimable', () => startRun(kernel, startOf(id, clock)));
    await refused('not_claimable', () => kernel.claim(board, plain));
    const standing = value(await kernel.standing(board, { task_id: id }));
    expect(standing.lingering).toMatchObject({ run_id: first.run_id, ended_at: clock.now() });
    await reap(first, exited(0));
    expect((await claim(id)).run_id).not.toBe(first.run_id);
  });

  it('a task in review is claimed in its lane, and returns there when its reviewer crashes', async () => {
    const { create, start, reap, foreign, kernel, task, lastEvent, show } = openBoard(kind);
    const id = await create('Reviewed', { max_retries: 5 });
    await foreign(`update tasks set status = 'review' where id = '${id}';
      insert into task_events (task_id, kind, payload, created_at)
        values ('${id}', 'status', '{"status":"review"}', (select created_at from tasks where id = '${id}'))`);
    const review = await start(id);
    expect((await lastEvent(id)).payload).toMatchObject({ run_id: review.run_id, source_status: 'review' });
    expect((await show(id)).runs[0]?.process?.lane).toBe('review');
    expect((await reap(review, exited(1))).status).toBe('review');
    const again = await start(id);
    value(await kernel.block(board, { task_id: id, run_id: again.run_id, reason: 'unsure' }));
    await reap(again, exited(0));
    expect(value(await kernel.unblock(board, { task_id: id })).task.status).toBe('review');
    value(await kernel.complete(board, { task_id: id }));
    expect((await task(id)).status).toBe('done');
  });
});

/** Contract §9.2, and the decision of design §3.5 that only a note is an event. */
describe.each(stores)('heartbeats on $name', (kind) => {
  it('a heartbeat moves the expiry of task and run, and only a note is an event', async () => {
    const { create, claim, clock, kernel, kinds, lastEvent, show } = openBoard(kind);
    const id = await create('Long');
    const { run_id } = await claim(id);
    clock.advance(600);
    value(await kernel.heartbeat(board, { task_id: id, run_id, claim_lock: 'here:1' }));
    const { task, runs } = await show(id);
    const expected = { claim_expires: clock.seconds() + ttl, last_heartbeat_at: clock.seconds() };
    expect(task).toMatchObject(expected);
    expect(runs[0]).toMatchObject(expected);
    expect(await kinds(id)).toEqual(['created', 'claimed']);
    value(await kernel.heartbeat(board, { task_id: id, note: ' half way ' }));
    expect(await lastEvent(id)).toMatchObject({ kind: 'heartbeat', run_id, payload: { note: 'half way' } });
  });

  it('a heartbeat never shortens a claim', async () => {
    const { create, claim, clock, kernel } = openBoard(kind);
    const id = await create('Long');
    const { task } = await claim(id);
    clock.advance(1);
    const beaten = value(await kernel.heartbeat(board, { task_id: id, ttl_seconds: asSeconds(60) })).task;
    expect(beaten.claim_expires).toBe(task.claim_expires);
  });

  it('a task that does not run, another lock and no time at all are refused', async () => {
    const { create, claim, kernel, refused } = openBoard(kind);
    const [ready, running] = [await create('Ready'), await create('Running')];
    await claim(running);
    await refused('not_running', () => kernel.heartbeat(board, { task_id: ready }));
    await refused('stale_run', () => kernel.heartbeat(board, { task_id: running, claim_lock: 'there:1' }));
    await refused('unknown_task', () => kernel.heartbeat(board, { task_id: nobody }));
    const none = asSeconds(0);
    await refused('invalid_input', () => kernel.heartbeat(board, { task_id: running, ttl_seconds: none }));
  });

  it('the leader starts many at once; who is refused keeps nobody else from it, and leaves its trace', async () => {
    const { create, start, clock, foreign, kernel, kinds, task } = openBoard(kind);
    value(await kernel.raiseEpoch(board, leader));
    const [first, waiting, last] = [await create('First'), await create('Waiting'), await create('Last')];
    const parent = await create('Parent');
    // Another program links without a look at the status.
    await foreign(`insert into task_links (parent_id, child_id) values ('${parent}', '${waiting}')`);
    const starts = [first, waiting, nobody, first, last].map((id) => startOf(id, clock, { mark: `m-${id}` }));
    const answers = value(await kernel.startRuns(board, { epoch: leader.epoch, starts }));
    const codes = answers.map((answer) => (answer.ok ? answer.value.task.id : answer.refusal.code));
    expect(codes).toEqual([first, 'parents_not_done', 'unknown_task', 'wrong_status', last]);
    expect((await task(first)).status).toBe('running');
    expect((await task(last)).status).toBe('running');
    expect((await task(waiting)).status).toBe('todo');
    expect(await kinds(waiting)).toEqual(['created', 'claim_rejected', 'status']);
    const dirs = answers.flatMap((answer) => (answer.ok ? [answer.value.dir] : []));
    expect(new Set(dirs).size).toBe(2);
    await expect(start(last)).rejects.toThrow();
  });

  it('a leader of an older epoch starts none of many', async () => {
    const { create, clock, kernel, refused } = openBoard(kind);
    value(await kernel.raiseEpoch(board, leader));
    const ids = [await create('One'), await create('Two')];
    const starts = ids.map((id) => startOf(id, clock));
    await refused('not_leader', () => kernel.startRuns(board, { epoch: oldEpoch, starts }));
  });
});
