import type { Run, Task } from '../../../src/surfaces/http/wire.ts';

/** How work flows over a board, worked out of its tasks and runs. No browser in here. */

export interface Flow {
  /** Days, as the seconds at which each ends. */
  readonly days: readonly number[];
  readonly created: readonly number[];
  readonly started: readonly number[];
  readonly done: readonly number[];
  /** How many were done on each day. */
  readonly throughput: readonly number[];
  /** Seconds from the first start to the end, of each done task. */
  readonly cycles: readonly number[];
  readonly successRate: number | null;
}

const day = 86_400;

const upTo = (times: readonly number[], end: number): number => times.filter((time) => time < end).length;

/** The last `length` days up to `now` (seconds); days are those of `offset` seconds before UTC. */
export function flowOf(
  tasks: readonly Task[],
  runs: readonly Run[],
  { now, length, offset }: { readonly now: number; readonly length: number; readonly offset: number },
): Flow {
  const today = Math.floor((now - offset) / day) * day + offset;
  const days = Array.from({ length }, (_, index) => today + day * (index + 2 - length));
  const created = tasks.map(({ created_at }) => created_at);
  const started = tasks.flatMap(({ started_at }) => started_at ?? []);
  const done = tasks.flatMap(({ completed_at }) => completed_at ?? []);
  const ended = runs.filter(({ ended_at }) => ended_at !== null);
  const good = ended.filter(({ outcome }) => outcome === 'completed' || outcome === 'review_requested');
  return {
    days,
    created: days.map((end) => upTo(created, end)),
    started: days.map((end) => upTo(started, end)),
    done: days.map((end) => upTo(done, end)),
    throughput: days.map((end) => upTo(done, end) - upTo(done, end - day)),
    cycles: tasks.flatMap(({ started_at, completed_at }) =>
      started_at === null || completed_at === null ? [] : [completed_at - started_at],
    ),
    successRate: ended.length === 0 ? null : good.length / ended.length,
  };
}

/** The value below which this part of the sorted values lies; null of none. */
export function quantile(values: readonly number[], part: number): number | null {
  const sorted = values.toSorted((one, other) => one - other);
  return sorted[Math.min(sorted.length - 1, Math.floor(part * sorted.length))] ?? null;
}
