import { z } from 'zod';
import { codexFailure } from './codex.ts';
import { boardName } from './driver.ts';
import type { AgentEvent, ErrorEvent, LimitEvent } from './events.ts';

/** What Codex's app server tells by itself: its notifications. `undefined`: of no known kind. */
export function readServer(line: unknown, now: number): readonly AgentEvent[] | undefined {
  const known = notification.safeParse(line);
  if (known.success) return eventsOf(known.data, now);
  return silent.safeParse(line).success ? [] : undefined;
}

const failure = z.looseObject({
  message: z.string(),
  codexErrorInfo: z.union([z.string(), z.record(z.string(), z.unknown())]).nullish(),
});
const item = z.discriminatedUnion('type', [
  z.looseObject({ type: z.literal('agentMessage'), text: z.string() }),
  z.looseObject({ type: z.literal('reasoning'), summary: z.array(z.string()) }),
  z.looseObject({
    type: z.literal('commandExecution'),
    id: z.string(),
    command: z.string(),
    status: z.string(),
    aggregatedOutput: z.string().nullish(),
    exitCode: z.number().nullish(),
  }),
  z.looseObject({
    type: z.literal('fileChange'),
    changes: z.array(z.looseObject({ path: z.string(), diff: z.string() })),
  }),
  z.looseObject({
    type: z.literal('mcpToolCall'),
    id: z.string(),
    server: z.string(),
    tool: z.string(),
    arguments: z.unknown(),
    result: z.looseObject({ content: z.unknown() }).nullish(),
    error: z.looseObject({ message: z.string() }).nullish(),
  }),
  z.looseObject({ type: z.literal('userMessage') }),
]);
const limitWindow = z.looseObject({ usedPercent: z.number(), resetsAt: z.number().nullish() }).nullish();
const tokens = z.looseObject({
  inputTokens: z.number(),
  cachedInputTokens: z.number(),
  outputTokens: z.number(),
  reasoningOutputTokens: z.number(),
});
const notification = z.discriminatedUnion('method', [
  z.looseObject({
    method: z.literal('mcpServer/startupStatus/updated'),
    params: z.looseObject({ name: z.string(), status: z.string(), error: z.string().nullish() }),
  }),
  z.looseObject({ method: z.literal('item/started'), params: z.looseObject({ item }) }),
  z.looseObject({ method: z.literal('item/completed'), params: z.looseObject({ item }) }),
  z.looseObject({
    method: z.literal('thread/tokenUsage/updated'),
    params: z.looseObject({ tokenUsage: z.looseObject({ total: tokens }) }),
  }),
  z.looseObject({
    method: z.literal('account/rateLimits/updated'),
    params: z.looseObject({
      rateLimits: z.looseObject({ primary: limitWindow, secondary: limitWindow }),
    }),
  }),
  z.looseObject({
    method: z.literal('error'),
    params: z.looseObject({ error: failure, willRetry: z.boolean() }),
  }),
  z.looseObject({
    method: z.literal('turn/completed'),
    params: z.looseObject({ turn: z.looseObject({ status: z.string() }) }),
  }),
]);
/** Known, and nothing to us. */
const silent = z.looseObject({
  method: z
    .string()
    .regex(/^(?:thread|turn|item|skills|config|remoteControl|serverRequest|account)\/|^(?:configW|w)arning$/),
});

function eventsOf(line: z.infer<typeof notification>, now: number): AgentEvent[] {
  switch (line.method) {
    case 'mcpServer/startupStatus/updated': {
      const { name, status, error } = line.params;
      if (name !== boardName || status === 'starting') return [];
      const session: AgentEvent = { type: 'session', board: status === 'ready' ? 'connected' : 'failed' };
      return error ? [session, { type: 'error', kind: 'board', message: error, retrying: false }] : [session];
    }
    case 'item/started':
      return started(line.params.item);
    case 'item/completed':
      return completed(line.params.item);
    case 'thread/tokenUsage/updated': {
      const { total } = line.params.tokenUsage;
      return [
        {
          type: 'usage',
          scope: 'session',
          tokens: {
            input: total.inputTokens,
            cached: total.cachedInputTokens,
            output: total.outputTokens,
            thought: total.reasoningOutputTokens,
          },
        },
      ];
    }
    case 'account/rateLimits/updated': {
      const { primary, secondary } = line.params.rateLimits;
      const full = [primary, secondary].filter((each) => (each?.usedPercent ?? 0) >= 100);
      const ends = full.flatMap((each) => each?.resetsAt ?? []).map((seconds) => seconds * 1000);
      const resets_at = Math.max(...ends);
      return resets_at > now ? [{ type: 'limit', kind: 'quota', resets_at, retrying: false }] : [];
    }
    case 'error':
      return [failed(line.params.error, line.params.willRetry)];
    case 'turn/completed': {
      const { status } = line.params.turn;
      const reason = status === 'completed' ? 'finished' : status === 'interrupted' ? 'cancelled' : 'failed';
      return [{ type: 'end', reason }];
    }
  }
}

type Item = z.infer<typeof item>;

const named = ({ server, tool }: { server: string; tool: string }) => ({
  name: tool,
  ...(server === boardName && { board: true }),
});

function started(one: Item): AgentEvent[] {
  if (one.type === 'mcpToolCall')
    return [
      { type: 'tool', id: one.id, stage: 'started', ...named(one), text: JSON.stringify(one.arguments) },
    ];
  if (one.type === 'commandExecution')
    return [{ type: 'tool', id: one.id, stage: 'started', name: 'shell', text: one.command }];
  return [];
}

function completed(one: Item): AgentEvent[] {
  switch (one.type) {
    case 'userMessage':
      return [];
    case 'agentMessage':
      return [{ type: 'text', text: one.text }];
    case 'reasoning':
      return one.summary.length === 0 ? [] : [{ type: 'thought', text: one.summary.join('\n') }];
    case 'fileChange':
      return one.changes.map(({ path, diff }) => ({ type: 'diff', path, text: diff }));
    case 'commandExecution': {
      const stage = one.exitCode === 0 ? 'done' : 'failed';
      const text = one.aggregatedOutput ?? '';
      const refused = one.status === 'declined';
      return [
        ...(refused
          ? [{ type: 'permission', id: one.id, stage: 'refused', tool: 'shell', text: one.command } as const]
          : []),
        { type: 'tool', id: one.id, stage, name: 'shell', text },
      ];
    }
    case 'mcpToolCall':
      return [
        {
          type: 'tool',
          id: one.id,
          stage: one.error ? 'failed' : 'done',
          ...named(one),
          text: one.error?.message ?? JSON.stringify(one.result?.content ?? ''),
        },
      ];
  }
}

/** What went wrong: by its code where there is one, else by its words. */
function failed(
  { message, codexErrorInfo: info }: z.infer<typeof failure>,
  retrying: boolean,
): LimitEvent | ErrorEvent {
  switch (info) {
    case 'usageLimitExceeded':
      return { type: 'limit', kind: 'quota', retrying };
    case 'rateLimitExceeded':
      return { type: 'limit', kind: 'rate', retrying };
    case 'serverOverloaded':
      return { type: 'limit', kind: 'overloaded', retrying };
    case 'unauthorized':
      return { type: 'error', kind: 'auth', message, retrying };
    case 'internalServerError':
      return { type: 'error', kind: 'provider', message, retrying };
    default:
      return codexFailure(message, retrying);
  }
}
