import { brief as briefText } from '../domain/brief.ts';
import { ok, type Result, unknownTask } from '../domain/errors.ts';
import type { TaskId } from '../domain/ids.ts';
import type { Lane, Task } from '../domain/task.ts';
import type { Reader } from '../store/store.ts';
import { lastCheckpointBefore } from '../store/tables/checkpoints.ts';
import { attachmentsOf, commentsOf } from '../store/tables/comments.ts';
import { parentTasks } from '../store/tables/links.ts';
import { handOvers, recentWork, runsOf } from '../store/tables/runs.ts';
import { findSide, type TaskSide } from '../store/tables/sides.ts';
import { findTask } from '../store/tables/tasks.ts';
import { laneOf } from './apply.ts';

const recentShown = 5;

/** The lane of the run that holds a task, or of the one that would come next. */
const laneNow = (task: Task, side: TaskSide | undefined): Lane =>
  task.status === 'running' ? (side?.lane ?? 'work') : laneOf(task);

/** Gathers the worker brief (contract §9.4). A start waits for it, so all is asked at once: one journey on PostgreSQL. */
export async function brief(
  reader: Reader,
  { task_id: id, review_skills }: { task_id: TaskId; review_skills?: readonly string[] | undefined },
): Promise<Result<string>> {
  const [task, side, parents, handed, runs, attachments, checkpoint, recent, comments] = await Promise.all([
    findTask(reader, id),
    findSide(reader, id),
    parentTasks(reader, id),
    handOvers(reader, id),
    runsOf(reader, id),
    attachmentsOf(reader, id),
    lastCheckpointBefore(reader, id),
    recentWork(reader, id, recentShown),
    commentsOf(reader, id),
  ]);
  if (!task) return unknownTask(id);
  const lane = laneNow(task, side);
  const done = parents.filter((parent) => parent.status === 'done');
  return ok(
    briefText({
      task,
      lane,
      skills: [...new Set([...(task.skills ?? []), ...(lane === 'review' ? (review_skills ?? []) : [])])],
      attachments,
      attempts: runs.filter((run) => run.ended_at !== null),
      checkpoint: checkpoint ?? null,
      parents: done.map((parent) => ({ task: parent, run: handed.get(parent.id) ?? null })),
      recent,
      comments,
    }),
  );
}
