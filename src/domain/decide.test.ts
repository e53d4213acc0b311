import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { factsWith, moves, parentId, runningTask, taskWith } from '../../test/support/samples.ts';
import { decide, startsFrom } from './decide.ts';
import type { Facts, Failure, Move } from './decision.ts';
import { asMillis, asRunId } from './ids.ts';
import { type Status, statuses, type Task } from './task.ts';

/**
 * The whole state machine, written by hand from contract §4.2: what each verb makes of a task in each status, in each
 * situation that matters to it. A dot is `wrong_status`; any other word is the new status or the code of the refusal.
 */

const silence: Failure = { event: 'protocol_violation', error: 'exit 0', payload: {} };

interface Situation {
  readonly task?: Partial<Task>;
  readonly facts?: Partial<Facts>;
  readonly move?: Partial<Move>;
}

/** What differs from: parents done, work lane, not sticky, no failures, no process, nobody says which run is writing. */
const situations: Readonly<Record<string, Situation>> = {
  usual: {},
  'parent open': { facts: { waits_for: [parentId] } },
  sticky: { facts: { sticky: true } },
  'at the limit': { task: { consecutive_failures: 2 } },
  'one below the limit': { task: { consecutive_failures: 1 } },
  'below, parent open': { task: { consecutive_failures: 1 }, facts: { waits_for: [parentId] } },
  'review lane': { facts: { lane: 'review' } },
  'review lane, parent open': { facts: { lane: 'review', waits_for: [parentId] } },
  'review lane, sticky': { facts: { lane: 'review', sticky: true } },
  'claimed by another': { task: { claim_lock: 'there:1' } },
  'not claimed': { task: { claim_lock: null } },
  'old process alive': { facts: { lingering: true } },
  'right run': { move: { run_id: asRunId(7) } },
  'stale run': { move: { run_id: asRunId(6) } },
  'another lock': { move: { lock: 'there:1' } },
  'process alive': { facts: { run: { id: asRunId(7), has_process: true } } },
  'process alive, right run': {
    facts: { run: { id: asRunId(7), has_process: true } },
    move: { run_id: asRunId(7) },
  },
  'worker of another program': {
    facts: { run: { id: asRunId(7), has_process: false }, held_outside: true },
  },
  'process alive, without its secret': {
    facts: { run: { id: asRunId(7), has_process: true, token_hash: 'abc' } },
    move: { run_id: asRunId(7), proof: 'xyz' },
  },
  'process alive, with its secret': {
    facts: { run: { id: asRunId(7), has_process: true, token_hash: 'abc' } },
    move: { run_id: asRunId(7), proof: 'abc' },
  },
  dependency: { move: { kind: 'dependency' } },
  'dependency, parent open': { move: { kind: 'dependency' }, facts: { waits_for: [parentId] } },
  'dependency again': {
    move: { kind: 'dependency' },
    task: { block_kind: 'dependency', block_recurrences: 1 },
  },
  'dependency again, parent open': {
    move: { kind: 'dependency' },
    task: { block_kind: 'dependency', block_recurrences: 1 },
    facts: { waits_for: [parentId] },
  },
  'a kind': { move: { kind: 'needs_input' } },
  'the same kind again': {
    move: { kind: 'needs_input' },
    task: { block_kind: 'needs_input', block_recurrences: 1 },
  },
  'another kind': {
    move: { kind: 'capability' },
    task: { block_kind: 'needs_input', block_recurrences: 1 },
  },
  'without a kind again': { task: { block_recurrences: 1 } },
  'a time that is past': { move: { at: asMillis(2_000_000) } },
  'without a time': { move: { at: null } },
  forced: { move: { force: true } },
  'forced, parent open': { move: { force: true }, facts: { waits_for: [parentId] } },
  'to ready': { move: { to: 'ready' } },
  'to ready, parent open': { move: { to: 'ready' }, facts: { waits_for: [parentId] } },
  'to triage': { move: { to: 'triage' } },
  'its result': { move: { result: '42' } },
  parked: { move: { parked_by: 'ada' } },
  'no open run': { task: { current_run_id: null }, facts: { run: null } },
  'ended well': { move: { failure: silence } },
  'ended well, own retries': {
    move: { failure: silence },
    facts: { limit: { limit: 3, source: 'task' } },
  },
};

const table = `
verb           | situation                     | triage    | todo      | scheduled | ready     | running   | blocked   | review    | done      | archived
promote        | usual                         | .         | ready     | .         | .         | .         | ready     | .         | .         | .
promote        | parent open                   | .         | parents_not_done | .         | .         | .         | parents_not_done | .         | .         | .
promote        | sticky                        | .         | ready     | .         | .         | .         | .         | .         | .         | .
promote        | at the limit                  | .         | ready     | .         | .         | .         | .         | .         | .         | .
promote        | one below the limit           | .         | ready     | .         | .         | .         | ready     | .         | .         | .
promote        | review lane                   | .         | review    | .         | .         | .         | review    | .         | .         | .
promote        | review lane, sticky           | .         | review    | .         | .         | .         | .         | .         | .         | .
demote         | usual                         | .         | .         | .         | todo      | .         | .         | .         | .         | .
claim          | usual                         | .         | .         | .         | running   | .         | .         | running   | .         | .
claim          | parent open                   | .         | .         | .         | parents_not_done | .         | .         | parents_not_done | .         | .
claim          | claimed by another            | .         | .         | .         | not_claimable | .         | .         | not_claimable | .         | .
claim          | old process alive             | .         | .         | .         | not_claimable | .         | .         | not_claimable | .         | .
claim          | at the limit                  | .         | .         | .         | running   | .         | .         | running   | .         | .
heartbeat      | usual                         | .         | .         | .         | .         | running   | .         | .         | .         | .
heartbeat      | right run                     | stale_run | stale_run | stale_run | stale_run | running   | stale_run | stale_run | stale_run | stale_run
heartbeat      | stale run                     | stale_run | stale_run | stale_run | stale_run | stale_run | stale_run | stale_run | stale_run | stale_run
heartbeat      | another lock                  | .         | .         | .         | .         | stale_run | .         | .         | .         | .
heartbeat      | process alive                 | .         | .         | .         | .         | running   | .         | .         | .         | .
complete       | usual                         | .         | .         | .         | done      | done      | done      | done      | .         | .
complete       | parent open                   | .         | .         | .         | done      | done      | done      | done      | .         | .
complete       | sticky                        | .         | .         | .         | done      | done      | done      | done      | .         | .
complete       | old process alive             | .         | .         | .         | done      | done      | done      | done      | .         | .
complete       | right run                     | stale_run | stale_run | stale_run | stale_run | done      | stale_run | stale_run | stale_run | stale_run
complete       | stale run                     | stale_run | stale_run | stale_run | stale_run | stale_run | stale_run | stale_run | stale_run | stale_run
complete       | process alive                 | .         | .         | .         | done      | worker_alive | done      | done      | .         | .
complete       | worker of another program     | .         | .         | .         | done      | worker_alive | done      | done      | .         | .
complete       | process alive, right run      | stale_run | stale_run | stale_run | stale_run | done      | stale_run | stale_run | stale_run | stale_run
complete       | process alive, without its secret | stale_run | stale_run | stale_run | stale_run | out_of_scope | stale_run | stale_run | stale_run | stale_run
complete       | process alive, with its secret | stale_run | stale_run | stale_run | stale_run | done      | stale_run | stale_run | stale_run | stale_run
block          | usual                         | .         | .         | .         | blocked   | blocked   | .         | .         | .         | .
block          | right run                     | stale_run | stale_run | stale_run | stale_run | blocked   | stale_run | stale_run | stale_run | stale_run
block          | stale run                     | stale_run | stale_run | stale_run | stale_run | stale_run | stale_run | stale_run | stale_run | stale_run
block          | process alive                 | .         | .         | .         | blocked   | worker_alive | .         | .         | .         | .
block          | worker of another program     | .         | .         | .         | blocked   | worker_alive | .         | .         | .         | .
block          | process alive, right run      | stale_run | stale_run | stale_run | stale_run | blocked   | stale_run | stale_run | stale_run | stale_run
block          | a kind                        | .         | .         | .         | blocked   | blocked   | .         | .         | .         | .
block          | the same kind again           | .         | .         | .         | triage    | triage    | .         | .         | .         | .
block          | another kind                  | .         | .         | .         | blocked   | blocked   | .         | .         | .         | .
block          | without a kind again          | .         | .         | .         | blocked   | blocked   | .         | .         | .         | .
block          | dependency                    | .         | .         | .         | todo      | todo      | .         | .         | .         | .
block          | dependency, parent open       | .         | .         | .         | todo      | todo      | .         | .         | .         | .
block          | dependency again              | .         | .         | .         | triage    | triage    | .         | .         | .         | .
block          | dependency again, parent open | .         | .         | .         | todo      | todo      | .         | .         | .         | .
unblock        | usual                         | .         | .         | ready     | .         | .         | ready     | .         | .         | .
unblock        | sticky                        | .         | .         | ready     | .         | .         | ready     | .         | .         | .
unblock        | at the limit                  | .         | .         | ready     | .         | .         | ready     | .         | .         | .
unblock        | parent open                   | .         | .         | todo      | .         | .         | todo      | .         | .         | .
unblock        | review lane                   | .         | .         | review    | .         | .         | review    | .         | .         | .
unblock        | review lane, parent open      | .         | .         | review    | .         | .         | review    | .         | .         | .
schedule       | usual                         | .         | scheduled | scheduled | scheduled | scheduled | scheduled | .         | .         | .
schedule       | without a time                | .         | scheduled | scheduled | scheduled | scheduled | scheduled | .         | .         | .
schedule       | a time that is past           | .         | invalid_input | invalid_input | invalid_input | invalid_input | invalid_input | .         | .         | .
schedule       | parent open                   | .         | scheduled | scheduled | scheduled | scheduled | scheduled | .         | .         | .
schedule       | right run                     | stale_run | stale_run | stale_run | stale_run | scheduled | stale_run | stale_run | stale_run | stale_run
schedule       | stale run                     | stale_run | stale_run | stale_run | stale_run | stale_run | stale_run | stale_run | stale_run | stale_run
schedule       | process alive                 | .         | scheduled | scheduled | scheduled | worker_alive | scheduled | .         | .         | .
schedule       | worker of another program     | .         | scheduled | scheduled | scheduled | worker_alive | scheduled | .         | .         | .
schedule       | process alive, right run      | stale_run | stale_run | stale_run | stale_run | scheduled | stale_run | stale_run | stale_run | stale_run
wake           | usual                         | .         | .         | ready     | .         | .         | .         | .         | .         | .
wake           | parent open                   | .         | .         | todo      | .         | .         | .         | .         | .         | .
wake           | review lane                   | .         | .         | review    | .         | .         | .         | .         | .         | .
wake           | at the limit                  | .         | .         | ready     | .         | .         | .         | .         | .         | .
request_review | usual                         | .         | .         | .         | review    | review    | .         | .         | .         | .
request_review | parent open                   | .         | .         | .         | review    | review    | .         | .         | .         | .
request_review | review lane                   | .         | .         | .         | review    | .         | .         | .         | .         | .
request_review | right run                     | stale_run | stale_run | stale_run | stale_run | review    | stale_run | stale_run | stale_run | stale_run
request_review | stale run                     | stale_run | stale_run | stale_run | stale_run | stale_run | stale_run | stale_run | stale_run | stale_run
request_review | process alive                 | .         | .         | .         | review    | worker_alive | .         | .         | .         | .
request_review | process alive, right run      | stale_run | stale_run | stale_run | stale_run | review    | stale_run | stale_run | stale_run | stale_run
request_changes | usual                         | .         | .         | .         | .         | .         | .         | ready     | .         | .
request_changes | review lane                   | .         | .         | .         | .         | ready     | .         | ready     | .         | .
request_changes | review lane, parent open      | .         | .         | .         | .         | todo      | .         | todo      | .         | .
request_changes | stale run                     | stale_run | stale_run | stale_run | stale_run | stale_run | stale_run | stale_run | stale_run | stale_run
request_changes | process alive                 | .         | .         | .         | .         | worker_alive | .         | ready     | .         | .
reopen_review  | usual                         | .         | .         | .         | .         | .         | .         | ready     | .         | .
reopen_review  | parent open                   | .         | .         | .         | .         | .         | .         | todo      | .         | .
promote_manual | usual                         | ready     | ready     | .         | .         | .         | ready     | .         | .         | .
promote_manual | sticky                        | ready     | ready     | .         | .         | .         | ready     | .         | .         | .
promote_manual | at the limit                  | ready     | ready     | .         | .         | .         | ready     | .         | .         | .
promote_manual | parent open                   | todo      | parents_not_done | .         | .         | .         | parents_not_done | .         | .         | .
promote_manual | forced                        | ready     | ready     | .         | .         | .         | ready     | .         | .         | .
promote_manual | forced, parent open           | ready     | ready     | .         | .         | .         | ready     | .         | .         | .
promote_manual | review lane                   | review    | review    | .         | .         | .         | review    | .         | .         | .
place          | usual                         | todo      | todo      | todo      | todo      | todo      | todo      | todo      | todo      | todo
place          | to triage                     | triage    | triage    | triage    | triage    | triage    | triage    | triage    | triage    | triage
place          | to ready                      | ready     | ready     | ready     | ready     | ready     | ready     | ready     | ready     | ready
place          | to ready, parent open         | parents_not_done | parents_not_done | parents_not_done | ready     | parents_not_done | parents_not_done | parents_not_done | parents_not_done | parents_not_done
place          | process alive                 | todo      | todo      | todo      | todo      | worker_alive | todo      | todo      | todo      | todo
place          | worker of another program     | todo      | todo      | todo      | todo      | worker_alive | todo      | todo      | todo      | todo
place          | review lane                   | todo      | todo      | todo      | todo      | todo      | todo      | todo      | todo      | todo
invalidate     | usual                         | .         | .         | .         | todo      | todo      | .         | todo      | todo      | .
invalidate     | process alive                 | .         | .         | .         | todo      | worker_alive | .         | todo      | todo      | .
invalidate     | worker of another program     | .         | .         | .         | todo      | worker_alive | .         | todo      | todo      | .
reclaim        | usual                         | .         | .         | .         | not_running | ready     | not_running | not_running | .         | .
reclaim        | claimed by another            | .         | .         | .         | ready     | ready     | ready     | ready     | .         | .
reclaim        | no open run                   | .         | .         | .         | not_running | ready     | not_running | not_running | .         | .
reclaim        | parent open                   | .         | .         | .         | not_running | todo      | not_running | not_running | .         | .
reclaim        | review lane                   | .         | .         | .         | not_running | review    | not_running | not_running | .         | .
reclaim        | parked                        | .         | .         | .         | not_running | blocked   | not_running | not_running | .         | .
reclaim        | process alive                 | .         | .         | .         | not_running | worker_alive | not_running | not_running | .         | .
reclaim        | worker of another program     | .         | .         | .         | not_running | worker_alive | not_running | not_running | .         | .
edit           | usual                         | triage    | todo      | scheduled | ready     | running   | blocked   | review    | done      | archived
edit           | process alive                 | triage    | todo      | scheduled | ready     | running   | blocked   | review    | done      | archived
edit           | its result                    | .         | .         | .         | .         | .         | .         | .         | done      | .
assign         | usual                         | triage    | todo      | scheduled | ready     | already_running | blocked   | review    | done      | archived
assign         | not claimed                   | triage    | todo      | scheduled | ready     | running   | blocked   | review    | done      | archived
specify        | usual                         | todo      | .         | .         | .         | .         | .         | .         | .         | .
decompose      | usual                         | todo      | .         | .         | .         | .         | .         | .         | .         | .
archive        | usual                         | archived  | archived  | archived  | archived  | archived  | archived  | archived  | archived  | .
archive        | no open run                   | archived  | archived  | archived  | archived  | archived  | archived  | archived  | archived  | .
archive        | process alive                 | archived  | archived  | archived  | archived  | worker_alive | archived  | archived  | archived  | .
archive        | worker of another program     | archived  | archived  | archived  | archived  | worker_alive | archived  | archived  | archived  | .
archive        | old process alive             | archived  | archived  | archived  | archived  | archived  | archived  | archived  | archived  | .
fail           | usual                         | .         | .         | .         | .         | ready     | .         | .         | .         | .
fail           | parent open                   | .         | .         | .         | .         | todo      | .         | .         | .         | .
fail           | review lane                   | .         | .         | .         | .         | review    | .         | .         | .         | .
fail           | review lane, parent open      | .         | .         | .         | .         | review    | .         | .         | .         | .
fail           | one below the limit           | .         | .         | .         | .         | blocked   | .         | .         | .         | .
fail           | below, parent open            | .         | .         | .         | .         | blocked   | .         | .         | .         | .
fail           | at the limit                  | .         | .         | .         | .         | blocked   | .         | .         | .         | .
fail           | ended well                    | .         | .         | .         | .         | blocked   | .         | .         | .         | .
fail           | ended well, own retries       | .         | .         | .         | .         | ready     | .         | .         | .         | .
fail           | process alive                 | .         | .         | .         | .         | worker_alive | .         | .         | .         | .
fail           | process alive, right run      | stale_run | stale_run | stale_run | stale_run | ready     | stale_run | stale_run | stale_run | stale_run
fail           | process alive, without its secret | stale_run | stale_run | stale_run | stale_run | out_of_scope | stale_run | stale_run | stale_run | stale_run
fail           | process alive, with its secret | stale_run | stale_run | stale_run | stale_run | ready     | stale_run | stale_run | stale_run | stale_run
fail           | stale run                     | stale_run | stale_run | stale_run | stale_run | stale_run | stale_run | stale_run | stale_run | stale_run
fail           | worker of another program     | .         | .         | .         | .         | ready     | .         | .         | .         | .        
fail           | no open run                   | .         | .         | .         | .         | not_running | .         | .         | .         | .
requeue        | usual                         | .         | .         | .         | .         | ready     | .         | .         | .         | .
requeue        | at the limit                  | .         | .         | .         | .         | ready     | .         | .         | .         | .
requeue        | parent open                   | .         | .         | .         | .         | todo      | .         | .         | .         | .
requeue        | review lane                   | .         | .         | .         | .         | review    | .         | .         | .         | .
requeue        | review lane, parent open      | .         | .         | .         | .         | review    | .         | .         | .         | .
requeue        | process alive                 | .         | .         | .         | .         | worker_alive | .         | .         | .         | .
requeue        | process alive, right run      | stale_run | stale_run | stale_run | stale_run | ready     | stale_run | stale_run | stale_run | stale_run
requeue        | no open run                   | .         | .         | .         | .         | not_running | .         | .         | .         | .
expire         | usual                         | .         | .         | .         | .         | ready     | .         | .         | .         | .
expire         | parent open                   | .         | .         | .         | .         | todo      | .         | .         | .         | .
expire         | review lane                   | .         | .         | .         | .         | review    | .         | .         | .         | .
expire         | review lane, parent open      | .         | .         | .         | .         | review    | .         | .         | .         | .
expire         | process alive                 | .         | .         | .         | .         | worker_alive | .         | .         | .         | .
expire         | worker of another program     | .         | .         | .         | .         | ready     | .         | .         | .         | .        
expire         | no open run                   | .         | .         | .         | .         | ready     | .         | .         | .         | .
`;

const rows = table
  .trim()
  .split('\n')
  .map((line) => line.split('|').map((cell) => cell.trim()));

const isVerb = (word: string): word is Move['verb'] => word in moves;

function outcome(verb: string, situation: string, status: Status): string {
  const chosen = situations[situation];
  if (!isVerb(verb) || !chosen) throw new Error(`The table names ${verb} and "${situation}".`);
  const base = status === 'running' ? runningTask() : taskWith({ status });
  const run = status === 'running' ? { id: asRunId(7), has_process: false } : null;
  const only = status === 'running' ? chosen.facts : { ...chosen.facts, run, held_outside: false };
  const move: Move = Object.assign({ ...moves[verb] }, chosen.move);
  const result = decide({ ...base, ...chosen.task }, move, { ...factsWith({ run }), ...only });
  if (result.ok) return result.value.to;
  return result.refusal.code === 'wrong_status' ? '.' : result.refusal.code;
}

describe('the table of status × verb', () => {
  const [head = [], ...cases] = rows;

  it('has every status and every verb', () => {
    expect(head.slice(2)).toEqual(statuses);
    expect([...new Set(cases.map(([verb]) => verb))]).toEqual(Object.keys(moves));
    expect(Object.keys(startsFrom)).toEqual(Object.keys(moves));
  });

  it.each(cases.map(([verb = '', situation = '', ...cells]) => ({ verb, situation, cells })))(
    '$verb, $situation',
    ({ verb, situation, cells }) => {
      expect(statuses.map((status) => outcome(verb, situation, status))).toEqual(cells);
    },
  );
});

describe('whatever is asked in whatever situation', () => {
  const asked = fc.record({
    verb: fc.constantFrom(...Object.keys(moves).filter(isVerb)),
    status: fc.constantFrom(...statuses),
    situations: fc.uniqueArray(fc.constantFrom(...Object.values(situations)), { maxLength: 4 }),
  });

  function decideOn({
    verb,
    status,
    situations: chosen,
  }: typeof asked extends fc.Arbitrary<infer T> ? T : never) {
    const base = status === 'running' ? runningTask() : taskWith({ status });
    const run = base.current_run_id === null ? null : { id: base.current_run_id, has_process: false };
    const task: Task = Object.assign({ ...base }, ...chosen.map((each) => each.task));
    const given: Facts = Object.assign(factsWith({ run }), ...chosen.map((each) => each.facts));
    const facts = {
      ...given,
      run: task.current_run_id === null ? null : given.run,
      held_outside: task.claim_lock !== null && given.held_outside === true,
    };
    const move: Move = Object.assign({ ...moves[verb] }, ...chosen.map((each) => each.move));
    return { task, facts, move, result: decide(task, move, facts) };
  }

  it('a run is closed only where one is open, and nobody leaves `running` without closing it', () => {
    fc.assert(
      fc.property(asked, (question) => {
        const { task, result } = decideOn(question);
        if (!result.ok) return;
        const { to, run } = result.value;
        if (run.do === 'close') expect(task.current_run_id).not.toBeNull();
        if (task.current_run_id !== null && to !== 'running') expect(run.do).toBe('close');
        if (run.do === 'open') expect(to).toBe('running');
      }),
    );
  });

  it('a task that does not run has no claim of the run that ended', () => {
    fc.assert(
      fc.property(asked, (question) => {
        const { result } = decideOn(question);
        if (!result.ok || result.value.run.do !== 'close') return;
        expect(result.value.set).toMatchObject({ claim_lock: null, claim_expires: null, worker_pid: null });
      }),
    );
  });

  it('nobody but its own run frees a task whose process may live', () => {
    fc.assert(
      fc.property(asked, (question) => {
        const { facts, move, result } = decideOn(question);
        const answers = 'run_id' in move && move.run_id !== undefined;
        if (facts.run?.has_process !== true || answers || !result.ok) return;
        expect(result.value.to).toBe('running');
      }),
    );
  });

  it('children hear of it exactly when their parent becomes done or archived', () => {
    fc.assert(
      fc.property(asked, (question) => {
        const { result } = decideOn(question);
        if (!result.ok || ['assign', 'edit'].includes(question.verb)) return;
        expect(result.value.satisfies_children).toBe(['done', 'archived'].includes(result.value.to));
      }),
    );
  });

  it('a refusal says a sentence and names the task', () => {
    fc.assert(
      fc.property(asked, (question) => {
        const { task, result } = decideOn(question);
        if (result.ok) return;
        expect(result.refusal.sentence).toMatch(/^[A-Z].*t_00000001.*\.$/);
        expect(result.refusal.ids).toContain(task.id);
      }),
    );
  });
});

it('a task in a status of another program is moved by nobody here', () => {
  const task = taskWith({ status: 'todo', foreign_status: 'parked' });
  const refused = decide(task, { verb: 'archive' }, factsWith());
  expect(refused).toMatchObject({ ok: false, refusal: { code: 'wrong_status', ids: [task.id] } });
  if (!refused.ok) expect(refused.refusal.sentence).toContain('"parked"');
});
