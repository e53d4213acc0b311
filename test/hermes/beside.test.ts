import { join } from 'node:path';
import { describe, expect, it, type TestContext } from 'vitest';
import { asTaskId, defaultBoard } from '../../src/domain/ids.ts';
import { type GatewayHome, gatewayHome, kindsOf } from '../support/gateway-home.ts';
import { until } from '../support/until.ts';
import { webhookReceiver } from '../support/webhook-receiver.ts';
import { type Peer, peerOn, stranger } from './peer.ts';

/** Another program works on the same file, at the same time as a real gateway and the command line. */

const workers = {
  quick: 'andon complete "$ANDON_TASK"',
  waits: 'wait_for end; andon complete "$ANDON_TASK"',
};
const secret = 'whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw';

async function together(
  test: Pick<TestContext, 'onTestFinished'>,
  more: { readonly settings?: Record<string, unknown>; readonly env?: Record<string, string> } = {},
): Promise<{ home: GatewayHome; peer: Peer; said: () => string }> {
  const home = gatewayHome(test, {
    workers,
    settings: { dispatch_interval_seconds: 1, ...more.settings },
    ...(more.env && { env: more.env }),
  });
  const gateway = await home.gateway();
  await home.andon('init');
  return { home, peer: peerOn(test, join(home.root, 'kanban.db')), said: gateway.said };
}

describe.concurrent('beside another program', () => {
  it('starts what it made, and goes on after what it completed', async (test) => {
    const { home, peer } = await together(test);
    await peer.create('t_00000001', { assignee: 'quick' });
    await peer.create('t_00000002', {
      assignee: 'quick',
      status: 'todo',
      parents: ['t_0000000a', 't_00000001'],
    });
    await peer.create('t_0000000a', { status: 'ready' });
    await home.reaches(asTaskId('t_00000001'), 'done');
    expect((await home.show(asTaskId('t_00000002'))).task.status).toBe('todo');

    // The full pass finds what it left waiting.
    expect(await peer.claim('t_0000000a')).toBe(true);
    await peer.complete('t_0000000a');
    const { events } = await home.reaches(asTaskId('t_00000002'), 'done');
    expect(events.map(({ kind }) => kind)).toContain('promoted');
    expect(home.ledger().map(({ task }) => task)).toEqual(['t_00000001', 't_00000002']);

    // And the command line goes on with what it blocked.
    await peer.create('t_00000003', { assignee: 'quick', status: 'todo', parents: ['t_00000004'] });
    await peer.create('t_00000004', { status: 'ready' });
    await peer.block('t_00000004', 'Which colour?');
    expect(await home.andon('show', 't_00000004')).toContain('Which colour?');
    expect(await home.json('why', 't_00000003')).toMatchObject({
      code: 'waits_for_parents',
      ids: ['t_00000004'],
    });
    await home.andon('unblock', 't_00000004');
    await home.andon('complete', 't_00000004');
    await home.reaches(asTaskId('t_00000003'), 'done');
  });

  it('of many tasks that both want, each goes to one of them', async (test) => {
    const { home, peer } = await together(test);
    const ids = Array.from({ length: 12 }, (_, index) => `t_000000${10 + index}`);
    const claimed: string[] = [];
    for (const id of ids) {
      await peer.create(id, { assignee: 'quick' });
      if (await peer.claim(id)) claimed.push(id);
    }
    for (const id of claimed) await peer.complete(id);
    for (const id of ids) await home.reaches(asTaskId(id), 'done');
    const started = home.ledger().map(({ task }) => String(task));
    expect([...started, ...claimed].sort()).toEqual(ids);
    const open = await peer.rows('select id from task_runs where ended_at is null');
    expect(open).toEqual([]);
  });

  it('tells a webhook of what it did, also when it made the subscription', async (test) => {
    const receiver = await webhookReceiver(test, secret);
    const { home, peer } = await together(test, {
      settings: { webhooks: { ops: { url: receiver.url('/ops'), secret_env: 'OPS_SECRET' } } },
      env: { OPS_SECRET: secret },
    });
    await peer.create('t_00000001');
    await peer.create('t_00000002');
    await home.andon('notify-subscribe', 't_00000001', '--platform', 'webhook', '--chat-id', 'ops');
    await peer.sql(
      `insert into kanban_notify_subs (task_id, platform, chat_id, created_at, last_event_id)
         select 't_00000002', 'webhook', 'ops', 1, max(id) from task_events`,
    );
    await peer.claim('t_00000001');
    await peer.complete('t_00000001');
    await peer.block('t_00000002', 'Which colour?');
    const told = await until('both are told', () => {
      const messages = receiver.received('/ops');
      return messages.length === 2 && messages;
    });
    expect(told.map(({ data }) => data['task_id']).sort()).toEqual(['t_00000001', 't_00000002']);
    expect(receiver.faults).toEqual([]);
  });

  it('never takes its claim before that has run out, nor while its worker lives on this host', async (test) => {
    const { home, peer } = await together(test);
    const worker = stranger(test);
    await peer.create('t_00000001', { assignee: 'quick' });
    await peer.sql("update tasks set assignee = 'nobody-here' where id = 't_00000001'");
    await peer.create('t_00000002', { assignee: 'elsewhere' });
    await peer.create('t_00000003', { assignee: 'elsewhere' });
    await peer.create('t_00000004', { assignee: 'elsewhere' });
    // Alive and over; dead but not over; alive on another host, as far as we know, and over; without a process, and over.
    expect(await peer.claim('t_00000001', { workerPid: worker.pid, ttl: -60 })).toBe(true);
    expect(await peer.claim('t_00000002', { workerPid: 2 ** 22, ttl: 900 })).toBe(true);
    expect(await peer.claim('t_00000003', { workerPid: worker.pid, ttl: -60, host: 'otherhost' })).toBe(true);
    expect(await peer.claim('t_00000004', { ttl: -60 })).toBe(true);

    await home.reaches(asTaskId('t_00000003'), 'ready');
    await home.reaches(asTaskId('t_00000004'), 'ready');
    const extended = await until('the living one is left its claim', async () => {
      const view = await home.show(asTaskId('t_00000001'));
      return kindsOf(view).includes('claim_extended') && view;
    });
    expect(extended.task).toMatchObject({ status: 'running', worker_pid: worker.pid });
    expect(extended.task.claim_expires).toBeGreaterThan(Date.now() / 1000 + 800);
    expect(extended.runs).toMatchObject([{ ended_at: null, claim_expires: extended.task.claim_expires }]);
    expect((await home.show(asTaskId('t_00000002'))).task.status).toBe('running');

    await worker.end();
    await peer.sql("update tasks set claim_expires = 1 where id = 't_00000001'");
    expect(kindsOf(await home.reaches(asTaskId('t_00000001'), 'ready'))).toContain('reclaimed');
  });

  it('goes on when it deletes a task under its worker, and frees the slot', async (test) => {
    const { home, peer, said } = await together(test, { settings: { max_in_progress: 1 } });
    const doomed = await home.create('waits');
    await until('its worker runs', () => home.starts(doomed) === 1);
    const next = await home.create('quick');
    await peer.remove(doomed);
    home.write('end');
    await home.reaches(next, 'done');
    await until('no slot is taken', async () => {
      const taken = await peer.rows('select run_id from andon_runs where gone_at is null');
      return taken.length === 0;
    });
    expect(said()).not.toContain('could not be');
  });

  it('goes on when it moves a task on under its worker', async (test) => {
    const { home, peer } = await together(test, { settings: { max_in_progress: 1 } });
    const taken = await home.create('waits');
    await until('its worker runs', () => home.starts(taken) === 1);
    await peer.complete(taken);
    const next = await home.create('quick');
    home.write('end');
    await home.reaches(next, 'done');
    // The worker's own answer came too late for a run that is over.
    const { task, runs } = await home.show(taken);
    expect(task).toMatchObject({ status: 'done', current_run_id: null });
    expect(runs.map(({ outcome, summary }) => ({ outcome, summary }))).toEqual([
      { outcome: 'completed', summary: 'done by the peer' },
    ]);
  });

  it('goes on when it writes tables anew, and keeps what it does not know', async (test) => {
    const { home, peer } = await together(test);
    const before = await home.create('quick');
    await home.reaches(before, 'done');
    await peer.sql(`
      alter table tasks add column mood text not null default 'calm';
      create table their_notes (task_id text not null, note text);
      insert into their_notes values ('${before}', 'kept');
      insert into task_events (task_id, kind, created_at) values ('${before}', 'a_kind_of_theirs', 1);
    `);
    const known = kindsOf(await home.show(before));
    await peer.rebuild();
    expect(kindsOf(await home.show(before))).toEqual(known);
    const after = await home.create('quick');
    await home.reaches(after, 'done');
    await home.andon('comment', after, 'Grüße');
    await home.andon('archive', before);
    expect(await peer.rows('select mood, count(*) as n from tasks group by mood')).toEqual([
      { mood: 'calm', n: 2 },
    ]);
    expect(await peer.rows('select note from their_notes')).toEqual([{ note: 'kept' }]);
    // The next process to open the file puts our indexes back.
    const indexes = await peer.rows("select name from sqlite_schema where name like 'andon_events_task'");
    expect(indexes).toHaveLength(1);
  });

  it('reads a status that nobody here knows, and leaves it alone', async (test) => {
    const { home, peer } = await together(test);
    await peer.create('t_00000001', { assignee: 'quick', status: 'parked' });
    await peer.create('t_00000002', { assignee: 'quick', status: 'todo', parents: ['t_00000001'] });
    expect(await home.andon('list')).toMatch(/\? t_00000001 {2}parked/);
    expect(await home.andon('show', 't_00000001')).toContain('parked');
    expect(await home.json('why', 't_00000001')).toMatchObject({ code: 'foreign_status' });
    expect(await home.json('why', 't_00000002')).toMatchObject({ code: 'waits_for_parents' });
    const counts = await home.kernel.counts(defaultBoard, {});
    expect(counts.ok && counts.value.todo).toBe(2);
    const refused = await home.run(['complete', 't_00000001']);
    expect(refused).toMatchObject({ code: 1, err: expect.stringContaining('"parked"') });
    await home.andon('comment', 't_00000001', 'Seen');
    expect(await peer.rows("select status from tasks where id = 't_00000001'")).toEqual([
      { status: 'parked' },
    ]);

    await peer.complete('t_00000001');
    await home.reaches(asTaskId('t_00000002'), 'done');
  });
});
