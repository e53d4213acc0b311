import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { call, fail, type Step, say } from './script.ts';
import type { ScriptedRun } from './scripted-run.ts';
import { type ModelServer, startModelServer } from './server.ts';

let server: ModelServer;
let runs = 0;
beforeAll(async () => {
  server = await startModelServer();
});
afterAll(() => server.close());

const begin = (...script: Step[]): ScriptedRun => server.run(`run-${++runs}`, script);

/** A request for a turn on each wire, with one tool of the board under a prefix, and another one. */
const wires = {
  anthropic: {
    path: '/v1/messages?beta=true',
    body: (stream: boolean) => ({
      model: 'm',
      stream,
      messages: [{ role: 'user', content: 'Do it.' }],
      tools: [{ name: 'Bash' }, { name: 'mcp__board__kanban_show' }],
    }),
    tool: '"name":"mcp__board__kanban_show"',
  },
  responses: {
    path: '/v1/responses',
    body: (stream: boolean) => ({
      model: 'm',
      stream,
      input: [{ type: 'message', role: 'user', content: [{ type: 'input_text', text: 'Do it.' }] }],
      tools: [
        { type: 'function', name: 'shell' },
        { type: 'namespace', name: 'mcp__board', tools: [{ name: 'kanban_show' }] },
      ],
    }),
    tool: '"name":"kanban_show","namespace":"mcp__board"',
  },
  chat: {
    path: '/v1/chat/completions',
    body: (stream: boolean) => ({
      model: 'm',
      stream,
      messages: [{ role: 'user', content: 'Do it.' }],
      tools: [
        { type: 'function', function: { name: 'bash' } },
        { type: 'function', function: { name: 'board_kanban_show' } },
      ],
    }),
    tool: '"name":"board_kanban_show"',
  },
  gemini: {
    path: '/v1beta/models/m:',
    body: () => ({
      contents: [{ role: 'user', parts: [{ text: 'Do it.' }] }],
      tools: [{ functionDeclarations: [{ name: 'mcp_board_kanban_show' }, { name: 'shell' }] }],
    }),
    tool: '"name":"mcp_board_kanban_show"',
  },
} as const;
type Name = keyof typeof wires;
const names: readonly Name[] = ['anthropic', 'responses', 'chat', 'gemini'];

const post = (run: ScriptedRun, wire: Name, stream: boolean, headers: Record<string, string> = {}) => {
  const verb = wire === 'gemini' ? (stream ? 'streamGenerateContent?alt=sse' : 'generateContent') : '';
  const body = JSON.stringify(wires[wire].body(stream));
  return fetch(`${run.url}${wires[wire].path}${verb}`, { method: 'POST', body, headers });
};

describe.each(names)('%s', (wire) => {
  it.each([true, false])(
    'says a text and calls a tool under the prefix of the agent (streaming: %s)',
    async (stream) => {
      const run = begin({
        think: 'Hm.',
        say: 'Well.',
        calls: [{ tool: 'kanban_show', args: { task_id: 't_1' } }],
      });
      const answer = await post(run, wire, stream);
      const text = await answer.text();
      expect(answer.status).toBe(200);
      expect(answer.headers.get('content-type')).toMatch(stream ? 'text/event-stream' : 'application/json');
      for (const part of ['Hm.', 'Well.', wires[wire].tool, 't_1']) expect(text).toContain(part);
      expect(run).toMatchObject({ problems: [], done: true, steps: 1 });
      expect(run.requests[0]?.ask).toMatchObject({ prompt: 'Do it.', stream, results: [] });
    },
  );

  it('answers limits and faults with the words and numbers of its vendor', async () => {
    const kinds = { rate_limit: 429, quota: 429, server: 500, unauthorized: 401 } as const;
    for (const [kind, expected] of Object.entries(kinds)) {
      const run = begin(fail(kind as keyof typeof kinds, { resetsIn: 60 }), say('Again.'));
      expect((await post(run, wire, true)).status, kind).toBe(expected);
      expect((await post(run, wire, true)).status, kind).toBe(200);
    }
    const busy = await post(begin(fail('overloaded')), wire, true);
    expect(busy.status).toBe(wire === 'anthropic' ? 529 : 503);
  });

  it('ends a connection before the answer, and in the middle of it', async () => {
    const run = begin(fail('drop'), fail('cut'));
    await expect(post(run, wire, true)).rejects.toThrow();
    await expect(post(run, wire, true).then((answer) => answer.text())).rejects.toThrow();
  });

  it('counts the tokens that the script says', async () => {
    const usage = { input: 1234, cached: 1000, output: 77, thought: 7 };
    const text = await (await post(begin(say('Well.', usage)), wire, false)).text();
    expect(text).toContain(wire === 'anthropic' ? '"input_tokens":234' : '1234');
    expect(text).toContain('1000');
  });
});

it('a step looks at what the tools have answered', async () => {
  const run = begin(call('kanban_show'), ({ results, prompt, offered }) =>
    say(`${results.map(({ text }) => text).join()} / ${prompt} / ${offered.length}`),
  );
  const messages = [
    { role: 'user', content: 'Do it.' },
    { role: 'assistant', content: null, tool_calls: [] },
    { role: 'tool', tool_call_id: 'c1', content: 'forty-two' },
  ];
  await post(run, 'chat', false);
  const body = JSON.stringify({ ...wires.chat.body(false), messages });
  const answer = await fetch(`${run.url}/v1/chat/completions`, { method: 'POST', body });
  expect(await answer.text()).toContain('forty-two / Do it. / 2');
});

it('a run is known by its key as well as by its address', async () => {
  const run = begin(say('One.'), say('Two.'), say('Three.'));
  const at = (headers: Record<string, string>, query = '') =>
    fetch(`${server.url}/v1/messages${query}`, {
      method: 'POST',
      headers,
      body: JSON.stringify(wires.anthropic.body(false)),
    });
  expect(await (await at({ authorization: `Bearer ${run.key}` })).text()).toContain('One.');
  expect(await (await at({ 'x-api-key': run.key })).text()).toContain('Two.');
  expect(await (await at({}, `?key=${run.key}`)).text()).toContain('Three.');
  expect(run.problems).toEqual([]);
});

it('what is not understood is a problem of its run, or a stranger', async () => {
  const run = begin(say('Well.'));
  await fetch(`${run.url}/v1/embeddings`, { method: 'POST', body: '{}' });
  await fetch(`${run.url}/v1/messages`, { method: 'POST', body: '{"model":1}' });
  await fetch(`${run.url}/v1/messages`, { method: 'POST', body: 'not JSON' });
  expect(run.problems).toEqual([
    'No wire knows POST /v1/embeddings.',
    expect.stringMatching(/^anthropic cannot read POST \/v1\/messages: /),
    expect.stringMatching(/^anthropic cannot read POST \/v1\/messages: /),
  ]);
  expect((await fetch(`${server.url}/v1/messages`, { method: 'POST', body: '{}' })).status).toBe(404);
  expect(server.strangers.at(-1)).toBe('POST /v1/messages');
});

it('a tool that is not offered and a request after the end are problems, and still answered', async () => {
  const run = begin(call('kanban_fly'));
  expect(await (await post(run, 'chat', false)).text()).toContain('There is no tool kanban_fly.');
  expect((await post(run, 'chat', false)).status).toBe(200);
  expect(run.problems).toEqual([
    'The tool kanban_fly is not offered; offered are bash, board_kanban_show.',
    'Request 2 comes after the last step of the script.',
  ]);
});

it('a request without tools is none of the work', async () => {
  const run = begin(say('The work.'));
  const { tools: _, ...body } = wires.chat.body(false);
  const title = await fetch(`${run.url}/v1/chat/completions`, { method: 'POST', body: JSON.stringify(body) });
  expect(await title.text()).toContain('Work on the board');
  expect(run.steps).toBe(0);
  expect(await (await post(run, 'chat', false)).text()).toContain('The work.');
});

it('answers what is asked beside the work', async () => {
  const run = begin();
  expect((await fetch(`${run.url}/`, { method: 'HEAD' })).status).toBe(200);
  for (const path of ['/v1/messages/count_tokens', '/v1beta/models/m:countTokens'])
    expect((await fetch(`${run.url}${path}`, { method: 'POST', body: '{}' })).status).toBe(200);
  expect((await fetch(`${run.url}/v1/models`)).status).toBe(200);
  expect(run.problems).toEqual([]);
});
