import { expect, it } from 'vitest';
import {
  acpToolName,
  permissionOutcome,
  readEnd,
  readError,
  readPermission,
  readUpdate,
} from '../../src/services/agents/acp.ts';

const now = Date.UTC(2026, 10, 26, 9, 0, 0);

it("a tool of the board is known by every agent's title for it", () => {
  for (const title of [
    'mcp__board__kanban_show',
    'mcp.board.kanban_show',
    'kanban_show (board MCP Server)',
    'board-kanban_show',
  ])
    expect(acpToolName(title)).toEqual({ name: 'kanban_show', board: true });
  expect(acpToolName('Run the tests')).toEqual({ name: 'Run the tests' });
});

it('a permission is answered with an option that was offered, for this once, or not at all', () => {
  const { event, options } = readPermission({
    toolCall: { toolCallId: 'c1', title: 'Run ls', rawInput: { command: 'ls' } },
    options: [
      { optionId: 'always', kind: 'allow_always' },
      { optionId: 'once', kind: 'allow_once' },
      { optionId: 'no', kind: 'reject_once' },
    ],
  });
  expect(event).toEqual({
    type: 'permission',
    id: 'c1',
    stage: 'asked',
    tool: 'Run ls',
    text: '{"command":"ls"}',
  });
  expect(permissionOutcome(options, true)).toEqual({ outcome: 'selected', optionId: 'once' });
  expect(permissionOutcome(options, false)).toEqual({ outcome: 'selected', optionId: 'no' });
  expect(permissionOutcome(options.slice(0, 1), true)).toEqual({ outcome: 'cancelled' });
});

it('tokens of the cache are in the input, whichever way an agent counts them', () => {
  const beside = { totalTokens: 3220, inputTokens: 1700, outputTokens: 120, cachedReadTokens: 1400 };
  const within = { totalTokens: 3220, inputTokens: 3100, outputTokens: 120, cachedReadTokens: 1400 };
  for (const usage of [beside, within]) {
    expect(readEnd({ stopReason: 'end_turn', usage }, true)).toEqual([
      { type: 'usage', scope: 'call', tokens: { input: 3100, cached: 1400, output: 120, thought: 0 } },
      { type: 'end', reason: 'finished' },
    ]);
  }
  expect(readEnd({ stopReason: 'cancelled', usage: beside }, false)).toEqual([
    { type: 'end', reason: 'cancelled' },
  ]);
  expect(readEnd({ stopReason: 'refusal' }, true)).toEqual([{ type: 'end', reason: 'failed' }]);
});

it.each([
  [
    { code: 429, message: 'You exceeded your current quota. Please retry in 3600s.' },
    { type: 'limit', kind: 'rate', resets_at: now + 3_600_000 },
  ],
  [
    { code: -32603, message: 'Internal error', data: { errorKind: 'rate_limit' } },
    { type: 'limit', kind: 'rate' },
  ],
  [
    { code: -32603, message: 'Internal error', data: { codexErrorInfo: 'usageLimitExceeded' } },
    { type: 'limit', kind: 'quota' },
  ],
  [
    { code: -32000, message: 'Authentication required' },
    { type: 'error', kind: 'auth' },
  ],
  [
    { code: 401, message: 'Request had invalid credentials.' },
    { type: 'error', kind: 'auth' },
  ],
  [
    { code: -32603, message: 'Internal error', data: { details: 'No previous sessions found.' } },
    { type: 'error', kind: 'session' },
  ],
  [
    { code: 500, message: 'Boom' },
    { type: 'error', kind: 'provider' },
  ],
  [
    { code: -32601, message: 'Method not found' },
    { type: 'error', kind: 'agent' },
  ],
])('the error %j is told as what it is', (error, told) => {
  const [first, end] = readError(error, now);
  expect(first).toMatchObject({ ...told, retrying: false });
  expect(end).toEqual({ type: 'end', reason: 'failed' });
});

it('an update of a new kind is not known, one that is nothing to us is', () => {
  expect(readUpdate({ sessionUpdate: 'brand_new' })).toBeUndefined();
  expect(readUpdate({ sessionUpdate: 'plan', entries: [] })).toEqual([]);
});
