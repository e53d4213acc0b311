import { join } from 'node:path';
import { z } from '@hono/zod-openapi';
import { ok, type Result } from '../../../domain/errors.ts';
import type { RunId, TaskId } from '../../../domain/ids.ts';
import type { RunView } from '../../../domain/view.ts';
import { changesIn } from '../../../services/changes.ts';
import { boardPaths } from '../../../services/home.ts';
import { flag, integer, limitUpTo, record, taskId, text } from '../../contract.ts';
import type { BoardCall } from '../call.ts';
import { before, oneRun, pageLimit, runNumber } from '../fields.ts';
import { openInside, readSlice } from '../files.ts';
import { HttpProblem } from '../problem.ts';
import { boardRoute } from '../route.ts';
import * as shape from '../shapes.ts';
import * as homeShape from '../shapes-home.ts';
import { runOf, shown, taskOf } from '../views.ts';

/** Attempts: what became of them, what they printed, how their processes are. */

const tag = 'Runs';

const list = boardRoute({
  method: 'get',
  path: '/runs',
  tag,
  role: 'viewer',
  summary: 'Runs, from the newest back',
  input: record({ task_id: taskId.optional(), open: flag.optional(), before, limit: pageLimit(50, 200) }),
  answer: shape.pageOf('runs', shape.run),
  work: async ({ kernel, board }, { limit, before: id, ...filter }) =>
    shown(await kernel.runPage(board, { ...filter, before: id, limit: limit + 1 }), (found) => ({
      runs: found.slice(0, limit).map(runOf),
      next: found.length > limit ? String(found[limit - 1]?.id) : null,
    })),
});

const one = boardRoute({
  method: 'get',
  path: '/runs/{run_id}',
  tag,
  role: 'viewer',
  summary: 'One run; asking for it never counts as having been told of its end',
  input: oneRun,
  answer: z.strictObject({ run: shape.run }),
  work: async ({ kernel, board }, input) =>
    shown(await kernel.run(board, input), (found) => ({ run: runOf(found) })),
});

const mostSlice = 1_000_000;
/** Where a slice begins: `offset`, or so many bytes before the end. */
const place = {
  offset: integer(0).default(0),
  tail: limitUpTo(2_000_000).optional(),
  limit: limitUpTo(mostSlice).default(65_536),
};

/** What the workers of a task printed. */
export const logPath = ({ desk, board }: BoardCall, task: TaskId): string =>
  join(boardPaths(desk.home, board).logs, `${task}.log`);

async function sliceOf(
  root: string,
  path: string,
  { offset, tail, limit }: { offset: number; tail?: number | undefined; limit: number },
): Promise<Result<unknown>> {
  const file = await openInside(root, path);
  if (file === undefined) return ok({ exists: false, size: 0, offset: 0, next_offset: 0, content: '' });
  try {
    const slice =
      tail === undefined ? await readSlice(file, offset, limit) : await readSlice(file, -tail, tail);
    return ok({ exists: true, ...slice });
  } finally {
    await file.close();
  }
}

const log = boardRoute({
  method: 'get',
  path: '/tasks/{task_id}/log',
  tag,
  role: 'viewer',
  summary: 'What the workers of a task printed, by offset in bytes',
  description: 'Ask again from `next_offset`; a `size` below it means that the log was begun anew.',
  input: record({ task_id: taskId, ...place }),
  answer: homeShape.slice,
  work: async (call, { task_id, ...where }) => {
    const known = await call.kernel.standing(call.board, { task_id });
    if (!known.ok) return known;
    return sliceOf(boardPaths(call.desk.home, call.board).logs, logPath(call, task_id), where);
  },
});

const transcript = boardRoute({
  method: 'get',
  path: '/runs/{run_id}/transcript',
  tag,
  role: 'viewer',
  summary: 'What the agent of a run said and did, as JSON lines, by offset in bytes',
  input: record({ run_id: runNumber, ...place }),
  answer: homeShape.slice,
  work: async ({ kernel, board, desk }, { run_id, ...where }) => {
    const found = await kernel.run(board, { run_id });
    if (!found.ok) return found;
    const folder = found.value.process?.dir ?? '/nowhere';
    return sliceOf(boardPaths(desk.home, board).runs, join(folder, 'transcript.jsonl'), where);
  },
});

const changes = boardRoute({
  method: 'get',
  path: '/runs/{run_id}/changes',
  tag,
  role: 'viewer',
  summary: 'What is changed in the worktree of a run, against where it began',
  description:
    'The folder as it is now, new files too, as a patch of at most a megabyte. `changes` is null, and `sentence` says why, when there is none to show.',
  input: oneRun,
  answer: z.strictObject({ changes: homeShape.changes.nullable(), sentence: z.string() }),
  work: async (call, { run_id }) => {
    const found = await call.kernel.run(call.board, { run_id });
    return found.ok ? changesOf(call, found.value) : found;
  },
});

/** Only a folder that a worker of this machine was started in is looked at. */
async function changesOf({ kernel, board, desk }: BoardCall, run: RunView): Promise<Result<unknown>> {
  const { home, world } = desk;
  const none = (sentence: string) => ok({ changes: null, sentence });
  if (run.process === null) return none('This run had no process of ours, so nobody knows its folder.');
  if (run.process.host !== world.hostname) {
    return none(`Its folder is on ${run.process.host}, which cannot be seen from here.`);
  }
  const view = await kernel.show(board, { task_id: run.task_id, events: 0 });
  if (!view.ok) return view;
  const { workspace_path: folder } = view.value.task;
  if (folder === null || !(await world.files.isFolder(folder)))
    return none('Its folder is not there any more.');
  const found = await changesIn({ ...world, folder, env: home.env }, view.value.base_commit);
  if (found === undefined) return none('Its folder is no worktree of git.');
  return ok({ changes: found, sentence: '' });
}

/** What this machine says of a run's process. */
export async function inspectRun({ desk }: BoardCall, run: RunView) {
  const { world } = desk;
  const { process } = run;
  const pid = process?.pid ?? run.worker_pid;
  if (run.ended_at !== null && process?.gone_at !== null)
    return { alive: false, reason: 'the run has ended' };
  if (pid === null) return { alive: false, reason: 'no process of it was seen' };
  if (process !== null && process.host !== world.hostname) {
    return { alive: false, reason: `its process is on ${process.host}, which cannot be seen from here` };
  }
  const found = await world.processes.identify(pid);
  const same = process === null || process.pid_start === null || found?.start === process.pid_start;
  if (found === undefined || !same) return { alive: false, reason: `there is no process ${pid} of it` };
  const tree = process === null ? [found] : await world.processes.tree(pid, process.mark);
  return { alive: true, pid, processes: tree.length, started_at: world.processes.startedAt(found) };
}

const inspect = boardRoute({
  method: 'get',
  path: '/runs/{run_id}/inspect',
  tag,
  role: 'viewer',
  summary: 'Whether the process of a run lives on this machine, and how many it has',
  input: oneRun,
  answer: z.strictObject({
    run_id: z.int(),
    alive: z.boolean(),
    reason: z.string().optional(),
    pid: z.int().optional(),
    processes: z.int().optional(),
    started_at: z.int().optional(),
  }),
  work: async (call, { run_id }) => {
    const found = await call.kernel.run(call.board, { run_id });
    return found.ok ? ok({ run_id, ...(await inspectRun(call, found.value)) }) : found;
  },
});

/** Takes the task of a run back, if that run still holds it. */
export async function terminate(call: BoardCall, run_id: RunId, reason: string | undefined) {
  const { kernel, board } = call;
  const found = await kernel.run(board, { run_id });
  if (!found.ok) return found;
  const { task_id, ended_at } = found.value;
  if (ended_at !== null) throw new HttpProblem('not_running', `Run ${run_id} has ended.`, { ids: [task_id] });
  return kernel.reclaim(board, { task_id, reason });
}

const terminateRoute = boardRoute({
  method: 'post',
  path: '/runs/{run_id}/terminate',
  tag,
  role: 'operator',
  summary: 'End a run; its task goes back to where it came from',
  input: record({ run_id: runNumber, reason: text.optional() }),
  answer: shape.reclaimed,
  work: async (call, { run_id, reason }) =>
    shown(await terminate(call, run_id, reason), ({ task, stopping }) => ({ task: taskOf(task), stopping })),
});

export const runRoutes = [list, one, log, transcript, changes, inspect, terminateRoute];
