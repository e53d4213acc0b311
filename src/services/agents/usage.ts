import type { AgentEvent, Tokens } from './events.ts';

/** What a run has cost in all: calls are added up, everything else replaces what was said before. */
export function usageOf(events: readonly AgentEvent[]): {
  readonly tokens: Tokens;
  readonly cost_usd: number;
} {
  let tokens: Tokens = { input: 0, cached: 0, output: 0, thought: 0 };
  let cost_usd = 0;
  for (const event of events) {
    if (event.type !== 'usage') continue;
    const adds = event.scope === 'call';
    if (event.tokens !== undefined) tokens = adds ? plus(tokens, event.tokens) : event.tokens;
    if (event.cost_usd !== undefined) cost_usd = (adds ? cost_usd : 0) + event.cost_usd;
  }
  return { tokens, cost_usd };
}

const plus = (a: Tokens, b: Tokens): Tokens => ({
  input: a.input + b.input,
  cached: a.cached + b.cached,
  output: a.output + b.output,
  thought: a.thought + b.thought,
});
