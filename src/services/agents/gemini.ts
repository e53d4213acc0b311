import { join } from 'node:path';
import { z } from 'zod';
import { toolName } from './board-tools.ts';
import { boardName, type Driver, type Launch, type Order, type Permission } from './driver.ts';
import type { AgentEvent } from './events.ts';
import { failureOf, resetIn } from './failure.ts';

/** Gemini CLI in headless mode: one turn, told as a stream of JSON. */
export const gemini: Driver = {
  name: 'gemini',
  program: 'gemini',
  probe: { args: ['--version'], least: '0.61.0' },
  abilities: {
    resume: true,
    chooses_session: true,
    steer: false,
    asks_permission: false,
    tells_board: true,
    tells_usage: true,
    tells_money: false,
    tells_reset: true,
  },
  // Ends with 0. Its shells live on in groups of their own.
  cancel: { signal: 'SIGTERM', tells_usage: false },
  launch,
  read: (line, now) => {
    const known = event.safeParse(line);
    return known.success ? eventsOf(known.data, now) : undefined;
  },
  readError,
  ended: ({ code, errors }) => {
    if (code === 41) return [{ type: 'error', kind: 'auth', message: lastWords(errors), retrying: false }];
    if (code === 42) return [{ type: 'error', kind: 'session', message: lastWords(errors), retrying: false }];
    return [];
  },
};

// Start -------------------------------------------------------------------------------------------------------------

function launch({ home, prompt, session, resume, board, may, model, provider }: Order): Launch {
  return {
    args: [
      '--output-format',
      'stream-json',
      '--skip-trust',
      '--approval-mode',
      modes[may],
      ...(resume === undefined ? ['--session-id', session] : ['--resume', resume]),
      ...(model === undefined ? [] : ['--model', model]),
    ],
    ...geminiRoom(home, provider, board),
    stdin: prompt,
    leaves: {},
  };
}

/** Its private folder: what it finds there and how it is told. Without `board`, that goes with the session. */
export const geminiRoom = (
  home: string,
  provider: Order['provider'],
  board: Order['board'] | undefined,
): Pick<Launch, 'env' | 'files'> => ({
  env: {
    GEMINI_CLI_HOME: home,
    // It starts itself again else, and the first process does not pass signals on.
    GEMINI_CLI_NO_RELAUNCH: 'true',
    // Each failed request leaves a report with the whole conversation there.
    TMPDIR: join(home, 'tmp'),
    ...(provider && { GOOGLE_GEMINI_BASE_URL: provider.url, GEMINI_API_KEY: provider.key }),
  },
  files: [
    {
      path: join(home, '.gemini', 'settings.json'),
      text: JSON.stringify(geminiSettings(board, provider !== undefined)),
    },
    { path: join(home, 'tmp', '.keep'), text: '' },
  ],
});

const modes: Readonly<Record<Permission, string>> = {
  read: 'default',
  edit: 'auto_edit',
  everything: 'yolo',
};

/** What `settings.json` says; for `--acp` the board comes with the session instead. */
const geminiSettings = (board: Order['board'] | undefined, withKey: boolean) => ({
  security: { ...(withKey && { auth: { selectedType: 'gemini-api-key' } }), folderTrust: { enabled: false } },
  // Three attempts, and not ten with pauses of half a minute.
  general: { enableAutoUpdate: false, maxAttempts: 3 },
  privacy: { usageStatisticsEnabled: false },
  telemetry: { enabled: false },
  ...(board && { mcpServers: { [boardName]: { ...board, trust: true, timeout: 30_000 } } }),
});

// Output ------------------------------------------------------------------------------------------------------------

const event = z.discriminatedUnion('type', [
  z.looseObject({ type: z.literal('init'), session_id: z.string(), model: z.string().optional() }),
  z.looseObject({ type: z.literal('message'), role: z.string(), content: z.string() }),
  z.looseObject({
    type: z.literal('tool_use'),
    tool_name: z.string(),
    tool_id: z.string(),
    parameters: z.looseObject({ file_path: z.string().optional() }),
  }),
  z.looseObject({
    type: z.literal('tool_result'),
    tool_id: z.string(),
    status: z.string(),
    output: z.string().optional(),
    error: z.looseObject({ message: z.string() }).optional(),
  }),
  z.looseObject({ type: z.literal('error'), message: z.string() }),
  z.looseObject({
    type: z.literal('result'),
    status: z.string(),
    error: z.looseObject({ message: z.string() }).optional(),
    stats: z
      .looseObject({
        total_tokens: z.number(),
        input_tokens: z.number(),
        output_tokens: z.number(),
        cached: z.number(),
      })
      .optional(),
  }),
]);

function eventsOf(line: z.infer<typeof event>, now: number): AgentEvent[] {
  switch (line.type) {
    case 'init':
      return [
        { type: 'session', id: line.session_id, ...(line.model !== undefined && { model: line.model }) },
      ];
    case 'message':
      return line.role === 'assistant' ? [{ type: 'text', text: line.content }] : [];
    case 'tool_use': {
      const call: AgentEvent = {
        type: 'tool',
        id: line.tool_id,
        stage: 'started',
        ...toolName(line.tool_name),
        text: JSON.stringify(line.parameters),
      };
      const path = line.parameters.file_path;
      const edits = path !== undefined && ['replace', 'write_file'].includes(line.tool_name);
      return edits ? [call, { type: 'diff', path, text: '' }] : [call];
    }
    case 'tool_result': {
      const failed = line.status !== 'success';
      const text = (failed ? line.error?.message : undefined) ?? line.output ?? '';
      return [{ type: 'tool', id: line.tool_id, stage: failed ? 'failed' : 'done', text }];
    }
    // A warning; what ends the turn comes as `result`.
    case 'error':
      return [];
    case 'result': {
      const { stats, error } = line;
      return [
        ...(error === undefined ? [] : [failure(error.message, now)]),
        ...(stats === undefined
          ? []
          : [
              {
                type: 'usage',
                scope: 'process',
                tokens: {
                  input: stats.input_tokens,
                  cached: stats.cached,
                  // Thoughts stand in the total alone.
                  output: stats.total_tokens - stats.input_tokens,
                  thought: stats.total_tokens - stats.input_tokens - stats.output_tokens,
                },
              } as const,
            ]),
        { type: 'end', reason: line.status === 'success' ? 'finished' : 'failed' },
      ];
    }
  }
}

/** `[API Error: …]`, with the provider's JSON or with words. */
function failure(message: string, now: number): AgentEvent {
  if (/quota/i.test(message)) {
    const resets_at = resetIn(message, now);
    const kind = /daily|exhausted/i.test(message) ? 'quota' : 'rate';
    return { type: 'limit', kind, ...(resets_at !== undefined && { resets_at }), retrying: false };
  }
  const [, status] = /"code":(\d{3})\b/.exec(message) ?? [];
  return failureOf(status === undefined ? undefined : Number(status), message, false);
}

function readError(line: string, now: number): AgentEvent[] {
  if (line.startsWith('MCP issues detected')) return [{ type: 'session', board: 'failed' }];
  if (/^Attempt \d+ failed: You exceeded your current quota/.test(line)) {
    const resets_at = resetIn(line, now);
    return [{ type: 'limit', kind: 'rate', ...(resets_at !== undefined && { resets_at }), retrying: true }];
  }
  const [, status] = /^Attempt \d+ failed(?: with status (\d{3}))?\. Retrying/.exec(line) ?? [undefined, ''];
  return status === '' ? [] : [failureOf(status === undefined ? undefined : Number(status), line, true)];
}

const lastWords = (errors: string): string => errors.trim().split('\n').at(-1) ?? '';
