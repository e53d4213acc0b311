import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Client } from '@modelcontextprotocol/client';
import { StdioClientTransport } from '@modelcontextprotocol/client/stdio';
import { expect, onTestFinished } from 'vitest';

/** How the server is started: the command of the CLI, without its bundle. */
export const serverCommand = [
  process.execPath,
  join(import.meta.dirname, '../../src/surfaces/cli/main.ts'),
  'mcp',
] as const;

/** A fresh home, removed after the test. */
export async function freshHome(): Promise<string> {
  const home = await mkdtemp(join(tmpdir(), 'andon-mcp-'));
  onTestFinished(() => rm(home, { recursive: true, force: true }));
  return home;
}

/** What the server's process sees, and nothing of ours: a test must not inherit the task it runs under. */
export const serverEnv = (home: string, more: Readonly<Record<string, string>> = {}) => ({
  PATH: process.env['PATH'] ?? '',
  HOME: home,
  ANDON_HOME: home,
  ...more,
});

export interface Session {
  readonly client: Client;
  /** Names of the listed tools, sorted. */
  names(): Promise<string[]>;
  /** Calls a tool and gives its structured answer, after comparing it with the text and the error mark. */
  call(tool: string, given?: Record<string, unknown>): Promise<Record<string, unknown>>;
}

/** A real client with a server process of its own, ended after the test. */
export async function openSession(
  home: string,
  env: Readonly<Record<string, string>> = {},
): Promise<Session> {
  const [command, ...args] = serverCommand;
  const client = new Client({ name: 'test', version: '0' });
  await client.connect(
    new StdioClientTransport({ command, args, env: serverEnv(home, env), cwd: home }),
  );
  onTestFinished(() => client.close());
  return {
    client,
    names: async () => (await client.listTools()).tools.map((tool) => tool.name).sort(),
    call: async (tool, given = {}) => {
      const { content, structuredContent, isError } = await client.callTool({ name: tool, arguments: given });
      const [block] = content;
      const answer: Record<string, unknown> =
        block?.type === 'text' ? JSON.parse(block.text) : { missing: 'text' };
      expect(structuredContent).toEqual(answer);
      expect(isError === true).toBe(answer['ok'] !== true);
      return answer;
    },
  };
}

/** Creates a task and gives its id. */
export async function createdTask(session: Session, more: Record<string, unknown> = {}): Promise<string> {
  const { task_id } = await session.call('kanban_create', {
    title: 'Sweep the floor',
    assignee: 'ada',
    ...more,
  });
  expect(task_id).toMatch(/^t_[0-9a-f]{8}$/);
  return String(task_id);
}

/** All that the board says of a task, to prove that nothing changed. */
export const shown = (session: Session, task_id: string) => session.call('kanban_show', { task_id });
