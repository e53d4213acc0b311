import type { BigBoards } from './boards.ts';

/** A line of the table in docs/performance.md: what is measured, and what it shall be. */
export interface Row {
  readonly id: `P${number}`;
  readonly title: string;
  /** The goal in words, as people read it; the figures below carry it as numbers. */
  readonly goal: string;
  /**
   * Measures once. The whole bench runs every row twice in 25 minutes, so a row has about 40 s (60 s when it must wait for
   * real time, as an idle gateway does), and a tenth of that when `bench.quick`. It ends every process that it started.
   */
  measure(bench: Bench): Promise<readonly Figure[]>;
}

/** What a row is given. */
export interface Bench {
  readonly quick: boolean;
  /** A folder of this row alone, which goes afterwards. */
  readonly folder: string;
  readonly boards: BigBoards;
  /** Where children leave their CPU profiles, when the bench was asked for them. */
  readonly profiles: string | undefined;
  /** One line of progress. */
  say(line: string): void;
}

/** `x` is a ratio; `count` has no unit. */
export type Unit = 'x' | 'µs' | 'ms' | 's' | '/s' | 'MB' | 'kB' | 'count';

/** Something that was measured. One with a goal decides about the row; one without tells more. */
export interface Figure {
  readonly name: string;
  readonly value: number;
  readonly unit: Unit;
  /** Of the rounds, when there were several; `value` is their median. */
  readonly least?: number | undefined;
  readonly most?: number | undefined;
  readonly goal?: { readonly atMost: number } | { readonly atLeast: number } | undefined;
}

export const meets = ({ value, goal }: Figure): boolean =>
  goal === undefined || ('atMost' in goal ? value <= goal.atMost : value >= goal.atLeast);
