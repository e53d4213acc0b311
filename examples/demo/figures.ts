import { z } from 'zod';

const wholeNumber = z.number().int();

/** `totals` of report.json, and all that `count.sh` prints. */
export const totals = z.object({
  files: wholeNumber,
  lines: wholeNumber,
  bytes: wholeNumber,
  markers: wholeNumber,
});
export type Totals = z.infer<typeof totals>;

/** The totals in the words of a person. */
export const totalNames = {
  files: 'files',
  lines: 'lines',
  bytes: 'bytes',
  markers: 'lines with TODO or FIXME',
} as const satisfies Record<keyof Totals, string>;

/** One sentence for each total in which the report and the independent count differ. */
export function differences(report: Totals, counted: Totals): string[] {
  return totals
    .keyof()
    .options.filter((name) => report[name] !== counted[name])
    .map(
      (name) =>
        `${totalNames[name]}: the report says ${report[name]}, the independent count says ${counted[name]}`,
    );
}

/** One run of `andon runs --json`, as far as the demo reads it; times are milliseconds. */
export const run = z.object({
  id: z.number(),
  task_id: z.string(),
  outcome: z.string().nullable(),
  queued_ms: z.number().nullable(),
  start_ms: z.number().nullable(),
});
export type Run = z.infer<typeof run>;

/** The middle and the largest of some durations; `undefined` when there are none. */
export interface Spread {
  readonly median: number;
  readonly worst: number;
}

export function spread(durations: readonly number[]): Spread | undefined {
  const sorted = durations.toSorted((a, b) => a - b);
  const worst = sorted.at(-1);
  const [low, high] = [sorted[Math.ceil(sorted.length / 2) - 1], sorted[Math.floor(sorted.length / 2)]];
  if (worst === undefined || low === undefined || high === undefined) return undefined;
  return { median: (low + high) / 2, worst };
}

export interface Figures {
  readonly tasks: number;
  readonly runs: number;
  /** Runs that followed a failed one of the same task. */
  readonly retries: number;
  /** From *ready* to *a slot is free for it*. */
  readonly queueing: Spread | undefined;
  /** From *a slot is free* to the start of the worker's process. */
  readonly start: Spread | undefined;
}

const unfailed: readonly (string | null)[] = [null, 'completed', 'blocked', 'scheduled'];

export function figures(runs: readonly Run[]): Figures {
  const ordered = runs.toSorted((a, b) => a.id - b.id);
  const failed = ordered.filter((one) => !unfailed.includes(one.outcome));
  const retried = failed.filter((one) =>
    ordered.some((later) => later.task_id === one.task_id && later.id > one.id),
  );
  const present = (values: readonly (number | null)[]) => values.filter((value) => value !== null);
  return {
    tasks: new Set(runs.map((one) => one.task_id)).size,
    runs: runs.length,
    retries: retried.length,
    queueing: spread(present(runs.map((one) => one.queued_ms))),
    start: spread(present(runs.map((one) => one.start_ms))),
  };
}
