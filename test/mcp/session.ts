import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { Client } from '@modelcontextprotocol/client';
import { StdioClientTransport } from '@modelcontextprotocol/client/stdio';
import { expect, onTestFinished } from 'vitest';
import type { CreateTask } from '../../src/domain/command.ts';
import { asProfileName, asSeconds, asTaskId, defaultBoard } from '../../src/domain/ids.ts';
import { createKernel } from '../../src/kernel/create-kernel.ts';
import type { Kernel } from '../../src/kernel/kernel.ts';
import { openSqliteStore } from '../../src/store/sqlite/sqlite.ts';
import { value } from '../support/board.ts';

/** A place for a fresh home, not made yet; what is written beside it goes after the test as well. */
export async function freshHome(): Promise<string> {
  const base = await mkdtemp(join(tmpdir(), 'andon-mcp-'));
  onTestFinished(() => rm(base, { recursive: true, force: true }));
  return join(base, 'home');
}

/**
 * How a server of this home is started: the real command, with nothing of our environment but PATH, because a test must not
 * inherit the task that it runs under.
 */
export const serverOf = (home: string, env: Readonly<Record<string, string>> = {}) => ({
  command: join(import.meta.dirname, '../../bin/andon'),
  args: ['mcp'],
  cwd: dirname(home),
  env: { PATH: process.env['PATH'] ?? '', HOME: dirname(home), ANDON_HOME: home, ...env },
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
  const client = new Client({ name: 'test', version: '0' });
  await client.connect(new StdioClientTransport(serverOf(home, env)));
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

/** A kernel of the test's own on the same board, closed after the test. */
export function openKernel(home: string): Kernel {
  const kernel = createKernel(openSqliteStore({ locate: () => join(home, 'kanban.db') }));
  onTestFinished(() => kernel.close());
  return kernel;
}

/** A task that runs, a new one unless it is named, with the environment that its worker would have. */
export async function claimedTask(home: string, named?: string, more: Partial<CreateTask> = {}) {
  const kernel = openKernel(home);
  const path = join(home, 'somewhere');
  const task =
    named ??
    value(
      await kernel.create(defaultBoard, {
        title: 'Sweep the floor',
        assignee: asProfileName('ada'),
        ...(more.workspace_kind === 'dir' && { workspace_path: path }),
        ...more,
      }),
    ).task.id;
  const claim_lock = 'here:1';
  const { run_id } = value(
    await kernel.claim(defaultBoard, {
      task_id: asTaskId(task),
      claim_lock,
      ttl_seconds: asSeconds(900),
      workspace_path: path,
    }),
  );
  const env = {
    ANDON_TASK: task,
    ANDON_RUN_ID: String(run_id),
    ANDON_CLAIM_LOCK: claim_lock,
    ANDON_BOARD: defaultBoard,
    ANDON_PROFILE: 'ada',
  };
  return { task, env, kernel, path };
}
