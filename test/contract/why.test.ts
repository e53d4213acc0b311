import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { admit } from '../../src/domain/admission.ts';
import { type Budget, budgetScopes } from '../../src/domain/budget.ts';
import { asSeconds, type ProfileName, parseBoardId, type TaskId } from '../../src/domain/ids.ts';
import { slotOf } from '../../src/domain/load.ts';
import type { PauseKey } from '../../src/domain/pause.ts';
import type { Exit } from '../../src/domain/run.ts';
import type { Standing } from '../../src/domain/standing.ts';
import type { Status } from '../../src/domain/task.ts';
import type { Usage } from '../../src/domain/usage.ts';
import { type HomeFacts, type Why, type WhyCode, why } from '../../src/domain/why.ts';
import {
  type Board,
  board,
  exited,
  killed,
  leader,
  openBoard,
  profile,
  startOf,
  startRun,
  value,
} from '../support/board.ts';
import { stores } from '../support/stores.ts';

/**
 * The reason that is given is the true one (issue 3, `why`): on a random board in a random home, whatever a task is said to
 * wait for is removed, and then the task starts or names its next obstacle. No reason is a dead end, and none is false.
 */

const [ada, bob] = [profile('ada'), profile('bob')];
const elsewhere = parseBoardId('elsewhere') ?? board;

const things = [
  'start',
  'answer',
  'crash',
  'rate limit',
  'claim',
  'block',
  'depend',
  'review',
  'schedule',
  'put off',
  'force',
  'hold',
  'park',
  'time goes by',
  'time goes by for long',
  'tire',
  'fail twice',
  'give up',
  'linger',
  'spend',
] as const;

/** What leads to reasons that are seldom met otherwise. */
const rare = ['review', 'hold', 'park', 'tire', 'give up', 'linger', 'spend'] as const;

interface Card {
  readonly assignee: ProfileName | null;
  readonly tenant: string | undefined;
  readonly priority: number;
  readonly parent: number | null;
  readonly max_retries: number | undefined;
  readonly placed: 'usual' | 'blocked' | 'triage';
}

interface Scene {
  readonly cards: readonly Card[];
  readonly happenings: readonly (readonly [(typeof things)[number], number])[];
  readonly pauses: readonly PauseKey[];
  readonly home: {
    readonly slots: number;
    readonly per_board: number | undefined;
    readonly per_profile: number | undefined;
    readonly per_tenant: number | undefined;
    readonly default_assignee: ProfileName | null;
    readonly busyElsewhere: number;
    readonly gateway: boolean;
    readonly hermes: boolean;
    readonly aside: boolean;
    readonly budget: Budget['scope'] | null;
  };
}

const cap = fc.constantFrom(undefined, undefined, 1, 2);
const scenes: fc.Arbitrary<Scene> = fc.record({
  cards: fc.array(
    fc.record<Card>({
      assignee: fc.constantFrom(ada, ada, bob, profile('ghost'), null),
      tenant: fc.constantFrom(undefined, 'acme'),
      priority: fc.integer({ min: 0, max: 2 }),
      parent: fc.option(fc.nat(9), { freq: 2 }),
      max_retries: fc.constantFrom(undefined, 2, 9),
      placed: fc.constantFrom('usual', 'usual', 'usual', 'usual', 'blocked', 'triage'),
    }),
    { minLength: 3, maxLength: 7 },
  ),
  happenings: fc.array(fc.tuple(fc.constantFrom('start', ...things, ...rare, ...rare), fc.nat(9)), {
    maxLength: 14,
  }),
  pauses: fc.subarray<PauseKey>([
    { scope: 'board', name: '' },
    { scope: 'profile', name: 'bob' },
    { scope: 'tenant', name: 'acme' },
  ]),
  home: fc.record({
    slots: fc.integer({ min: 1, max: 4 }),
    per_board: cap,
    per_profile: cap,
    per_tenant: cap,
    default_assignee: fc.constantFrom(null, null, ada),
    busyElsewhere: fc.integer({ min: 0, max: 2 }),
    gateway: fc.constantFrom(true, true, true, false),
    hermes: fc.constantFrom(false, false, false, true),
    aside: fc.constantFrom(false, false, false, true),
    budget: fc.constantFrom(null, null, null, ...budgetScopes),
  }),
});

const plain: Card = {
  assignee: ada,
  tenant: undefined,
  priority: 0,
  parent: null,
  max_retries: undefined,
  placed: 'usual',
};

/** Meets the reasons that chance alone meets too seldom. */
const rarities: Scene = {
  cards: [
    { ...plain, assignee: profile('ghost') },
    plain,
    plain,
    plain,
    plain,
    plain,
    plain,
    { ...plain, parent: 0 },
  ],
  happenings: [
    ['park', 7],
    ['review', 0],
    ['give up', 1],
    ['depend', 2],
    ['tire', 3],
    ['linger', 4],
    ['hold', 5],
    ['start', 6],
    ['answer', 6],
  ],
  pauses: [],
  home: {
    slots: 4,
    per_board: undefined,
    per_profile: undefined,
    per_tenant: undefined,
    default_assignee: null,
    busyElsewhere: 0,
    gateway: true,
    hermes: false,
    aside: false,
    budget: null,
  },
};

/** The same for what a rest, and a rest that is over, keep from starting. */
const weary: Scene = {
  ...rarities,
  cards: [{ ...plain, max_retries: 5 }, plain, plain, plain],
  happenings: [
    ['tire', 1],
    ['time goes by for long', 1],
    ['start', 2],
    ['fail twice', 0],
  ],
};

/** The same for what has no money left. */
const broke: Scene = {
  ...rarities,
  cards: [plain, plain],
  happenings: [['spend', 0]],
  home: { ...rarities.home, budget: 'tree' },
};

const homeOf = ({ home }: Scene): HomeFacts => ({
  limits: {
    max_in_progress: home.slots,
    max_in_progress_per_board: home.per_board,
    max_in_progress_per_profile: home.per_profile,
    max_in_progress_per_tenant: home.per_tenant,
    problems: new Map(),
    profiles: new Map([ada, bob].map((name) => [name, { max_in_progress: undefined }])),
    default_assignee: home.default_assignee,
    dispatch_profiles: null,
    review_dispatch: true,
    host: 'here',
    rate_limit_cooldown: asSeconds(300),
    priority_ageing_minutes: 30,
    board_weights: {},
    budgets:
      home.budget === null
        ? []
        : [{ scope: home.budget, name: null, cost_micros: 1_000_000, tokens: null, warn: 80 }],
  },
  board,
  elsewhere: Array.from({ length: home.busyElsewhere }, () => ({
    board: elsewhere,
    profile: ada,
    tenant: null,
  })),
  rests: [],
  dispatchers: home.gateway ? ['default'] : [],
  hermes: home.hermes ? { pid: 47 } : null,
  aside: home.aside ? 'its tables lack something' : null,
});

const twoDollars: Usage = {
  model: 'one',
  input_tokens: 10,
  output_tokens: 0,
  cache_read_tokens: 0,
  cache_write_tokens: 0,
  reasoning_tokens: 0,
  cost_micros: 2_000_000,
  source: 'agent',
};

/** One board with what was made of it. */
class Story {
  readonly on: Board;
  readonly ids: TaskId[] = [];
  #marks = 0;

  constructor(on: Board) {
    this.on = on;
  }

  async begin({ cards, happenings, pauses }: Scene): Promise<void> {
    const { kernel } = this.on;
    for (const { parent, placed, ...card } of cards) {
      const above = parent === null ? undefined : this.ids[parent % Math.max(1, this.ids.length)];
      this.ids.push(
        await this.on.create('A task', {
          ...card,
          parents: above === undefined ? [] : [above],
          triage: placed === 'triage',
          initial_status: placed === 'blocked' ? 'blocked' : undefined,
        }),
      );
      this.on.clock.advance(1);
    }
    for (const [thing, at] of happenings) {
      const id = this.ids[at % this.ids.length];
      if (id !== undefined) await this.happens(thing, id);
    }
    for (const key of pauses) value(await kernel.pause(board, { ...key, by: 'ada' }));
  }

  /** Lets something happen to a task, if it can. */
  async happens(thing: (typeof things)[number], task_id: TaskId): Promise<void> {
    const { kernel, clock, foreign } = this.on;
    const { task } = value(await kernel.standing(board, { task_id }));
    switch (thing) {
      case 'start':
        return void (await this.start(task_id));
      case 'answer':
        return void (await kernel.complete(board, { task_id, run_id: task.current_run_id ?? undefined }));
      case 'crash':
        return this.die(task_id, killed);
      case 'rate limit':
        return this.die(task_id, exited(75));
      case 'claim':
        return void (await kernel.claim(board, {
          task_id,
          claim_lock: 'there:1',
          ttl_seconds: asSeconds(900),
          workspace_path: null,
        }));
      case 'block':
      case 'depend': {
        const kind = thing === 'block' ? 'needs_input' : 'dependency';
        const run_id = task.current_run_id ?? undefined;
        return void (await kernel.block(board, { task_id, run_id, kind, reason: 'Which?' }));
      }
      case 'review':
        return void (await kernel.requestReview(board, {
          task_id,
          run_id: task.current_run_id ?? undefined,
        }));
      case 'schedule':
        return void (await kernel.schedule(board, { task_id, scheduled_in_seconds: asSeconds(600) }));
      case 'put off':
        return void (await kernel.schedule(board, { task_id }));
      case 'force':
        return void (await kernel.promote(board, { task_id, force: true }));
      case 'hold':
        return foreign(
          `update tasks set claim_lock = 'there:9' where id = '${task_id}' and status = 'ready'`,
        );
      case 'park':
        return foreign(`update tasks set status = 'parked' where id = '${task_id}' and status = 'todo'`);
      case 'time goes by':
        return clock.advance(3);
      case 'time goes by for long':
        return clock.advance(3600);
      case 'tire':
        await this.start(task_id);
        return this.die(task_id, exited(75));
      case 'fail twice':
        for (let time = 0; time < 2; time += 1) {
          await this.start(task_id);
          await this.die(task_id, killed);
        }
        return;
      case 'give up':
        await this.start(task_id);
        return this.die(task_id, exited(0));
      case 'spend': {
        const started = await this.start(task_id);
        if (!started.ok) return;
        const { run_id } = started.value;
        value(await kernel.recordUsage(board, { task_id, run_id, usages: [twoDollars] }));
        return this.die(task_id, killed);
      }
      case 'linger': {
        const started = await this.start(task_id);
        if (!started.ok) return;
        value(await kernel.block(board, { task_id, run_id: started.value.run_id }));
        return void value(await kernel.unblock(board, { task_id }));
      }
    }
  }

  start(id: TaskId) {
    this.#marks += 1;
    return startRun(this.on.kernel, startOf(id, this.on.clock, { mark: `m${this.#marks}` }));
  }

  /** The process tree of a task's run dies, of whichever run. */
  async die(task_id: TaskId, exit: Exit): Promise<void> {
    const runs = value(await this.on.kernel.runs(board, { task_id }));
    for (const { process } of runs) {
      if (process === null || process.gone_at !== null) continue;
      const reap = { run_id: process.run_id, epoch: leader.epoch, exit, stopped: null };
      value(await this.on.kernel.reap(board, { ...reap, failure_limit: undefined }));
    }
  }

  /** Undoes what another program did, and what it kept ours from doing; then the invariants hold again. */
  async end(): Promise<void> {
    await this.on.foreign(`update tasks set status = 'todo' where status = 'parked';
      update tasks set claim_lock = null where status = 'ready'`);
    value(await this.on.kernel.promoteAll(board, { ...leader, failure_limit: undefined }));
    await this.on.close();
  }

  standing = async (task_id: TaskId, budgets: readonly Budget[] = []): Promise<Standing> =>
    value(await this.on.kernel.standing(board, { task_id, budgets }));

  /** Whether the dispatcher's own rule would start this task, were it the only one that waits. */
  async isAdmitted(id: TaskId, home: HomeFacts): Promise<boolean> {
    const { budgets } = home.limits;
    const filter = { assignees: null, unassigned: true, limit: 99, budgets };
    const seen = value(await this.on.kernel.dispatchView(board, filter));
    const waiting = seen.ready.filter(({ task }) => task.id === id);
    const running = [...home.elsewhere, ...seen.processes.map((run) => slotOf(run, board))];
    const queue = { board, pauses: seen.pauses, budgets: seen.budgets, last_start: seen.last_start, waiting };
    const rests = seen.rests.map((rest) => ({ ...rest, board }));
    return admit([queue], { ...home.limits, now: seen.now, rests }, running).start.length === 1;
  }
}

type Remedy = (story: Story, standing: Standing, home: HomeFacts, said: Why) => Promise<HomeFacts>;

/** Leaves the home as it is and does something to the board. */
const onBoard =
  (act: (story: Story, standing: Standing, said: Why) => Promise<unknown>): Remedy =>
  async (story, standing, home, said) => {
    await act(story, standing, said);
    return home;
  };
const raised =
  (limit: 'max_in_progress' | `max_in_progress_per_${'board' | 'profile' | 'tenant'}`): Remedy =>
  async (_, __, home) => ({ ...home, limits: { ...home.limits, [limit]: 99 } });
const unblock = onBoard(({ on }, { task }) => on.kernel.unblock(board, { task_id: task.id }));
const assign = onBoard(async ({ on }, { task }) =>
  value(await on.kernel.assign(board, { task_id: task.id, assignee: ada })),
);

const unpark = ({ on }: Story, id: TaskId) =>
  on.foreign(`update tasks set status = 'todo' where id = '${id}'`);

/** How the cause of each reason is removed, as its sentence says. */
const remedies: Readonly<Partial<Record<WhyCode, Remedy>>> = {
  in_triage: onBoard(async ({ on }, { task }) => value(await on.kernel.specify(board, { task_id: task.id }))),
  scheduled: onBoard(async ({ on }, { task, scheduled_at }) => {
    if (scheduled_at === null) return value(await on.kernel.unblock(board, { task_id: task.id }));
    on.clock.advance(600);
    return value(await on.kernel.wakeScheduled(board, leader));
  }),
  waits_for_parents: onBoard(async (story, _, { ids }) => {
    for (const id of ids) {
      const parent = story.ids.find((known) => known === id);
      if (parent === undefined) throw new Error(`It waits for ${id}, which is no task of the board.`);
      const { task } = await story.standing(parent);
      if (task.foreign_status !== undefined) await unpark(story, parent);
      if (task.status === 'running') {
        const run_id = task.current_run_id ?? undefined;
        value(await story.on.kernel.complete(board, { task_id: parent, run_id }));
      } else value(await story.on.kernel.archive(board, { task_id: parent }));
    }
  }),
  to_be_promoted: onBoard(async ({ on }) =>
    value(await on.kernel.promoteAll(board, { ...leader, failure_limit: undefined })),
  ),
  blocked: unblock,
  gave_up: unblock,
  held: onBoard(({ on }, { task }) => on.kernel.reclaim(board, { task_id: task.id })),
  foreign_status: onBoard((story, { task }) => unpark(story, task.id)),
  unassigned: assign,
  in_review: assign,
  hermes_dispatches: async (_, __, home) => ({ ...home, hermes: null }),
  board_set_aside: async (_, __, home) => ({ ...home, aside: null }),
  no_profile: async (_, { task }, home) => {
    const profiles = new Map([
      ...home.limits.profiles,
      [String(task.assignee), { max_in_progress: undefined }],
    ]);
    return { ...home, limits: { ...home.limits, profiles } };
  },
  no_gateway: async (_, __, home) => ({ ...home, dispatchers: ['default'] }),
  paused: onBoard(async ({ on }, { pauses }, { sentence }) => {
    const found = pauses.find(({ scope, name }) =>
      scope === 'board' ? sentence.startsWith('This board') : sentence.startsWith(`The ${scope} ${name}`),
    );
    if (!found) throw new Error(`No such pause: ${sentence}`);
    return value(await on.kernel.resume(board, found));
  }),
  over_budget: async (_, __, home) => ({ ...home, limits: { ...home.limits, budgets: [] } }),
  resting: onBoard(async ({ on }, standing) => {
    for (const { subject, name } of standing.rests) {
      const scope = subject === 'host' ? 'board' : 'profile';
      value(await on.kernel.resume(board, { scope, name: subject === 'host' ? '' : name }));
    }
  }),
  probing: onBoard(async ({ on }) => {
    for (const { id, current_run_id: run } of value(await on.kernel.list(board, { status: 'running' }))) {
      value(await on.kernel.complete(board, { task_id: id, run_id: run ?? undefined }));
    }
  }),
  process_lingers: onBoard((story, { task }) => story.die(task.id, killed)),
  cooling_down: onBoard(async ({ on }) => on.clock.advance(600)),
  profile_full: raised('max_in_progress_per_profile'),
  tenant_full: raised('max_in_progress_per_tenant'),
  board_full: raised('max_in_progress_per_board'),
  no_slot: raised('max_in_progress'),
};

const settled: readonly Status[] = ['running', 'done', 'archived'];
const counts = new Map<WhyCode, number>();
const stepsAtMost = 16;

/** Removes one cause after the other until the task starts. */
async function freed(story: Story, id: TaskId, given: HomeFacts): Promise<void> {
  let home = given;
  let before = '';
  for (let step = 0; step < stepsAtMost; step += 1) {
    const standing = await story.standing(id, home.limits.budgets);
    const said = why(standing, home);
    counts.set(said.code, (counts.get(said.code) ?? 0) + 1);
    const dispatches = home.dispatchers.length > 0 && home.hermes === null && home.aside === null;
    const admitted = dispatches && (await story.isAdmitted(id, home));
    expect(admitted, `${said.code}: ${said.sentence}`).toBe(said.code === 'starting');
    if (said.code === 'starting') {
      const { task } = standing;
      if (task.assignee === null) await assign(story, standing, home, said);
      return void value(await story.start(id));
    }
    const now = `${said.code} ${said.sentence} ${said.ids.join(' ')}`;
    expect(now).not.toBe(before);
    before = now;
    const remedy = remedies[said.code];
    if (!remedy) throw new Error(`Nothing removes ${said.code}: ${said.next}`);
    home = await remedy(story, standing, home, said);
  }
  throw new Error(`Task ${id} did not start in ${stepsAtMost} steps; the last reason was ${before}`);
}

describe.each(stores.filter(({ name }) => name === 'sqlite'))('why, on $name', (kind) => {
  it('gives the true reason: without it a task starts, or names its next obstacle', {
    timeout: 60_000,
  }, async () => {
    await fc.assert(
      fc.asyncProperty(scenes, fc.nat(9), async (scene, pick) => {
        const story = new Story(openBoard(kind));
        await story.begin(scene);
        const open: TaskId[] = [];
        for (const id of story.ids) {
          const { task } = await story.standing(id);
          const said = why(await story.standing(id), homeOf(scene)).code;
          counts.set(said, (counts.get(said) ?? 0) + (said === task.status ? 1 : 0));
          if (!settled.includes(task.status)) open.push(id);
        }
        try {
          // One may have become the done or archived parent of another.
          for (const id of [...open.slice(pick % 9), ...open].slice(0, 3)) {
            const { status } = (await story.standing(id)).task;
            if (!settled.includes(status)) await freed(story, id, homeOf(scene));
          }
        } finally {
          await story.end();
        }
      }),
      {
        numRuns: 150,
        examples: [
          [rarities, 0],
          [rarities, 3],
          [rarities, 4],
          [weary, 0],
          [weary, 3],
          [broke, 0],
        ],
      },
    );
    const reached = [...counts].sort(([a], [b]) => (a < b ? -1 : 1));
    process.stdout.write(`why: ${reached.map(([code, amount]) => `${code} ${amount}`).join(', ')}\n`);
    for (const code of [...Object.keys(remedies), 'running', 'done', 'starting']) {
      expect(reached.map(([name]) => String(name))).toContain(code);
    }
  });
});
