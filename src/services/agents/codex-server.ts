import { join } from 'node:path';
import { z } from 'zod';
import { codex, codexConfig } from './codex.ts';
import { readServer } from './codex-server-events.ts';
import { type Conversation, type Heard, jsonLine, type TalkingDriver } from './conversation.ts';
import type { Order } from './driver.ts';
import type { AgentEvent } from './events.ts';

/**
 * Codex's app server: JSON-RPC over standard input and output, without the word `jsonrpc`. It tells what `codex exec` does
 * not: whether the board's server is ready, when a limit is lifted, what went wrong as a code, and it asks for permission.
 */
export const codexServer: TalkingDriver = {
  ...codex,
  name: 'codex-server',
  abilities: { ...codex.abilities, steer: true, asks_permission: true, tells_reset: true },
  launch: (order) => ({
    ...codex.launch(order),
    args: ['app-server'],
    files: [{ path: join(order.home, 'codex', 'config.toml'), text: codexConfig(order, 'on-request') }],
    stdin: '',
  }),
  converse,
};

const [hello, thread, turn] = [1, 2, 3];

const thrown = z.looseObject({ id: z.number(), error: z.looseObject({ message: z.string() }) });
const begun = z.looseObject({ id: z.literal(hello), result: z.looseObject({}) });
const withThread = z.looseObject({
  id: z.literal(thread),
  result: z.looseObject({ thread: z.looseObject({ id: z.string() }), model: z.string().optional() }),
});
const withTurn = z.looseObject({
  id: z.literal(turn),
  result: z.looseObject({ turn: z.looseObject({ id: z.string() }) }),
});
const done = z.looseObject({ id: z.number(), result: z.looseObject({}) });
const asked = z.looseObject({
  id: z.union([z.number(), z.string()]),
  method: z.string(),
  params: z.looseObject({
    itemId: z.string().optional(),
    command: z.string().nullish(),
    reason: z.string().nullish(),
    message: z.string().optional(),
    serverName: z.string().optional(),
    questions: z.array(z.looseObject({ id: z.string(), question: z.string() })).optional(),
  }),
});
type Asked = z.infer<typeof asked>;

function converse({ prompt, resume }: Order): Conversation {
  const requests = new Map<string, Asked>();
  let [threadId, turnId, ids] = ['', '', turn];
  const input = (text: string) => [{ type: 'text', text }];
  const heard = (events: readonly AgentEvent[] | undefined, ...say: readonly string[]): Heard => ({
    events,
    say,
  });
  return {
    begin: () => [
      jsonLine({
        id: hello,
        method: 'initialize',
        params: { clientInfo: { name: 'andon', title: 'Andon', version: '0.1.0' } },
      }),
    ],
    hear: (line, now) => {
      if (begun.safeParse(line).success) {
        const start =
          resume === undefined
            ? { method: 'thread/start', params: {} }
            : { method: 'thread/resume', params: { threadId: resume } };
        return heard([], jsonLine({ method: 'initialized' }), jsonLine({ id: thread, ...start }));
      }
      const started = withThread.safeParse(line);
      if (started.success) {
        const { thread: its, model } = started.data.result;
        threadId = its.id;
        return heard(
          [{ type: 'session', id: threadId, ...(model !== undefined && { model }) }],
          jsonLine({ id: turn, method: 'turn/start', params: { threadId, input: input(prompt) } }),
        );
      }
      const running = withTurn.safeParse(line);
      if (running.success) {
        turnId = running.data.result.turn.id;
        return heard([]);
      }
      const error = thrown.safeParse(line);
      if (error.success) return heard(thrownEvents(error.data.error.message));
      if (done.safeParse(line).success) return heard([]);
      const request = asked.safeParse(line);
      if (request.success) {
        requests.set(String(request.data.id), request.data);
        return heard([askedEvent(request.data)]);
      }
      return heard(readServer(line, now));
    },
    steer: (text) => [
      jsonLine({
        id: ++ids,
        method: 'turn/steer',
        params: { threadId, expectedTurnId: turnId, input: input(text) },
      }),
    ],
    cancel: () => [jsonLine({ id: ++ids, method: 'turn/interrupt', params: { threadId, turnId } })],
    answer: (id, allowed, text) => {
      const request = requests.get(id);
      requests.delete(id);
      return request === undefined
        ? []
        : [jsonLine({ id: request.id, result: answerTo(request, allowed, text) })];
    },
  };
}

function askedEvent({ id: number, method, params }: Asked): AgentEvent {
  const id = String(number);
  if (params.questions !== undefined)
    return { type: 'question', id, text: params.questions.map(({ question }) => question).join('\n') };
  const tool = method === 'mcpServer/elicitation/request' ? (params.serverName ?? 'mcp') : kindOf(method);
  const text = params.command ?? params.message ?? params.reason ?? '';
  return { type: 'permission', id, stage: 'asked', tool, text };
}

/** `item/commandExecution/requestApproval` is about a `commandExecution`. */
const kindOf = (method: string): string => method.split('/')[1] ?? method;

function answerTo({ method, params }: Asked, allowed: boolean, text: string | undefined): unknown {
  if (params.questions !== undefined)
    return {
      answers: Object.fromEntries(params.questions.map(({ id }) => [id, { answers: [text ?? ''] }])),
    };
  if (method === 'mcpServer/elicitation/request')
    return { action: allowed ? 'accept' : 'decline', content: allowed ? {} : null, _meta: null };
  return { decision: allowed ? 'accept' : 'decline' };
}

const thrownEvents = (message: string): AgentEvent[] => {
  const kind = /no rollout found/.test(message) ? 'session' : /MCP server/.test(message) ? 'board' : 'agent';
  return [
    { type: 'error', kind, message, retrying: false },
    { type: 'end', reason: 'failed' },
  ];
};
