import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { homedir } from 'node:os';
import { join, resolve } from 'node:path';
import { workerEnv } from '../../../src/domain/env.ts';
import type { Result } from '../../../src/domain/errors.ts';
import { asProfileName, asSeconds, asTaskId, defaultBoard, type TaskId } from '../../../src/domain/ids.ts';
import type { TaskView } from '../../../src/domain/view.ts';
import { createKernel } from '../../../src/kernel/create-kernel.ts';
import type { Kernel } from '../../../src/kernel/kernel.ts';
import { openSqliteStore } from '../../../src/store/sqlite/sqlite.ts';

const checkout = resolve(import.meta.dirname, '../../..');
export const andonBin = join(checkout, 'bin');

/** A real board in a folder that goes away, on which agents work through `andon mcp`. */
export interface Bed {
  readonly root: string;
  readonly kernel: Kernel;
  /** A task that runs, as a dispatcher leaves it before it starts the worker. */
  claim(task?: TaskId): Promise<Claimed>;
  show(task: TaskId): Promise<TaskView>;
  close(): Promise<void>;
}

/** One attempt at a task. */
export interface Claimed {
  readonly task: TaskId;
  readonly run: number;
  /** A word that stands in every process of the attempt. */
  readonly mark: string;
  /** Becomes the agent's HOME. Two attempts at one task share it, so that a session can be resumed. */
  readonly home: string;
  readonly workspace: string;
  /** What the gateway gives its worker, without anything of this process but PATH. */
  readonly env: Readonly<Record<string, string>>;
}

/**
 * The folder is below the user's cache, because Codex makes no helper programs below the system's temporary folder and
 * warns about it.
 */
export async function openBed(): Promise<Bed> {
  const above = join(process.env['XDG_CACHE_HOME'] || join(homedir(), '.cache'), 'andon-agents');
  await mkdir(above, { recursive: true });
  const root = await mkdtemp(join(above, 'bed-'));
  const home = join(root, 'andon');
  await mkdir(home);
  const kernel = createKernel(openSqliteStore({ locate: () => join(home, 'kanban.db') }));
  let runs = 0;
  return {
    root,
    kernel,
    claim: async (named) => {
      const title = 'Say hello to the board';
      const task =
        named ??
        value(await kernel.create(defaultBoard, { title, assignee: asProfileName('agent') })).task.id;
      const workspace = join(root, 'work', task);
      const claim_lock = `bed:${++runs}`;
      const { run_id } = value(
        await kernel.claim(defaultBoard, {
          task_id: task,
          claim_lock,
          ttl_seconds: asSeconds(900),
          workspace_path: workspace,
        }),
      );
      const agentHome = join(root, 'homes', task);
      await mkdir(agentHome, { recursive: true });
      await mkdir(workspace, { recursive: true });
      const brief = join(agentHome, 'brief.md');
      await writeFile(brief, value(await kernel.brief(defaultBoard, { task_id: task })));
      const mark = `bed-${process.pid}-${runs}-${task}`;
      const env = workerEnv(
        { PATH: `${andonBin}:${process.env['PATH'] ?? ''}` },
        {
          home,
          task,
          runId: run_id,
          claimLock: claim_lock,
          board: defaultBoard,
          db: join(home, 'kanban.db'),
          workspace,
          workspacesRoot: join(root, 'work'),
          branch: null,
          profile: 'agent',
          tenant: null,
          sessionId: null,
          brief,
          mark,
          token: null,
        },
      );
      return { task, run: run_id, mark, home: agentHome, workspace, env };
    },
    show: async (task) => value(await kernel.show(defaultBoard, { task_id: asTaskId(task), events: 100 })),
    close: async () => {
      await kernel.close();
      await rm(root, { recursive: true, force: true });
    },
  };
}

export function value<Value>(result: Result<Value>): Value {
  if (!result.ok) throw new Error(result.refusal.sentence);
  return result.value;
}
