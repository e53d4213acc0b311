import { describe, expect, it } from 'vitest';
import { runWith, taskWith } from '../../test/support/samples.ts';
import { diagnose } from './diagnostic-rules.ts';
import { type DiagnosticConfig, diagnosticDefaults, type Subject } from './diagnostics.ts';
import type { Event } from './event.ts';
import { asEventId, asRunId, asSeconds } from './ids.ts';
import type { Run } from './run.ts';
import type { Metadata, Task } from './task.ts';

const day = 86_400;
const now = asSeconds(10 * day);
const config: DiagnosticConfig = { ...diagnosticDefaults, failure_threshold: 2, specifies: true };

/** Events `[kind, seconds ago, payload]`, oldest first. */
type Said = readonly [kind: string, ago: number, payload?: Metadata];
const events = (said: readonly Said[]): Event[] =>
  said.map(([kind, ago, payload = null], index) => ({
    id: asEventId(index + 1),
    task_id: taskWith().id,
    run_id: asRunId(3),
    kind,
    payload,
    created_at: asSeconds(now - ago),
  }));
const runs = (...outcomes: (string | null)[]): Run[] =>
  outcomes.map((outcome, index) =>
    runWith({
      id: asRunId(index + 1),
      outcome,
      ended_at: outcome === null ? null : asSeconds(100 + index),
      error: `error ${index}`,
    }),
  );

const ask = (
  own: Partial<Task>,
  said: readonly Said[] = [],
  attempts: readonly Run[] = [],
  more: Partial<DiagnosticConfig> = {},
) => {
  const subject: Subject = {
    task: taskWith({ created_at: asSeconds(now - 60), ...own }),
    events: events(said),
    runs: attempts,
  };
  return diagnose(subject, { ...config, ...more }, now);
};
const kinds = (...given: Parameters<typeof ask>) =>
  ask(...given).map(({ kind, severity }) => [kind, severity]);

it('nothing is said of a task with which nothing is wrong', () => {
  expect(ask({ status: 'running' }, [['created', 60]], runs('completed', null))).toEqual([]);
});

describe('cards and references that do not exist', () => {
  const gate: Said = ['completion_blocked_hallucination', 50, { phantom_cards: ['t_1', 't_2', 7] }];
  const prose: Said = ['suspected_hallucinated_references', 40, { phantom_refs: ['t_3'] }];

  it('a refused completion is told with its cards, times and run until the task is completed or edited', () => {
    expect(ask({ status: 'running' }, [gate, ['completion_blocked_hallucination', 30], gate])).toMatchObject([
      {
        kind: 'hallucinated_cards',
        severity: 'error',
        count: 3,
        first_seen_at: now - 50,
        last_seen_at: now - 50,
        run_id: 3,
        data: { phantom_cards: ['t_1', 't_2'] },
      },
    ]);
    expect(kinds({ status: 'done' }, [gate, ['completed', 20]])).toEqual([]);
    expect(kinds({ status: 'done' }, [gate, ['edited', 20]])).toEqual([]);
    expect(kinds({ status: 'running' }, [['completed', 60], gate])).toEqual([
      ['hallucinated_cards', 'error'],
    ]);
  });

  it('odd references are a warning, settled by the next completion or edit', () => {
    expect(ask({ status: 'done' }, [['completed', 41], prose])).toMatchObject([
      { kind: 'prose_phantom_refs', severity: 'warning', data: { phantom_refs: ['t_3'] } },
    ]);
    expect(kinds({ status: 'done' }, [prose, ['edited', 20]])).toEqual([]);
  });
});

it('a card in triage is told of while nobody specifies by itself', () => {
  expect(kinds({ status: 'triage' }, [], [], { specifies: false })).toEqual([
    ['triage_aux_unavailable', 'warning'],
  ]);
  expect(kinds({ status: 'triage' })).toEqual([]);
  expect(kinds({ status: 'todo' }, [], [], { specifies: false })).toEqual([]);
});

describe('failures', () => {
  it('from the threshold on they are an error, at twice of it critical', () => {
    const failing = (consecutive_failures: number, more: Partial<Task> = {}) =>
      ask(
        { status: 'running', consecutive_failures, ...more },
        [],
        runs('completed', 'crashed', 'timed_out'),
      );
    expect(failing(1)).toEqual([]);
    expect(failing(2, { last_failure_error: 'exit 7' })).toMatchObject([
      {
        kind: 'repeated_failures',
        severity: 'error',
        detail: 'exit 7',
        count: 2,
        first_seen_at: 101,
        last_seen_at: 102,
        run_id: 3,
      },
    ]);
    expect(failing(4)).toMatchObject([{ severity: 'critical', detail: 'No error was recorded.' }]);
    const [blocked] = failing(2, { status: 'blocked' });
    expect(blocked?.actions.map(({ kind }) => kind)).toContain('unblock');
    expect(kinds({ status: 'running', consecutive_failures: 4 }, [], [], { failure_threshold: 5 })).toEqual(
      [],
    );
    for (const outcome of ['spawn_failed', 'gave_up']) {
      const [one] = ask({ status: 'running', consecutive_failures: 2 }, [], runs(outcome, outcome));
      expect(one).toMatchObject({ first_seen_at: 100, last_seen_at: 101 });
    }
    expect(ask({ status: 'running', consecutive_failures: 2 })[0]).toMatchObject({
      first_seen_at: now - 60,
      run_id: null,
    });
  });

  it('crashes in a row are told when the counter does not tell of them', () => {
    const crashed = (amount: number, more: Partial<Task> = {}, last: (string | null)[] = []) =>
      ask({ status: 'running', ...more }, [], runs('completed', ...Array(amount).fill('crashed'), ...last));
    expect(crashed(1)).toEqual([]);
    expect(crashed(2, {}, [null])).toMatchObject([
      {
        kind: 'repeated_crashes',
        severity: 'error',
        detail: 'error 2',
        count: 2,
        first_seen_at: 101,
        last_seen_at: 102,
        data: { run_ids: [2, 3] },
      },
    ]);
    expect(crashed(4)).toMatchObject([{ severity: 'critical' }]);
    expect(crashed(2, {}, ['completed'])).toEqual([]);
    expect(crashed(2, { status: 'archived' })).toEqual([]);
    expect(crashed(2, { consecutive_failures: 2 })).toMatchObject([{ kind: 'repeated_failures' }]);
    const silent = ask({ status: 'running' }, [], [runWith({ error: null }), runWith({ error: null })]);
    expect(silent).toMatchObject([{ detail: 'No error was recorded.' }]);
  });
});

describe('blocks', () => {
  it('a block that nobody has answered for a day is told with its reason', () => {
    const blocked = (...said: Said[]) => ask({ status: 'blocked' }, said);
    expect(blocked(['blocked', day, { reason: 'Which key?' }])).toMatchObject([
      { kind: 'stuck_in_blocked', severity: 'warning', detail: 'Nobody has answered since: Which key?' },
    ]);
    expect(blocked(['gave_up', 2 * day, { error: 'exit 7' }])[0]?.detail).toContain('exit 7');
    expect(blocked(['blocked', day])[0]).toMatchObject({
      detail: 'Nobody has answered since, without a reason.',
      data: { reason: null },
    });
    expect(blocked(['blocked', day - 1])).toEqual([]);
    expect(blocked(['blocked', day], ['commented', 100])).toEqual([]);
    expect(blocked(['blocked', day], ['unblocked', 100])).toEqual([]);
    expect(blocked(['commented', day + 1], ['blocked', day], ['created', 9])).toHaveLength(1);
    expect(blocked()).toEqual([]);
    expect(ask({ status: 'done' }, [['blocked', day]])).toEqual([]);
  });

  it('three times unblocked and blocked again within a day is a circle', () => {
    const cycle = (ago: number): Said[] => [
      ['unblocked', ago],
      ['blocked', ago - 10],
    ];
    const first: Said = ['blocked', 9000];
    const three = [first, ...cycle(8000), ...cycle(6000), ...cycle(4000)];
    expect(ask({ status: 'blocked' }, three)).toMatchObject([
      { kind: 'block_unblock_cycling', severity: 'warning', count: 3, data: { cycles: 3 } },
    ]);
    expect(ask({ status: 'blocked' }, three.slice(0, -2))).toEqual([]);
    expect(kinds({ status: 'running' }, [...cycle(2 * day), ...cycle(8000), ...cycle(6000)])).toEqual([]);
    expect(ask({ status: 'done' }, three)).toEqual([]);
    expect(ask({ status: 'archived' }, three)).toEqual([]);
  });
});

describe('a ready task that nobody starts', () => {
  it.each([
    [1799, undefined],
    [1800, 'warning'],
    [3599, 'warning'],
    [3600, 'error'],
    [10_799, 'error'],
    [10_800, 'critical'],
  ])('after %i seconds: %s', (ago, severity) => {
    const [found] = ask({ status: 'ready' }, [
      ['created', day],
      ['promoted', ago],
      ['commented', 5],
    ]);
    expect(found?.severity).toBe(severity);
  });

  it('counts from when it became ready, or else from its creation', () => {
    expect(
      ask({ status: 'ready' }, [
        ['created', 9000],
        ['crashed', 100],
      ]),
    ).toEqual([]);
    expect(ask({ status: 'ready', created_at: asSeconds(now - 2000) })).toMatchObject([
      { kind: 'stranded_in_ready', first_seen_at: now - 2000, last_seen_at: now },
    ]);
  });

  it('is nobody’s fault when it is assigned to nobody, or claimed', () => {
    expect(ask({ status: 'ready', assignee: null }, [['created', day]])).toEqual([]);
    expect(ask({ status: 'ready', claim_lock: 'h:1' }, [['created', day]])).toEqual([]);
  });
});

it('the worst comes first, then the newest', () => {
  const found = ask(
    { status: 'blocked', consecutive_failures: 4 },
    [
      ['suspected_hallucinated_references', 3 * day],
      ['completion_blocked_hallucination', 3 * day],
      ['blocked', 2 * day],
    ],
    runs('crashed', 'crashed'),
  );
  expect(found.map(({ kind }) => kind)).toEqual([
    'repeated_failures',
    'hallucinated_cards',
    'stuck_in_blocked',
    'prose_phantom_refs',
  ]);
});

it('a rule that fails is passed over, and the others are asked', () => {
  const [broken] = events([['suspected_hallucinated_references', 5]]);
  if (!broken) throw new Error('There is one.');
  Object.defineProperty(broken, 'payload', {
    get: () => {
      throw new Error('unreadable');
    },
  });
  const subject = { task: taskWith({ status: 'triage' }), events: [broken], runs: [] };
  expect(diagnose(subject, { ...config, specifies: false }, now).map(({ kind }) => kind)).toEqual([
    'triage_aux_unavailable',
  ]);
});
