import { diagnosticKinds, diagnose as judge } from '../domain/diagnostic-rules.ts';
import type { DiagnosticConfig, TaskDiagnostics } from '../domain/diagnostics.ts';
import { ok, type Result } from '../domain/errors.ts';
import { type TaskId, toSeconds } from '../domain/ids.ts';
import type { Task } from '../domain/task.ts';
import type { Reader } from '../store/store.ts';
import { eventsOf, runsOfTasks, suspects } from '../store/tables/diagnostics.ts';
import { findTask } from '../store/tables/tasks.ts';
import { noSuchTask } from './prune.ts';

/** How many tasks' events one question brings: two questions for a few hundred tasks instead of two for each. */
const batch = 200;

/** Contract §11, of one task or of all; tasks with which nothing is wrong are left out. */
export async function diagnose(
  reader: Reader,
  input: DiagnosticConfig & { readonly task_id?: TaskId | undefined },
): Promise<Result<readonly TaskDiagnostics[]>> {
  const tasks = await chosen(reader, input.task_id);
  if (!tasks.ok) return tasks;
  const found: TaskDiagnostics[] = [];
  for (let from = 0; from < tasks.value.length; from += batch) {
    found.push(...(await diagnoseSome(reader, tasks.value.slice(from, from + batch), input)));
  }
  return ok(found);
}

async function chosen(reader: Reader, id: TaskId | undefined): Promise<Result<readonly Task[]>> {
  if (id === undefined) return ok(await suspects(reader));
  const task = await findTask(reader, id);
  return task ? ok([task]) : noSuchTask(reader, id);
}

async function diagnoseSome(
  reader: Reader,
  tasks: readonly Task[],
  config: DiagnosticConfig,
): Promise<TaskDiagnostics[]> {
  const ids = tasks.map(({ id }) => id);
  const events = Map.groupBy(await eventsOf(reader, ids, diagnosticKinds), ({ task_id }) => task_id);
  const runs = Map.groupBy(await runsOfTasks(reader, ids), ({ task_id }) => task_id);
  return tasks.flatMap((task) => {
    const subject = { task, events: events.get(task.id) ?? [], runs: runs.get(task.id) ?? [] };
    const diagnostics = judge(subject, config, toSeconds(reader.now));
    return diagnostics.length === 0
      ? []
      : [
          {
            task_id: task.id,
            task_title: task.title,
            task_status: task.status,
            task_assignee: task.assignee,
            diagnostics,
          },
        ];
  });
}
