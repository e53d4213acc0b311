import { z } from 'zod';
import type { Ask, Payload, Turn, Wire } from '../wire.ts';

/** Anthropic's Messages: `POST /v1/messages`, with server-sent events when `stream` is set. */

const block = z.looseObject({
  type: z.string(),
  text: z.string().optional(),
  tool_use_id: z.string().optional(),
  content: z.unknown().optional(),
});
const request = z.looseObject({
  model: z.string(),
  stream: z.boolean().optional(),
  messages: z.array(z.looseObject({ role: z.string(), content: z.union([z.string(), z.array(block)]) })),
  tools: z.array(z.looseObject({ name: z.string() })).optional(),
});

export const anthropic: Wire = {
  name: 'anthropic',
  route: (method, path) => {
    if (method === 'HEAD' && path === '/') return 'hello';
    if (method === 'POST' && path === '/v1/messages') return 'turn';
    if (method === 'POST' && path === '/v1/messages/count_tokens') return 'count';
    return undefined;
  },
  read: (body): Ask => {
    const { model, stream = false, messages, tools = [] } = request.parse(body);
    const last = messages.findLast(({ role }) => role === 'user')?.content ?? '';
    const blocks = typeof last === 'string' ? [{ type: 'text', text: last }] : last;
    return {
      model,
      stream,
      tools: tools.map(({ name }) => ({ name })),
      prompt: blocks.flatMap(({ text = '' }) => text).join('\n'),
      results: blocks.flatMap((one) =>
        one.type === 'tool_result' ? [{ id: one.tool_use_id ?? '', text: textOf(one.content) }] : [],
      ),
    };
  },
  write: (turn, { stream, model }) =>
    stream ? { events: events(turn, model) } : { json: message(turn, model) },
  aside: (route) => ({ json: route === 'count' ? { input_tokens: 100 } : {} }),
  refuse: (kind, resetsAt) => {
    const { status, type, text } = refusals[kind];
    const reset = new Date(resetsAt).toISOString();
    const limit = {
      'retry-after': String(Math.max(1, Math.round((resetsAt - Date.now()) / 1000))),
      'anthropic-ratelimit-requests-limit': '50',
      'anthropic-ratelimit-requests-remaining': '0',
      'anthropic-ratelimit-requests-reset': reset,
    };
    // What a subscription is told, beside the words.
    const quota = {
      'anthropic-ratelimit-unified-status': 'rejected',
      'anthropic-ratelimit-unified-representative-claim': 'five_hour',
      'anthropic-ratelimit-unified-reset': String(Math.round(resetsAt / 1000)),
    };
    return {
      status,
      headers: kind === 'quota' ? { ...limit, ...quota } : kind === 'rate_limit' ? limit : {},
      body: { type: 'error', error: { type, message: text }, request_id: 'req_scripted' },
    };
  },
};

const refusals = {
  rate_limit: {
    status: 429,
    type: 'rate_limit_error',
    text: 'This request would exceed the rate limit of your organization.',
  },
  quota: { status: 429, type: 'rate_limit_error', text: 'Your usage limit is reached.' },
  overloaded: { status: 529, type: 'overloaded_error', text: 'Overloaded' },
  server: { status: 500, type: 'api_error', text: 'Internal server error' },
  unauthorized: { status: 401, type: 'authentication_error', text: 'invalid x-api-key' },
} as const;

const textOf = (content: unknown): string =>
  typeof content === 'string'
    ? content
    : z
        .array(block)
        .catch([])
        .parse(content)
        .flatMap(({ text = '' }) => text)
        .join('\n');

const blocksOf = (turn: Turn) => [
  ...(turn.think === undefined ? [] : [{ type: 'thinking', thinking: turn.think, signature: 'c2lnbmVk' }]),
  ...(turn.say === undefined ? [] : [{ type: 'text', text: turn.say }]),
  ...turn.calls.map(({ id, tool, args }) => ({ type: 'tool_use', id, name: tool.name, input: args })),
];

const usageOf = ({ usage: { input, cached, output } }: Turn) => ({
  input_tokens: input - cached,
  cache_read_input_tokens: cached,
  cache_creation_input_tokens: 0,
  output_tokens: output,
});

const message = (turn: Turn, model: string) => ({
  id: turn.id,
  type: 'message',
  role: 'assistant',
  model,
  content: blocksOf(turn),
  stop_reason: turn.calls.length > 0 ? 'tool_use' : 'end_turn',
  stop_sequence: null,
  usage: usageOf(turn),
});

function events(turn: Turn, model: string): Extract<Payload, { events: unknown }>['events'] {
  const whole = message(turn, model);
  const typed = (event: string, data: object) => ({ event, data: { type: event, ...data } });
  const content = blocksOf(turn).flatMap((one, index) => {
    const delta = (value: object) => typed('content_block_delta', { index, delta: value });
    const parts =
      'thinking' in one
        ? [
            { content_block: { type: 'thinking', thinking: '', signature: '' } },
            delta({ type: 'thinking_delta', thinking: one.thinking }),
            delta({ type: 'signature_delta', signature: one.signature }),
          ]
        : 'text' in one
          ? [{ content_block: { type: 'text', text: '' } }, delta({ type: 'text_delta', text: one.text })]
          : [
              { content_block: { ...one, input: {} } },
              delta({ type: 'input_json_delta', partial_json: JSON.stringify(one.input) }),
            ];
    const [start, ...deltas] = parts;
    return [
      typed('content_block_start', { index, ...start }),
      ...deltas.filter((each) => 'event' in each),
      typed('content_block_stop', { index }),
    ];
  });
  return [
    typed('message_start', {
      message: { ...whole, content: [], stop_reason: null, usage: { ...whole.usage, output_tokens: 1 } },
    }),
    ...content,
    typed('message_delta', {
      delta: { stop_reason: whole.stop_reason, stop_sequence: null },
      usage: whole.usage,
    }),
    typed('message_stop', {}),
  ];
}
