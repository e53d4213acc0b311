import { z } from 'zod';
import type { Ask, OfferedTool, Turn, Wire } from '../wire.ts';
import { openaiRefusal } from './openai-refusal.ts';

/** OpenAI's Responses: `POST /v1/responses`. Tools may stand in groups, and a call names its group. */

const part = z.looseObject({ type: z.string(), text: z.string().optional() });
const item = z.looseObject({
  type: z.string().optional(),
  role: z.string().optional(),
  content: z.union([z.string(), z.array(part)]).nullish(),
  call_id: z.string().optional(),
  output: z.unknown().optional(),
});
const tool = z.looseObject({
  type: z.string(),
  name: z.string().optional(),
  tools: z.array(z.looseObject({ name: z.string() })).optional(),
});
const request = z.looseObject({
  model: z.string(),
  stream: z.boolean().optional(),
  input: z.union([z.string(), z.array(item)]),
  tools: z.array(tool).optional(),
});

export const responses: Wire = {
  name: 'responses',
  route: (method, path) => (method === 'POST' && path === '/v1/responses' ? 'turn' : undefined),
  read: (body): Ask => {
    const { model, stream = false, input, tools = [] } = request.parse(body);
    const items = typeof input === 'string' ? [{ role: 'user', content: input }] : input;
    const prompt = items.findLast(({ role }) => role === 'user')?.content;
    const after = items.findLastIndex((one) => isOfModel(one));
    return {
      model,
      stream,
      tools: tools.flatMap(offered),
      prompt: textOf(prompt),
      results: items
        .slice(after + 1)
        .flatMap((one) => ('call_id' in one ? [{ id: one.call_id ?? '', text: textOf(one.output) }] : [])),
    };
  },
  write: (turn, { stream, model }) =>
    stream ? { events: events(turn, model) } : { json: response(turn, model) },
  aside: () => ({ json: {} }),
  refuse: openaiRefusal,
};

const isOfModel = (one: { type?: string | undefined; role?: string | undefined }): boolean =>
  one.role === 'assistant' || one.type === 'function_call' || one.type === 'custom_tool_call';

const offered = ({ name, tools }: z.infer<typeof tool>): OfferedTool[] => {
  if (tools === undefined) return name === undefined ? [] : [{ name }];
  return tools.map((one) => ({ name: one.name, ...(name !== undefined && { group: name }) }));
};

function textOf(content: unknown): string {
  if (typeof content === 'string') return content;
  const parts = z.array(part).safeParse(content);
  if (parts.success) return parts.data.flatMap(({ text = '' }) => text).join('\n');
  return content === undefined || content === null ? '' : JSON.stringify(content);
}

const itemsOf = (turn: Turn) => [
  ...(turn.think === undefined
    ? []
    : [
        {
          type: 'reasoning',
          id: `rs_${turn.id}`,
          summary: [{ type: 'summary_text', text: turn.think }],
          encrypted_content: null,
        },
      ]),
  ...(turn.say === undefined
    ? []
    : [
        {
          type: 'message',
          id: `msg_${turn.id}`,
          role: 'assistant',
          status: 'completed',
          content: [{ type: 'output_text', text: turn.say, annotations: [] }],
        },
      ]),
  ...turn.calls.map(({ id, tool: { name, group }, args }) => ({
    type: 'function_call',
    id: `fc_${id}`,
    call_id: id,
    name,
    ...(group !== undefined && { namespace: group }),
    arguments: JSON.stringify(args),
    status: 'completed',
  })),
];

const response = (turn: Turn, model: string) => ({
  id: turn.id,
  object: 'response',
  status: 'completed',
  model,
  output: itemsOf(turn),
  usage: {
    input_tokens: turn.usage.input,
    input_tokens_details: { cached_tokens: turn.usage.cached },
    output_tokens: turn.usage.output,
    output_tokens_details: { reasoning_tokens: turn.usage.thought },
    total_tokens: turn.usage.input + turn.usage.output,
  },
});

function events(turn: Turn, model: string) {
  const whole = response(turn, model);
  const typed = (event: string, data: object) => ({ event, data: { type: event, ...data } });
  const items = itemsOf(turn).flatMap((one, output_index) => {
    const text = 'content' in one ? one.content.map(({ text: said }) => said).join('') : undefined;
    const summary = 'summary' in one ? one.summary.map(({ text: thought }) => thought).join('') : undefined;
    const place = { item_id: one.id, output_index };
    return [
      typed('response.output_item.added', {
        output_index,
        item: 'content' in one ? { ...one, content: [] } : 'summary' in one ? { ...one, summary: [] } : one,
      }),
      ...(text === undefined
        ? []
        : [typed('response.output_text.delta', { ...place, content_index: 0, delta: text })]),
      ...(summary === undefined
        ? []
        : [typed('response.reasoning_summary_text.delta', { ...place, summary_index: 0, delta: summary })]),
      typed('response.output_item.done', { output_index, item: one }),
    ];
  });
  return [
    typed('response.created', { response: { ...whole, status: 'in_progress', output: [], usage: null } }),
    ...items,
    typed('response.completed', { response: whole }),
  ];
}
