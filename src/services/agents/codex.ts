import { join } from 'node:path';
import { z } from 'zod';
import { boardName, type Driver, type Launch, type Order, type Permission, type Provider } from './driver.ts';
import type { AgentEvent, ErrorEvent, LimitEvent } from './events.ts';
import { failureOf } from './failure.ts';

/** Codex with `exec --json`: one turn. Its app server (`codex-server.ts`) tells more: limits, approvals, the board. */
export const codex: Driver = {
  name: 'codex',
  program: 'codex',
  probe: { args: ['--version'], least: '0.166.0' },
  abilities: {
    resume: true,
    chooses_session: false,
    steer: false,
    asks_permission: false,
    // By refusing to start without it (`required`).
    tells_board: true,
    tells_usage: true,
    tells_money: false,
    tells_reset: false,
  },
  cancel: { signal: 'SIGTERM', tells_usage: false },
  launch,
  read: (line) => {
    const known = event.safeParse(line);
    return known.success ? eventsOf(known.data) : undefined;
  },
  ended: ({ errors }) => {
    const of = (kind: ErrorEvent['kind'], pattern: RegExp): ErrorEvent[] => {
      const found = pattern.exec(errors)?.[0];
      return found === undefined ? [] : [{ type: 'error', kind, message: found.trim(), retrying: false }];
    };
    return [
      ...of('board', /required MCP servers failed to initialize: [^\n]*/),
      ...of('session', /no rollout found for thread id [^\n]*/),
    ];
  },
};

// Start -------------------------------------------------------------------------------------------------------------

function launch({ home, cwd, prompt, resume, board, may, model, provider }: Order): Launch {
  const folder = join(home, 'codex');
  return {
    args: [
      'exec',
      ...(resume === undefined ? ['--cd', cwd] : ['resume']),
      '--json',
      '--skip-git-repo-check',
      ...(resume === undefined ? [] : [resume]),
      '-',
    ],
    env: { CODEX_HOME: folder, ...(provider && { [keyName]: provider.key }) },
    files: [
      {
        path: join(folder, 'config.toml'),
        text: codexConfig({ board, may, model, provider }, 'never'),
      },
    ],
    stdin: prompt,
    leaves: {},
  };
}

/** Where Codex finds the provider's key. */
const keyName = 'ANDON_PROVIDER_KEY';

const sandbox: Readonly<Record<Permission, string>> = {
  read: 'read-only',
  edit: 'workspace-write',
  everything: 'danger-full-access',
};

/** A `config.toml`, with what it does when it may not do something. A text of JSON is one of TOML too. */
export function codexConfig(
  { board, may, model, provider }: Pick<Order, 'board' | 'may' | 'model' | 'provider'>,
  approval: 'never' | 'on-request',
): string {
  const lines = (table: string, values: Readonly<Record<string, unknown>>): string =>
    [
      `[${table}]`,
      ...Object.entries(values).map(([name, value]) => `${name} = ${JSON.stringify(value)}`),
    ].join('\n');
  const top = [
    ...(model === undefined ? [] : [`model = ${JSON.stringify(model)}`]),
    ...(provider === undefined ? [] : ['model_provider = "andon"']),
    `approval_policy = "${approval}"`,
    `sandbox_mode = "${sandbox[may]}"`,
    'check_for_update_on_startup = false',
  ].join('\n');
  return [
    top,
    ...(provider === undefined ? [] : [lines('model_providers.andon', providerTable(provider))]),
    lines(`mcp_servers.${boardName}`, {
      command: board.command,
      args: board.args,
      // Else it starts without the board when that is slow or broken, and says nothing.
      required: true,
      startup_timeout_sec: 30,
      // Under the policy `never` a call that would need approval is refused.
      default_tools_approval_mode: 'approve',
    }),
    lines(`mcp_servers.${boardName}.env`, board.env),
    '',
  ].join('\n\n');
}

const providerTable = ({ url }: Provider) => ({
  name: 'andon',
  base_url: `${url}/v1`,
  env_key: keyName,
  wire_api: 'responses',
  // Each connection is tried this often, and then the whole turn this often again.
  request_max_retries: 2,
  stream_max_retries: 2,
});

// Output ------------------------------------------------------------------------------------------------------------

const item = z.discriminatedUnion('type', [
  z.looseObject({ type: z.literal('agent_message'), text: z.string() }),
  z.looseObject({ type: z.literal('reasoning'), text: z.string() }),
  // A warning; what ends the turn comes as `turn.failed`.
  z.looseObject({ type: z.literal('error'), message: z.string() }),
  z.looseObject({
    type: z.literal('mcp_tool_call'),
    id: z.string(),
    server: z.string(),
    tool: z.string(),
    arguments: z.unknown(),
    result: z.looseObject({ content: z.unknown() }).nullish(),
    error: z.looseObject({ message: z.string() }).nullish(),
  }),
  z.looseObject({
    type: z.literal('command_execution'),
    id: z.string(),
    command: z.string(),
    aggregated_output: z.string(),
    exit_code: z.number().nullish(),
  }),
  z.looseObject({
    type: z.literal('file_change'),
    changes: z.array(z.looseObject({ path: z.string(), kind: z.string() })),
  }),
]);
const event = z.discriminatedUnion('type', [
  z.looseObject({ type: z.literal('thread.started'), thread_id: z.string() }),
  z.looseObject({ type: z.literal('turn.started') }),
  z.looseObject({ type: z.literal('item.started'), item }),
  z.looseObject({ type: z.literal('item.updated') }),
  z.looseObject({ type: z.literal('item.completed'), item }),
  z.looseObject({ type: z.literal('error'), message: z.string() }),
  z.looseObject({ type: z.literal('turn.failed'), error: z.looseObject({ message: z.string() }) }),
  z.looseObject({
    type: z.literal('turn.completed'),
    usage: z.looseObject({
      input_tokens: z.number(),
      cached_input_tokens: z.number(),
      output_tokens: z.number(),
      reasoning_output_tokens: z.number().default(0),
    }),
  }),
]);

function eventsOf(line: z.infer<typeof event>): AgentEvent[] {
  switch (line.type) {
    case 'thread.started':
      return [{ type: 'session', id: line.thread_id }];
    case 'turn.started':
    case 'item.updated':
      return [];
    case 'item.started':
      return started(line.item);
    case 'item.completed':
      return completed(line.item);
    case 'error':
      return line.message.startsWith('Reconnecting') ? [codexFailure(line.message, true)] : [];
    case 'turn.failed':
      return [codexFailure(line.error.message, false), { type: 'end', reason: 'failed' }];
    case 'turn.completed':
      return [
        {
          type: 'usage',
          // A resumed thread counts on from where it was.
          scope: 'session',
          tokens: {
            input: line.usage.input_tokens,
            cached: line.usage.cached_input_tokens,
            output: line.usage.output_tokens,
            thought: line.usage.reasoning_output_tokens,
          },
        },
        { type: 'end', reason: 'finished' },
      ];
  }
}

type Item = z.infer<typeof item>;

function started(one: Item): AgentEvent[] {
  if (one.type === 'mcp_tool_call') {
    const text = JSON.stringify(one.arguments);
    return [{ type: 'tool', id: one.id, stage: 'started', ...named(one), text }];
  }
  if (one.type === 'command_execution')
    return [{ type: 'tool', id: one.id, stage: 'started', name: 'shell', text: one.command }];
  return [];
}

const named = ({ server, tool }: { server: string; tool: string }) => ({
  name: tool,
  ...(server === boardName && { board: true }),
});

function completed(one: Item): AgentEvent[] {
  switch (one.type) {
    case 'agent_message':
      return [{ type: 'text', text: one.text }];
    case 'reasoning':
      return [{ type: 'thought', text: one.text }];
    case 'error':
      return [];
    case 'file_change':
      return one.changes.map(({ path, kind }) => ({ type: 'diff', path, text: kind }));
    case 'command_execution':
      return [
        {
          type: 'tool',
          id: one.id,
          stage: one.exit_code === 0 ? 'done' : 'failed',
          name: 'shell',
          text: one.aggregated_output,
        },
      ];
    case 'mcp_tool_call': {
      const text = one.error?.message ?? JSON.stringify(one.result?.content ?? '');
      const ended: AgentEvent = {
        type: 'tool',
        id: one.id,
        stage: one.error ? 'failed' : 'done',
        ...named(one),
        text,
      };
      const refused = /requires approval|user cancelled/.test(one.error?.message ?? '');
      return refused
        ? [{ type: 'permission', id: one.id, stage: 'refused', tool: one.tool, text }, ended]
        : [ended];
    }
  }
}

/** Codex tells what went wrong in words alone; these are its own, in 0.169. */
export function codexFailure(message: string, retrying: boolean): LimitEvent | ErrorEvent {
  if (/hit your usage limit|quota/i.test(message)) return { type: 'limit', kind: 'quota', retrying };
  if (/at capacity|high demand|overloaded/i.test(message))
    return { type: 'limit', kind: 'overloaded', retrying };
  if (/^Missing environment variable/.test(message))
    return { type: 'error', kind: 'auth', message, retrying };
  const [, status] = /status:? (\d{3})\b/.exec(message) ?? [];
  return failureOf(status === undefined ? undefined : Number(status), message, retrying);
}
