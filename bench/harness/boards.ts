import { copyFileSync, existsSync, mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { defaultBoard } from '../../src/domain/ids.ts';
import { createKernel } from '../../src/kernel/create-kernel.ts';
import { openSqliteStore } from '../../src/store/sqlite/sqlite.ts';
import { inChild, type Work } from './child.ts';

/** A board as it is after long use. */
export interface Shape {
  readonly tasks: number;
  readonly events: number;
  /** Tasks in `ready`, at the beginning; `t_ready000000` is the oldest. The others are spread over the other columns. */
  readonly ready: number;
  /** Parents of each task that has any: those just before it in its chain. */
  readonly parents: number;
}

/** Boards that are built once for the whole bench; each asker gets a copy. */
export interface BigBoards {
  /** Copies a board of this shape to `path`, which must not be there. */
  copyTo(path: string, shape: Shape): Promise<void>;
}

export function bigBoards(folder: string): BigBoards {
  mkdirSync(folder, { recursive: true });
  return {
    copyTo: async (path, shape) => {
      const { tasks, events, ready, parents } = shape;
      const built = join(folder, `board-${tasks}-${events}-${ready}-${parents}.db`);
      if (!existsSync(built))
        await inChild({ profiles: undefined }, import.meta.filename, { path: built, shape });
      // Nobody has `built` open: its process has ended.
      copyFileSync(built, path);
    },
  };
}

/** Names of tasks in a built board: `t_ready…`, `t_chain…` and so on, with a number of six digits. */
export const nameOf = (group: Group, number: number): string =>
  `t_${group}${String(number).padStart(6, '0')}`;

type Group = 'done' | 'ready' | 'chain' | 'other';

const begun = 1_750_000_000;
const others = ['triage', 'blocked', 'review', 'scheduled', 'archived'] as const;

/**
 * Nine of ten tasks are done, in one long chain of dependencies; `ready` may start; five in a hundred are in the other columns;
 * the rest is a second chain, `t_chain…`, whose first task is ready and where each waits for those before it.
 */
export const work: Work<{ readonly path: string; readonly shape: Shape }, null> = async ({ path, shape }) => {
  await makeTables(path);
  const database = new DatabaseSync(path);
  database.exec('pragma synchronous = off; pragma cache_size = -200000; begin');
  const put = putterOf(database);
  const elsewhere = Math.floor(shape.tasks * 0.05);
  const done = Math.floor(shape.tasks * 0.9) - shape.ready;
  const chained = shape.tasks - done - shape.ready - elsewhere;
  const before = (group: Group, number: number): string[] =>
    Array.from({ length: shape.parents }, (_, index) => number - 1 - index).map((parent) =>
      parent >= 0 ? nameOf(group, parent) : nameOf('done', done + parent),
    );
  for (let number = 0; number < done; number += 1)
    put.task(nameOf('done', number), 'done', number < shape.parents ? [] : before('done', number));
  for (let number = 0; number < shape.ready; number += 1)
    put.task(nameOf('ready', number), 'ready', before('done', Math.max(shape.parents, number % done)));
  for (let number = 0; number < elsewhere; number += 1)
    put.task(nameOf('other', number), others[number % others.length] ?? 'triage', []);
  for (let number = 0; number < chained; number += 1)
    put.task(nameOf('chain', number), number === 0 ? 'ready' : 'todo', before('chain', number));
  for (let number = 0; number < shape.events; number += 1) put.event(nameOf('done', number % done));
  database.exec('commit; pragma wal_checkpoint(truncate)');
  database.close();
  return null;
};

async function makeTables(path: string): Promise<void> {
  const kernel = createKernel(openSqliteStore({ locate: () => path }));
  const made = await kernel.create(defaultBoard, {
    title: 'The first, which makes the tables',
    triage: true,
  });
  if (!made.ok) throw new Error(made.refusal.sentence);
  await kernel.close();
}

function putterOf(database: DatabaseSync) {
  const task =
    database.prepare(`insert into tasks (id, title, body, assignee, status, priority, created_by, created_at,
    started_at, completed_at, workspace_kind) values (?, ?, ?, 'worker', ?, ?, 'bench', ?, ?, ?, 'scratch')`);
  const side = database.prepare('insert into andon_tasks (task_id, ready_at, lane) values (?, ?, ?)');
  const link = database.prepare('insert into task_links (parent_id, child_id) values (?, ?)');
  const run =
    database.prepare(`insert into task_runs (task_id, profile, status, started_at, ended_at, outcome, summary)
    values (?, 'worker', 'done', ?, ?, 'completed', 'It is done, and here is what the next one should know.')`);
  const event = database.prepare(
    `insert into task_events (task_id, kind, payload, created_at) values (?, 'heartbeat', '{"note":"at it"}', ?)`,
  );
  let at = begun;
  return {
    task: (id: string, status: string, parents: readonly string[]): void => {
      at += 1;
      const isDone = status === 'done' || status === 'archived';
      task.run(
        id,
        `Task ${id} of a long list`,
        'x'.repeat(200),
        status,
        at % 7,
        at,
        isDone ? at : null,
        isDone ? at + 60 : null,
      );
      side.run(id, at * 1000, status === 'review' ? 'review' : 'work');
      for (const parent of parents) link.run(parent, id);
      if (isDone) run.run(id, at, at + 60);
    },
    event: (id: string): void => {
      event.run(id, at);
    },
  };
}
