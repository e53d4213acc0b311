import { describe, expect, it } from 'vitest';
import { factsWith, moves, parentId, runningTask, taskWith } from '../../test/support/samples.ts';
import { decide } from './decide.ts';
import type { Decision, Facts, Failure, Move } from './decision.ts';
import type { Excuse } from './fault.ts';
import { asMillis, asRunId, asSeconds } from './ids.ts';
import type { Rest } from './rest.ts';
import type { Task } from './task.ts';

function decided(task: Task, move: Move, facts: Partial<Facts> = {}): Decision {
  const result = decide(task, move, factsWith(facts));
  if (!result.ok) throw new Error(result.refusal.sentence);
  return result.value;
}

const released = { claim_lock: null, claim_expires: null, worker_pid: null };

describe('complete', () => {
  const complete = (own: Partial<Extract<Move, { verb: 'complete' }>> = {}): Move => ({
    verb: 'complete',
    result: null,
    summary: null,
    metadata: null,
    verified_cards: [],
    artifacts: [],
    ...own,
  });

  it('closes the run with the whole summary and tells its first line', () => {
    const decision = decided(
      runningTask(),
      complete({ summary: '  Counted.\nIn detail: …', result: '42 lines', metadata: { lines: 42 } }),
    );
    expect(decision.run).toEqual({
      do: 'close',
      end: {
        outcome: 'completed',
        summary: '  Counted.\nIn detail: …',
        error: null,
        metadata: { lines: 42 },
      },
    });
    expect(decision.events).toEqual([{ kind: 'completed', payload: { result_len: 8, summary: 'Counted.' } }]);
    expect(decision.set).toMatchObject({ ...released, completed_at: 2000, result: '42 lines' });
    expect(decision.satisfies_children).toBe(true);
  });
  it('clears failures and their error', () => {
    const task = runningTask({ consecutive_failures: 1, last_failure_error: 'exit 1' });
    expect(decided(task, complete()).set).toMatchObject({
      consecutive_failures: 0,
      last_failure_error: null,
    });
  });
  it('takes the result for a summary that is absent or blank', () => {
    for (const summary of [null, '', ' \n']) {
      const decision = decided(runningTask(), complete({ summary, result: '42 lines' }));
      expect(decision.run).toMatchObject({ end: { summary: '42 lines' } });
      expect(decision.events[0]?.payload).toMatchObject({ summary: '42 lines' });
    }
  });
  it('keeps an earlier result when it brings none', () => {
    expect(decided(runningTask({ result: 'before' }), complete({ summary: 'done' })).set.result).toBe(
      'before',
    );
  });
  it('tells no summary when there are no words, and cuts it at 400 characters', () => {
    expect(decided(runningTask(), complete()).events[0]?.payload).toEqual({ result_len: 0, summary: null });
    const long = decided(runningTask(), complete({ summary: '😀'.repeat(500) }));
    expect(long.events[0]?.payload?.['summary']).toBe('😀'.repeat(400));
  });
  it('tells cards and artifacts only when there are any', () => {
    const payload = decided(runningTask(), complete({ verified_cards: ['t_1'], artifacts: ['/a'] }))
      .events[0];
    expect(payload?.payload).toMatchObject({ verified_cards: ['t_1'], artifacts: ['/a'] });
  });
  it('records a run when none is open and there is something to keep', () => {
    for (const kept of [{ summary: 's' }, { result: 'r' }, { metadata: { a: 1 } }]) {
      expect(decided(taskWith(), complete(kept)).run.do).toBe('synthesise');
    }
    expect(decided(taskWith(), complete()).run.do).toBe('keep');
    expect(decided(taskWith(), complete({ summary: ' ' })).run.do).toBe('keep');
  });
});

describe('block', () => {
  const block = (reason: string | null): Move => ({ verb: 'block', reason });

  it('closes the run with the reason and frees the claim', () => {
    const decision = decided(runningTask({ consecutive_failures: 1 }), block('Which colour?'));
    expect(decision.run).toEqual({
      do: 'close',
      end: { outcome: 'blocked', summary: 'Which colour?', error: null, metadata: null },
    });
    expect(decision.events).toEqual([{ kind: 'blocked', payload: { reason: 'Which colour?' } }]);
    expect(decision.set).toEqual({ ...released, block_kind: null, block_recurrences: 0 });
  });
  it('records a run when none is open and there is a reason', () => {
    expect(decided(taskWith(), block('Wait')).run).toMatchObject({
      do: 'synthesise',
      end: { outcome: 'blocked', summary: 'Wait' },
    });
    expect(decided(taskWith(), block(null)).run.do).toBe('keep');
  });
});

describe('a worker that says it failed', () => {
  it('counts like any other failure, and its run tells what it said', () => {
    const failure = { event: 'failed', error: 'The tests do not pass.', payload: { cause: 'task' } } as const;
    const decision = decided(runningTask(), { verb: 'fail', failure });
    expect(decision.run).toMatchObject({ end: { outcome: 'failed', error: 'The tests do not pass.' } });
    expect(decision.events).toEqual([{ kind: 'failed', payload: { cause: 'task' } }]);
    expect(decision.set.consecutive_failures).toBe(1);
  });
});

describe('a failure', () => {
  const fail = (own: Partial<Failure> = {}): Move => ({
    verb: 'fail',
    failure: { event: 'crashed', error: 'exit 1', payload: { pid: 99 }, ...own },
  });

  it('below the limit counts, keeps its error and frees the claim', () => {
    const decision = decided(runningTask(), fail());
    expect(decision.set).toEqual({
      ...released,
      last_heartbeat_at: null,
      consecutive_failures: 1,
      last_failure_error: 'exit 1',
    });
    expect(decision.events).toEqual([{ kind: 'crashed', payload: { pid: 99 } }]);
    expect(decision.run).toEqual({
      do: 'close',
      end: { outcome: 'crashed', summary: null, error: 'exit 1', metadata: null },
    });
  });
  it('at the limit gives up, and says after how many and whose limit it was', () => {
    const decision = decided(runningTask({ consecutive_failures: 2 }), fail(), {
      limit: { limit: 3, source: 'setting' },
    });
    expect(decision.set.consecutive_failures).toBe(3);
    expect(decision.events).toEqual([
      { kind: 'crashed', payload: { pid: 99 } },
      {
        kind: 'gave_up',
        payload: {
          failures: 3,
          effective_limit: 3,
          limit_source: 'setting',
          error: 'exit 1',
          trigger_outcome: 'crashed',
        },
      },
    ]);
    expect(decision.run).toMatchObject({ end: { outcome: 'crashed' } });
  });
  it('gives a limit of one no second try', () => {
    expect(decided(runningTask(), fail(), { limit: { limit: 1, source: 'task' } }).to).toBe('blocked');
  });
  it('keeps 500 characters of its error', () => {
    const decision = decided(runningTask({ consecutive_failures: 1 }), fail({ error: '😀'.repeat(600) }));
    const kept = '😀'.repeat(500);
    expect(decision.set.last_failure_error).toBe(kept);
    expect(decision.run).toMatchObject({ end: { error: kept } });
    expect(decision.events[1]?.payload?.['error']).toBe(kept);
  });
  it('by time ends the run as timed out', () => {
    const decision = decided(runningTask(), fail({ event: 'timed_out', payload: { limit_seconds: 5 } }));
    expect(decision.run).toMatchObject({ end: { outcome: 'timed_out' } });
    expect(decision.events).toEqual([{ kind: 'timed_out', payload: { limit_seconds: 5 } }]);
  });
  it('to start tells how many there were, and its last run gave up', () => {
    const spawn = fail({ event: 'spawn_failed', error: 'no such file', payload: { error: 'no such file' } });
    const first = decided(runningTask(), spawn);
    expect(first.events).toEqual([{ kind: 'spawn_failed', payload: { error: 'no such file', failures: 1 } }]);
    expect(first.run).toMatchObject({ end: { outcome: 'spawn_failed', metadata: { failures: 1 } } });
    const last = decided(runningTask({ consecutive_failures: 1 }), spawn);
    expect(last.run).toMatchObject({ end: { outcome: 'gave_up', metadata: { failures: 2 } } });
    expect(last.events[1]?.payload?.['trigger_outcome']).toBe('spawn_failed');
  });

  describe('of a worker that ended well without a word', () => {
    const silence = fail({ event: 'protocol_violation', error: 'exit 0', payload: { exit_code: 0 } });

    it('blocks at once, and its run counts as crashed', () => {
      const decision = decided(runningTask(), silence);
      expect(decision.run).toMatchObject({ end: { outcome: 'crashed' } });
      expect(decision.events.map(({ kind }) => kind)).toEqual(['protocol_violation', 'gave_up']);
      expect(decision.events[1]?.payload).toMatchObject({
        failures: 1,
        effective_limit: 1,
        limit_source: 'protocol_violation',
        trigger_outcome: 'crashed',
      });
    });
    it('stays blocked: no full pass promotes it again', () => {
      const facts = { limit: { limit: 3, source: 'setting' } } as const;
      const decision = decided(runningTask(), silence, facts);
      const after = taskWith({ ...decision.set, status: decision.to });
      expect(decide(after, { verb: 'promote' }, factsWith(facts)).ok).toBe(false);
    });
    it('has the retries that the task itself asks for', () => {
      const decision = decided(runningTask(), silence, { limit: { limit: 3, source: 'task' } });
      expect(decision.set.consecutive_failures).toBe(1);
      expect(decision.events).toHaveLength(1);
    });
  });
});

describe('an end that was not the task’s doing', () => {
  const requeue = (kind: Excuse, until: number | null = null): Move => ({
    verb: 'requeue',
    excused: { kind, until: until === null ? null : asMillis(until), error: 'exit 75' },
    payload: { exit_code: 75 },
  });
  const now = 2_000_000;
  const resting = (own: Partial<Rest> = {}): Rest => ({
    subject: 'profile',
    name: 'coder',
    kind: 'quota',
    until: asMillis(now - 1000),
    strikes: 1,
    error: 'before',
    task_id: parentId,
    run_id: null,
    since: asMillis(1_000_000),
    ...own,
  });

  it('costs no attempt, keeps its error, and lets the profile rest', () => {
    const decision = decided(runningTask({ consecutive_failures: 1 }), requeue('rate_limit'));
    expect(decision.set).toEqual({ ...released, last_heartbeat_at: null, last_failure_error: 'exit 75' });
    expect(decision.run).toMatchObject({ do: 'close', end: { outcome: 'rate_limited', error: 'exit 75' } });
    expect(decision.events).toEqual([
      { kind: 'rate_limited', payload: { exit_code: 75, kind: 'rate_limit', error: 'exit 75', until: 2300 } },
    ]);
    expect(decision.rests).toEqual([
      {
        do: 'begin',
        rest: {
          subject: 'profile',
          name: 'coder',
          kind: 'rate_limit',
          until: now + 300_000,
          strikes: 1,
          error: 'exit 75',
          task_id: runningTask().id,
          run_id: 7,
          since: now,
        },
      },
    ]);
  });
  it('rests until the time that the provider named, or for as long as the settings say', () => {
    const until = (move: Move, facts: Partial<Facts> = {}) => {
      const [change] = decided(runningTask(), move, facts).rests ?? [];
      return change?.do === 'begin' ? change.rest.until : undefined;
    };
    expect(until(requeue('quota', now + 7_200_000))).toBe(now + 7_200_000);
    expect(until(requeue('rate_limit'), { cooldown: 10 })).toBe(now + 10_000);
  });
  it('is one more strike when the rest before it is over, and remembers since when', () => {
    const decision = decided(runningTask(), requeue('quota'), { rests: [resting({ strikes: 2 })] });
    expect(decision.rests).toMatchObject([
      { rest: { strikes: 3, since: 1_000_000, until: now + 6 * 3_600_000 } },
    ]);
    const another = decided(runningTask(), requeue('quota'), { rests: [resting({ name: 'writer' })] });
    expect(another.rests).toMatchObject([{ rest: { strikes: 1 } }]);
  });
  it.each(['auth', 'systemic'] as const)('of the kind %s is taken back without blame', (kind) => {
    const decision = decided(runningTask(), requeue(kind));
    expect(decision.run).toMatchObject({ end: { outcome: 'reclaimed', error: 'exit 75' } });
    expect(decision.events).toMatchObject([{ kind: 'reclaimed', payload: { kind } }]);
  });
  it('of a host lets that host rest', () => {
    const run = { id: asRunId(7), has_process: false, host: 'here' };
    const decision = decided(runningTask(), requeue('host'), { run });
    expect(decision.rests).toMatchObject([{ rest: { subject: 'host', name: 'here', until: now + 5000 } }]);
    const gone: Move = Object.assign({ host: 'there' }, requeue('host'));
    expect(decided(runningTask(), gone).rests).toMatchObject([{ rest: { name: 'there' } }]);
    expect(decided(runningTask(), requeue('host'), { run: null }).rests).toBeUndefined();
  });
  it('of a task of nobody lets nobody rest', () => {
    expect(decided(runningTask({ assignee: null }), requeue('quota')).rests).toBeUndefined();
  });
  it('by an interruption says nothing of the task, and lets nobody rest', () => {
    const decision = decided(runningTask(), requeue('interrupted'));
    expect(decision.set).toEqual({ ...released, last_heartbeat_at: null });
    expect(decision.rests).toBeUndefined();
    expect(decision.events[0]?.payload).not.toHaveProperty('until');
  });

  describe('is over with an answer', () => {
    const rests = [
      resting(),
      resting({ name: 'writer' }),
      resting({ subject: 'host', name: 'here' }),
      resting({ subject: 'host', name: 'there' }),
    ];
    const run = { id: asRunId(7), has_process: true, host: 'here' };
    const complete = () => moves.complete;
    const over = (move: Move, facts: Partial<Facts> = { rests, run }) =>
      decided(runningTask(), Object.assign({ run_id: asRunId(7) }, move), facts).rests;

    it('of that profile on that host', () => {
      expect(over(complete())).toEqual([
        { do: 'end', subject: 'profile', name: 'coder' },
        { do: 'end', subject: 'host', name: 'here' },
      ]);
      expect(over({ verb: 'block', reason: 'Which?' })).toHaveLength(2);
      expect(over(complete(), { rests: [], run })).toBeUndefined();
    });
    it('and not with a failure', () => {
      const failure = { event: 'failed', error: 'no', payload: {} } as const;
      expect(over({ verb: 'fail', failure })).toBeUndefined();
    });
  });
});

describe('a run without an answer whose task got a parent meanwhile', () => {
  it.each<[Move, string]>([
    [{ verb: 'fail', failure: { event: 'crashed', error: 'exit 1', payload: { pid: 99 } } }, 'crashed'],
    [{ verb: 'expire', payload: { pid: 99 } }, 'reclaimed'],
  ])('tells that its task waits again', (move, kind) => {
    const decision = decided(runningTask(), move, { waits_for: [parentId] });
    expect(decision.events).toEqual([{ kind, payload: { pid: 99, status: 'todo' } }]);
  });
});

describe('an expired claim', () => {
  const expire: Move = { verb: 'expire', payload: { stale_lock: 'here:42' } };

  it('is reclaimed, names its lock and costs no attempt', () => {
    const decision = decided(runningTask({ consecutive_failures: 1 }), expire);
    expect(decision.run).toMatchObject({
      do: 'close',
      end: { outcome: 'reclaimed', error: 'stale_lock=here:42' },
    });
    expect(decision.set).toEqual({ ...released, last_heartbeat_at: null });
    expect(decision.events).toEqual([{ kind: 'reclaimed', payload: { stale_lock: 'here:42' } }]);
  });
  it('of a worker that was silent for too long says so, and costs no attempt', () => {
    const decision = decided(runningTask(), { verb: 'expire', stale: true, payload: { pid: 99 } });
    expect(decision.run).toMatchObject({ do: 'close', end: { outcome: 'stale' } });
    expect(decision.set).toEqual({ ...released, last_heartbeat_at: null });
    expect(decision.events).toEqual([{ kind: 'stale', payload: { pid: 99 } }]);
  });
  it('of a task whose run another program closed only frees the task', () => {
    const task = runningTask({ current_run_id: null, claim_expires: asSeconds(1) });
    expect(decided(task, expire).run.do).toBe('keep');
  });
});
