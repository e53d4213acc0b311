import { brief as briefText } from '../domain/brief.ts';
import { ok, type Result, unknownTask } from '../domain/errors.ts';
import type { TaskId } from '../domain/ids.ts';
import type { Run } from '../domain/run.ts';
import type { Lane, Task } from '../domain/task.ts';
import type { Reader } from '../store/store.ts';
import { lastCheckpointBefore } from '../store/tables/checkpoints.ts';
import { attachmentsOf, commentsOf } from '../store/tables/comments.ts';
import { parentTasks } from '../store/tables/links.ts';
import { handOvers, recentWork, runsOf } from '../store/tables/runs.ts';
import { sideOf } from '../store/tables/sides.ts';
import { findTask } from '../store/tables/tasks.ts';
import { laneOf } from './apply.ts';

const recentShown = 5;

/** The lane of the run that holds a task, or of the one that would come next. */
async function laneNow(reader: Reader, task: Task): Promise<Lane> {
  return task.status === 'running' ? (await sideOf(reader, task)).lane : laneOf(task);
}

/** Gathers the worker brief (contract §9.4). */
export async function brief(
  reader: Reader,
  input: { task_id: TaskId; review_skills?: readonly string[] | undefined },
): Promise<Result<string>> {
  const task = await findTask(reader, input.task_id);
  if (!task) return unknownTask(input.task_id);
  const { id, assignee } = task;
  const [lane, parents, runs, attachments, checkpoint, recent, comments] = await Promise.all([
    laneNow(reader, task),
    parentTasks(reader, id),
    runsOf(reader, id),
    attachmentsOf(reader, id),
    lastCheckpointBefore(reader, id),
    assignee === null ? [] : recentWork(reader, assignee, id, recentShown),
    commentsOf(reader, id),
  ]);
  const done = parents.filter((parent) => parent.status === 'done');
  const handed = done.length === 0 ? new Map<TaskId, Run>() : await handOvers(reader, id);
  return ok(
    briefText({
      task,
      lane,
      skills: [
        ...new Set([...(task.skills ?? []), ...(lane === 'review' ? (input.review_skills ?? []) : [])]),
      ],
      attachments,
      attempts: runs.filter((run) => run.ended_at !== null),
      checkpoint: checkpoint ?? null,
      parents: done.map((parent) => ({ task: parent, run: handed.get(parent.id) ?? null })),
      recent,
      comments,
    }),
  );
}
