import { describe, expect, it } from 'vitest';
import { factsWith, parentId, runningTask, taskWith } from '../../test/support/samples.ts';
import { decide } from './decide.ts';
import type { Decision, Facts, Move } from './decision.ts';
import type { Refusal } from './errors.ts';
import { asProfileName, asRunId, asSeconds } from './ids.ts';
import type { Task } from './task.ts';

/** What each move writes beside the status; the moves that end a run are in `endings.test.ts`. */

function decided(task: Task, move: Move, facts: Partial<Facts> = {}): Decision {
  const result = decide(task, move, factsWith(facts));
  if (!result.ok) throw new Error(result.refusal.sentence);
  return result.value;
}

function refused(task: Task, move: Move, facts: Partial<Facts> = {}): Refusal {
  const result = decide(task, move, factsWith(facts));
  if (result.ok) throw new Error(`It became ${result.value.to}.`);
  return result.refusal;
}

const writer = asProfileName('writer');
const keep = { do: 'keep' };

describe('promote', () => {
  const promote = (): Move => ({ verb: 'promote' });

  it('tells it and changes no counter', () => {
    const task = taskWith({ status: 'blocked', consecutive_failures: 1, last_failure_error: 'exit 1' });
    expect(decided(task, promote())).toEqual({
      to: 'ready',
      run: keep,
      set: {},
      events: [{ kind: 'promoted', payload: null }],
      satisfies_children: false,
    });
  });
  it("gives an unassigned child its parent's profile, and says so", () => {
    const decision = decided(taskWith({ status: 'todo', assignee: null }), promote(), {
      parent_assignee: writer,
    });
    expect(decision.set).toEqual({ assignee: 'writer' });
    expect(decision.events).toEqual([
      { kind: 'assigned', payload: { assignee: 'writer', source: 'parent' } },
      { kind: 'promoted', payload: null },
    ]);
  });
  it('leaves an assigned child with its own profile', () => {
    expect(decided(taskWith({ status: 'todo' }), promote(), { parent_assignee: writer }).set).toEqual({});
  });
  it('names the parents that it waits for', () => {
    expect(refused(taskWith({ status: 'todo' }), promote(), { waits_for: [parentId] })).toEqual({
      code: 'parents_not_done',
      sentence: 'Task t_00000001 waits for t_0000000a.',
      ids: ['t_00000001', 't_0000000a'],
    });
  });
});

describe('demote', () => {
  it('says why, and for which parent when there is one', () => {
    const task = taskWith();
    expect(decided(task, { verb: 'demote', reason: 'parents_not_done', parent: null }).events).toEqual([
      { kind: 'status', payload: { status: 'todo', reason: 'parents_not_done' } },
    ]);
    expect(decided(task, { verb: 'demote', reason: 'parent_linked', parent: parentId }).events).toEqual([
      { kind: 'status', payload: { status: 'todo', reason: 'parent_linked', parent: parentId } },
    ]);
  });
});

describe('claim', () => {
  const claim: Extract<Move, { verb: 'claim' }> = {
    verb: 'claim',
    opens: asRunId(7),
    lock: 'here:43',
    expires: asSeconds(2900),
    workspace_path: null,
    max_runtime_seconds: 600,
  };

  it('opens a run with its limit and takes the lock', () => {
    expect(decided(taskWith(), claim)).toEqual({
      to: 'running',
      run: { do: 'open', id: 7, max_runtime_seconds: 600 },
      set: {
        claim_lock: 'here:43',
        claim_expires: 2900,
        worker_pid: null,
        last_heartbeat_at: null,
        started_at: 2000,
        workspace_path: null,
      },
      events: [],
      satisfies_children: false,
    });
  });
  it('keeps the time of the first start', () => {
    expect(decided(taskWith({ started_at: asSeconds(1500) }), claim).set.started_at).toBe(1500);
  });
  it('forgets the heartbeat of an earlier run, which would make this one look stale', () => {
    expect(decided(taskWith({ last_heartbeat_at: asSeconds(10) }), claim).set.last_heartbeat_at).toBeNull();
  });
  it('keeps the workspace of the task unless it brings another', () => {
    const task = taskWith({ workspace_path: '/old' });
    expect(decided(task, claim).set.workspace_path).toBe('/old');
    expect(decided(task, { ...claim, workspace_path: '/new' }).set.workspace_path).toBe('/new');
  });
  it('leaves a trace when it is refused for a parent', () => {
    expect(refused(taskWith(), claim, { waits_for: [parentId] }).record).toEqual({
      task_id: 't_00000001',
      run_id: null,
      event: { kind: 'claim_rejected', payload: { reason: 'parents_not_done' } },
    });
  });
  it('names who holds the task, also when it already runs', () => {
    expect(refused(taskWith({ claim_lock: 'there:1' }), claim).sentence).toContain('there:1');
    expect(refused(runningTask(), claim).sentence).toBe(
      'Task t_00000001 is running, claimed by here:42; claim needs it to be ready, review.',
    );
  });
});

describe('heartbeat', () => {
  const beat: Extract<Move, { verb: 'heartbeat' }> = {
    verb: 'heartbeat',
    expires: asSeconds(3000),
    note: null,
  };

  it('without a note is columns, not an event', () => {
    expect(decided(runningTask(), beat)).toEqual({
      to: 'running',
      run: keep,
      set: { claim_expires: 3000, last_heartbeat_at: 2000 },
      events: [],
      satisfies_children: false,
    });
  });
  it('with a note tells it', () => {
    expect(decided(runningTask(), { ...beat, note: 'half way' }).events).toEqual([
      { kind: 'heartbeat', payload: { note: 'half way' } },
    ]);
  });
  it('never shortens a claim', () => {
    const longer = runningTask({ claim_expires: asSeconds(9000) });
    expect(decided(longer, beat).set.claim_expires).toBe(9000);
    expect(decided(runningTask({ claim_expires: null }), beat).set.claim_expires).toBe(3000);
  });
  it('accepts the lock that holds the task', () => {
    expect(decided(runningTask(), { ...beat, lock: 'here:42' }).to).toBe('running');
  });
});

describe('unblock', () => {
  const unblock: Move = { verb: 'unblock' };

  it('forgets the failures, and says nothing more when the task is ready', () => {
    const task = taskWith({ status: 'blocked', consecutive_failures: 2, last_failure_error: 'exit 1' });
    const decision = decided(task, unblock);
    expect(decision.set).toMatchObject({ consecutive_failures: 0, last_failure_error: null });
    expect(decision.events).toEqual([{ kind: 'unblocked', payload: null }]);
    expect(decision.run).toEqual(keep);
  });
  it('says that the task waits again', () => {
    expect(decided(taskWith({ status: 'blocked' }), unblock, { waits_for: [parentId] }).events).toEqual([
      { kind: 'unblocked', payload: { status: 'todo' } },
    ]);
  });
  it('closes a run that was left open', () => {
    const leaked = taskWith({ status: 'blocked', current_run_id: asRunId(7), claim_lock: 'there:1' });
    const decision = decided(leaked, unblock);
    expect(decision.run).toMatchObject({ do: 'close', end: { outcome: 'reclaimed' } });
    expect(decision.set.claim_lock).toBeNull();
  });
});

describe('assign', () => {
  const failed = taskWith({ consecutive_failures: 1, last_failure_error: 'exit 1' });

  it('to another profile starts with a clean count', () => {
    const decision = decided(failed, { verb: 'assign', assignee: writer, source: null });
    expect(decision.set).toEqual({ assignee: 'writer', consecutive_failures: 0, last_failure_error: null });
    expect(decision.events).toEqual([{ kind: 'assigned', payload: { assignee: 'writer' } }]);
  });
  it('to the same profile keeps the count', () => {
    expect(decided(failed, { verb: 'assign', assignee: failed.assignee, source: null }).set).toEqual({});
  });
  it('to nobody is a change too', () => {
    expect(decided(failed, { verb: 'assign', assignee: null, source: null }).set).toMatchObject({
      assignee: null,
      consecutive_failures: 0,
    });
  });
  it('tells what assigned it, when no person did', () => {
    const source = 'kanban.default_assignee';
    expect(
      decided(taskWith({ assignee: null }), { verb: 'assign', assignee: writer, source }).events,
    ).toEqual([{ kind: 'assigned', payload: { assignee: 'writer', source } }]);
  });
  it('while it runs says for whom', () => {
    const move: Move = { verb: 'assign', assignee: writer, source: null };
    expect(refused(runningTask(), move).sentence).toContain('running for coder');
    expect(refused(runningTask({ assignee: null }), move).sentence).toContain('running for nobody');
  });
});

describe('archive', () => {
  it('closes the open run as reclaimed and says that it ran', () => {
    const decision = decided(runningTask(), { verb: 'archive' });
    expect(decision.run).toEqual({
      do: 'close',
      end: { outcome: 'reclaimed', summary: 'Archived while it ran.', error: null, metadata: null },
    });
    expect(decision.events).toEqual([{ kind: 'archived', payload: null }]);
    expect(decision.satisfies_children).toBe(true);
  });
  it('of a task that does not run touches no run', () => {
    expect(decided(taskWith(), { verb: 'archive' }).run).toEqual(keep);
  });
});

describe('the fence', () => {
  const late: Move = { verb: 'block', run_id: asRunId(6), reason: null };

  it('tells a superseded run who holds the task now', () => {
    expect(refused(runningTask(), late)).toEqual({
      code: 'stale_run',
      sentence:
        'Run 6 no longer holds task t_00000001 (run 7 holds it); nothing was changed, so stop working on it.',
      ids: ['t_00000001'],
    });
  });
  it('tells a run whose task has gone on what became of it', () => {
    expect(refused(taskWith({ status: 'done' }), late).sentence).toContain('(the task is done)');
  });
});
