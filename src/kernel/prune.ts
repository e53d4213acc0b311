import { ok, type Result, refuse, unknownTask } from '../domain/errors.ts';
import { asSeconds, type Seconds, type TaskId, toSeconds } from '../domain/ids.ts';
import {
  type Deleted,
  type DeleteTask,
  type Leftovers,
  leftoversOf,
  type Prune,
  type Pruned,
} from '../domain/prune.ts';
import type { Task } from '../domain/task.ts';
import type { Reader, Tx } from '../store/store.ts';
import { attachmentsOf } from '../store/tables/comments.ts';
import { insertEvent } from '../store/tables/events.ts';
import { childrenOf } from '../store/tables/links.ts';
import { liveProcessOf, processesOf } from '../store/tables/processes.ts';
import {
  countPrunable,
  deleteTaskRows,
  findTombstone,
  insertTombstone,
  pathsInUse,
  pruneRows,
  sweepable,
  tasksAtRestSince,
} from '../store/tables/prune.ts';
import { findTask } from '../store/tables/tasks.ts';
import { promoted } from './apply.ts';

/**
 * Contract §4.10: the task and all its rows, in any status. A tombstone and one event `deleted` stay, so that its id in the
 * events of others still says something. Its files are removed after the commit, by whoever asked (`services/sweep.ts`).
 */
export async function deleteTask(tx: Tx, input: DeleteTask): Promise<Result<Deleted>> {
  const task = await findTask(tx, input.task_id);
  return task ? remove(tx, task, input) : noSuchTask(tx, input.task_id);
}

/** The same for archived tasks only. */
export async function purge(tx: Tx, input: DeleteTask): Promise<Result<Deleted>> {
  const task = await findTask(tx, input.task_id);
  if (!task) return noSuchTask(tx, input.task_id);
  if (task.status === 'archived') return remove(tx, task, input);
  return refuse(
    'wrong_status',
    `Task ${task.id} is ${task.status}; purge needs it to be archived, so archive it first or use \`andon delete\`.`,
    [task.id],
  );
}

async function remove(tx: Tx, task: Task, { deleted_by }: DeleteTask): Promise<Result<Deleted>> {
  const held = await heldByWorker(tx, task);
  if (held) return held;
  const by = deleted_by?.trim() || null;
  const runs = await processesOf(tx, task.id);
  const attachments = await attachmentsOf(tx, task.id);
  const children = await childrenOf(tx, task.id);
  deleteTaskRows(tx, task.id);
  insertTombstone(tx, { task_id: task.id, title: task.title, deleted_at: tx.now, deleted_by: by });
  const at = toSeconds(tx.now);
  for (const child of children) {
    const payload = { parent: task.id, child };
    insertEvent(tx, { kind: 'unlinked', payload, task_id: child, run_id: null, at });
  }
  const payload = { title: task.title, by };
  insertEvent(tx, { kind: 'deleted', payload, task_id: task.id, run_id: null, at });
  for (const child of children) await promoted(tx, child);
  const leftovers = leftoversOf(
    task,
    runs.map(({ dir }) => dir),
    attachments.map(({ stored_path }) => stored_path),
  );
  return ok({ task, leftovers, in_use: await pathsInUse(tx) });
}

/** A worker of another program on the same file has no record of ours; its claim names it as long as it may live. */
async function heldByWorker(tx: Reader, task: Task): Promise<Result<never> | undefined> {
  const process = await liveProcessOf(tx, task.id);
  const run = process?.run_id ?? task.current_run_id;
  const isClaimed = run !== null || task.claim_lock !== null;
  if (process === undefined && !(task.worker_pid !== null && isClaimed)) return undefined;
  const whose = run === null ? `${task.claim_lock}, which holds` : `run ${run} of`;
  return refuse(
    'worker_alive',
    `A process of ${whose} task ${task.id} may still live, and its folder would vanish under it; delete the task when that run has ended.`,
    [task.id],
  );
}

/** The refusal for an id without a task: a deleted one is named with its title. */
export async function noSuchTask(reader: Reader, id: TaskId): Promise<Result<never>> {
  const stone = await findTombstone(reader, id);
  if (!stone) return unknownTask(id);
  const when = new Date(stone.deleted_at).toISOString().slice(0, 16).replace('T', ' ');
  const who = stone.deleted_by === null ? '' : ` by ${stone.deleted_by}`;
  return refuse('unknown_task', `Task ${id} (“${stone.title}”) was deleted on ${when} UTC${who}.`, [id]);
}

/** Contract §8.2, `gc`: rows that nobody needs go now; files are named, and removed by whoever asked. */
export async function prune(tx: Tx, input: Prune): Promise<Result<Pruned>> {
  const before = cutOffs(tx, input);
  if (!before.ok) return before;
  const rows = await pruneRows(tx, before.value.events);
  return ok({ ...rows, ...(await prunableFiles(tx, before.value.logs)) });
}

/** What `prune` would do. */
export async function prunable(reader: Reader, input: Prune): Promise<Result<Pruned>> {
  const before = cutOffs(reader, input);
  if (!before.ok) return before;
  const rows = await countPrunable(reader, before.value.events);
  return ok({ ...rows, ...(await prunableFiles(reader, before.value.logs)) });
}

function cutOffs(reader: Reader, input: Prune): Result<{ events: Seconds; logs: Seconds }> {
  const ages = { events_older_than: input.events_older_than, logs_older_than: input.logs_older_than };
  for (const [name, age] of Object.entries(ages)) {
    if (!Number.isSafeInteger(age) || age < 0) {
      return refuse('invalid_input', `${name} is a whole number of seconds from 0, not ${age}.`);
    }
  }
  const ago = (age: number) => asSeconds(toSeconds(reader.now) - age);
  return ok({ events: ago(input.events_older_than), logs: ago(input.logs_older_than) });
}

/** What tasks and runs of a board still need: their folders, and the files attached to what is not finished. */
export const inUse = async (reader: Reader): Promise<Result<readonly string[]>> =>
  ok(await pathsInUse(reader));

async function prunableFiles(
  reader: Reader,
  logsBefore: Seconds,
): Promise<Pick<Pruned, 'leftovers' | 'old_logs' | 'in_use'>> {
  const leftovers: Leftovers[] = [];
  for (const task of await sweepable(reader)) {
    const runs = await processesOf(reader, task.id);
    if (task.workspace_path !== null || runs.length > 0) {
      leftovers.push(
        leftoversOf(
          task,
          runs.map(({ dir }) => dir),
        ),
      );
    }
  }
  return {
    leftovers,
    old_logs: await tasksAtRestSince(reader, logsBefore),
    in_use: await pathsInUse(reader),
  };
}
