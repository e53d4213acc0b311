import { join } from 'node:path';
import { z } from 'zod';
import { toolName } from './board-tools.ts';
import { boardName, type Driver, type Launch, type Order, type Permission, type Provider } from './driver.ts';
import type { AgentEvent } from './events.ts';
import { failureOf } from './failure.ts';

/** opencode with `run --format json`: one turn. */
export const opencode: Driver = {
  name: 'opencode',
  program: 'opencode',
  probe: { args: ['--version'], least: '1.18.0' },
  abilities: {
    resume: true,
    chooses_session: false,
    steer: false,
    asks_permission: false,
    tells_board: false,
    tells_usage: true,
    tells_money: true,
    tells_reset: false,
  },
  // Its shells live on in groups of their own.
  cancel: { signal: 'SIGTERM', tells_usage: false },
  launch,
  read: (line) => {
    const known = event.safeParse(line);
    return known.success ? eventsOf(known.data) : undefined;
  },
  readError,
  ended: ({ errors }) =>
    errors.includes('Session not found')
      ? [{ type: 'error', kind: 'session', message: 'Session not found', retrying: false }]
      : [],
};

// Start -------------------------------------------------------------------------------------------------------------

function launch({ home, prompt, resume, board, may, model, provider }: Order): Launch {
  return {
    args: [
      'run',
      '--format',
      'json',
      // It says on standard error alone that it waits for its provider.
      '--print-logs',
      '--log-level',
      'WARN',
      ...(resume === undefined ? [] : ['--session', resume]),
      ...(model === undefined ? [] : ['--model', fullModel(model, provider)]),
    ],
    ...opencodeRoom(home, { board, may, model, provider }),
    stdin: prompt,
    leaves: {},
  };
}

/** Its private folder: what it finds there and how it is told. Without `board`, that goes with the session. */
export const opencodeRoom = (
  home: string,
  config: Parameters<typeof opencodeConfig>[0],
): Pick<Launch, 'env' | 'files'> => ({
  env: {
    ...opencodeFolders(home),
    OPENCODE_CONFIG: join(home, 'opencode.json'),
    OPENCODE_DISABLE_AUTOUPDATE: '1',
    OPENCODE_DISABLE_MODELS_FETCH: '1',
    OPENCODE_DISABLE_LSP_DOWNLOAD: '1',
  },
  files: [
    { path: join(home, 'opencode.json'), text: JSON.stringify(opencodeConfig(config)) },
    ...opencodeStub(home),
  ],
});

/** Its folders follow the XDG names, and so do those of the commands that it starts. */
const opencodeFolders = (home: string) => ({
  XDG_CONFIG_HOME: join(home, 'config'),
  XDG_DATA_HOME: join(home, 'data'),
  XDG_STATE_HOME: join(home, 'state'),
});

/**
 * At each start it installs a package for plugins from the registry into an empty configuration folder. It leaves alone a
 * folder that looks as if it were installed already.
 */
function opencodeStub(home: string): Launch['files'] {
  const folder = join(home, 'config', 'opencode');
  const dependencies = { '@opencode-ai/plugin': '*' };
  const lock = {
    lockfileVersion: 3,
    packages: { '': { dependencies }, 'node_modules/@opencode-ai/plugin': { version: '1.18.33' } },
  };
  return [
    { path: join(folder, 'package.json'), text: JSON.stringify({ dependencies }) },
    { path: join(folder, 'package-lock.json'), text: JSON.stringify(lock) },
    { path: join(folder, 'node_modules', '.keep'), text: '' },
  ];
}

const providerName = 'andon';

const fullModel = (model: string, provider: Order['provider']): string =>
  provider === undefined ? model : `${providerName}/${model}`;

const rules: Readonly<Record<Permission, Readonly<Record<string, string>>>> = {
  read: {
    '*': 'deny',
    read: 'allow',
    glob: 'allow',
    grep: 'allow',
    list: 'allow',
    [`${boardName}_*`]: 'allow',
  },
  edit: { '*': 'allow', bash: 'deny', webfetch: 'deny', external_directory: 'deny' },
  everything: { '*': 'allow' },
};

const cost = ({ prices }: Provider) =>
  prices && { cost: { input: prices.input, output: prices.output, cache_read: prices.cached } };

/** What `opencode.json` says; for `acp` the board comes with the session instead. */
function opencodeConfig({
  board,
  may,
  model,
  provider,
}: Omit<Pick<Order, 'board' | 'may' | 'model' | 'provider'>, 'board'> & {
  board: Order['board'] | undefined;
}) {
  const name = model === undefined ? undefined : fullModel(model, provider);
  return {
    autoupdate: false,
    share: 'disabled',
    permission: rules[may],
    ...(name !== undefined && { model: name, small_model: name }),
    ...(provider !== undefined &&
      model !== undefined && {
        provider: {
          [providerName]: {
            npm: '@ai-sdk/openai-compatible',
            options: { baseURL: `${provider.url}/v1`, apiKey: provider.key },
            models: {
              [model]: { tool_call: true, limit: { context: 128_000, output: 8192 }, ...cost(provider) },
            },
          },
        },
      }),
    ...(board && {
      mcp: {
        [boardName]: {
          type: 'local',
          command: [board.command, ...board.args],
          environment: board.env,
          enabled: true,
          timeout: 30_000,
        },
      },
    }),
  };
}

// Output ------------------------------------------------------------------------------------------------------------

const part = z.looseObject({ sessionID: z.string() });
const event = z.discriminatedUnion('type', [
  z.looseObject({ type: z.literal('step_start'), ...part.shape }),
  z.looseObject({ type: z.literal('text'), part: z.looseObject({ text: z.string() }) }),
  z.looseObject({ type: z.literal('reasoning'), part: z.looseObject({ text: z.string() }) }),
  z.looseObject({
    type: z.literal('tool_use'),
    part: z.looseObject({
      tool: z.string(),
      callID: z.string(),
      state: z.looseObject({
        status: z.string(),
        input: z.unknown(),
        output: z.string().optional(),
        error: z.string().optional(),
        metadata: z
          .looseObject({ filediff: z.looseObject({ file: z.string(), patch: z.string() }).optional() })
          .optional(),
      }),
    }),
  }),
  z.looseObject({
    type: z.literal('step_finish'),
    part: z.looseObject({
      reason: z.string(),
      cost: z.number(),
      tokens: z.looseObject({
        input: z.number(),
        output: z.number(),
        reasoning: z.number(),
        cache: z.looseObject({ read: z.number(), write: z.number() }),
      }),
    }),
  }),
  z.looseObject({
    type: z.literal('error'),
    ...part.shape,
    error: z.looseObject({
      name: z.string(),
      data: z.looseObject({ message: z.string().optional(), statusCode: z.number().optional() }).optional(),
    }),
  }),
]);

function eventsOf(line: z.infer<typeof event>): AgentEvent[] {
  switch (line.type) {
    case 'step_start':
      return [{ type: 'session', id: line.sessionID }];
    case 'text':
      return [{ type: 'text', text: line.part.text }];
    case 'reasoning':
      return [{ type: 'thought', text: line.part.text }];
    case 'tool_use':
      return toolEvents(line.part);
    case 'step_finish': {
      const { tokens, cost, reason } = line.part;
      const { read: cached, write } = tokens.cache;
      return [
        {
          type: 'usage',
          scope: 'call',
          tokens: {
            input: tokens.input + cached + write,
            cached,
            output: tokens.output + tokens.reasoning,
            thought: tokens.reasoning,
          },
          // 0 for a model whose price it does not know.
          ...(cost > 0 && { cost_usd: cost }),
        },
        ...(reason === 'stop' ? [{ type: 'end', reason: 'finished' } as const] : []),
      ];
    }
    case 'error': {
      const { name, data } = line.error;
      const failed = failureOf(data?.statusCode, data?.message ?? name, false);
      return [
        { type: 'session', id: line.sessionID },
        failed,
        { type: 'end', reason: name === 'MessageAbortedError' ? 'cancelled' : 'failed' },
      ];
    }
  }
}

type ToolPart = Extract<z.infer<typeof event>, { type: 'tool_use' }>['part'];

/** A call is told once, when it is over. */
function toolEvents({ tool, callID: id, state }: ToolPart): AgentEvent[] {
  const name = toolName(tool);
  const failed = state.status === 'error';
  const text = (failed ? state.error : state.output) ?? '';
  const diff = state.metadata?.filediff;
  const refused = failed && /rejected permission|prevents you from using/.test(text);
  return [
    { type: 'tool', id, stage: 'started', ...name, text: JSON.stringify(state.input ?? {}) },
    ...(refused ? [{ type: 'permission', id, stage: 'refused', tool: name.name, text } as const] : []),
    { type: 'tool', id, stage: failed ? 'failed' : 'done', ...name, text },
    ...(diff === undefined ? [] : [{ type: 'diff', path: diff.file, text: diff.patch } as const]),
  ];
}

/** A line of its log: `level=ERROR … message="stream error" … error.error="AI_APICallError: Rate limit reached."` */
function readError(line: string): AgentEvent[] {
  const [, message] = /message="stream error".* error\.error="((?:[^"\\]|\\.)*)"/.exec(line) ?? [];
  if (message === undefined) return [];
  if (/rate limit|too many requests/i.test(message)) return [{ type: 'limit', kind: 'rate', retrying: true }];
  if (/usage limit|quota/i.test(message)) return [{ type: 'limit', kind: 'quota', retrying: true }];
  if (/overloaded|unavailable|capacity/i.test(message))
    return [{ type: 'limit', kind: 'overloaded', retrying: true }];
  const kind = /connect|socket|fetch failed/i.test(message) ? 'network' : 'provider';
  return [{ type: 'error', kind, message, retrying: true }];
}
