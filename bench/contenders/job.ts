import { randomBytes } from 'node:crypto';
import type { TaskId } from '../../src/domain/ids.ts';
import type { Status } from '../../src/domain/task.ts';
import { nameOf } from '../harness/boards.ts';
import { median } from '../harness/stats.ts';

/** What every contender of a row is asked to do: the same operations on copies of one board. */
export interface Job {
  /** The board's file, a copy of a built one (`harness/boards.ts`). */
  readonly path: string;
  readonly does: Operation;
  /** How many operations are timed. */
  readonly count: number;
  /** The number of the first one, for a contender that goes on with a board it had before. */
  readonly from?: number;
  /** How many come before the timed ones; `warmUp` unless said. */
  readonly untimed?: number;
  /** The time at which all of it happens, in milliseconds, so that a test can compare rows; the ids count up then. */
  readonly clock?: number;
}

/**
 * - `pair`: claims a ready task and completes it, with its run and its events.
 * - `create`: puts a task with an idempotency key and two parents on the board.
 * - `single`, `batch`: claims a ready task for a worker, as the dispatcher does, with the record of its process; claims 50 at once.
 * - `promotion`: completes a task that nobody claimed, for which five wait, of which one waits for nobody else then.
 */
export type Operation = 'pair' | 'create' | 'single' | 'batch' | 'promotion';

export const batchSize = 50;

/** Operations before the timed ones: code is compiled and statements are prepared by then. */
export const warmUp = 250;

/** The two parents of a created task: done ones, which come round again. */
export const parentsOf = (number: number): readonly string[] => [
  nameOf('done', number % doneParents),
  nameOf('done', (number % doneParents) + 1),
];

const doneParents = 200;

/** The words that all contenders write, so that their rows are as long. */
export const words = {
  lock: 'bench:1',
  host: 'bench',
  runs: '/runs',
  mark: 'a1b2c3d4',
  ttl: 900,
  summary: 'It is done, and here is what the next one should know.',
  titleOf: (number: number): string => `Task ${number} that the bench has made`,
  body: 'x'.repeat(200),
  keyOf: (number: number): string => `bench-${number}`,
} as const;

/** Runs an operation for each number, the first ones untimed; gives microseconds for each of the others. */
export async function timed(
  { count, from = 0, untimed = warmUp }: Pick<Job, 'count' | 'from' | 'untimed'>,
  operation: (number: number) => unknown,
): Promise<number> {
  for (let number = from; number < from + untimed; number += 1) await operation(number);
  const begun = performance.now();
  for (let number = from + untimed; number < from + untimed + count; number += 1) await operation(number);
  return ((performance.now() - begun) * 1000) / count;
}

/** Ids as the product makes them, or ids that count up. */
export function idsOf({ clock }: Pick<Job, 'clock'>): () => string {
  let last = 0;
  return () => {
    last += 1;
    return clock === undefined
      ? `t_${randomBytes(4).toString('hex')}`
      : `t_${last.toString(16).padStart(8, '0')}`;
  };
}

/** Each of these questions again and again; nothing changes. Gives microseconds for each question, in their order. */
export interface ReadJob {
  readonly path: string;
  readonly asks: readonly Question[];
  readonly count: number;
}

/**
 * - `page`: the first 50 cards of a column, as a board shows them, of everybody or of the one profile there is.
 * - `paint`: that of every column but the archive, with counts: what a browser paints first.
 * - `brief`: what a worker of this task is told.
 */
export type Question =
  | { readonly what: 'page'; readonly status: Status; readonly assigned: boolean }
  | { readonly what: 'paint' }
  | { readonly what: 'brief'; readonly task: TaskId };

export const pageSize = 50;

/** Runs an answer again and again; gives the median of its microseconds, because a read waits for nothing but the processor. */
export async function timedReads({ count }: Pick<ReadJob, 'count'>, read: () => unknown): Promise<number> {
  const times: number[] = [];
  for (let number = 0; number < untimedReads + count; number += 1) {
    const begun = performance.now();
    await read();
    if (number >= untimedReads) times.push((performance.now() - begun) * 1000);
  }
  return median(times);
}

const untimedReads = 30;
