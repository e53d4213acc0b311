import type { Result } from '../../domain/errors.ts';
import type { workerExcuses } from '../../domain/fault.ts';
import { asMillis } from '../../domain/ids.ts';
import { type Prices, priced } from '../../domain/prices.ts';
import type { Comment } from '../../domain/task.ts';
import type { Kernel } from '../../kernel/kernel.ts';
import { hashOf } from '../secret.ts';
import type { RunOrder } from './run-order.ts';
import type { Spent } from './usage.ts';

/** What a runner tells the board of its run, and asks of it; every word carries the run's proof. */
export interface RunDesk {
  /** Whether the run still holds its task: the worker's answer ends that, and so does whoever takes the task away. */
  holds(): Promise<boolean>;
  heartbeat(): Promise<void>;
  fail(error: string, cause: 'agent' | (typeof workerExcuses)[number], until?: number): Promise<void>;
  /** Notes who works, in which session, and what that has cost so far. */
  record(work: AgentWork): Promise<void>;
  /** Blocks the task with a reason that a person has to answer. */
  ask(question: string): Promise<void>;
  comment(text: string): Promise<void>;
  /** Comments of others that were written since the last look. */
  news(): Promise<readonly Comment[]>;
}

export interface AgentWork {
  readonly driver: string;
  readonly version: string | null;
  readonly session: string;
  readonly model: string | undefined;
  readonly spent: Spent;
}

/** `prices` are the home's own. */
export function createDesk(kernel: Kernel, order: RunOrder, prices: Prices): RunDesk {
  const { board, task_id, run_id, profile } = order;
  const by = { task_id, run_id, proof: hashOf(order.token), actor: profile };
  let seen: { created_at: Comment['created_at']; id: number } | undefined;
  const page = async (): Promise<readonly Comment[]> => {
    const limit = 100;
    const found = granted(await kernel.comments(board, { task_id, after: seen, limit }));
    const last = found.at(-1);
    if (last !== undefined) seen = { created_at: last.created_at, id: last.id };
    return found.length < limit ? found : [...found, ...(await page())];
  };
  // Those that are there already stand in the brief.
  const begun = page();
  return {
    holds: async () => granted(await kernel.holder(board, { run_id, proof: by.proof })) !== null,
    // A refusal means that the run is over, which `holds` tells.
    heartbeat: async () => void (await kernel.heartbeat(board, by)),
    fail: async (error, cause, until) => {
      const when = until === undefined ? {} : { until: asMillis(until) };
      await kernel.fail(board, { ...by, error, cause, ...when });
    },
    record: async ({ driver, version, session, model, spent }) => {
      const about = { task_id, run_id, proof: by.proof };
      granted(await kernel.recordSession(board, { ...about, driver, driver_version: version, session }));
      if (spent.tokens.input + spent.tokens.output === 0 && spent.cost_usd === undefined) return;
      const used = {
        model: model ?? 'unknown',
        input_tokens: spent.tokens.input,
        cache_read_tokens: spent.tokens.cached,
        cache_write_tokens: 0,
        output_tokens: spent.tokens.output,
        reasoning_tokens: spent.tokens.thought,
      };
      const cost =
        spent.cost_usd === undefined
          ? priced(used, prices)
          : ({ cost_micros: Math.round(spent.cost_usd * 1_000_000), source: 'agent' } as const);
      granted(await kernel.recordUsage(board, { ...about, usages: [{ ...used, ...cost }] }));
    },
    ask: async (reason) => {
      await kernel.block(board, { ...by, reason, kind: 'needs_input', comment_as: profile });
    },
    comment: async (body) => void granted(await kernel.comment(board, { task_id, author: profile, body })),
    news: async () => {
      await begun;
      return (await page()).filter(({ author }) => author !== profile);
    },
  };
}

function granted<Value>(result: Result<Value>): Value {
  if (result.ok) return result.value;
  throw new Error(result.refusal.sentence);
}
