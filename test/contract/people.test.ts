import { describe, expect, it } from 'vitest';
import type { Ladder } from '../../src/domain/escalation.ts';
import { asEpoch, asSeconds } from '../../src/domain/ids.ts';
import type { PeopleFacts } from '../../src/domain/inbox.ts';
import { type Board, board, exited, nobody, openBoard, profile, value } from '../support/board.ts';
import { notifier, notifying } from '../support/notifying.ts';
import { stores } from '../support/stores.ts';

const people: PeopleFacts = { startable: ['coder'], reviewed_by_workers: true, has_default_assignee: false };
const place = (chat_id: string) => ({ platform: 'telegram', chat_id, thread_id: '' });
const ladder: Ladder = {
  after: asSeconds(60),
  remind: asSeconds(600),
  owner: place('owner'),
  on_call: place('on call'),
};

const inbox = async ({ kernel }: Board, facts = people) => value(await kernel.inbox(board, facts));
const block = async ({ kernel }: Board, task_id: Awaited<ReturnType<Board['create']>>, reason: string) =>
  value(await kernel.block(board, { task_id, reason }));

describe.each(stores)('the inbox on $name', (kind) => {
  it('holds what waits for a person, and nothing that a worker gets', async () => {
    const on = openBoard(kind);
    const coder = { assignee: profile('coder') };
    const blocked = await on.create('Blocked', coder);
    await block(on, blocked, 'Which colour?');
    const gaveUp = await on.create('Gave up', { ...coder, max_retries: 1 });
    await on.reap(await on.start(gaveUp), exited(9));
    const review = await on.create('Review', coder);
    value(
      await on.kernel.requestReview(board, {
        task_id: review,
        reviewer: profile('ana'),
        summary: 'Look at it.',
      }),
    );
    const triage = await on.create('Idea', { triage: true });
    const unassigned = await on.create('Nobody');
    const person = await on.create('By hand', { assignee: profile('ana') });
    await on.create('A worker’s', coder);
    await on.create('Waits', { parents: [person] });
    await on.claim(await on.create('Claimed by hand'));
    await on.done(await on.create('Done'));

    const codes = (await inbox(on)).map(({ task_id, code, said }) => [task_id, code, said]);
    expect(codes.toSorted()).toEqual(
      [
        [blocked, 'blocked', 'Which colour?'],
        [gaveUp, 'gave_up', expect.stringContaining('code 9')],
        [review, 'review', 'Look at it.'],
        [triage, 'triage', null],
        [unassigned, 'unassigned', null],
        [person, 'no_profile', null],
      ].toSorted(),
    );
    const kinder = { ...people, startable: ['coder', 'ana'], has_default_assignee: true };
    const left = (await inbox(on, kinder)).map(({ code }) => code);
    expect(left.toSorted()).toEqual(['blocked', 'gave_up', 'triage']);
    expect((await inbox(on, { ...people, startable: [] })).length).toBeGreaterThan(codes.length);
  });

  it('begins with what most waits for, then with the oldest', async () => {
    const on = openBoard(kind);
    const young = await on.create('Young');
    const old = await on.create('Old');
    const key = await on.create('Key');
    const child = await on.create('Child', { parents: [key] });
    await on.create('Grandchild', { parents: [child] });
    on.clock.advance(10);
    await block(on, old, 'first');
    on.clock.advance(10);
    await block(on, young, 'second');
    await block(on, key, 'third');
    expect((await inbox(on)).map(({ task_id, behind }) => [task_id, behind])).toEqual([
      [key, 2],
      [old, 0],
      [young, 0],
    ]);
  });

  it('says who is on it, until it waits for something else', async () => {
    const on = openBoard(kind);
    const id = await on.create('Work');
    await block(on, id, 'Which?');
    value(await on.kernel.acknowledge(board, { task_id: id, by: 'ana' }));
    expect(await inbox(on)).toMatchObject([{ acknowledged_by: 'ana' }]);
    expect((await on.lastEvent(id)).kind).toBe('acknowledged');
    value(await on.kernel.unblock(board, { task_id: id }));
    await block(on, id, 'And now?');
    expect(await inbox(on)).toMatchObject([{ acknowledged_by: null, said: 'And now?' }]);
  });

  it('what waits for nobody cannot be acknowledged', async () => {
    const on = openBoard(kind);
    const id = await on.create('Work');
    await on.done(id);
    await on.refused('wrong_status', () => on.kernel.acknowledge(board, { task_id: id, by: 'ana' }));
    await on.refused('unknown_task', () => on.kernel.acknowledge(board, { task_id: nobody, by: 'ana' }));
  });
});

describe.each(stores)('the ladder on $name', (kind) => {
  const climbing = (on: Board) => {
    const input = { ladder, people };
    const { due, sent } = notifying(on);
    return {
      look: async () => value(await on.kernel.escalations(board, input)),
      climb: async () => value(await on.kernel.escalate(board, { ...notifier, ...input })),
      /** Who is told now, and how often they were. */
      told: async () => {
        const found = (await due({ platforms: ['telegram'], owner: null })).due;
        for (const { id } of found) await sent(id);
        return found.map(({ chat_id, reminder }) => [chat_id, reminder]);
      },
    };
  };

  it('reminds the creator, the owner, whoever is on call, and these again', async () => {
    const on = openBoard(kind);
    const { look, climb, told } = climbing(on);
    const id = await on.create('Work');
    await notifying(on).subscribe(id, place('ana'));
    await block(on, id, 'Which?');
    expect(await look()).toMatchObject({ due: true, next_at: on.clock.now() + 60_000 });
    expect(await climb()).toBe(0);
    expect(await look()).toMatchObject({ due: false, next_at: on.clock.now() + 60_000 });
    const seen: unknown[] = [];
    for (const wait of [60, 60, 60, 600]) {
      on.clock.advance(wait);
      expect((await look()).due).toBe(true);
      expect(await climb()).toBe(1);
      seen.push(...(await told()));
    }
    expect(seen).toEqual([
      ['ana', 1],
      ['owner', 2],
      ['on call', 3],
      ['on call', 4],
    ]);
  });

  it('stops when somebody is on it, when it moved on, and begins anew with the next block', async () => {
    const on = openBoard(kind);
    const { look, climb, told } = climbing(on);
    const id = await on.create('Work');
    await block(on, id, 'Which?');
    await climb();
    value(await on.kernel.acknowledge(board, { task_id: id, by: 'ana' }));
    on.clock.advance(6000);
    expect(await look()).toMatchObject({ due: false, next_at: null });
    value(await on.kernel.unblock(board, { task_id: id }));
    expect((await look()).due).toBe(true);
    await climb();
    expect((await on.dump()).andon_escalations).toEqual([]);
    await block(on, id, 'And now?');
    await climb();
    on.clock.advance(60);
    expect(await climb()).toBe(1);
    expect(await told()).toEqual([['owner', 1]]);
  });

  it('a reminder of what has no subscription any more is sent all the same, and survives a prune', async () => {
    const on = openBoard(kind);
    const { climb, told } = climbing(on);
    const id = await on.create('Work');
    await block(on, id, 'Which?');
    await climb();
    on.clock.advance(60);
    await climb();
    value(await on.kernel.prune(board, { events_older_than: asSeconds(0), logs_older_than: asSeconds(0) }));
    expect(await told()).toEqual([['owner', 1]]);
  });

  it('an old leader writes nothing', async () => {
    const on = openBoard(kind);
    await on.create('Work');
    value(await on.kernel.raiseEpoch(board, { ...notifier, epoch: asEpoch(9) }));
    await on.refused('not_leader', () => on.kernel.escalate(board, { ...notifier, ladder, people }));
  });

  it('a deleted task takes its place on the ladder with it', async () => {
    const on = openBoard(kind);
    const id = await on.create('Work');
    await block(on, id, 'Which?');
    await climbing(on).climb();
    value(await on.kernel.delete(board, { task_id: id }));
    expect((await on.dump()).andon_escalations).toEqual([]);
  });
});
