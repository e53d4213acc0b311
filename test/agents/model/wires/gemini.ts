import { z } from 'zod';
import type { Ask, Refusal, RefusalKind, Turn, Wire } from '../wire.ts';

/** Google's Gemini: `POST /v1beta/models/MODEL:streamGenerateContent?alt=sse` and its kin. */

const part = z.looseObject({
  text: z.string().optional(),
  functionResponse: z
    .looseObject({ id: z.string().optional(), name: z.string().optional(), response: z.unknown() })
    .optional(),
});
const content = z.looseObject({ role: z.string().optional(), parts: z.array(part).optional() });
const request = z.looseObject({
  contents: z.array(content),
  tools: z
    .array(z.looseObject({ functionDeclarations: z.array(z.looseObject({ name: z.string() })).optional() }))
    .optional(),
});

const path = /^\/v1(?:beta)?\/models\/([^/:]+):(\w+)$/;

export const gemini: Wire = {
  name: 'gemini',
  route: (method, at) => {
    const verb = method === 'POST' ? path.exec(at)?.[2] : undefined;
    if (verb === 'streamGenerateContent' || verb === 'generateContent') return 'turn';
    return verb === 'countTokens' ? 'count' : undefined;
  },
  read: (body, at): Ask => {
    const { contents, tools = [] } = request.parse(body);
    const [, model = '', verb] = path.exec(at) ?? [];
    const last = contents.findLast(({ role }) => role !== 'model')?.parts ?? [];
    return {
      model,
      stream: verb === 'streamGenerateContent',
      tools: tools.flatMap(({ functionDeclarations = [] }) =>
        functionDeclarations.map(({ name }) => ({ name })),
      ),
      prompt: last.flatMap(({ text = '' }) => text).join('\n'),
      results: last.flatMap(({ functionResponse: answer }) =>
        answer === undefined ? [] : [{ id: answer.id ?? '', text: resultText(answer.response) }],
      ),
    };
  },
  write: (turn, { stream, model }) =>
    stream ? { events: [{ data: response(turn, model) }] } : { json: response(turn, model) },
  aside: () => ({ json: { totalTokens: 100 } }),
  refuse,
};

const answered = z.looseObject({ output: z.unknown().optional(), error: z.unknown().optional() });

function resultText(value: unknown): string {
  const { data } = answered.safeParse(value);
  const text = data?.output ?? data?.error ?? value;
  return typeof text === 'string' ? text : JSON.stringify(text);
}

const response = (turn: Turn, model: string) => ({
  responseId: turn.id,
  modelVersion: model,
  candidates: [
    {
      index: 0,
      content: {
        role: 'model',
        parts: [
          ...(turn.think === undefined ? [] : [{ text: turn.think, thought: true }]),
          ...(turn.say === undefined ? [] : [{ text: turn.say }]),
          ...turn.calls.map(({ id, tool, args }) => ({ functionCall: { id, name: tool.name, args } })),
        ],
      },
      finishReason: 'STOP',
    },
  ],
  usageMetadata: {
    promptTokenCount: turn.usage.input,
    cachedContentTokenCount: turn.usage.cached,
    // Google counts thoughts beside the answer, not in it.
    candidatesTokenCount: turn.usage.output - turn.usage.thought,
    thoughtsTokenCount: turn.usage.thought,
    totalTokenCount: turn.usage.input + turn.usage.output,
  },
});

function refuse(kind: RefusalKind, resetsAt: number): Refusal {
  const seconds = Math.max(1, Math.round((resetsAt - Date.now()) / 1000));
  const error = (
    status: number,
    name: string,
    message: string,
    details: readonly object[] = [],
  ): Refusal => ({
    status,
    headers: {},
    body: { error: { code: status, message, status: name, details } },
  });
  const exhausted = (quotaId: string): Refusal =>
    error(429, 'RESOURCE_EXHAUSTED', `You exceeded your current quota. Please retry in ${seconds}s.`, [
      {
        '@type': 'type.googleapis.com/google.rpc.QuotaFailure',
        violations: [
          {
            quotaMetric: 'generativelanguage.googleapis.com/generate_content_requests',
            quotaId,
            quotaValue: '50',
          },
        ],
      },
      { '@type': 'type.googleapis.com/google.rpc.RetryInfo', retryDelay: `${seconds}s` },
    ]);
  switch (kind) {
    case 'rate_limit':
      return exhausted('GenerateRequestsPerMinutePerProjectPerModel');
    case 'quota':
      return exhausted('GenerateRequestsPerDayPerProjectPerModel');
    case 'overloaded':
      return error(503, 'UNAVAILABLE', 'The model is overloaded. Please try again later.');
    case 'server':
      return error(500, 'INTERNAL', 'An internal error has occurred.');
    case 'unauthorized':
      return error(401, 'UNAUTHENTICATED', 'Request had invalid authentication credentials.');
  }
}
