import {
  type Admission,
  admit,
  type BoardQueue,
  type BoardRest,
  type Closed,
  closedOn,
  type Limits,
} from '../domain/admission.ts';
import { type Budget, budgetsOn } from '../domain/budget.ts';
import { asMillis, asSeconds, type BoardId, type Millis, parseAssignee, toMillis } from '../domain/ids.ts';
import { loadOf, type Slot, slotOf } from '../domain/load.ts';
import type { DispatchFilter, DispatchView, ReadyTask } from '../domain/view.ts';
import type { Kernel } from '../kernel/kernel.ts';
import type { Settings } from './settings.ts';

/** Reads what admission needs of all boards, no more of each than can start. */

export type LimitSettings = Pick<
  Settings,
  | 'max_in_progress'
  | 'max_in_progress_per_board'
  | 'max_in_progress_per_profile'
  | 'max_in_progress_per_tenant'
  | 'priority_ageing_minutes'
  | 'board_weights'
  | 'default_assignee'
  | 'dispatch_profiles'
  | 'review_dispatch'
  | 'budgets'
>;

/** What the settings and the profiles of a home allow to run: the one place where they become limits. */
export const limitsOf = (
  settings: LimitSettings,
  roster: { readonly startable: Limits['profiles']; readonly problems: Limits['problems'] },
  { cooldown, host }: { readonly cooldown: number; readonly host: string },
): Omit<Limits, 'now' | 'rests'> => ({
  max_in_progress: settings.max_in_progress,
  max_in_progress_per_board: settings.max_in_progress_per_board,
  max_in_progress_per_profile: settings.max_in_progress_per_profile,
  max_in_progress_per_tenant: settings.max_in_progress_per_tenant,
  priority_ageing_minutes: settings.priority_ageing_minutes,
  board_weights: settings.board_weights,
  profiles: roster.startable,
  problems: roster.problems,
  dispatch_profiles: settings.dispatch_profiles === undefined ? null : new Set(settings.dispatch_profiles),
  review_dispatch: settings.review_dispatch,
  default_assignee: parseAssignee(settings.default_assignee),
  rate_limit_cooldown: asSeconds(cooldown),
  budgets: settings.budgets,
  host,
});

/** A look at a board: what runs and what is paused there. */
export interface Look {
  readonly board: BoardId;
  readonly seen: DispatchView;
  /** Which waiting tasks it asked for; whoever wants the same need not ask again. */
  readonly asked?: DispatchFilter;
}

/** Nobody's tasks: what runs and what is paused is told all the same. */
export const nobody: DispatchFilter = { assignees: [], unassigned: false, limit: 0 };

/** The same, and what budgets say of what lives there. */
export const nobodyWithin = (budgets: readonly Budget[], board: BoardId): DispatchFilter => ({
  ...nobody,
  budgets: budgetsOn(budgets, board),
});

export async function lookAt(kernel: Kernel, board: BoardId, filter = nobody): Promise<DispatchView> {
  const answer = await kernel.dispatchView(board, filter);
  if (!answer.ok) throw new Error(answer.refusal.sentence);
  return answer.value;
}

/** The newest of the boards' clocks, which is one clock where they share a database. */
export const nowOf = (looks: readonly Look[], now: Millis): Millis =>
  asMillis(Math.max(...looks.map(({ seen }) => seen.now), looks.length === 0 ? now : 0));

/** The moments at which a pause or a rest ends or a task has rested: each is worth a pass. */
export const dueTimes = (looks: readonly Look[], skip: Admission['skip'], now: Millis): number[] => [
  ...looks.flatMap(({ seen }) => seen.rests.flatMap(({ until }) => (until > now ? until : []))),
  ...looks.flatMap(({ seen }) => seen.pauses.flatMap(({ until }) => until ?? [])),
  ...skip.flatMap(({ obstacle }) => (obstacle.code === 'cooling_down' ? toMillis(obstacle.until) : [])),
];

/** What the live runs of a board take. */
export const slotsOf = ({ board, seen }: Look): Slot[] => seen.processes.map((run) => slotOf(run, board));

/** What rests, on the boards that were looked at. */
export const restsOf = (looks: readonly Look[]): BoardRest[] =>
  looks.flatMap(({ board, seen }) => seen.rests.map((rest) => ({ ...rest, board })));

/** How many tasks of each kind are read at first, and at most; those in a cool-down may stand before others. */
const firstPage = 100;
const lastPage = 12_500;

export interface Admitted extends Admission {
  readonly queues: readonly BoardQueue[];
  /** What pauses and full limits close, by board. */
  readonly closed: ReadonlyMap<BoardId, Closed>;
  /** How many runs live. */
  readonly running: number;
}

/**
 * What may start now. Boards, profiles and tenants that are closed are not read at all; when slots are left and a page was
 * full of tasks that have to rest, the next one is larger. A board that cannot be read does not stop the others.
 */
export async function admitFrom(
  kernel: Kernel,
  looks: readonly Look[],
  limits: Limits,
  onFault: (board: BoardId, error: unknown) => void,
): Promise<Admitted> {
  const running = looks.flatMap(slotsOf);
  const load = loadOf(running);
  const closed = new Map(
    looks.map(({ board, seen }) => [
      board,
      closedOn({ board, pauses: seen.pauses, budgets: seen.budgets }, limits, load),
    ]),
  );
  for (let page = firstPage; ; page *= 5) {
    const queues: BoardQueue[] = [];
    for (const look of looks) {
      try {
        queues.push(await queueOf(kernel, look, limits, closed.get(look.board), page));
      } catch (error) {
        onFault(look.board, error);
      }
    }
    const admission = admit(queues, limits, running);
    const isFull = running.length + admission.start.length >= limits.max_in_progress;
    const hasMore = queues.some(({ waiting }) => waiting.length >= page);
    if (isFull || !hasMore || page >= lastPage) {
      return { ...admission, queues, closed, running: running.length };
    }
  }
}

async function queueOf(
  kernel: Kernel,
  { board, seen, asked }: Look,
  limits: Limits,
  closed: Closed | undefined,
  page: number,
): Promise<BoardQueue> {
  const { pauses, last_start, budgets } = seen;
  const filter = startableOn(board, limits, closed, page);
  if (filter === undefined) return { board, pauses, budgets, last_start, waiting: [] };
  const isSame = asked !== undefined && JSON.stringify(asked) === JSON.stringify(filter);
  const look = isSame ? seen : await lookAt(kernel, board, filter);
  return { board, pauses, last_start, waiting: waitingIn(look, limits.host), budgets: look.budgets };
}

/** The waiting tasks of a board that may start, as far as nothing that is closed would keep them; `undefined`: none can. */
export function startableOn(
  board: BoardId,
  limits: Omit<Limits, 'now' | 'rests'>,
  closed?: Closed,
  page = firstPage,
): DispatchFilter | undefined {
  const assignees = [...limits.profiles.keys()].filter(
    (name) => closed?.profiles.has(name) !== true && limits.dispatch_profiles?.has(name) !== false,
  );
  if (closed?.board === true || assignees.length === 0) return undefined;
  return {
    assignees,
    unassigned: limits.default_assignee !== null && assignees.includes(limits.default_assignee),
    reviews: limits.review_dispatch,
    without_tenants: [...(closed?.tenants ?? [])],
    budgets: budgetsOn(limits.budgets, board),
    limit: page,
  };
}

/** A worker that was given up and still lives on this machine would share the folder of the next one. */
function waitingIn({ ready, abandoned }: DispatchView, host: string): readonly ReadyTask[] {
  const left = new Set(abandoned.filter((run) => run.host === host).map(({ task_id }) => task_id));
  return ready.map((each) => (left.has(each.task.id) ? { ...each, lingering: true } : each));
}

/** How many waiting tasks of each kind a report looks at. */
const reported = 1000;

/** What would start, and what keeps every other waiting task, whoever it belongs to: for a report. */
export async function survey(kernel: Kernel, looks: readonly Look[], limits: Limits): Promise<Admission> {
  const { queues } = await admitFrom(kernel, looks, limits, (_, error) => {
    throw error;
  });
  const whole: BoardQueue[] = [];
  for (const queue of queues) {
    const look = await lookAt(kernel, queue.board, {
      budgets: budgetsOn(limits.budgets, queue.board),
      assignees: null,
      unassigned: true,
      limit: reported,
    });
    const byId = new Map(
      [...queue.waiting, ...waitingIn(look, limits.host)].map((each): [string, ReadyTask] => [
        each.task.id,
        each,
      ]),
    );
    whole.push({ ...queue, waiting: [...byId.values()], budgets: [...queue.budgets, ...look.budgets] });
  }
  return admit(whole, limits, looks.flatMap(slotsOf));
}
