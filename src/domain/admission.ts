import { type Budget, type BudgetState, exceededOn } from './budget.ts';
import { type Cooldown, cooldownOf } from './cooldown.ts';
import { asProfileName, type BoardId, type Millis, type ProfileName, type Seconds, toMillis } from './ids.ts';
import { type Load, loadOf, openOn, type Slot } from './load.ts';
import { type Pause, pauseOn } from './pause.ts';
import type { Rest } from './rest.ts';
import type { ReadyTask } from './view.ts';

/**
 * Which waiting tasks start now: one pure function for the dispatcher, for `why` and for the dry run. The order of the
 * obstacles is that of `judge`; which limit applies is said by `fullLimit` alone.
 */

/** What a home allows to run. A limit that is not set is `undefined`. */
export interface Limits {
  readonly now: Millis;
  /** Runs that may live at once, over all boards. */
  readonly max_in_progress: number;
  readonly max_in_progress_per_board: number | undefined;
  readonly max_in_progress_per_profile: number | undefined;
  readonly max_in_progress_per_tenant: number | undefined;
  /** Profiles for which a worker can be started; a limit of their own wins over the general one. */
  readonly profiles: ReadonlyMap<string, { readonly max_in_progress: number | undefined }>;
  /** Why no worker can be started for the others that there are, one sentence each. */
  readonly problems: ReadonlyMap<string, string>;
  /** The only profiles that are started here; `null` for all of them. */
  readonly dispatch_profiles: ReadonlySet<string> | null;
  /** Whether reviewers are started; otherwise reviews wait for people. */
  readonly review_dispatch: boolean;
  /** Who gets a ready task that nobody is assigned to. */
  readonly default_assignee: ProfileName | null;
  /** What rests, on any board, or is being tried again. */
  readonly rests: readonly BoardRest[];
  /** The machine on which workers are started. */
  readonly host: string;
  /** How long a task rests after a rate limit that another program met (contract §5.7). */
  readonly rate_limit_cooldown: Seconds;
  /** After each such wait a task counts as one more important; 0 never. */
  readonly priority_ageing_minutes: number;
  /** A board's share of the slots when several wait; 1 unless said. */
  readonly board_weights: Readonly<Record<string, number>>;
  /** What may be spent; its boards tell what is left of it. */
  readonly budgets: readonly Budget[];
}

/** A rest, and the board whose run met it. */
export interface BoardRest extends Rest {
  readonly board: BoardId;
}

/** A limit that is reached: `no_slot` is the home's. */
export interface FullLimit {
  readonly code: 'profile_full' | 'tenant_full' | 'board_full' | 'no_slot';
  /** Whose limit it is; empty for the home's. */
  readonly name: string;
  readonly running: number;
  readonly limit: number;
}

/** Why a waiting task is not started now. */
export type Obstacle =
  | { readonly code: 'unassigned' }
  | { readonly code: 'no_profile'; readonly profile: ProfileName; readonly problem: string | null }
  | { readonly code: 'profile_left_out'; readonly profile: ProfileName }
  | { readonly code: 'review_by_hand' }
  | { readonly code: 'paused'; readonly pause: Pause }
  | { readonly code: 'over_budget'; readonly state: BudgetState }
  | { readonly code: 'process_lingers' }
  | ({ readonly code: 'cooling_down' } & Cooldown)
  | { readonly code: 'resting'; readonly rest: Rest }
  | { readonly code: 'probing'; readonly rest: Rest }
  | FullLimit;

/** The first limit that keeps one more run from starting there, the narrowest first; `undefined` when there is room. */
export function fullLimit(slot: Slot, limits: Limits, load: Load): FullLimit | undefined {
  const { board, profile, tenant } = slot;
  const own = profile === null ? undefined : limits.profiles.get(profile)?.max_in_progress;
  const rows: readonly [FullLimit['code'], string, number, number | undefined][] = [
    [
      'profile_full',
      profile ?? '',
      load.profiles.get(profile ?? '') ?? 0,
      own ?? limits.max_in_progress_per_profile,
    ],
    [
      'tenant_full',
      tenant ?? '',
      load.tenants.get(tenant ?? '') ?? 0,
      tenant === null ? undefined : limits.max_in_progress_per_tenant,
    ],
    ['board_full', board, load.boards.get(board) ?? 0, limits.max_in_progress_per_board],
    ['no_slot', '', load.home, limits.max_in_progress],
  ];
  for (const [code, name, running, limit] of rows) {
    if (limit !== undefined && running >= limit) return { code, name, running, limit };
  }
  return undefined;
}

type Candidate = Pick<ReadyTask, 'task' | 'lingering' | 'last_run'>;

/** What a board lets its tasks do. */
export interface BoardState {
  readonly board: BoardId;
  readonly pauses: readonly Pause[];
  /** Those that are near or over. */
  readonly budgets: readonly BudgetState[];
}

/**
 * What keeps a profile from being started because it, or this host, met trouble before: until its time nothing is started;
 * then, on the board where it was met, one run at a time until the first has brought an answer.
 */
function restOn(
  board: BoardId,
  profile: ProfileName | null,
  limits: Limits,
  load: Load,
): Extract<Obstacle, { code: 'resting' | 'probing' }> | undefined {
  const concerned = limits.rests.filter(
    ({ subject, name }) => name === (subject === 'host' ? limits.host : profile),
  );
  const rest = concerned.find(({ until }) => until > limits.now);
  if (rest) return { code: 'resting', rest };
  const tried = concerned.find((each) => each.board === board && isTried(each, load));
  return tried && { code: 'probing', rest: tried };
}

/** Whether a run tries at this moment whether a rest is over. */
const isTried = ({ board, subject, name }: BoardRest, load: Load): boolean =>
  openOn(load, board, subject === 'host' ? null : name) > 0;

/** A review waits for the reviewer that it names; only work falls to the default profile. */
const assigneeOf = ({ task }: Candidate, limits: Limits): ProfileName | null =>
  task.assignee ?? (task.status === 'review' ? null : limits.default_assignee);

/** Who starts a waiting task now, or the first thing that keeps it. */
function judge(
  candidate: Candidate,
  { board, pauses, budgets }: BoardState,
  limits: Limits,
  load: Load,
): ProfileName | Obstacle {
  const { task } = candidate;
  const profile = assigneeOf(candidate, limits);
  if (profile === null) return { code: 'unassigned' };
  if (task.status === 'review' && !limits.review_dispatch) return { code: 'review_by_hand' };
  if (!limits.profiles.has(profile))
    return { code: 'no_profile', profile, problem: limits.problems.get(profile) ?? null };
  if (limits.dispatch_profiles?.has(profile) === false) return { code: 'profile_left_out', profile };
  const pause = pauseOn(pauses, task, profile, limits.now);
  if (pause) return { code: 'paused', pause };
  const exceeded = exceededOn(budgets, task.id, profile);
  if (exceeded) return { code: 'over_budget', state: exceeded };
  const rested = restOn(board, profile, limits, load);
  if (rested) return rested;
  if (candidate.lingering) return { code: 'process_lingers' };
  const rest = cooldownOf(candidate, profile, limits.rate_limit_cooldown);
  if (rest !== null && toMillis(rest.until) > limits.now) return { code: 'cooling_down', ...rest };
  return fullLimit({ board, profile, tenant: task.tenant }, limits, load) ?? profile;
}

/** What keeps a waiting task from starting beside these runs: for `why`, by the dispatcher's own rule. */
export function obstacleTo(
  candidate: Candidate,
  board: BoardState,
  limits: Limits,
  load: Load,
): Obstacle | null {
  const judged = judge(candidate, board, limits, load);
  return typeof judged === 'string' ? null : judged;
}

/** A board as admission sees it. */
export interface BoardQueue extends BoardState {
  /** When it last started a run; `null` when it never did. */
  readonly last_start: Millis | null;
  readonly waiting: readonly ReadyTask[];
}

export interface Started {
  readonly board: BoardId;
  readonly ready: ReadyTask;
  readonly profile: ProfileName;
}

export interface Skipped {
  readonly board: BoardId;
  readonly ready: ReadyTask;
  readonly obstacle: Obstacle;
}

export interface Admission {
  /** In the order in which they start. */
  readonly start: readonly Started[];
  readonly skip: readonly Skipped[];
}

/**
 * Goes through the waiting tasks of all boards and says which start now. Whenever a slot is free, the board that has the
 * least running for its weight is next, and of equals the one whose last start is longest ago: so no board starves another,
 * whatever its priorities. Within a board the order is `byUrgency`.
 */
export function admit(queues: readonly BoardQueue[], limits: Limits, running: readonly Slot[]): Admission {
  const slots = [...running];
  const start: Started[] = [];
  const skip: Skipped[] = [];
  let load = loadOf(slots);
  const lines = queues.map((queue) => ({
    queue,
    next: [...queue.waiting].sort(byUrgency(limits)),
    startedLast: queue.last_start ?? Number.NEGATIVE_INFINITY,
  }));
  /** The first of a board's tasks that nothing keeps; those before it are skipped for good, as slots only get fewer. */
  const headOf = ({ queue, next }: (typeof lines)[number]): Started | undefined => {
    for (let ready = next.shift(); ready; ready = next.shift()) {
      const judged = judge(ready, queue, limits, load);
      if (typeof judged === 'string') {
        next.unshift(ready);
        return { board: queue.board, ready, profile: judged };
      }
      skip.push({ board: queue.board, ready, obstacle: judged });
    }
    return undefined;
  };
  const share = (board: BoardId): number =>
    (load.boards.get(board) ?? 0) / (limits.board_weights[board] ?? 1);
  for (;;) {
    const [first] = lines
      .flatMap((line) => {
        const head = headOf(line);
        return head ? [{ line, head }] : [];
      })
      .sort(
        (a, b) =>
          share(a.head.board) - share(b.head.board) || compare(a.line.startedLast, b.line.startedLast),
      );
    if (!first) return { start, skip };
    const { line, head } = first;
    line.next.shift();
    line.startedLast = limits.now + start.length;
    start.push(head);
    slots.push({ board: head.board, profile: head.profile, tenant: head.ready.task.tenant });
    load = loadOf(slots);
  }
}

/** Two that never started are equal; a subtraction of infinities is not a number. */
const compare = <Value extends number | string>(a: Value, b: Value): number => (a === b ? 0 : a < b ? -1 : 1);

/** A task's priority with what it gained by waiting: one step per `priority_ageing_minutes` since it became ready. */
export const agedPriority = ({ task, ready_at }: ReadyTask, limits: Limits): number =>
  limits.priority_ageing_minutes === 0
    ? task.priority
    : task.priority +
      Math.max(0, Math.floor((limits.now - ready_at) / (limits.priority_ageing_minutes * 60_000)));

/** Higher aged priority first, then older, then by id (contract §5.7). */
const byUrgency =
  (limits: Limits) =>
  (a: ReadyTask, b: ReadyTask): number =>
    agedPriority(b, limits) - agedPriority(a, limits) ||
    a.task.created_at - b.task.created_at ||
    compare(a.task.id, b.task.id);

/** Whose waiting tasks need not even be looked at, because no task of theirs could start (contract §5.7). */
export interface Closed {
  readonly board: boolean;
  readonly profiles: ReadonlySet<string>;
  readonly tenants: ReadonlySet<string>;
}

/** What pauses, rests, budgets and full limits close on a board; tasks that cannot start would only hide others behind a page. */
export function closedOn({ board, pauses, budgets }: BoardState, limits: Limits, load: Load): Closed {
  const isClosed = (
    profile: ProfileName | null,
    tenant: string | null,
    codes: readonly string[],
  ): boolean => {
    const full = fullLimit({ board, profile, tenant }, limits, load)?.code ?? '';
    const rests = tenant === null && restOn(board, profile, limits, load) !== undefined;
    if (codes.includes(full) || rests || exceededOn(budgets, null, profile)) return true;
    return pauseOn(pauses, { tenant }, profile, limits.now) !== undefined;
  };
  const profiles = [...limits.profiles.keys()].map(asProfileName);
  const pausedTenants = pauses.filter(({ scope }) => scope === 'tenant').map(({ name }) => name);
  return {
    board: isClosed(null, null, ['board_full', 'no_slot']),
    profiles: new Set(profiles.filter((profile) => isClosed(profile, null, ['profile_full']))),
    tenants: new Set(
      [...load.tenants.keys(), ...pausedTenants].filter((tenant) => isClosed(null, tenant, ['tenant_full'])),
    ),
  };
}
