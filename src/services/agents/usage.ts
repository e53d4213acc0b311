import type { AgentEvent, Tokens, UsageEvent } from './events.ts';

/** What was spent: tokens, and US dollars where the agent tells them. */
export interface Spent {
  readonly tokens: Tokens;
  readonly cost_usd: number | undefined;
}

/** Adds up what an agent tells of its cost, which each counts from another beginning. */
export interface Meter {
  take(event: UsageEvent): void;
  /** A new process of the agent goes on with the same run. */
  nextProcess(): void;
  /** What this run has spent. */
  readonly run: Spent;
  /** What its session has spent since it began, as far as the agent counts that. */
  readonly session: Spent;
}

const nothing: Tokens = { input: 0, cached: 0, output: 0, thought: 0 };
export const unspent: Spent = { tokens: nothing, cost_usd: undefined };

/** `before`: what the session had spent when this run took it up. */
export function createMeter(before: Spent): Meter {
  let [run, session, base] = [unspent, before, unspent];
  return {
    take: ({ scope, tokens, cost_usd: money }) => {
      const told: Spent = { tokens: tokens ?? nothing, cost_usd: money };
      const sum =
        scope === 'call' ? add(run, told) : scope === 'process' ? add(base, told) : since(before, told);
      // What was not told stays as it was.
      run = {
        tokens: tokens === undefined ? run.tokens : sum.tokens,
        cost_usd: money === undefined ? run.cost_usd : sum.cost_usd,
      };
      if (scope === 'session')
        session = { tokens: tokens ?? session.tokens, cost_usd: money ?? session.cost_usd };
    },
    nextProcess: () => {
      base = run;
    },
    get run() {
      return run;
    },
    get session() {
      return session;
    },
  };
}

/** What a run of a new session has cost in all. */
export function usageOf(events: readonly AgentEvent[]): Spent {
  const meter = createMeter(unspent);
  for (const event of events) if (event.type === 'usage') meter.take(event);
  return meter.run;
}

const each = (of: (name: keyof Tokens) => number): Tokens => ({
  input: of('input'),
  cached: of('cached'),
  output: of('output'),
  thought: of('thought'),
});

const add = (a: Spent, b: Spent): Spent => ({
  tokens: each((name) => a.tokens[name] + b.tokens[name]),
  cost_usd: b.cost_usd === undefined ? a.cost_usd : (a.cost_usd ?? 0) + b.cost_usd,
});

/** An agent that was killed may have told less before than it counts now; it never gives anything back. */
const since = (before: Spent, now: Spent): Spent => ({
  tokens: each((name) => Math.max(0, now.tokens[name] - before.tokens[name])),
  cost_usd: now.cost_usd === undefined ? undefined : Math.max(0, now.cost_usd - (before.cost_usd ?? 0)),
});
