import { z } from 'zod';
import { toolName } from './board-tools.ts';
import { askTool, claude } from './claude.ts';
import { type Conversation, jsonLine, type TalkingDriver } from './conversation.ts';
import type { AgentEvent } from './events.ts';

/** Claude Code with its input open: it asks before it does what it may not, takes words meanwhile, and can be interrupted. */
export const claudeTalk: TalkingDriver = {
  ...claude,
  name: 'claude-talk',
  abilities: { ...claude.abilities, steer: true, asks_permission: true },
  launch: (order) => {
    const once = claude.launch(order);
    const args = once.args
      // Whoever may only read is asked about the rest as well, and so are we when it has a question.
      .map((arg) => (arg === 'dontAsk' ? 'manual' : arg))
      .filter((arg) => arg !== '--disallowedTools' && arg !== askTool);
    return { ...once, args: [...twoWay, ...args], stdin: '' };
  },
  converse: (order) => converse(order.prompt),
};

const twoWay = ['--input-format', 'stream-json', '--permission-prompt-tool', 'stdio'];

const request = z.looseObject({
  type: z.literal('control_request'),
  request_id: z.string(),
  request: z.looseObject({
    subtype: z.literal('can_use_tool'),
    tool_name: z.string(),
    input: z.record(z.string(), z.unknown()),
  }),
});
type Request = z.infer<typeof request>;

const questions = z.looseObject({ questions: z.array(z.looseObject({ question: z.string() })) });

const answered = z.looseObject({ type: z.enum(['control_response', 'control_cancel_request']) });

const userLine = (text: string): string =>
  jsonLine({ type: 'user', message: { role: 'user', content: text } });

function converse(prompt: string): Conversation {
  const open = new Map<string, Request>();
  let interrupts = 0;
  return {
    begin: () => [userLine(prompt)],
    hear: (line, now) => {
      const asked = request.safeParse(line);
      if (asked.success) {
        open.set(asked.data.request_id, asked.data);
        return { events: [askedEvent(asked.data)], say: [] };
      }
      return { events: answered.safeParse(line).success ? [] : claude.read(line, now), say: [] };
    },
    steer: (text) => [userLine(text)],
    cancel: () => [
      jsonLine({
        type: 'control_request',
        request_id: `interrupt-${++interrupts}`,
        request: { subtype: 'interrupt' },
      }),
    ],
    answer: (id, allowed, text) => {
      const asked = open.get(id);
      open.delete(id);
      const response = allowed
        ? { behavior: 'allow', updatedInput: { ...asked?.request.input, ...answersTo(asked, text) } }
        : { behavior: 'deny', message: text ?? 'The profile of this worker does not allow it.' };
      return [
        jsonLine({
          type: 'control_response',
          response: { subtype: 'success', request_id: id, response },
        }),
      ];
    },
  };
}

function askedEvent({ request_id: id, request: { tool_name, input } }: Request): AgentEvent {
  const asked = questions.safeParse(input);
  if (tool_name === askTool && asked.success)
    return { type: 'question', id, text: asked.data.questions.map(({ question }) => question).join('\n') };
  return {
    type: 'permission',
    id,
    stage: 'asked',
    tool: toolName(tool_name).name,
    text: JSON.stringify(input),
  };
}

function answersTo(asked: Request | undefined, text: string | undefined): Readonly<Record<string, unknown>> {
  const given = questions.safeParse(asked?.request.input);
  if (!given.success || text === undefined) return {};
  return { answers: Object.fromEntries(given.data.questions.map(({ question }) => [question, text])) };
}
