import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { taskWith } from '../../test/support/samples.ts';
import {
  type Admission,
  admit,
  agedPriority,
  type BoardQueue,
  closedOn,
  type Limits,
  type Obstacle,
  obstacleTo,
} from './admission.ts';
import type { BudgetState } from './budget.ts';
import {
  asMillis,
  asProfileName,
  asSeconds,
  asTaskId,
  type BoardId,
  defaultBoard,
  type ProfileName,
  parseBoardId,
} from './ids.ts';
import { loadOf, type Slot } from './load.ts';
import type { Pause } from './pause.ts';
import type { Rest } from './rest.ts';
import type { Task } from './task.ts';
import type { ReadyTask } from './view.ts';

const [coder, writer] = [asProfileName('coder'), asProfileName('writer')];
const other = parseBoardId('other') ?? defaultBoard;
const hour = 3_600_000;

const limits: Limits = {
  now: asMillis(10_000_000),
  max_in_progress: 2,
  max_in_progress_per_board: undefined,
  max_in_progress_per_profile: undefined,
  max_in_progress_per_tenant: undefined,
  profiles: new Map([[coder, { max_in_progress: undefined }]]),
  problems: new Map(),
  default_assignee: null,
  dispatch_profiles: null,
  review_dispatch: true,
  host: 'here',
  rests: [],
  budgets: [],
  rate_limit_cooldown: asSeconds(300),
  priority_ageing_minutes: 0,
  board_weights: {},
};
const both = new Map([coder, writer].map((name) => [name, { max_in_progress: undefined }] as const));

let count = 0;
const ready = (own: Partial<Task> = {}, around: Partial<ReadyTask> = {}): ReadyTask => {
  count += 1;
  return {
    task: taskWith({ id: asTaskId(`t_${count.toString(16).padStart(8, '0')}`), ...own }),
    ready_at: limits.now,
    lingering: false,
    last_run: null,
    ...around,
  };
};

const rateLimited = (at: number): ReadyTask['last_run'] => ({
  profile: coder,
  outcome: 'rate_limited',
  ended_at: asSeconds(at),
  had_process: false,
});

const pause = (own: Partial<Pause> = {}): Pause => ({
  scope: 'board',
  name: '',
  reason: null,
  by: 'ada',
  created_at: asMillis(0),
  until: null,
  ...own,
});

const rest = (own: Partial<Rest & { board: BoardId }> = {}): Rest & { board: BoardId } => ({
  board: defaultBoard,
  subject: 'profile',
  name: 'coder',
  kind: 'quota',
  until: asMillis(limits.now + 60_000),
  strikes: 1,
  error: 'usage limit reached',
  task_id: asTaskId('t_00000009'),
  run_id: null,
  since: limits.now,
  ...own,
});

const state = (
  scope: BudgetState['budget']['scope'],
  subject: string,
  own: Partial<BudgetState> = {},
): BudgetState => ({
  budget: { scope, name: null, cost_micros: 5_000_000, tokens: null, warn: 80 },
  subject,
  spent: { cost_micros: 5_000_000, tokens: 0 },
  level: 'over',
  told: true,
  tasks: null,
  ...own,
});

const slot = (own: Partial<Slot> = {}): Slot => ({
  board: defaultBoard,
  profile: coder,
  tenant: null,
  ...own,
});
const queue = (waiting: readonly ReadyTask[], own: Partial<BoardQueue> = {}): BoardQueue => ({
  board: defaultBoard,
  pauses: [],
  budgets: [],
  last_start: null,
  waiting,
  ...own,
});
const obstacle = (
  candidate: ReadyTask,
  own: Partial<Limits> = {},
  running: readonly Slot[] = [],
  pauses: readonly Pause[] = [],
  budgets: readonly BudgetState[] = [],
) => obstacleTo(candidate, { board: defaultBoard, pauses, budgets }, { ...limits, ...own }, loadOf(running));
const started = ({ start }: Admission) => start.map(({ ready: { task } }) => task.id);

describe('a waiting task is kept', () => {
  const full = { running: 1, limit: 1 };
  it.each<[string, ReadyTask, Partial<Limits>, readonly Slot[], Obstacle]>([
    ['without an assignee', ready({ assignee: null }), {}, [], { code: 'unassigned' }],
    [
      'without a reviewer, whoever is the default',
      ready({ assignee: null, status: 'review' }),
      { default_assignee: coder },
      [],
      { code: 'unassigned' },
    ],
    [
      'without such a profile',
      ready({ assignee: writer }),
      {},
      [],
      { code: 'no_profile', profile: writer, problem: null },
    ],
    [
      'with one that has a problem',
      ready({ assignee: writer }),
      { problems: new Map([['writer', 'Its agent is not installed.']]) },
      [],
      { code: 'no_profile', profile: writer, problem: 'Its agent is not installed.' },
    ],
    [
      'by the settings, which name the profiles that are started here',
      ready(),
      { dispatch_profiles: new Set(['writer']) },
      [],
      { code: 'profile_left_out', profile: coder },
    ],
    [
      'by the settings, which leave reviews to people',
      ready({ status: 'review' }),
      { review_dispatch: false },
      [],
      { code: 'review_by_hand' },
    ],
    [
      'by a default that is no profile',
      ready({ assignee: null }),
      { default_assignee: writer },
      [],
      { code: 'no_profile', profile: writer, problem: null },
    ],
    ['by the process of an earlier run', ready({}, { lingering: true }), {}, [], { code: 'process_lingers' }],
    [
      "by the rest after its provider's limit",
      ready({}, { last_run: rateLimited(9900) }),
      {},
      [],
      { code: 'cooling_down', until: asSeconds(10_200), after: 'rate_limit', failures: 0 },
    ],
    [
      'by the rest of its profile, which another board met',
      ready(),
      { rests: [rest({ board: other })] },
      [],
      { code: 'resting', rest: rest({ board: other }) },
    ],
    [
      'by the rest of this host',
      ready(),
      { rests: [rest({ subject: 'host', name: 'here' })] },
      [],
      { code: 'resting', rest: rest({ subject: 'host', name: 'here' }) },
    ],
    [
      'by the one run that tries whether the rest is over',
      ready(),
      { rests: [rest({ until: limits.now })] },
      [slot()],
      { code: 'probing', rest: rest({ until: limits.now }) },
    ],
    [
      'by the one run that tries whether the host does again',
      ready(),
      { rests: [rest({ subject: 'host', name: 'here', until: limits.now })] },
      [slot({ profile: writer })],
      { code: 'probing', rest: rest({ subject: 'host', name: 'here', until: limits.now }) },
    ],
    [
      'by nothing of that when the run has brought its answer, or is on another board',
      ready({ assignee: writer }),
      { rests: [rest({ name: 'writer', until: limits.now })], profiles: both, max_in_progress: 1 },
      [slot({ profile: writer, answered: true }), slot({ profile: writer, board: other })],
      { code: 'no_slot', name: '', running: 2, limit: 1 },
    ],
    ['by full slots', ready(), {}, [slot(), slot()], { code: 'no_slot', name: '', running: 2, limit: 2 }],
    [
      'by slots that another board has',
      ready(),
      {},
      [slot({ board: other }), slot({ board: other, profile: writer })],
      { code: 'no_slot', name: '', running: 2, limit: 2 },
    ],
    [
      "by the board's limit",
      ready(),
      { max_in_progress_per_board: 1 },
      [slot({ profile: writer })],
      { code: 'board_full', name: 'default', ...full },
    ],
    [
      'by the limit of every profile, over all boards',
      ready(),
      { max_in_progress_per_profile: 1 },
      [slot({ board: other })],
      { code: 'profile_full', name: 'coder', ...full },
    ],
    [
      "by its profile's own limit",
      ready(),
      { profiles: new Map([[coder, { max_in_progress: 1 }]]), max_in_progress_per_profile: 9 },
      [slot()],
      { code: 'profile_full', name: 'coder', ...full },
    ],
    [
      "by its tenant's limit",
      ready({ tenant: 'acme' }),
      { max_in_progress_per_tenant: 1 },
      [slot({ tenant: 'acme', profile: writer })],
      { code: 'tenant_full', name: 'acme', ...full },
    ],
  ])('%s', (_, candidate, own, running, expected) => {
    expect(obstacle(candidate, own, running)).toEqual(expected);
  });
  it('by a pause of its board, its profile or its tenant', () => {
    for (const one of [
      pause(),
      pause({ scope: 'profile', name: 'coder' }),
      pause({ scope: 'tenant', name: 'acme' }),
    ]) {
      expect(obstacle(ready({ tenant: 'acme' }), {}, [], [one])).toEqual({ code: 'paused', pause: one });
    }
  });
});

describe('a waiting task starts', () => {
  it('under the default profile when nobody is assigned', () => {
    const open = { ...limits, default_assignee: coder };
    expect(admit([queue([ready({ assignee: null })])], open, []).start).toMatchObject([{ profile: 'coder' }]);
  });
  it('in either lane', () => {
    expect(admit([queue([ready(), ready({ status: 'review' })])], limits, []).start).toHaveLength(2);
  });
  it('once its rest is over, or when there is none', () => {
    expect(obstacle(ready({}, { last_run: rateLimited(9700) }))).toBeNull();
    const restless = { rate_limit_cooldown: asSeconds(0) };
    expect(obstacle(ready({}, { last_run: rateLimited(10_000) }), restless)).toBeNull();
  });
  it('beside the limits of others', () => {
    const tight = {
      max_in_progress_per_board: 1,
      max_in_progress_per_profile: 1,
      max_in_progress_per_tenant: 1,
      profiles: both,
    };
    const taken = slot({ board: other, profile: writer, tenant: 'acme' });
    expect(obstacle(ready(), tight, [taken])).toBeNull();
  });
});

describe('the order', () => {
  const one: Limits = { ...limits, max_in_progress: 1 };
  it('is by priority, then age, then id', () => {
    const young = ready({ created_at: asSeconds(2000) });
    const [old, same] = [ready({ created_at: asSeconds(1000) }), ready({ created_at: asSeconds(1000) })];
    const urgent = ready({ priority: 1, created_at: asSeconds(3000) });
    const many = { ...limits, max_in_progress: 9 };
    const order = started(admit([queue([same, young, urgent, old])], many, []));
    expect(order).toEqual([urgent, old, same, young].map(({ task }) => task.id));
  });
  it('counts waiting as priority, one step for each period since the task became ready', () => {
    const ageing = { ...one, priority_ageing_minutes: 30 };
    const waited = ready({ priority: 0 }, { ready_at: asMillis(limits.now - 2 * hour) });
    const fresh = ready({ priority: 3, created_at: asSeconds(1) });
    expect(agedPriority(waited, ageing)).toBe(4);
    expect(agedPriority(ready({}, { ready_at: asMillis(limits.now + hour) }), ageing)).toBe(0);
    expect(agedPriority(waited, one)).toBe(0);
    expect(started(admit([queue([fresh, waited])], ageing, []))).toEqual([waited.task.id]);
    expect(started(admit([queue([fresh, waited])], one, []))).toEqual([fresh.task.id]);
  });
  it('starves no task: under a stream of more important ones each starts within its bound', () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 9 }), fc.integer({ min: 1, max: 60 }), (priority, minutes) => {
        const low = ready({}, { ready_at: asMillis(0) });
        const next = (step: number) => {
          const now = asMillis(step * minutes * 60_000);
          const fresh = ready({ priority, created_at: asSeconds(0) }, { ready_at: now });
          return started(admit([queue([fresh, low])], { ...one, now, priority_ageing_minutes: minutes }, []));
        };
        let steps = 0;
        while (next(steps)[0] !== low.task.id && steps < 99) steps += 1;
        expect(steps).toBe(priority + 1);
      }),
    );
  });
});

describe('between boards', () => {
  const board = (name: string): BoardId => parseBoardId(name) ?? defaultBoard;
  const tasks = (amount: number, own: Partial<Task> = {}) => Array.from({ length: amount }, () => ready(own));
  const shares = (queues: readonly BoardQueue[], own: Partial<Limits>, running: readonly Slot[] = []) => {
    const { start } = admit(queues, { ...limits, ...own }, running);
    return queues.map((each) => start.filter((one) => one.board === each.board).length);
  };
  const [a, b, c] = [board('a'), board('b'), board('c')];

  it('slots are shared evenly, whatever the priorities', () => {
    const queues = [
      queue(tasks(9, { priority: 9 }), { board: a }),
      queue(tasks(9), { board: b }),
      queue(tasks(1), { board: c }),
    ];
    expect(shares(queues, { max_in_progress: 7 })).toEqual([3, 3, 1]);
  });
  it('what runs already counts, and weights divide it', () => {
    const queues = [queue(tasks(9), { board: a }), queue(tasks(9), { board: b })];
    const three = [slot({ board: a }), slot({ board: a }), slot({ board: a })];
    expect(shares(queues, { max_in_progress: 6 }, three)).toEqual([0, 3]);
    expect(shares(queues, { max_in_progress: 8, board_weights: { a: 3 } })).toEqual([6, 2]);
  });
  it('with a single slot they take turns by their last start', () => {
    const last = (at: number) => ({ last_start: asMillis(at) });
    const queues = [
      queue(tasks(1), { board: a, ...last(50) }),
      queue(tasks(1), { board: b, ...last(40) }),
      queue(tasks(1), { board: c }),
    ];
    expect(shares(queues, { max_in_progress: 1 })).toEqual([0, 0, 1]);
    expect(shares(queues.slice(0, 2), { max_in_progress: 1 })).toEqual([0, 1]);
  });
});

describe('a budget that is used up', () => {
  const candidate = ready();
  const { id } = candidate.task;
  const kept = (state: BudgetState) => obstacle(candidate, {}, [], [], [state]);

  it.each([
    ['task', state('task', id, { tasks: [id] })],
    ['tree', state('tree', 't_00000009', { tasks: [id] })],
    ['profile', state('profile', 'coder')],
    ['board', state('board', 'default')],
    ['day', state('day', '2026-11-26')],
  ])('keeps its %s from starting', (_, exceeded) => {
    expect(kept(exceeded)).toEqual({ code: 'over_budget', state: exceeded });
  });

  it('keeps nothing else, and nothing while it is only near', () => {
    expect(kept(state('profile', 'writer'))).toBeNull();
    expect(kept(state('task', 't_00000009', { tasks: [asTaskId('t_00000009')] }))).toBeNull();
    expect(kept(state('day', '2026-11-26', { level: 'near' }))).toBeNull();
  });

  it('closes its board or its profile, and no board for a task of it', () => {
    const closed = (one: BudgetState) =>
      closedOn(
        { board: defaultBoard, pauses: [], budgets: [one] },
        { ...limits, profiles: both },
        loadOf([]),
      );
    expect(closed(state('day', '2026-11-26')).board).toBe(true);
    expect(closed(state('profile', 'writer'))).toMatchObject({ board: false, profiles: new Set(['writer']) });
    expect(closed(state('task', id, { tasks: [id] }))).toMatchObject({ board: false, profiles: new Set() });
  });
});

describe('what is closed', () => {
  it('is told by pauses and full limits, so that it need not be read', () => {
    const load = loadOf([slot({ tenant: 'acme' })]);
    const pauses = [
      pause({ scope: 'tenant', name: 'late' }),
      pause({ scope: 'profile', name: 'writer' }),
      pause({ scope: 'tenant', name: 'over', until: asMillis(1) }),
    ];
    const tight = { ...limits, profiles: both, max_in_progress_per_tenant: 1 };
    const open = closedOn({ board: defaultBoard, pauses, budgets: [] }, tight, load);
    expect(open.board).toBe(false);
    expect([...open.profiles]).toEqual(['writer']);
    expect([...open.tenants]).toEqual(['acme', 'late']);
    const own = new Map([[coder, { max_in_progress: 1 }]]);
    const capped = closedOn(
      { board: defaultBoard, pauses: [], budgets: [] },
      { ...limits, profiles: own },
      load,
    );
    expect([...capped.profiles]).toEqual(['coder']);
    expect(closedOn({ board: other, pauses: [pause()], budgets: [] }, limits, load).board).toBe(true);
    expect(
      closedOn({ board: other, pauses: [], budgets: [] }, { ...limits, max_in_progress: 1 }, load).board,
    ).toBe(true);
  });
});

describe('whatever waits', () => {
  const cap = fc.option(fc.integer({ min: 1, max: 3 }), { nil: undefined });
  const candidate = fc
    .record({
      assignee: fc.constantFrom(coder, coder, writer, null),
      tenant: fc.constantFrom(null, 'acme', 'late'),
      status: fc.constantFrom('ready', 'review'),
      priority: fc.integer({ min: 0, max: 3 }),
      waited: fc.integer({ min: 0, max: 5 }),
      lingering: fc.boolean(),
      last_run: fc.constantFrom(null, null, rateLimited(9900), rateLimited(9000)),
    })
    .map(({ lingering, last_run, waited, ...own }) =>
      ready(own, { lingering, last_run, ready_at: asMillis(limits.now - waited * hour) }),
    );
  const home = fc
    .record({
      max_in_progress: fc.integer({ min: 1, max: 5 }),
      max_in_progress_per_board: cap,
      max_in_progress_per_profile: cap,
      max_in_progress_per_tenant: cap,
      priority_ageing_minutes: fc.constantFrom(0, 30),
      profiles: fc.constantFrom(
        new Map<ProfileName, { max_in_progress: undefined }>(),
        limits.profiles,
        both,
        new Map([[coder, { max_in_progress: 1 }]]),
      ),
      default_assignee: fc.constantFrom(null, coder, writer),
      dispatch_profiles: fc.constantFrom(null, null, new Set(['coder'])),
      review_dispatch: fc.constantFrom(true, true, false),
      rests: fc.subarray([
        rest({ name: 'writer' }),
        rest({ until: limits.now }),
        rest({ board: other, subject: 'host', name: 'here', until: limits.now }),
        rest({ subject: 'host', name: 'there' }),
      ]),
    })
    .map((own): Limits => ({ ...limits, ...own }));
  const pauses = fc.subarray([
    pause(),
    pause({ scope: 'profile', name: 'writer' }),
    pause({ scope: 'tenant', name: 'late' }),
    pause({ scope: 'tenant', name: 'acme', until: asMillis(1) }),
  ]);
  const queueOf = (board: BoardId) =>
    fc.record({ waiting: fc.array(candidate, { maxLength: 6 }), pauses, exceeded: fc.nat(9) }).map((own) => {
      const [first] = own.waiting;
      const id = first?.task.id ?? asTaskId('t_00000001');
      const one = [
        state('task', id, { tasks: [id] }),
        state('profile', 'writer'),
        state('day', '2026-11-26'),
        state('profile', 'coder', { level: 'near' }),
      ][own.exceeded];
      return queue(own.waiting, { board, pauses: own.pauses, budgets: one === undefined ? [] : [one] });
    });
  const taken = fc
    .record({
      board: fc.constantFrom(defaultBoard, other),
      profile: fc.constantFrom(coder, writer),
      tenant: fc.constantFrom(null, 'acme'),
    })
    .map(slot);
  const asked = fc.tuple(
    fc.tuple(queueOf(defaultBoard), queueOf(other)),
    home,
    fc.array(taken, { maxLength: 3 }),
  );

  interface Case {
    readonly queues: readonly BoardQueue[];
    readonly home: Limits;
    readonly running: readonly Slot[];
  }
  const always = (holds: (admission: Admission, about: Case) => void) =>
    fc.assert(
      fc.property(asked, ([queues, home, running]) =>
        holds(admit(queues, home, running), { queues, home, running }),
      ),
    );
  const loadAfter = ({ start }: Admission, running: readonly Slot[]) =>
    loadOf([
      ...running,
      ...start.map(({ board, profile, ready: { task } }) => ({ board, profile, tenant: task.tenant })),
    ]);

  it('no limit is passed by what starts', () =>
    always((admission, { home, running }) => {
      const [before, load] = [loadOf(running), loadAfter(admission, running)];
      const within = (now: number, was: number, limit: number | undefined) =>
        expect(now).toBeLessThanOrEqual(Math.max(was, limit ?? Number.POSITIVE_INFINITY));
      within(load.home, before.home, home.max_in_progress);
      for (const [name, now] of load.boards) {
        within(now, before.boards.get(name) ?? 0, home.max_in_progress_per_board);
      }
      for (const [name, now] of load.profiles) {
        const own = home.profiles.get(name)?.max_in_progress;
        within(now, before.profiles.get(name) ?? 0, own ?? home.max_in_progress_per_profile);
      }
      for (const [name, now] of load.tenants) {
        within(now, before.tenants.get(name) ?? 0, home.max_in_progress_per_tenant);
      }
    }));

  it('each task either starts or has an obstacle', () =>
    always(({ start, skip }, { queues }) => {
      const all = [...start, ...skip].map(({ ready: { task } }) => task.id);
      const waiting = queues.flatMap((each) => each.waiting).map(({ task }) => task.id);
      expect(all.toSorted()).toEqual(waiting.toSorted());
    }));

  it('the obstacle of a skipped task still stands when all others have started, and nothing more could start', () =>
    always((admission, { queues, home, running }) => {
      const load = loadAfter(admission, running);
      for (const { board, ready: kept } of admission.skip) {
        const state = queues.find((each) => each.board === board) ?? queue([]);
        expect(obstacleTo(kept, state, home, load)).not.toBeNull();
      }
    }));

  it('no task starts before one of its board that is more important and that nothing keeps', () =>
    always(({ start }, { home }) => {
      for (const board of [defaultBoard, other]) {
        const aged = start.filter((one) => one.board === board).map((one) => agedPriority(one.ready, home));
        expect(aged).toEqual(aged.toSorted((a, b) => b - a));
      }
    }));

  it('no board starves: while one has a task that only the home keeps, none with less of its own goes without', () =>
    always((admission, { running }) => {
      const { boards } = loadAfter(admission, running);
      for (const { board, obstacle: met } of admission.skip) {
        if (met.code !== 'no_slot') continue;
        const rivals = admission.start.filter((one) => one.board !== board);
        const ahead = rivals.length === 0 ? 0 : (boards.get(rivals[0]?.board ?? '') ?? 0);
        expect(ahead).toBeLessThanOrEqual((boards.get(board) ?? 0) + 1);
      }
    }));

  it('what is closed holds nothing that could start', () =>
    always((_, { queues, home, running }) => {
      const load = loadOf(running);
      for (const each of queues) {
        const closed = closedOn(each, home, load);
        for (const { task, ...rest } of each.waiting) {
          const profile = task.assignee ?? home.default_assignee ?? '';
          const isShut =
            closed.board || closed.profiles.has(profile) || closed.tenants.has(task.tenant ?? '(none)');
          if (isShut) expect(obstacleTo({ task, ...rest }, each, home, load)).not.toBeNull();
        }
      }
    }));

  it('an obstacle is the true one: without its cause the task starts, or names one that comes later', () => {
    const order: readonly Obstacle['code'][] = [
      'unassigned',
      'review_by_hand',
      'no_profile',
      'profile_left_out',
      'paused',
      'over_budget',
      'resting',
      'probing',
      'process_lingers',
      'cooling_down',
      'profile_full',
      'tenant_full',
      'board_full',
      'no_slot',
    ];
    always(({ skip }, { queues, home, running }) => {
      for (const { board, ready: kept, obstacle: met } of skip) {
        const state = queues.find((each) => each.board === board) ?? queue([]);
        const place = order.indexOf(met.code);
        const freed = withoutCause(kept, state, home, running, met);
        const next = obstacleTo(freed.kept, freed.state, freed.home, loadOf(freed.running));
        // A task may be covered by more than one pause or rest.
        const again = met.code === 'paused' || met.code === 'resting' || met.code === 'probing';
        const later = again ? place : place + 1;
        if (next !== null) expect(order.indexOf(next.code)).toBeGreaterThanOrEqual(later);
      }
    });
  });

  interface Freed {
    readonly kept: ReadyTask;
    readonly state: BoardQueue;
    readonly home: Limits;
    readonly running: readonly Slot[];
  }
  function withoutCause(
    kept: ReadyTask,
    state: BoardQueue,
    home: Limits,
    running: readonly Slot[],
    met: Obstacle,
  ): Freed {
    const same: Freed = { kept, state, home, running };
    switch (met.code) {
      case 'unassigned':
        return { ...same, kept: { ...kept, task: { ...kept.task, assignee: writer } } };
      case 'no_profile': {
        const profiles = new Map([...home.profiles, [met.profile, { max_in_progress: undefined }] as const]);
        return { ...same, home: { ...home, profiles } };
      }
      case 'review_by_hand':
        return { ...same, home: { ...home, review_dispatch: true } };
      case 'profile_left_out':
        return { ...same, home: { ...home, dispatch_profiles: null } };
      case 'paused':
        return { ...same, state: { ...state, pauses: state.pauses.filter((one) => one !== met.pause) } };
      case 'over_budget':
        return { ...same, state: { ...state, budgets: [] } };
      case 'resting':
      case 'probing':
        return { ...same, home: { ...home, rests: home.rests.filter((one) => one !== met.rest) } };
      case 'process_lingers':
        return { ...same, kept: { ...kept, lingering: false } };
      case 'cooling_down':
        return { ...same, home: { ...home, now: asMillis(met.until * 1000) } };
      case 'profile_full':
        return { ...same, running: running.filter(({ profile }) => profile !== met.name) };
      case 'tenant_full':
        return { ...same, running: running.filter(({ tenant }) => tenant !== met.name) };
      case 'board_full':
        return { ...same, running: running.filter((one) => one.board !== met.name) };
      case 'no_slot':
        return { ...same, running: [] };
    }
  }
});
