import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { parentId, runningTask, taskWith } from '../../test/support/samples.ts';
import { obstacleTo } from './admission.ts';
import { asMillis, asProfileName, asRunId, asSeconds, toSeconds } from './ids.ts';
import { statuses, type Task } from './task.ts';
import type { Standing } from './view.ts';
import { type HomeFacts, type WhyCode, why } from './why.ts';

const now = asMillis(10_000_000);

const standingOf = (own: Partial<Task>, around: Partial<Standing> = {}): Standing => ({
  now,
  task: own.status === 'running' ? runningTask(own) : taskWith(own),
  unsatisfied_parents: [],
  blocked: null,
  lingering: null,
  last_run: null,
  running: 0,
  ahead: 0,
  ...around,
});

const home = (
  own: Partial<HomeFacts['limits']> = {},
  dispatchers: readonly string[] = ['default'],
): HomeFacts => ({
  limits: {
    max_in_progress: 2,
    profiles: new Set(['coder']),
    default_assignee: null,
    rate_limit_cooldown: asSeconds(300),
    ...own,
  },
  dispatchers,
});

const parents = [{ id: parentId, status: 'running' }] as const;
const lingering = { run_id: asRunId(6), pid: 99, ended_at: asMillis(9_990_000) };
const rested = { outcome: 'rate_limited', ended_at: asSeconds(9900) };
const block = (own: Partial<NonNullable<Standing['blocked']>> = {}): Partial<Standing> => ({
  blocked: { reason: 'Which colour?', since: asSeconds(9805), sticky: true, ...own },
});

const cases: readonly [WhyCode, string, Standing, HomeFacts, RegExp][] = [
  ['running', 'for its profile', standingOf({ status: 'running' }), home(), /running for coder\./],
  [
    'running',
    'for nobody here',
    standingOf({ status: 'running', assignee: null }),
    home(),
    /an outside worker/,
  ],
  ['done', '', standingOf({ status: 'done' }), home(), /done/],
  ['archived', '', standingOf({ status: 'archived' }), home(), /archived/],
  ['in_triage', '', standingOf({ status: 'triage' }), home(), /triage/],
  ['scheduled', '', standingOf({ status: 'scheduled' }), home(), /andon unblock t_00000001/],
  ['in_review', '', standingOf({ status: 'review' }), home(), /reviewer/],
  [
    'waits_for_parents',
    '',
    standingOf({ status: 'todo' }, { unsatisfied_parents: parents }),
    home(),
    /t_0000000a \(running\)/,
  ],
  ['to_be_promoted', '', standingOf({ status: 'todo' }), home(), /next pass/],
  ['blocked', 'on purpose', standingOf({ status: 'blocked' }, block()), home(), /3m 15s: Which colour\?/],
  [
    'blocked',
    'without a word',
    standingOf({ status: 'blocked' }, block({ reason: null })),
    home(),
    /without a reason/,
  ],
  ['blocked', 'by nobody knows whom', standingOf({ status: 'blocked' }), home(), /for some time/],
  [
    'blocked',
    'by a clock that runs ahead',
    standingOf({ status: 'blocked' }, block({ since: asSeconds(10_005) })),
    home(),
    /for 0 ms/,
  ],
  [
    'gave_up',
    '',
    standingOf({ status: 'blocked', consecutive_failures: 2 }, block({ sticky: false, reason: 'exit 1' })),
    home(),
    /3m 15s ago: exit 1/,
  ],
  [
    'to_be_promoted',
    'once its failures are forgiven',
    standingOf({ status: 'blocked' }, block({ sticky: false })),
    home(),
    /next pass/,
  ],
  [
    'waits_for_parents',
    'when its failures are forgiven',
    standingOf({ status: 'blocked' }, { ...block({ sticky: false }), unsatisfied_parents: parents }),
    home(),
    /t_0000000a/,
  ],
  ['unassigned', '', standingOf({ assignee: null }), home(), /andon assign t_00000001/],
  [
    'no_profile',
    '',
    standingOf({ assignee: asProfileName('writer') }),
    home(),
    /profiles\/writer\/andon\.yaml/,
  ],
  ['no_gateway', '', standingOf({}), home({}, []), /andon gateway start/],
  [
    'no_gateway',
    'whatever comes after it',
    standingOf({}, { lingering, running: 9 }),
    home({}, []),
    /andon gateway start/,
  ],
  ['process_lingers', '', standingOf({}, { lingering }), home(), /run 6 has not ended/],
  ['cooling_down', '', standingOf({}, { last_run: rested }), home(), /02:50 UTC/],
  ['no_slot', 'as the next', standingOf({}, { running: 2 }), home(), /\(2\/2\).*next to start/],
  ['no_slot', 'behind others', standingOf({}, { running: 3, ahead: 1 }), home(), /\(3\/2\).*before it: 1\./],
  ['starting', '', standingOf({}), home(), /about to start/],
];

describe('why a task does not run', () => {
  it.each(cases)('%s %s', (code, _, standing, facts, words) => {
    const answer = why(standing, facts);
    expect(answer.code).toBe(code);
    expect(`${answer.sentence} ${answer.next}`).toMatch(words);
  });
  it('names the tasks that it waits for', () => {
    expect(why(standingOf({ status: 'todo' }, { unsatisfied_parents: parents }), home()).ids).toEqual([
      't_0000000a',
    ]);
    expect(why(standingOf({}), home()).ids).toEqual([]);
  });
});

describe('wherever a task stands', () => {
  const standing = fc
    .record({
      status: fc.constantFrom(...statuses),
      assignee: fc.constantFrom(asProfileName('coder'), asProfileName('writer'), null),
      consecutive_failures: fc.integer({ min: 0, max: 2 }),
      around: fc.record({
        unsatisfied_parents: fc.constantFrom([], parents),
        blocked: fc.constantFrom(null, block().blocked ?? null, block({ sticky: false }).blocked ?? null),
        lingering: fc.constantFrom(null, lingering),
        last_run: fc.constantFrom(null, rested),
        running: fc.integer({ min: 0, max: 3 }),
        ahead: fc.integer({ min: 0, max: 3 }),
      }),
    })
    .map(({ around, ...own }) => standingOf(own, around));
  const homes = fc
    .tuple(fc.constantFrom(new Set(['coder']), new Set<string>()), fc.constantFrom([], ['default']))
    .map(([profiles, dispatchers]) => home({ profiles }, dispatchers));

  it('two sentences say why and what next', () => {
    fc.assert(
      fc.property(standing, homes, (where, facts) => {
        const answer = why(where, facts);
        expect(answer.sentence).toMatch(/^[A-Z]/);
        expect(answer.next).toMatch(/^[A-Z`].*\.$/);
      }),
    );
  });

  it('a ready task is told the obstacle that the dispatcher meets, and `starting` only when there is none', () => {
    fc.assert(
      fc.property(standing, homes, (where, facts) => {
        fc.pre(where.task.status === 'ready');
        const candidate = { ...where, lingering: where.lingering !== null };
        const limits = { ...facts.limits, now: toSeconds(where.now) };
        const code = obstacleTo(candidate, limits, where.running)?.code ?? 'starting';
        const told = why(where, facts).code;
        const unattended = facts.dispatchers.length === 0 && code !== 'unassigned' && code !== 'no_profile';
        expect(told).toBe(unattended ? 'no_gateway' : code);
      }),
    );
  });
});
