import type { GatewayHome, HomeOptions } from '../support/gateway-home.ts';

/** What a fault does to a home, or to what stands in for it. */
export interface Scene {
  /** A home with real gateways; `andon doctor` must find nothing wrong with it when the fault is over. */
  home(options?: HomeOptions): GatewayHome;
  /** The address of an empty database on a real PostgreSQL server. */
  database(): Promise<string>;
}

export interface Suffered {
  /** How often the fault really happened. */
  readonly injected: number;
  /** What was seen, in figures. */
  readonly note: string;
}

/**
 * One fault. `inject` makes it happen that often and checks that nothing was lost, doubled or left behind: it throws when
 * something was, and `NotRun` when the fault cannot be made to happen on this machine.
 */
export interface Fault {
  readonly name: string;
  readonly store: 'SQLite' | 'PostgreSQL' | 'both';
  /** How often in `npm test` and in `npm run torture`. */
  readonly times: { readonly short: number; readonly long: number };
  inject(count: number, scene: Scene): Promise<Suffered>;
}

export class NotRun extends Error {}

export type Verdict = 'held' | 'BROKEN' | 'NOT RUN';

/** A line of the table. */
export interface Line extends Suffered {
  readonly name: string;
  readonly store: Fault['store'];
  readonly wanted: number;
  readonly verdict: Verdict;
  readonly seconds: number;
}
