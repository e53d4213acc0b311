import { describe, expect, it } from 'vitest';
import { factsWith, parentId, taskWith } from '../../../test/support/samples.ts';
import { decide } from '../decide.ts';
import type { Decision, Move } from '../decision.ts';
import { asProfileName } from '../ids.ts';
import type { Task } from '../task.ts';

const ada = asProfileName('ada');
const inTriage = (own: Partial<Task> = {}): Task => taskWith({ status: 'triage', ...own });

function decided(task: Task, move: Move): Decision {
  const result = decide(task, move, factsWith());
  if (!result.ok) throw new Error(result.refusal.sentence);
  return result.value;
}

describe('specifying', () => {
  it('writes what is given, and tells which fields that changed', () => {
    const unassigned = inTriage({ assignee: null });
    expect(decided(unassigned, { verb: 'specify', title: 'New', body: 'How', assignee: ada })).toMatchObject({
      to: 'todo',
      set: { title: 'New', body: 'How', assignee: 'ada' },
      events: [{ kind: 'specified', payload: { changed_fields: ['title', 'body', 'assignee'] } }],
    });
  });
  it('keeps what is not given, and tells of no change where there is none', () => {
    const task = inTriage({ body: 'How', assignee: null });
    expect(decided(task, { verb: 'specify' })).toMatchObject({
      set: { title: 'Count the lines', body: 'How', assignee: null },
      events: [{ kind: 'specified', payload: null }],
    });
  });
  it('may empty the body', () => {
    expect(decided(inTriage({ body: 'How' }), { verb: 'specify', body: '' })).toMatchObject({
      set: { body: '' },
      events: [{ payload: { changed_fields: ['body'] } }],
    });
  });
  it('leaves a task with whoever already has it', () => {
    expect(decided(inTriage(), { verb: 'specify', assignee: ada })).toMatchObject({
      set: { assignee: 'coder' },
      events: [{ payload: null }],
    });
  });
});

describe('decomposing', () => {
  const decompose = (root_assignee: Task['assignee']): Move => ({
    verb: 'decompose',
    root_assignee,
    children: [parentId],
  });
  const failed = inTriage({ consecutive_failures: 2, last_failure_error: 'exit 1' });

  it('gives the root to another with a clean count of failures', () => {
    const decision = decided(failed, decompose(ada));
    expect(decision.to).toBe('todo');
    expect(decision.set).toEqual({ assignee: 'ada', consecutive_failures: 0, last_failure_error: null });
    expect(decision.events).toEqual([
      { kind: 'decomposed', payload: { child_ids: [parentId], root_assignee: 'ada' } },
    ]);
  });
  it('leaves the root, and the count, with whoever has it when nobody else is named', () => {
    for (const named of [null, failed.assignee]) {
      const decision = decided(failed, decompose(named));
      expect(decision.set).toEqual({ assignee: 'coder' });
      expect(decision.events[0]?.payload).toMatchObject({ root_assignee: 'coder' });
    }
  });
});
