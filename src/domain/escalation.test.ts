import { describe, expect, it } from 'vitest';
import { type Escalation, type Ladder, ladderWork, ring } from './escalation.ts';
import { asEventId, asMillis, asSeconds, asTaskId } from './ids.ts';
import type { Place } from './place.ts';

const place = (chat_id: string): Place => ({ platform: 'telegram', chat_id, thread_id: '' });
const ladder: Ladder = {
  after: asSeconds(60),
  remind: asSeconds(600),
  owner: place('owner'),
  on_call: place('on call'),
};
const one = asTaskId('t_00000001');
const row = (own: Partial<Escalation> = {}): Escalation => ({
  task_id: one,
  event_id: asEventId(5),
  rung: 0,
  reminders: 0,
  due_at: asMillis(60_000),
  acknowledged_by: null,
  acknowledged_at: null,
  ...own,
});
const waits = { task_id: one, event_id: asEventId(5), since: asMillis(0) };

describe('the ladder', () => {
  it('begins with what has begun to wait, and is due after a while', () => {
    expect(ladderWork([waits], [], ladder, asMillis(1000))).toEqual({
      begin: [row()],
      end: [],
      due: [],
      next_at: 60_000,
    });
    expect(ladderWork([waits], [row()], ladder, asMillis(60_000))).toEqual({
      begin: [],
      end: [],
      due: [row()],
      next_at: null,
    });
  });

  it('is due at once for what has waited too long before anybody looked', () => {
    const work = ladderWork([waits], [], ladder, asMillis(90_000));
    expect(work.due).toEqual(work.begin);
  });

  it('ends with what has moved on, and begins anew with a newer reason', () => {
    expect(ladderWork([], [row()], ladder, asMillis(0))).toMatchObject({ begin: [], end: [one] });
    const again = { ...waits, event_id: asEventId(9), since: asMillis(30_000) };
    expect(ladderWork([again], [row({ rung: 2 })], ladder, asMillis(30_000))).toMatchObject({
      begin: [{ event_id: 9, rung: 0, due_at: 90_000 }],
      end: [one],
    });
  });

  it('leaves alone whom somebody is at', () => {
    const taken = row({ acknowledged_by: 'ana', acknowledged_at: asMillis(1) });
    expect(ladderWork([waits], [taken], ladder, asMillis(99_000))).toEqual({
      begin: [],
      end: [],
      due: [],
      next_at: null,
    });
  });
});

describe('a rung', () => {
  const now = asMillis(60_000);
  const called = (from: Escalation, creators: readonly Place[], own: Partial<Ladder> = {}) =>
    ring(from, creators, { ...ladder, ...own }, now);

  it('is called after the other: the creator, the owner, whoever is on call, and these again', () => {
    const first = called(row(), [place('ana')]);
    expect(first).toEqual({
      after: row({ rung: 1, reminders: 1, due_at: asMillis(120_000) }),
      places: [place('ana')],
    });
    const second = called(first.after, [place('ana')]);
    expect(second).toMatchObject({ after: { rung: 2, reminders: 2 }, places: [place('owner')] });
    const third = called(second.after, [place('ana')]);
    expect(third).toMatchObject({
      after: { rung: 2, reminders: 3, due_at: 660_000 },
      places: [place('on call')],
    });
    expect(called(third.after, [])).toMatchObject({ after: { reminders: 4 }, places: [place('on call')] });
  });

  it('on which nobody is, is passed over', () => {
    expect(called(row(), [])).toMatchObject({ places: [place('owner')], after: { rung: 2 } });
    expect(called(row(), [], { owner: null })).toMatchObject({
      places: [place('on call')],
      after: { rung: 2, due_at: 660_000 },
    });
    expect(called(row({ rung: 2 }), [place('ana')], { owner: null, on_call: null })).toMatchObject({
      places: [place('ana')],
      after: { rung: 0, due_at: 660_000 },
    });
  });

  it('calls nobody when there is nobody, and looks again later', () => {
    expect(called(row(), [], { owner: null, on_call: null })).toEqual({
      after: row({ due_at: asMillis(660_000) }),
      places: [],
    });
  });
});
