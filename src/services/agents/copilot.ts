import { join } from 'node:path';
import { z } from 'zod';
import { toolName } from './board-tools.ts';
import { boardName, type Driver, type Launch, type Order, type Permission } from './driver.ts';
import type { AgentEvent } from './events.ts';
import { failureOf, resetIn } from './failure.ts';

/** GitHub Copilot CLI in prompt mode: one turn, told as lines of JSON. */
export const copilot: Driver = {
  name: 'copilot',
  program: 'copilot',
  probe: { args: ['--version', '--no-auto-update'], least: '1.0.100' },
  abilities: {
    resume: true,
    chooses_session: true,
    steer: false,
    asks_permission: false,
    tells_board: true,
    tells_usage: true,
    // It bills by premium requests.
    tells_money: false,
    tells_reset: true,
  },
  // The program is a loader whose child does the work and gets no signal but the group's.
  cancel: { signal: 'SIGTERM', tells_usage: false },
  launch,
  read: (line, now) => {
    const known = event.safeParse(line);
    if (known.success) return eventsOf(known.data, now);
    return silent.safeParse(line).success ? [] : undefined;
  },
  ended: ({ errors }, { usage }) => [
    ...(/^Error: No session, task, or name matched/m.test(errors)
      ? [{ type: 'error', kind: 'session', message: errors.split('\n')[0] ?? '', retrying: false } as const]
      : []),
    ...usageEvents(usage),
  ],
};

// Start -------------------------------------------------------------------------------------------------------------

function launch({ home, prompt, session, resume, board, may, model, provider }: Order): Launch {
  const mcp = join(home, 'mcp.json');
  const usage = join(home, 'usage.json');
  return {
    args: [
      '--additional-mcp-config',
      `@${mcp}`,
      '--disable-builtin-mcps',
      '--output-format',
      'json',
      '--no-color',
      '--no-ask-user',
      '--no-auto-update',
      ...(resume === undefined ? ['--session-id', session] : [`--resume=${resume}`]),
      ...(model === undefined ? [] : ['--model', model]),
      '--usage-output-file',
      usage,
      ...allowed[may],
    ],
    env: {
      COPILOT_HOME: join(home, 'copilot'),
      COPILOT_CACHE_HOME: join(home, 'copilot-cache'),
      COPILOT_AUTO_UPDATE: 'false',
      ...(provider && {
        COPILOT_OFFLINE: 'true',
        COPILOT_PROVIDER_BASE_URL: `${provider.url}/v1`,
        COPILOT_PROVIDER_API_KEY: provider.key,
      }),
    },
    files: [{ path: mcp, text: JSON.stringify(copilotServers(board)) }],
    stdin: prompt,
    leaves: { usage },
  };
}

const allowed: Readonly<Record<Permission, readonly string[]>> = {
  read: ['--allow-tool', boardName],
  edit: ['--allow-tool', boardName, '--allow-tool', 'write'],
  // Tools alone leave files and addresses outside its folder closed.
  everything: ['--allow-all'],
};

/** The file of `--additional-mcp-config`, which is also the only way to give it the board over ACP. */
export const copilotServers = (board: Order['board']) => ({
  mcpServers: { [boardName]: { type: 'local', ...board, tools: ['*'] } },
});

// Output ------------------------------------------------------------------------------------------------------------

const server = z.looseObject({ name: z.string(), status: z.string(), error: z.string().optional() });
const event = z.discriminatedUnion('type', [
  z.looseObject({
    type: z.literal('session.mcp_servers_loaded'),
    data: z.looseObject({ servers: z.array(server) }),
  }),
  z.looseObject({ type: z.literal('assistant.reasoning'), data: z.looseObject({ content: z.string() }) }),
  z.looseObject({
    type: z.literal('assistant.message'),
    data: z.looseObject({ content: z.string(), model: z.string().optional() }),
  }),
  z.looseObject({
    type: z.literal('tool.execution_start'),
    data: z.looseObject({ toolCallId: z.string(), toolName: z.string(), arguments: z.unknown() }),
  }),
  z.looseObject({
    type: z.literal('tool.execution_complete'),
    data: z.looseObject({
      toolCallId: z.string(),
      success: z.boolean(),
      result: z.looseObject({ content: z.string(), detailedContent: z.string().optional() }).optional(),
      error: z.looseObject({ message: z.string(), code: z.string().optional() }).optional(),
      fileEdits: z.array(z.looseObject({ path: z.string() })).optional(),
    }),
  }),
  z.looseObject({
    type: z.literal('model.call_failure'),
    data: z.looseObject({ statusCode: z.number().optional(), errorMessage: z.string().default('') }),
  }),
  z.looseObject({
    type: z.literal('session.error'),
    data: z.looseObject({
      errorType: z.string(),
      message: z.string(),
      statusCode: z.number().optional(),
    }),
  }),
  z.looseObject({
    type: z.literal('result'),
    sessionId: z.string(),
    exitCode: z.number(),
  }),
  z.looseObject({ type: z.literal('abort') }),
]);

/** Known, and nothing to us. */
const silent = z.looseObject({
  type: z.enum([
    'agent.interrupted',
    'assistant.idle',
    'assistant.message_delta',
    'assistant.message_start',
    'assistant.reasoning_delta',
    'assistant.tool_call_delta',
    'assistant.turn_end',
    'assistant.turn_retry',
    'assistant.turn_start',
    'model.call_final_result',
    'model.call_finished',
    'model.call_start',
    'session.background_tasks_changed',
    'session.info',
    'session.mcp_server_status_changed',
    'session.mcp_server_tools_loaded',
    'session.skills_loaded',
    'session.tools_updated',
    'tool.execution_partial_result',
    'tool.shell_output',
    'user.message',
  ]),
});

function eventsOf(line: z.infer<typeof event>, now: number): AgentEvent[] {
  switch (line.type) {
    case 'session.mcp_servers_loaded': {
      const board = line.data.servers.find(({ name }) => name === boardName);
      // In a session that is taken up it may still be about to connect.
      return board?.status === 'connected' || board?.status === 'failed'
        ? [{ type: 'session', board: board.status }]
        : [];
    }
    case 'assistant.reasoning':
      return [{ type: 'thought', text: line.data.content }];
    case 'assistant.message':
      return line.data.content === '' ? [] : [{ type: 'text', text: line.data.content }];
    case 'tool.execution_start': {
      const { toolCallId: id, toolName: name, arguments: given } = line.data;
      return [{ type: 'tool', id, stage: 'started', ...toolName(name), text: JSON.stringify(given ?? {}) }];
    }
    case 'tool.execution_complete':
      return toolEvents(line.data);
    case 'model.call_failure':
      return [failure(line.data.statusCode, line.data.errorMessage, true, now)];
    case 'session.error':
      return [failure(line.data.statusCode, line.data.message, false, now)];
    case 'abort':
      return [{ type: 'end', reason: 'cancelled' }];
    case 'result':
      return [
        { type: 'session', id: line.sessionId },
        { type: 'end', reason: line.exitCode === 0 ? 'finished' : 'failed' },
      ];
  }
}

type Completed = Extract<z.infer<typeof event>, { type: 'tool.execution_complete' }>['data'];

function toolEvents({ toolCallId: id, success, result, error, fileEdits = [] }: Completed): AgentEvent[] {
  const text = (success ? result?.content : error?.message) ?? '';
  const refused = error?.code === 'denied' || error?.code === 'rejected';
  return [
    ...(refused ? [{ type: 'permission', id, stage: 'refused', tool: '', text } as const] : []),
    { type: 'tool', id, stage: success ? 'done' : 'failed', text },
    ...fileEdits.map(({ path }) => ({ type: 'diff', path, text: result?.detailedContent ?? '' }) as const),
  ];
}

function failure(status: number | undefined, message: string, retrying: boolean, now: number): AgentEvent {
  const failed = failureOf(status, message, retrying);
  const resets_at = resetIn(message, now);
  return failed.type === 'limit' && resets_at !== undefined ? { ...failed, resets_at } : failed;
}

const usageFile = z.looseObject({
  modelMetrics: z.record(
    z.string(),
    z.looseObject({
      usage: z.looseObject({
        inputTokens: z.number(),
        outputTokens: z.number(),
        cacheReadTokens: z.number(),
        reasoningTokens: z.number().default(0),
      }),
    }),
  ),
});

/** What `--usage-output-file` says; it is not written when the process is killed. */
function usageEvents(text: string | undefined): AgentEvent[] {
  if (text === undefined) return [];
  const models = Object.values(usageFile.parse(JSON.parse(text)).modelMetrics).map(({ usage }) => usage);
  const sum = (of: (each: (typeof models)[number]) => number): number =>
    models.reduce((total, each) => total + of(each), 0);
  return [
    {
      type: 'usage',
      scope: 'session',
      tokens: {
        input: sum((each) => each.inputTokens),
        cached: sum((each) => each.cacheReadTokens),
        output: sum((each) => each.outputTokens),
        thought: sum((each) => each.reasoningTokens),
      },
    },
  ];
}
