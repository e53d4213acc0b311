import { ok, type Result, refuse, unknownTask } from '../domain/errors.ts';
import type { Event } from '../domain/event.ts';
import type { RunId, TaskId } from '../domain/ids.ts';
import type { CommentPage, DeliveryPage, PageBefore, RunPage } from '../domain/page.ts';
import type { Run } from '../domain/run.ts';
import type { Comment } from '../domain/task.ts';
import type * as View from '../domain/view.ts';
import type { Reader, Tx } from '../store/store.ts';
import { commentsAfter } from '../store/tables/comments.ts';
import { newestEvents } from '../store/tables/events.ts';
import { markTold, processesAmong } from '../store/tables/processes.ts';
import { findRun, runsBefore } from '../store/tables/runs.ts';
import { countDeliveries, deliveriesBefore } from '../store/tables/subscriptions.ts';
import { findTask } from '../store/tables/tasks.ts';

/** Lists that may be long, page by page; a page that is full may have another behind it. */

export async function comments(reader: Reader, page: CommentPage): Promise<Result<readonly Comment[]>> {
  if (!(await findTask(reader, page.task_id))) return unknownTask(page.task_id);
  return ok(await commentsAfter(reader, page));
}

export async function taskEvents(
  reader: Reader,
  input: PageBefore & { task_id: TaskId },
): Promise<Result<readonly Event[]>> {
  return ok(await newestEvents(reader, input.task_id, input.limit, input.before));
}

export async function runPage(reader: Reader, page: RunPage): Promise<Result<readonly View.RunView[]>> {
  if (page.task_id !== undefined && !(await findTask(reader, page.task_id))) return unknownTask(page.task_id);
  return ok(await withProcesses(reader, await runsBefore(reader, page)));
}

export async function run(reader: Reader, { run_id }: { run_id: RunId }): Promise<Result<View.RunView>> {
  const found = await findRun(reader, run_id);
  const [view] = found === undefined ? [] : await withProcesses(reader, [found]);
  return view === undefined ? unknownRun(run_id) : ok(view);
}

async function withProcesses(reader: Reader, runs: readonly Run[]): Promise<View.RunView[]> {
  const ids = runs.map(({ id }) => id);
  const processes = ids.length === 0 ? [] : await processesAmong(reader, ids);
  const byRun = new Map(processes.map((process) => [process.run_id, process]));
  return runs.map((each) => ({ ...each, process: byRun.get(each.id) ?? null }));
}

/** Whoever waited for the end of a run was told of it (contract §13.3); `first` when nobody was before. */
export async function tellRun(tx: Tx, { run_id }: { run_id: RunId }): Promise<Result<{ first: boolean }>> {
  if (!(await findRun(tx, run_id))) return unknownRun(run_id);
  return ok({ first: await markTold(tx, run_id) });
}

export const unknownRun = (id: RunId): Result<never> =>
  refuse('unknown_run', `No run ${id} on this board; \`andon runs\` lists them.`, [String(id)]);

export async function deliveries(
  reader: Reader,
  page: DeliveryPage,
): Promise<Result<readonly View.Delivery[]>> {
  return ok(await deliveriesBefore(reader, page));
}

export async function deliveryCounts(
  reader: Reader,
): Promise<Result<Readonly<Record<View.DeliveryState, number>>>> {
  const counts = { pending: 0, sent: 0, dead: 0 };
  for (const { state, amount } of await countDeliveries(reader)) counts[state] = amount;
  return ok(counts);
}
