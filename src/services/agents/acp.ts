import { z } from 'zod';
import { toolName } from './board-tools.ts';
import type { AgentEvent, EndEvent } from './events.ts';
import { failureOf, resetIn } from './failure.ts';

/**
 * The Agent Client Protocol, version 1: what its messages mean, for any agent. The connection itself is the business of the
 * protocol's own library; what differs between agents stands in `acp-agents.ts`.
 */

const content = z.looseObject({ type: z.string(), text: z.string().optional() });
const toolContent = z.array(
  z.looseObject({
    type: z.string(),
    content: content.optional(),
    path: z.string().optional(),
    oldText: z.string().nullish(),
    newText: z.string().optional(),
  }),
);
const call = {
  toolCallId: z.string(),
  title: z.string().nullish(),
  status: z.string().nullish(),
  rawInput: z.unknown().optional(),
  rawOutput: z.unknown().optional(),
  content: toolContent.nullish(),
};
const update = z.discriminatedUnion('sessionUpdate', [
  z.looseObject({ sessionUpdate: z.literal('agent_message_chunk'), content }),
  z.looseObject({ sessionUpdate: z.literal('agent_thought_chunk'), content }),
  z.looseObject({ sessionUpdate: z.literal('user_message_chunk') }),
  z.looseObject({ sessionUpdate: z.literal('tool_call'), ...call }),
  z.looseObject({ sessionUpdate: z.literal('tool_call_update'), ...call }),
  z.looseObject({
    sessionUpdate: z.literal('usage_update'),
    cost: z.looseObject({ amount: z.number(), currency: z.string() }).nullish(),
  }),
  ...[
    z.looseObject({ sessionUpdate: z.literal('plan') }),
    z.looseObject({ sessionUpdate: z.literal('available_commands_update') }),
    z.looseObject({ sessionUpdate: z.literal('current_mode_update') }),
    z.looseObject({ sessionUpdate: z.literal('config_option_update') }),
    z.looseObject({ sessionUpdate: z.literal('session_info_update') }),
  ],
]);
type Update = z.infer<typeof update>;

/** What a notification `session/update` means; `undefined` when it is of no known kind. */
export function readUpdate(given: unknown): readonly AgentEvent[] | undefined {
  const { data } = update.safeParse(given);
  return data && eventsOf(data);
}

function eventsOf(one: Update): AgentEvent[] {
  switch (one.sessionUpdate) {
    case 'agent_message_chunk':
      return [{ type: 'text', text: one.content.text ?? '' }];
    case 'agent_thought_chunk':
      return [{ type: 'thought', text: one.content.text ?? '' }];
    case 'tool_call':
    case 'tool_call_update':
      return toolEvents(one);
    case 'usage_update':
      return one.cost?.currency === 'USD'
        ? [{ type: 'usage', scope: 'session', cost_usd: one.cost.amount }]
        : [];
    default:
      return [];
  }
}

type ToolUpdate = Extract<Update, { sessionUpdate: 'tool_call' | 'tool_call_update' }>;

function toolEvents(one: ToolUpdate): AgentEvent[] {
  const { toolCallId: id, title, status, rawInput, rawOutput, content: parts } = one;
  const name = title ? acpToolName(title) : {};
  const events: AgentEvent[] = (parts ?? []).flatMap(({ type, path, newText }) =>
    type === 'diff' && path !== undefined ? [{ type: 'diff', path, text: newText ?? '' } as const] : [],
  );
  if (one.sessionUpdate === 'tool_call')
    events.unshift({ type: 'tool', id, stage: 'started', ...name, text: JSON.stringify(rawInput ?? {}) });
  if (status === 'completed' || status === 'failed') {
    const said = (parts ?? []).flatMap((part) => part.content?.text ?? []).join('\n');
    const text = said || JSON.stringify(rawOutput ?? '');
    events.push({ type: 'tool', id, stage: status === 'completed' ? 'done' : 'failed', ...name, text });
  }
  return events;
}

/** A title is `mcp__board__kanban_show`, `mcp.board.kanban_show`, `kanban_show (board MCP Server)` or words. */
export function acpToolName(title: string): { readonly name: string; readonly board?: true } {
  const plain = title.replace(/^(\w+) \((\w+) MCP Server\)$/, '$2_$1').replaceAll('.', '_');
  const known = toolName(plain);
  return known.board ? known : { name: title };
}

// Answers -----------------------------------------------------------------------------------------------------------

const option = z.looseObject({ optionId: z.string(), kind: z.string() });
const permission = z.looseObject({
  toolCall: z.looseObject({ toolCallId: z.string(), title: z.string().nullish(), rawInput: z.unknown() }),
  options: z.array(option),
});

/** A request for permission, with the answers that it takes. */
export function readPermission(params: unknown): { readonly event: AgentEvent; readonly options: Options } {
  const { toolCall, options } = permission.parse(params);
  const { name } = acpToolName(toolCall.title ?? '');
  return {
    event: {
      type: 'permission',
      id: toolCall.toolCallId,
      stage: 'asked',
      tool: name,
      text: JSON.stringify(toolCall.rawInput ?? {}),
    },
    options,
  };
}

type Options = readonly z.infer<typeof option>[];

/**
 * The answer to a request for permission: an option that was offered, and for this once, because a lasting one changes the
 * agent's own settings. Without such an option the request is cancelled.
 */
export function permissionOutcome(options: Options, allowed: boolean) {
  const chosen = options.find(({ kind }) => kind === (allowed ? 'allow_once' : 'reject_once'));
  return chosen === undefined
    ? { outcome: 'cancelled' as const }
    : { outcome: 'selected' as const, optionId: chosen.optionId };
}

const ended = z.looseObject({
  stopReason: z.string(),
  usage: z
    .looseObject({
      totalTokens: z.number(),
      outputTokens: z.number(),
      cachedReadTokens: z.number().nullish(),
      thoughtTokens: z.number().nullish(),
    })
    .nullish(),
  _meta: z
    .looseObject({
      quota: z
        .looseObject({
          // Gemini's form; others have one of their own here, beside `usage`.
          token_count: z
            .looseObject({ input_tokens: z.number(), output_tokens: z.number() })
            .optional()
            .catch(undefined),
        })
        .optional(),
    })
    .nullish(),
});

/** The answer to `session/prompt`; its tokens count only where they are those of the whole turn. */
export function readEnd(result: unknown, tellsTokens: boolean): readonly AgentEvent[] {
  const { stopReason, usage, _meta } = ended.parse(result);
  const gemini = _meta?.quota?.token_count;
  const tokens = usage
    ? {
        // Some count what came from the cache in `inputTokens`, some beside it; the total is the same for all.
        input: usage.totalTokens - usage.outputTokens,
        cached: usage.cachedReadTokens ?? 0,
        output: usage.outputTokens,
        thought: usage.thoughtTokens ?? 0,
      }
    : gemini && { input: gemini.input_tokens, cached: 0, output: gemini.output_tokens, thought: 0 };
  return [
    ...(tokens && tellsTokens ? [{ type: 'usage', scope: 'call', tokens } as const] : []),
    { type: 'end', reason: endReason(stopReason) },
  ];
}

const endReason = (stopReason: string): EndEvent['reason'] => {
  if (stopReason === 'end_turn') return 'finished';
  return stopReason === 'cancelled' ? 'cancelled' : 'failed';
};

const failure = z.looseObject({
  code: z.number().optional(),
  message: z.string(),
  data: z
    .looseObject({
      message: z.string().optional(),
      details: z.string().optional(),
      errorKind: z.string().optional(),
      codexErrorInfo: z.unknown().optional(),
    })
    .nullish()
    .catch(null),
});

/** An error as the answer to a request; `now` in milliseconds since 1970. */
export function readError(error: unknown, now: number): readonly AgentEvent[] {
  const { data } = failure.safeParse(error);
  const { code, message } = data ?? { code: undefined, message: String(error) };
  const words = [message, data?.data?.message, data?.data?.details].filter(Boolean).join(': ');
  return [
    acpFailure(code, words, data?.data?.errorKind ?? data?.data?.codexErrorInfo, now),
    { type: 'end', reason: 'failed' },
  ];
}

function acpFailure(code: number | undefined, message: string, kind: unknown, now: number): AgentEvent {
  const resets_at = resetIn(message, now);
  const when = resets_at === undefined ? {} : { resets_at };
  if (kind === 'usageLimitExceeded' || /daily quota|usage limit/i.test(message))
    return { type: 'limit', kind: 'quota', ...when, retrying: false };
  if (kind === 'rate_limit' || code === 429) return { type: 'limit', kind: 'rate', ...when, retrying: false };
  if (code === -32000 || kind === 'authentication_failed' || /api key|authentication/i.test(message))
    return { type: 'error', kind: 'auth', message, retrying: false };
  if (/session/i.test(message) && /not found|no previous|no conversation/i.test(message))
    return { type: 'error', kind: 'session', message, retrying: false };
  if (code !== undefined && code >= 400) return failureOf(code, message, false);
  return { type: 'error', kind: 'agent', message, retrying: false };
}
