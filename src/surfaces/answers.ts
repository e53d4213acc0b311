import type { Checkpoint } from '../domain/checkpoint.ts';
import type { Event } from '../domain/event.ts';
import type { Comment, Task } from '../domain/task.ts';
import type { RunView, TaskView } from '../domain/view.ts';

/** The JSON that surfaces answer (contract §8.3). Apart from `contract.ts`, so that a list in JSON does not load zod (16 ms). */

/** The task dict: exactly the contract's keys. */
export const taskAnswer = (task: Task) => ({
  id: task.id,
  title: task.title,
  body: task.body,
  assignee: task.assignee,
  status: task.foreign_status ?? task.status,
  priority: task.priority,
  tenant: task.tenant,
  workspace_kind: task.workspace_kind,
  workspace_path: task.workspace_path,
  branch_name: task.branch_name,
  created_by: task.created_by,
  created_at: task.created_at,
  started_at: task.started_at,
  completed_at: task.completed_at,
  result: task.result,
  skills: task.skills ?? [],
  max_retries: task.max_retries,
  session_id: task.session_id,
  workflow_template_id: task.workflow_template_id,
  current_step_key: task.current_step_key,
});

export const runAnswer = (run: RunView) => ({
  id: run.id,
  profile: run.profile,
  step_key: run.step_key,
  status: run.status,
  outcome: run.outcome,
  summary: run.summary,
  error: run.error,
  metadata: run.metadata,
  worker_pid: run.worker_pid,
  started_at: run.started_at,
  ended_at: run.ended_at,
});

const commentAnswer = ({ author, body, created_at }: Comment) => ({ author, body, created_at });

const eventAnswer = ({ kind, payload, created_at, run_id }: Event) => ({ kind, payload, created_at, run_id });

const checkpointAnswer = ({ run_id, text, data, at }: Checkpoint) => ({ run_id, text, data, at });

export const showAnswer = (view: TaskView) => ({
  task: taskAnswer(view.task),
  latest_summary: view.latest_summary,
  parents: view.parents,
  children: view.children,
  comments: view.comments.map(commentAnswer),
  checkpoint: view.checkpoint && checkpointAnswer(view.checkpoint),
  events: view.events.map(eventAnswer),
  runs: view.runs.map(runAnswer),
  saved_work: view.saved_work,
});

/** Milliseconds from ready to a free slot, and from there to the process's start; `null` when not known. */
export const runDelays = ({ process }: RunView): { queued_ms: number | null; start_ms: number | null } => ({
  queued_ms: process && Math.max(0, process.slot_at - process.ready_at),
  start_ms:
    process === null || process.started_at === null
      ? null
      : Math.max(0, process.started_at - process.slot_at),
});
