import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { parentId, runningTask, taskWith } from '../../test/support/samples.ts';
import { obstacleTo } from './admission.ts';
import type { BudgetState } from './budget.ts';
import { asMillis, asProfileName, asRunId, asSeconds, defaultBoard, parseBoardId } from './ids.ts';
import { loadOf, slotOf } from './load.ts';
import type { Pause } from './pause.ts';
import type { Rest } from './rest.ts';
import type { Standing } from './standing.ts';
import { statuses, type Task } from './task.ts';
import { type HomeFacts, type WhyCode, why } from './why.ts';

const now = asMillis(10_000_000);

const standingOf = (own: Partial<Task>, around: Partial<Standing> = {}): Standing => ({
  now,
  task: own.status === 'running' ? runningTask(own) : taskWith(own),
  unsatisfied_parents: [],
  blocked: null,
  lingering: null,
  last_run: null,
  slots: [],
  pauses: [],
  rests: [],
  budgets: [],
  ahead: 0,
  scheduled_at: null,
  loop: null,
  ...around,
});

const exceeded = (scope: BudgetState['budget']['scope'], subject: string): BudgetState => ({
  budget: { scope, name: null, cost_micros: 5_000_000, tokens: null, warn: 80 },
  subject,
  spent: { cost_micros: 5_020_000, tokens: 0 },
  level: 'over',
  told: true,
  tasks: null,
});

const coderOnly = new Map([['coder', { max_in_progress: undefined }]]);

const home = (
  own: Partial<HomeFacts['limits']> = {},
  dispatchers: readonly string[] = ['default'],
  hermes: HomeFacts['hermes'] = null,
): HomeFacts => ({
  limits: {
    max_in_progress: 2,
    max_in_progress_per_board: undefined,
    max_in_progress_per_profile: undefined,
    max_in_progress_per_tenant: undefined,
    priority_ageing_minutes: 30,
    board_weights: {},
    profiles: coderOnly,
    problems: new Map(),
    default_assignee: null,
    dispatch_profiles: null,
    review_dispatch: true,
    host: 'here',
    budgets: [],
    rate_limit_cooldown: asSeconds(300),
    ...own,
  },
  board: defaultBoard,
  elsewhere: [],
  rests: [],
  dispatchers,
  hermes,
  aside: null,
});

const underHermes = (pid: number | null) => home({ profiles: new Map() }, [], { pid });

const parents = [{ id: parentId, status: 'running' }] as const;
const lingering = { run_id: asRunId(6), pid: 99, ended_at: asMillis(9_990_000) };
const rested = { profile: null, outcome: 'rate_limited', ended_at: asSeconds(9900), had_process: false };
const rest = (own: Partial<Rest> = {}): Rest => ({
  subject: 'profile',
  name: 'coder',
  kind: 'quota',
  until: asMillis(10_100_000),
  strikes: 1,
  error: 'usage limit reached.',
  task_id: parentId,
  run_id: null,
  since: asMillis(9_000_000),
  ...own,
});
const block = (own: Partial<NonNullable<Standing['blocked']>> = {}): Partial<Standing> => ({
  blocked: { reason: 'Which colour?', since: asSeconds(9805), sticky: true, ...own },
});

const otherBoard = parseBoardId('other') ?? defaultBoard;
const taken = (amount: number): Standing['slots'] =>
  Array.from({ length: amount }, () => ({ profile: asProfileName('coder'), tenant: null, ended_at: null }));
const pause = (own: Partial<Pause> = {}): Pause => ({
  scope: 'board',
  name: '',
  reason: null,
  by: 'ada',
  created_at: asMillis(now - 3_600_000),
  until: null,
  ...own,
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
  [
    'in_triage',
    '',
    standingOf({ status: 'triage' }),
    home(),
    /no specification yet.*andon specify t_00000001/,
  ],
  [
    'in_triage',
    'after a loop',
    standingOf({ status: 'triage' }, { loop: { kind: 'needs_input', recurrences: 2, reason: 'Which?' } }),
    home(),
    /2 times in a row by missing input: Which\?.*andon specify/,
  ],
  [
    'in_triage',
    'after a loop that nobody explained',
    standingOf({ status: 'triage' }, { loop: { kind: 'boredom', recurrences: 2, reason: null } }),
    home(),
    /by boredom, without a reason/,
  ],
  [
    'scheduled',
    'without a time',
    standingOf({ status: 'scheduled' }),
    home(),
    /without a time.*andon unblock t_00000001/,
  ],
  [
    'scheduled',
    'for a time',
    standingOf({ status: 'scheduled' }, { scheduled_at: asMillis(now + 195_000) }),
    home(),
    /for 02:49 UTC \(in 3m 15s\).*wakes by itself/,
  ],
  [
    'scheduled',
    'for a time that has come',
    standingOf({ status: 'scheduled' }, { scheduled_at: now }),
    home(),
    /\(now\)/,
  ],
  [
    'to_be_promoted',
    'after a dependency on nobody',
    standingOf({ status: 'todo', block_kind: 'dependency' }),
    home(),
    /depends on something.*next full pass/,
  ],
  [
    'blocked',
    'by a kind',
    standingOf({ status: 'blocked', block_kind: 'capability' }, block()),
    home(),
    /for 3m 15s by a missing capability: Which colour/,
  ],
  [
    'blocked',
    'by a kind of another program',
    standingOf({ status: 'blocked', block_kind: 'weather' }, block()),
    home(),
    /by weather: Which colour/,
  ],
  ['hermes_dispatches', '', standingOf({}), underHermes(47), /\(pid 47\) dispatches.*as soon as it is gone/],
  [
    'board_set_aside',
    '',
    standingOf({}),
    { ...home(), aside: 'no such column: mark.' },
    /aside: no such column: mark\. It is tried/,
  ],
  ['hermes_dispatches', 'whoever it is', standingOf({}), underHermes(null), /a Hermes gateway dispatches/],
  ['unassigned', 'also under Hermes', standingOf({ assignee: null }), underHermes(47), /andon assign/],
  ['foreign_status', '', standingOf({ status: 'todo', foreign_status: 'parked' }), home(), /"parked"/],
  ['in_review', '', standingOf({ status: 'review', assignee: null }), home(), /reviewer/],
  ['in_review', 'of a person', standingOf({ status: 'review' }), home({ profiles: new Map() }), /reviewer/],
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
    /Define profiles\/writer\/andon\.yaml/,
  ],
  [
    'no_profile',
    'with a profile that has a problem',
    standingOf({ assignee: asProfileName('writer') }),
    home({ problems: new Map([['writer', 'The program claude was not found.']]) }),
    /The program claude was not found\..*Mend profiles\/writer\/andon\.yaml/s,
  ],
  [
    'profile_left_out',
    'whoever dispatches',
    standingOf({}),
    home({ dispatch_profiles: new Set(['writer']) }, []),
    /`coder` is not started here: `dispatch_profiles`/,
  ],
  [
    'review_by_hand',
    '',
    standingOf({ status: 'review' }),
    home({ review_dispatch: false }),
    /`review_dispatch` is off\. A person completes it/,
  ],
  ['no_gateway', '', standingOf({}), home({}, []), /andon gateway start/],
  [
    'no_gateway',
    'whatever comes after it',
    standingOf({}, { lingering, slots: taken(9) }),
    home({}, []),
    /andon gateway start/,
  ],
  ['process_lingers', '', standingOf({}, { lingering }), home(), /an earlier run has not ended/],
  ['cooling_down', '', standingOf({}, { last_run: rested }), home(), /tried again in 3m 20s, at 02:50 UTC/],
  [
    'no_slot',
    'as the next',
    standingOf({}, { slots: taken(2) }),
    home(),
    /\(2\/2\)\. It starts when a run has ended and its turn has come\.$/,
  ],
  [
    'no_slot',
    'behind another',
    standingOf({}, { slots: taken(3), ahead: 1 }),
    home(),
    /\(3\/2\).* One task of this board is more important or older\.$/,
  ],
  [
    'no_slot',
    'behind others',
    standingOf({}, { slots: taken(2), ahead: 7 }),
    home(),
    / 7 tasks of this board/,
  ],
  [
    'no_slot',
    'because of another board',
    standingOf({}),
    { ...home({ max_in_progress: 1 }), elsewhere: [{ board: otherBoard, profile: null, tenant: null }] },
    /\(1\/1\)/,
  ],
  [
    'board_full',
    '',
    standingOf({}, { slots: taken(1) }),
    home({ max_in_progress_per_board: 1 }),
    /This board .*\(1\/1\)\. It starts when a run of this board/,
  ],
  [
    'profile_full',
    '',
    standingOf({}, { slots: taken(1) }),
    home({ max_in_progress_per_profile: 1 }),
    /The profile coder .*\(1\/1\)\. It starts when a run of that profile/,
  ],
  [
    'tenant_full',
    '',
    standingOf({ tenant: 'acme' }, { slots: [{ profile: null, tenant: 'acme', ended_at: null }] }),
    home({ max_in_progress_per_tenant: 1 }),
    /The tenant acme .*\(1\/1\)\. It starts when a run of that tenant/,
  ],
  [
    'paused',
    'as a board, until somebody ends it',
    standingOf({}, { pauses: [pause({ reason: 'The graph is being built' })] }),
    home(),
    /^This board was paused by ada 1h ago: The graph is being built\. `andon resume` ends it\.$/,
  ],
  [
    'paused',
    'as a profile, until its time is over',
    standingOf({}, { pauses: [pause({ scope: 'profile', name: 'coder', until: asMillis(100_000_000) })] }),
    home(),
    /^The profile coder was paused by ada 1h ago\. The pause ends at 1970-01-02 03:46 UTC; `andon resume --profile coder` ends it now\.$/,
  ],
  [
    'over_budget',
    'of a day, which ends by itself',
    standingOf({}, { budgets: [exceeded('day', '1970-01-01')] }),
    home(),
    /^The budget of this board's day 1970-01-01 \(UTC\) is used up: \$5\.02 of \$5\.00\. It starts after midnight UTC; to start it today, raise it under `budgets` in andon\.yaml and restart the gateway\.$/,
  ],
  [
    'over_budget',
    'of its profile',
    standingOf({}, { budgets: [exceeded('profile', 'coder')] }),
    home(),
    /^The budget of the profile coder is used up: .* To let it start, raise it under `budgets`/,
  ],
  [
    'resting',
    'with its profile, for the third time',
    standingOf({}, { rests: [rest({ strikes: 3 })] }),
    home(),
    /^The profile coder rests, for the 3\. time in a row: its provider's quota is used up \(usage limit reached\)\. It is tried again in 1m 40s, at 02:48 UTC; `andon resume --profile coder` tries at once\.$/,
  ],
  [
    'resting',
    'with this machine, which another board met',
    standingOf({}),
    { ...home(), rests: [{ ...rest({ subject: 'host', name: 'here', kind: 'host' }), board: otherBoard }] },
    /^The host here rests: this machine could not start a worker .*; `andon resume` tries at once\.$/,
  ],
  [
    'probing',
    '',
    standingOf({}, { rests: [rest({ until: asMillis(1) })], slots: taken(1) }),
    home(),
    /is being tried again after a rest \(its provider's quota is used up\), with one run at a time/,
  ],
  [
    'cooling_down',
    'after failures',
    standingOf(
      { consecutive_failures: 3, last_failure_error: 'exit 1\nmore' },
      { last_run: { profile: null, outcome: 'crashed', ended_at: asSeconds(9998), had_process: false } },
    ),
    home(),
    /failed 3 times in a row, and rests before the next attempt: exit 1 It is tried again in 6 s/,
  ],
  [
    'cooling_down',
    'after failures that said nothing',
    standingOf(
      { consecutive_failures: 2 },
      { last_run: { profile: null, outcome: 'timed_out', ended_at: asSeconds(9999), had_process: false } },
    ),
    home(),
    /next attempt\. It is tried again in 1 s/,
  ],
  ['held', '', standingOf({ claim_lock: 'there:1' }), home(), /there:1 holds its claim.*andon reclaim/],
  [
    'waits_for_parents',
    'although another program made it ready',
    standingOf({}, { unsatisfied_parents: parents }),
    home(),
    /t_0000000a/,
  ],
  ['starting', 'as a review', standingOf({ status: 'review' }), home(), /about to start/],
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
        slots: fc.integer({ min: 0, max: 3 }).map(taken),
        pauses: fc.constantFrom([], [pause()]),
        budgets: fc.constantFrom([], [], [exceeded('day', '2026-11-26')], [exceeded('profile', 'coder')]),
        ahead: fc.integer({ min: 0, max: 3 }),
      }),
    })
    .map(({ around, ...own }) => standingOf(own, around));
  const homes = fc
    .tuple(
      fc.constantFrom(coderOnly, new Map<string, { max_in_progress: undefined }>()),
      fc.constantFrom([], ['default']),
    )
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
        fc.pre(where.task.status === 'ready' && where.unsatisfied_parents.length === 0);
        const candidate = { ...where, lingering: where.lingering !== null };
        const limits = { ...facts.limits, now: where.now, rests: [] };
        const load = loadOf(where.slots.map((slot) => slotOf(slot, facts.board)));
        const state = { board: facts.board, pauses: where.pauses, budgets: where.budgets };
        const code = obstacleTo(candidate, state, limits, load)?.code ?? 'starting';
        const told = why(where, facts).code;
        const unattended = facts.dispatchers.length === 0 && code !== 'unassigned' && code !== 'no_profile';
        expect(told).toBe(unattended ? 'no_gateway' : code);
      }),
    );
  });
});
