import { join } from 'node:path';
import { z } from 'zod';
import { toolName } from './board-tools.ts';
import { boardName, type Driver, type Launch, type Order, type Permission } from './driver.ts';
import type { AgentEvent } from './events.ts';
import { failureOf } from './failure.ts';

/** Claude Code in print mode: one turn, told as a stream of JSON. */
export const claude: Driver = {
  name: 'claude',
  program: 'claude',
  probe: { args: ['--version'], least: '2.1.221' },
  abilities: {
    resume: true,
    chooses_session: true,
    steer: false,
    asks_permission: false,
    tells_board: true,
    tells_usage: true,
    tells_money: true,
    // A subscription is told the time, an API key is not.
    tells_reset: true,
  },
  // After SIGTERM it says nothing more and ends with 143.
  cancel: { signal: 'SIGINT', tells_usage: true },
  launch,
  read: (line) => {
    const known = message.safeParse(line);
    return known.success ? eventsOf(known.data) : undefined;
  },
  ended: () => [],
};

// Start -------------------------------------------------------------------------------------------------------------

function launch({ home, prompt, session, resume, board, may, model, provider }: Order): Launch {
  const mcp = join(home, 'mcp.json');
  return {
    args: [
      '--print',
      '--output-format',
      'stream-json',
      '--verbose',
      '--mcp-config',
      mcp,
      '--strict-mcp-config',
      ...(resume === undefined ? ['--session-id', session] : ['--resume', resume]),
      ...(model === undefined ? [] : ['--model', model]),
      '--permission-mode',
      may === 'read' ? 'dontAsk' : 'acceptEdits',
      '--disallowedTools',
      askTool,
      '--allowedTools',
      ...allowed[may],
    ],
    env: {
      CLAUDE_CONFIG_DIR: join(home, 'claude'),
      CLAUDE_CODE_DISABLE_NONESSENTIAL_TRAFFIC: '1',
      CLAUDE_CODE_SKIP_MCP_DEBUG_LOG_FILES: '1',
      DISABLE_AUTOUPDATER: '1',
      // Ten retries with growing pauses are four minutes of silence; a wrong key is retried as well.
      CLAUDE_CODE_MAX_RETRIES: '2',
      // How long it waits for the board's server before the first turn.
      MCP_TIMEOUT: '30000',
      ...(provider && { ANTHROPIC_BASE_URL: provider.url, ANTHROPIC_API_KEY: provider.key }),
    },
    files: [
      {
        path: mcp,
        // Else the tools are hidden behind a search, which not every model makes.
        text: JSON.stringify({ mcpServers: { [boardName]: { type: 'stdio', ...board, alwaysLoad: true } } }),
      },
    ],
    stdin: prompt,
    leaves: {},
  };
}

const boardTools = `mcp__${boardName}`;

/** Its own way to ask a person; with nobody there, questions go to the board. */
export const askTool = 'AskUserQuestion';

/** Its `bypassPermissions` is refused to root, and would also let it change its own settings. */
const allowed: Readonly<Record<Permission, readonly string[]>> = {
  read: [boardTools, 'Read', 'Glob', 'Grep'],
  edit: [boardTools],
  everything: [boardTools, 'Bash', 'Edit', 'Write', 'NotebookEdit', 'WebFetch', 'WebSearch'],
};

// Output ------------------------------------------------------------------------------------------------------------

const block = z.discriminatedUnion('type', [
  z.looseObject({ type: z.literal('text'), text: z.string() }),
  z.looseObject({ type: z.literal('thinking'), thinking: z.string() }),
  z.looseObject({ type: z.literal('tool_use'), id: z.string(), name: z.string(), input: z.unknown() }),
  z.looseObject({
    type: z.literal('tool_result'),
    tool_use_id: z.string(),
    content: z.unknown(),
    is_error: z.boolean().optional(),
  }),
]);
const patch = z.looseObject({
  filePath: z.string(),
  structuredPatch: z.array(z.looseObject({ lines: z.array(z.string()) })),
});
const tokens = z.looseObject({
  inputTokens: z.number(),
  outputTokens: z.number(),
  cacheReadInputTokens: z.number(),
  cacheCreationInputTokens: z.number(),
  thinkingTokens: z.number().optional(),
  costBasis: z.string().optional(),
});
/** Blocks of kinds that we do not know are left out, not the message with them. */
const blocks = z.array(z.unknown()).transform((all) => all.flatMap((one) => block.safeParse(one).data ?? []));

const message = z.discriminatedUnion('type', [
  z.looseObject({
    type: z.literal('system'),
    subtype: z.string(),
    session_id: z.string().optional(),
    model: z.string().optional(),
    mcp_servers: z.array(z.looseObject({ name: z.string(), status: z.string() })).optional(),
    error: z.string().optional(),
    error_status: z.number().nullish(),
    tool_name: z.string().optional(),
    tool_use_id: z.string().optional(),
    message: z.string().optional(),
  }),
  z.looseObject({
    type: z.literal('assistant'),
    message: z.looseObject({ content: blocks }),
    is_api_error_message: z.boolean().optional(),
    api_error_status: z.number().optional(),
    error: z.string().optional(),
  }),
  z.looseObject({
    type: z.literal('user'),
    message: z.looseObject({ content: z.union([z.string(), blocks]) }),
    tool_use_result: z.unknown().optional(),
  }),
  z.looseObject({
    type: z.literal('rate_limit_event'),
    rate_limit_info: z.looseObject({ status: z.string(), resetsAt: z.number().optional() }),
  }),
  z.looseObject({
    type: z.literal('result'),
    is_error: z.boolean(),
    terminal_reason: z.string().nullish(),
    total_cost_usd: z.number(),
    modelUsage: z.record(z.string(), tokens).default({}),
    num_turns: z.number(),
    errors: z.array(z.string()).optional(),
  }),
]);

type Message = z.infer<typeof message>;

function eventsOf(line: Message): AgentEvent[] {
  switch (line.type) {
    case 'system':
      return systemEvents(line);
    case 'assistant':
      return line.is_api_error_message ? [apiError(line)] : line.message.content.flatMap(blockEvents);
    case 'user': {
      const { content } = line.message;
      const results = typeof content === 'string' ? [] : content.filter(({ type }) => type === 'tool_result');
      return [...results.flatMap(blockEvents), ...diffs(line.tool_use_result)];
    }
    case 'rate_limit_event': {
      const { status, resetsAt } = line.rate_limit_info;
      if (status !== 'rejected') return [];
      const when = resetsAt === undefined ? {} : { resets_at: resetsAt * 1000 };
      return [{ type: 'limit', kind: 'quota', ...when, retrying: false }];
    }
    case 'result':
      return resultEvents(line);
  }
}

function systemEvents(line: Extract<Message, { type: 'system' }>): AgentEvent[] {
  switch (line.subtype) {
    case 'init': {
      const server = line.mcp_servers?.find(({ name }) => name === boardName);
      return [
        {
          type: 'session',
          ...(line.session_id !== undefined && { id: line.session_id }),
          ...(line.model !== undefined && { model: line.model }),
          board: server?.status === 'connected' ? 'connected' : 'failed',
        },
      ];
    }
    case 'api_retry':
      return [failureOf(line.error_status ?? undefined, line.error ?? 'unknown', true)];
    case 'permission_denied':
      return [
        {
          type: 'permission',
          id: line.tool_use_id ?? '',
          stage: 'refused',
          tool: toolName(line.tool_name ?? '').name,
          text: line.message ?? '',
        },
      ];
    default:
      return [];
  }
}

/** What it could not get from its provider, in the place of an answer. The limit of a subscription was told before. */
function apiError(line: Extract<Message, { type: 'assistant' }>): AgentEvent {
  const text = line.message.content.flatMap((one) => (one.type === 'text' ? [one.text] : [])).join('\n');
  if (line.error === 'authentication_failed')
    return { type: 'error', kind: 'auth', message: text, retrying: false };
  return failureOf(line.api_error_status, text, false);
}

function blockEvents(one: z.infer<typeof block>): AgentEvent[] {
  switch (one.type) {
    case 'text':
      return [{ type: 'text', text: one.text }];
    case 'thinking':
      return [{ type: 'thought', text: one.thinking }];
    case 'tool_use':
      return [
        {
          type: 'tool',
          id: one.id,
          stage: 'started',
          ...toolName(one.name),
          text: JSON.stringify(one.input),
        },
      ];
    case 'tool_result':
      return [
        {
          type: 'tool',
          id: one.tool_use_id,
          stage: one.is_error ? 'failed' : 'done',
          text: typeof one.content === 'string' ? one.content : JSON.stringify(one.content ?? ''),
        },
      ];
  }
}

function diffs(result: unknown): AgentEvent[] {
  const { data } = patch.safeParse(result);
  if (data === undefined || data.structuredPatch.length === 0) return [];
  return [
    {
      type: 'diff',
      path: data.filePath,
      text: data.structuredPatch.flatMap(({ lines }) => lines).join('\n'),
    },
  ];
}

function resultEvents(line: Extract<Message, { type: 'result' }>): AgentEvent[] {
  const all = Object.values(line.modelUsage);
  const sum = (of: (each: z.infer<typeof tokens>) => number): number =>
    all.reduce((total, each) => total + of(each), 0);
  const cached = sum((each) => each.cacheReadInputTokens);
  // A session that is not there is told by the result alone.
  const lost = line.num_turns === 0 && line.errors?.find((text) => text.includes('session ID'));
  return [
    ...(lost ? [{ type: 'error', kind: 'session', message: lost, retrying: false } as const] : []),
    {
      type: 'usage',
      // A resumed session counts on from where it was; `usage` beside it does not.
      scope: 'session',
      tokens: {
        input: sum((each) => each.inputTokens + each.cacheCreationInputTokens) + cached,
        cached,
        output: sum((each) => each.outputTokens),
        thought: sum((each) => each.thinkingTokens ?? 0),
      },
      // For a model whose price it does not know it makes one up.
      ...(all.every(({ costBasis }) => costBasis !== 'unknown') && { cost_usd: line.total_cost_usd }),
    },
    {
      type: 'end',
      reason: line.terminal_reason?.startsWith('aborted')
        ? 'cancelled'
        : line.is_error
          ? 'failed'
          : 'finished',
    },
  ];
}
