import { decide } from '../domain/decide.ts';
import { ok, type Result } from '../domain/errors.ts';
import { type TaskId, toSeconds } from '../domain/ids.ts';
import type * as View from '../domain/view.ts';
import type { Reader } from '../store/store.ts';
import { promotable } from '../store/tables/movable.ts';
import { activePauses } from '../store/tables/pauses.ts';
import { lastStart, liveRuns, runsNotGone } from '../store/tables/processes.ts';
import { allRests } from '../store/tables/rests.ts';
import { dueTasks, nextWake } from '../store/tables/sides.ts';
import { expiredClaims, nextExpiry } from '../store/tables/tasks.ts';
import { waitingTasks } from '../store/tables/waiting.ts';
import { factsOf } from './apply.ts';
import { budgetStates } from './budgets.ts';

/** One look at a board for its dispatcher: what runs, what is paused, and who is next. */
export async function dispatchView(
  reader: Reader,
  input: View.DispatchFilter,
): Promise<Result<View.DispatchView>> {
  // Asked together, what does not depend on each other is one journey on PostgreSQL.
  const [{ live: processes, abandoned }, ready, pauses, rests, last_start, next_expiry, next_wake] =
    await Promise.all([
      runsNotGone(reader),
      waitingTasks(reader, input),
      activePauses(reader),
      allRests(reader),
      lastStart(reader),
      nextExpiry(reader),
      nextWake(reader),
    ]);
  const own = new Set(processes.map((process) => process.task_id));
  const now = toSeconds(reader.now);
  const expired = next_expiry !== null && next_expiry < now ? await expiredClaims(reader, now) : [];
  const outside = expired.flatMap(({ id, claim_lock, worker_pid }) =>
    worker_pid === null || own.has(id) ? [] : [{ task_id: id, claim_lock, worker_pid }],
  );
  const asked = new Set([...own, ...ready.map(({ task }) => task.id)]);
  return ok({
    now: reader.now,
    processes,
    abandoned,
    ready,
    budgets: await budgetStates(reader, input.budgets ?? [], [...asked]),
    pauses,
    rests,
    last_start,
    next_expiry,
    next_wake,
    outside,
  });
}

/** What a pass would do on a board before it starts anything, for a dry run: promote these, free the claims of those. */
export async function forecast(
  reader: Reader,
  input: { failure_limit: number | undefined },
): Promise<Result<View.Forecast>> {
  const promotes: TaskId[] = [];
  for (const known of await promotable(reader)) {
    const { task } = known;
    const facts = await factsOf(reader, known, { failureSetting: input.failure_limit });
    if (decide(task, { verb: 'promote' }, facts).ok) promotes.push(task.id);
  }
  const held = new Set((await liveRuns(reader)).map(({ task_id }) => task_id));
  const expired = await expiredClaims(reader, toSeconds(reader.now));
  return ok({
    promotes,
    wakes: await dueTasks(reader),
    expires: expired.map(({ id }) => id).filter((id) => !held.has(id)),
  });
}
