import { describe, expect, it } from 'vitest';
import { factsWith, parentId, runningTask, taskWith } from '../../../test/support/samples.ts';
import { decide } from '../decide.ts';
import type { Decision, Facts, Move } from '../decision.ts';
import { asMillis, asProfileName, asRunId } from '../ids.ts';
import type { Task } from '../task.ts';

/** What the moves of this folder write beside the status, which is in `decide.test.ts`. */

function decided(task: Task, move: Move, facts: Partial<Facts> = {}): Decision {
  const result = decide(task, move, factsWith(facts));
  if (!result.ok) throw new Error(result.refusal.sentence);
  return result.value;
}

const ada = asProfileName('ada');
const atWork = { run: { id: asRunId(7), has_process: false } } as const;
const inReview = { lane: 'review', implementer: ada } as const;
const kinds = ({ events }: Decision): string[] => events.map(({ kind }) => kind);

describe('a review', () => {
  it('that is asked for keeps what was made as the hand-over', () => {
    const move: Move = { verb: 'request_review', summary: 'Done.\nAll.', reviewer: ada, artifacts: ['/a'] };
    const decision = decided(runningTask(), move, atWork);
    expect(decision).toMatchObject({
      to: 'review',
      run: {
        do: 'close',
        end: { outcome: 'review_requested', summary: 'Done.\nAll.', metadata: { artifacts: ['/a'] } },
      },
      set: { assignee: 'ada', claim_lock: null },
      side: { lane: 'review', implementer: 'coder' },
    });
    expect(decision.events[0]?.payload).toMatchObject({ summary: 'Done.', artifacts: ['/a'] });
  });
  it('that asks for changes gives the task back, and tells where it goes', () => {
    const task = taskWith({ status: 'review' });
    const decision = decided(task, { verb: 'request_changes', reason: 'More.' }, inReview);
    expect(decision).toMatchObject({
      set: { assignee: 'ada' },
      run: { do: 'synthesise', end: { outcome: 'changes_requested', summary: 'More.' } },
      side: { lane: 'work', implementer: null },
    });
    expect(decision.events[0]?.payload).toEqual({
      reason: 'More.',
      implementer: 'ada',
      reviewer: 'coder',
      status: 'ready',
    });
  });
  it('of nobody’s work goes back to nobody, and one that another program asked for to its assignee', () => {
    const task = taskWith({ status: 'review' });
    const reopen: Move = { verb: 'reopen_review', reason: null };
    expect(decided(task, reopen, { lane: 'review' }).set.assignee).toBeNull();
    expect(decided(task, reopen).set.assignee).toBe('coder');
  });
});

describe('promoting by hand', () => {
  const promote = (force: boolean): Move => ({ verb: 'promote_manual', actor: 'zoe', reason: 'Now.', force });

  it('waives parents only where there are open ones', () => {
    const open = { waits_for: [parentId] };
    expect(decided(taskWith({ status: 'todo' }), promote(true), open).side).toEqual({ waived: true });
    expect(decided(taskWith({ status: 'todo' }), promote(true)).side).toBeUndefined();
    expect(decided(taskWith({ status: 'todo' }), promote(false)).events).toEqual([
      { kind: 'promoted_manual', payload: { actor: 'zoe', reason: 'Now.', forced: false } },
    ]);
  });
  it('tells of a review, which its kind does not say', () => {
    const decision = decided(taskWith({ status: 'blocked' }), promote(false), inReview);
    expect(decision.events[0]?.payload).toMatchObject({ status: 'review' });
  });
});

describe('moving a card', () => {
  it('onto its own column does nothing', () => {
    const decision = decided(taskWith(), { verb: 'place', to: 'ready' });
    expect(decision).toMatchObject({ to: 'ready', run: { do: 'keep' }, set: {}, events: [] });
  });
  it('out of done reopens it with a clean count; elsewhere the count stays', () => {
    const failed = { consecutive_failures: 2 };
    const done = decided(taskWith({ status: 'done', ...failed }), { verb: 'place', to: 'ready' });
    expect(done).toMatchObject({ reopens: true, set: { consecutive_failures: 0 } });
    const todo = decided(taskWith({ status: 'blocked', ...failed }), { verb: 'place', to: 'todo' });
    expect(todo.reopens).toBeUndefined();
    expect(todo.set.consecutive_failures).toBeUndefined();
  });
  it('out of review gives it back to whoever did the work', () => {
    const decision = decided(taskWith({ status: 'review' }), { verb: 'place', to: 'todo' }, inReview);
    expect(decision).toMatchObject({ set: { assignee: 'ada' }, side: { lane: 'work' } });
  });
});

describe('taking back', () => {
  const reclaim = (own: Partial<Extract<Move, { verb: 'reclaim' }>> = {}): Move => ({
    verb: 'reclaim',
    reason: null,
    payload: { terminated: true },
    ...own,
  });

  it('closes the run without blame and tells who held it', () => {
    const decision = decided(runningTask({ consecutive_failures: 1 }), reclaim(), atWork);
    expect(decision).toMatchObject({
      run: { do: 'close', end: { outcome: 'reclaimed', error: 'manual_reclaim' } },
      set: { consecutive_failures: 0, last_heartbeat_at: null, claim_lock: null },
    });
    expect(decision.events).toEqual([
      {
        kind: 'reclaimed',
        payload: { manual: true, reason: null, prev_lock: 'here:42', terminated: true },
      },
    ]);
  });
  it('gives it to another, be it nobody, in the same breath', () => {
    const given = decided(runningTask(), reclaim({ reason: 'Stuck.', assignee: ada }), atWork);
    expect(kinds(given)).toEqual(['reclaimed', 'assigned']);
    expect(given.set.assignee).toBe('ada');
    expect(decided(runningTask(), reclaim({ assignee: null }), atWork).set.assignee).toBeNull();
  });
});

describe('editing', () => {
  const edit = (own: Partial<Extract<Move, { verb: 'edit' }>>): Move => ({ verb: 'edit', ...own });

  it('changes what is named and tells that alone', () => {
    expect(decided(taskWith(), edit({}))).toMatchObject({ set: {}, events: [], run: { do: 'keep' } });
    expect(decided(taskWith(), edit({ title: ' New ' }))).toMatchObject({
      set: { title: 'New' },
      events: [{ kind: 'edited', payload: { fields: ['title'] } }],
    });
    expect(decided(taskWith(), edit({ body: '', priority: -1 }))).toMatchObject({
      set: { body: '', priority: -1 },
      events: [{ kind: 'edited' }, { kind: 'reprioritized', payload: { priority: -1 } }],
    });
  });
  it('of a result rewrites the run of a done task, by its summary or else the result', () => {
    const done = taskWith({ status: 'done' });
    expect(decided(done, edit({ result: '42' }))).toMatchObject({
      set: { result: '42' },
      run: { do: 'amend', end: { summary: '42', metadata: null } },
      events: [{ kind: 'edited', payload: { fields: ['result'], result_len: 2, summary: '42' } }],
    });
    const metadata = { n: 1 };
    expect(decided(done, edit({ summary: 'All.', metadata }))).toMatchObject({
      set: {},
      run: { do: 'amend', end: { summary: 'All.', metadata } },
      events: [{ payload: { fields: ['summary', 'metadata'], result_len: 0, summary: 'All.' } }],
    });
    expect(decided(done, edit({ metadata })).run).toMatchObject({ end: { summary: null } });
  });
});

describe('putting off', () => {
  it('tells the time in seconds, and none when there is none', () => {
    const put = (at: Extract<Move, { verb: 'schedule' }>['at']): Decision =>
      decided(taskWith(), { verb: 'schedule', reason: 'Rest.', at });
    expect(put(asMillis(3_000_500))).toMatchObject({
      side: { scheduled_at: 3_000_500 },
      events: [{ kind: 'scheduled', payload: { reason: 'Rest.', at: 3000 } }],
    });
    expect(put(null).events[0]?.payload).toEqual({ reason: 'Rest.' });
  });
});
