import { ok, type Result } from '../domain/errors.ts';
import { inCircles } from '../domain/health.ts';
import type { TaskId } from '../domain/ids.ts';
import type { Reader } from '../store/store.ts';
import { breaksOf, holdingLinks, type Invariant, invariants } from '../store/tables/soundness.ts';

/** A rule that the board's rows break, and what to do about it. */
export interface Unsound {
  readonly sentence: string;
  readonly next: string;
  readonly ids: readonly TaskId[];
}

const words: Readonly<Record<Invariant, { readonly what: string; readonly next: string }>> = {
  run_and_status: {
    what: 'Running tasks without a run, or runs on tasks that do not run',
    next: '`andon migrate` gives a running task its run; `andon reclaim ID` takes it back.',
  },
  pointer: {
    what: 'Tasks that point at a run which is closed, missing or of another task',
    next: '`andon reclaim ID` takes such a task back.',
  },
  several_open_runs: {
    what: 'Tasks with more than one open run',
    next: 'The next claim closes the ones that nobody holds; `andon runs ID` shows them.',
  },
  open_run_unheld: {
    what: 'Open runs of tasks that nobody holds',
    next: 'The next claim of the task closes them; `andon runs ID` shows them.',
  },
  closed_run_holds: {
    what: 'Closed runs that still name a claim or a worker',
    next: 'Another program left them; they do no harm.',
  },
  ready_too_early: {
    what: 'Ready tasks with an unfinished parent',
    next: 'A claim puts such a task back to wait; `andon unlink PARENT ID` lets it start.',
  },
  negative_counter: {
    what: 'Tasks with fewer than no failures',
    next: 'Another program wrote that; `andon unblock ID` or a completion sets it to 0.',
  },
  several_processes: {
    what: 'Tasks with more than one process that may live',
    next: 'The gateway records those that are dead; `andon runs ID` shows them.',
  },
};

/** What the rows of a board break of contract §3.3; nothing on a board that only Andon has written. */
export async function unsound(reader: Reader): Promise<Result<readonly Unsound[]>> {
  const found: Unsound[] = [];
  for (const invariant of invariants) {
    const ids = await breaksOf(reader, invariant);
    const { what, next } = words[invariant];
    if (ids.length > 0) found.push({ sentence: `${what}: ${ids.join(', ')}.`, next, ids });
  }
  const circle = inCircles(await holdingLinks(reader)).slice(0, 10);
  if (circle.length > 0) {
    found.push({
      sentence: `Tasks that wait for each other in a circle: ${circle.join(', ')}.`,
      next: '`andon unlink PARENT ID` breaks it.',
      ids: circle,
    });
  }
  return ok(found);
}
