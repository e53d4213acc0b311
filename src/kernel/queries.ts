import type { Budget } from '../domain/budget.ts';
import { ok, type Result, unknownTask } from '../domain/errors.ts';
import type { EventId, RunId, TaskId } from '../domain/ids.ts';
import type { DeliveryScope } from '../domain/leading.ts';
import type { SubscriptionPage } from '../domain/page.ts';
import type { Place } from '../domain/place.ts';
import type { Run, RunProcess } from '../domain/run.ts';
import type { Standing } from '../domain/standing.ts';
import { type Status, statuses, type Task } from '../domain/task.ts';
import type * as View from '../domain/view.ts';
import type { Reader } from '../store/store.ts';
import { lastCheckpointOf } from '../store/tables/checkpoints.ts';
import { attachmentsOf, commentsOf } from '../store/tables/comments.ts';
import { feed as feedOf, lastEventId, newestEvents, newestOfKinds } from '../store/tables/events.ts';
import { childrenOf, edges, parentsOf, unsatisfiedParents } from '../store/tables/links.ts';
import { activePauses } from '../store/tables/pauses.ts';
import {
  allProcesses,
  findProcess,
  liveProcessOf,
  liveRuns,
  processesOf,
} from '../store/tables/processes.ts';
import { allRests } from '../store/tables/rests.ts';
import { allRuns, findRun, lastEndedRun, runsOf } from '../store/tables/runs.ts';
import { sideOf } from '../store/tables/sides.ts';
import {
  nextDueAt,
  selectDue,
  selectSubscriptions,
  subscriptionsBehind,
} from '../store/tables/subscriptions.ts';
import { countByStatus, findTask, selectTasks } from '../store/tables/tasks.ts';
import { aheadOf } from '../store/tables/waiting.ts';
import { isSticky } from './apply.ts';
import { budgetStates } from './budgets.ts';
import { noSuchTask } from './prune.ts';
import { savedWorkOf } from './tidy.ts';

/** Questions. Each reads one snapshot and writes nothing, so that all of them work on a home that nobody may write. */

const newestShown = 20;

export async function show(
  reader: Reader,
  input: { task_id: TaskId; events?: number | undefined },
): Promise<Result<View.TaskView>> {
  const task = await findTask(reader, input.task_id);
  if (!task) return noSuchTask(reader, input.task_id);
  const runs = withProcesses(await runsOf(reader, task.id), await processesOf(reader, task.id));
  return ok({
    task,
    latest_summary: latestSummary(runs),
    parents: await parentsOf(reader, task.id),
    children: await childrenOf(reader, task.id),
    comments: await commentsOf(reader, task.id),
    attachments: await attachmentsOf(reader, task.id),
    checkpoint: (await lastCheckpointOf(reader, task.id)) ?? null,
    events: await newestEvents(reader, task.id, input.events ?? newestShown),
    runs,
    base_commit: (await sideOf(reader, task)).base_commit,
    saved_work: await savedWorkOf(reader, task.id),
  });
}

function withProcesses(runs: readonly Run[], processes: readonly RunProcess[]): View.RunView[] {
  const byRun = new Map(processes.map((process) => [process.run_id, process]));
  return runs.map((run) => ({ ...run, process: byRun.get(run.id) ?? null }));
}

/** The newest summary that says something, by end else start, then id (contract §8.3). */
function latestSummary(runs: readonly Run[]): string | null {
  const spoken = runs.filter((run) => (run.summary ?? '') !== '');
  const at = (run: Run) => run.ended_at ?? run.started_at;
  return spoken.sort((a, b) => at(b) - at(a) || b.id - a.id)[0]?.summary ?? null;
}

export async function list(reader: Reader, filter: View.ListFilter): Promise<Result<readonly Task[]>> {
  return ok(await selectTasks(reader, filter));
}

export async function links(
  reader: Reader,
  { limit }: { limit: number },
): Promise<Result<readonly View.Edge[]>> {
  return ok(await edges(reader, limit));
}

export async function counts(reader: Reader): Promise<Result<Readonly<Record<Status, number>>>> {
  const rows = await countByStatus(reader);
  const of = (status: Status) =>
    rows.reduce((sum, row) => (row.status === status ? sum + row.amount : sum), 0);
  const all: Partial<Record<Status, number>> = {};
  for (const status of statuses) all[status] = of(status);
  return ok(all as Record<Status, number>);
}

/** What a task's board knows about why it does not run. */
export async function standing(
  reader: Reader,
  input: { task_id: TaskId; budgets?: readonly Budget[] | undefined },
): Promise<Result<Standing>> {
  const task = await findTask(reader, input.task_id);
  if (!task) return unknownTask(input.task_id);
  const process = await liveProcessOf(reader, task.id);
  const lingers = process && process.run_id !== task.current_run_id;
  const side = await sideOf(reader, task);
  return ok({
    now: reader.now,
    task,
    unsatisfied_parents: side.waived ? [] : await unsatisfiedParents(reader, task.id),
    scheduled_at: task.status === 'scheduled' ? side.scheduled_at : null,
    loop: task.status === 'triage' ? await loopOf(reader, task) : null,
    blocked: task.status === 'blocked' ? await blockOf(reader, task) : null,
    lingering: lingers ? { run_id: process.run_id, pid: process.pid, ended_at: process.ended_at } : null,
    last_run: await lastRun(reader, task.id),
    slots: (await liveRuns(reader)).map(({ profile, tenant, ended_at }) => ({ profile, tenant, ended_at })),
    pauses: await activePauses(reader),
    rests: await allRests(reader),
    budgets: await budgetStates(reader, input.budgets ?? [], [task.id]),
    ahead: await aheadOf(reader, task),
  });
}

async function blockOf(reader: Reader, task: Task): Promise<Standing['blocked']> {
  const block = await newestOfKinds(reader, task.id, ['blocked', 'gave_up']);
  const said = block?.payload?.[block.kind === 'blocked' ? 'reason' : 'error'];
  return {
    reason: typeof said === 'string' ? said : task.last_failure_error,
    since: block?.created_at ?? task.created_at,
    sticky: await isSticky(reader, task),
  };
}

/** What brought it into triage, if that was a block too many; whoever moves it out and in again starts anew. */
async function loopOf(reader: Reader, task: Task): Promise<Standing['loop']> {
  const newest = await newestOfKinds(reader, task.id, ['block_loop_detected', 'status', 'promoted_manual']);
  if (newest?.kind !== 'block_loop_detected') return null;
  const said = newest.payload?.['reason'];
  return {
    kind: task.block_kind ?? 'unknown',
    recurrences: task.block_recurrences,
    reason: typeof said === 'string' ? said : null,
  };
}

async function lastRun(reader: Reader, id: TaskId): Promise<View.LastRun | null> {
  const run = await lastEndedRun(reader, id);
  if (!run) return null;
  const had_process = (await findProcess(reader, run.id)) !== undefined;
  return { profile: run.profile, outcome: run.outcome, ended_at: run.ended_at, had_process };
}

export async function runs(
  reader: Reader,
  input: { task_id?: TaskId | undefined },
): Promise<Result<readonly View.RunView[]>> {
  if (input.task_id === undefined)
    return ok(withProcesses(await allRuns(reader), await allProcesses(reader)));
  if (!(await findTask(reader, input.task_id))) return unknownTask(input.task_id);
  return ok(withProcesses(await runsOf(reader, input.task_id), await processesOf(reader, input.task_id)));
}

/** Whose a run is; nobody's when it does not hold its task any more, or its secret is another. */
export async function holder(
  reader: Reader,
  { run_id, proof }: { run_id: RunId; proof: string },
): Promise<Result<View.RunHolder | null>> {
  const process = await findProcess(reader, run_id);
  const task = process && (await findTask(reader, process.task_id));
  if (!task || process.token_hash !== proof || task.current_run_id !== run_id) return ok(null);
  const { profile } = (await findRun(reader, run_id)) ?? { profile: null };
  const { id: task_id, tenant, session_id } = task;
  return ok({ task_id, run_id, profile, tenant, session_id });
}

export async function feed(
  reader: Reader,
  filter: View.FeedFilter,
): Promise<Result<readonly View.FeedEvent[]>> {
  return ok(await feedOf(reader, filter));
}

export async function lastEvent(reader: Reader): Promise<Result<EventId>> {
  return ok(await lastEventId(reader));
}

export async function subscriptions(
  reader: Reader,
  page: SubscriptionPage,
): Promise<Result<readonly View.Subscription[]>> {
  return ok(await selectSubscriptions(reader, page));
}

export async function dueDeliveries(
  reader: Reader,
  input: DeliveryScope & { limit: number; of?: Place | undefined },
): Promise<Result<View.DeliveryWork>> {
  if (input.platforms.length === 0) return ok({ now: reader.now, behind: false, due: [], next_at: null });
  return ok({
    now: reader.now,
    behind: (await subscriptionsBehind(reader, input)).length > 0,
    due: await selectDue(reader, input),
    next_at: await nextDueAt(reader, input),
  });
}
