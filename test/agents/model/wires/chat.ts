import { z } from 'zod';
import type { Ask, Turn, Wire } from '../wire.ts';
import { openaiRefusal } from './openai-refusal.ts';

/** OpenAI's Chat Completions: `POST /v1/chat/completions`, which most other vendors speak too. */

const content = z.union([
  z.string(),
  z.array(z.looseObject({ type: z.string(), text: z.string().optional() })),
]);
const request = z.looseObject({
  model: z.string(),
  stream: z.boolean().optional(),
  messages: z.array(
    z.looseObject({
      role: z.string(),
      content: content.nullish(),
      tool_call_id: z.string().optional(),
    }),
  ),
  tools: z.array(z.looseObject({ function: z.looseObject({ name: z.string() }) })).optional(),
});

export const chat: Wire = {
  name: 'chat',
  route: (method, path) => {
    if (method === 'POST' && path === '/v1/chat/completions') return 'turn';
    return method === 'GET' && path === '/v1/models' ? 'models' : undefined;
  },
  read: (body): Ask => {
    const { model, stream = false, messages, tools = [] } = request.parse(body);
    const after = messages.findLastIndex(({ role }) => role === 'assistant');
    return {
      model,
      stream,
      tools: tools.map((one) => ({ name: one.function.name })),
      prompt: textOf(messages.findLast(({ role }) => role === 'user')?.content),
      results: messages
        .slice(after + 1)
        .flatMap((one) =>
          one.role === 'tool' ? [{ id: one.tool_call_id ?? '', text: textOf(one.content) }] : [],
        ),
    };
  },
  write: (turn, { stream, model }) =>
    stream ? { events: chunks(turn, model) } : { json: completion(turn, model) },
  aside: () => ({
    json: { object: 'list', data: [{ id: 'scripted', object: 'model', created: 0, owned_by: 'andon' }] },
  }),
  refuse: openaiRefusal,
};

const textOf = (value: z.infer<typeof content> | null | undefined): string =>
  typeof value === 'string' ? value : (value ?? []).flatMap(({ text = '' }) => text).join('\n');

const callsOf = (turn: Turn) =>
  turn.calls.map(({ id, tool, args }, index) => ({
    index,
    id,
    type: 'function',
    function: { name: tool.name, arguments: JSON.stringify(args) },
  }));

const usageOf = ({ usage: { input, cached, output, thought } }: Turn) => ({
  prompt_tokens: input,
  completion_tokens: output,
  total_tokens: input + output,
  prompt_tokens_details: { cached_tokens: cached },
  completion_tokens_details: { reasoning_tokens: thought },
});

const messageOf = (turn: Turn) => ({
  role: 'assistant',
  content: turn.say ?? null,
  ...(turn.think !== undefined && { reasoning_content: turn.think }),
  ...(turn.calls.length > 0 && { tool_calls: callsOf(turn) }),
});

const finish = (turn: Turn): string => (turn.calls.length > 0 ? 'tool_calls' : 'stop');

const completion = (turn: Turn, model: string) => ({
  id: turn.id,
  object: 'chat.completion',
  created: 0,
  model,
  choices: [{ index: 0, message: messageOf(turn), finish_reason: finish(turn) }],
  usage: usageOf(turn),
});

function chunks(turn: Turn, model: string) {
  const chunk = (more: object) => ({
    data: { id: turn.id, object: 'chat.completion.chunk', created: 0, model, ...more },
  });
  const delta = (value: object) => chunk({ choices: [{ index: 0, delta: value, finish_reason: null }] });
  return [
    delta({ role: 'assistant', content: '' }),
    ...(turn.think === undefined ? [] : [delta({ reasoning_content: turn.think })]),
    ...(turn.say === undefined ? [] : [delta({ content: turn.say })]),
    ...callsOf(turn).map((one) => delta({ tool_calls: [one] })),
    chunk({ choices: [{ index: 0, delta: {}, finish_reason: finish(turn) }] }),
    chunk({ choices: [], usage: usageOf(turn) }),
    { data: '[DONE]' },
  ];
}
