import { z } from '@hono/zod-openapi';
import { lanes, statuses, workspaceKinds } from '../../domain/task.ts';

/** What the routes answer, for the document; the tests hold every answer against them. */

export const text = z.string();
export const maybe = text.nullable();
export const seconds = z.int().openapi({ description: 'Unix time in seconds.' });
export const millis = z.int().openapi({ description: 'Unix time in milliseconds.' });
const status = z.enum(statuses);
export const payload = z.record(z.string(), z.unknown());

/** A page of a list; `next` is `after` (or `before`) of the page that follows, and null at the end. */
export const pageOf = <Name extends string, Item extends z.ZodType>(name: Name, item: Item) =>
  z.strictObject({ [name]: z.array(item), next: z.string().nullable() });
/** A list as a whole, because there are few of these. */
export const listOf = <Name extends string, Item extends z.ZodType>(name: Name, item: Item) =>
  z.strictObject({ [name]: z.array(item) });

/** What became of the files that tasks left behind; a dry run does not know the name in the trash. */
export const swept = z.strictObject({
  removed: z.array(text),
  trashed: z.array(z.strictObject({ path: text, to: text.nullable() })),
  kept: z.array(z.strictObject({ path: text, because: text })),
});

/** `status` is another program's own word where it set one. */
const anyStatus = text.openapi({ description: `One of ${statuses.join(', ')}, or another program’s word.` });

export const task = z
  .strictObject({
    id: text,
    title: text,
    body: maybe,
    assignee: maybe,
    status: anyStatus,
    priority: z.int(),
    created_by: maybe,
    created_at: seconds,
    started_at: seconds.nullable(),
    completed_at: seconds.nullable(),
    workspace_kind: z.enum(workspaceKinds),
    workspace_path: maybe,
    branch_name: maybe,
    claim_expires: seconds.nullable(),
    tenant: maybe,
    result: maybe,
    idempotency_key: maybe,
    consecutive_failures: z.int(),
    worker_pid: z.int().nullable(),
    last_failure_error: maybe,
    max_runtime_seconds: z.int().nullable(),
    last_heartbeat_at: seconds.nullable(),
    current_run_id: z.int().nullable(),
    workflow_template_id: maybe,
    current_step_key: maybe,
    skills: z.array(text).nullable(),
    model_override: maybe,
    max_retries: z.int().nullable(),
    goal_mode: z.boolean(),
    goal_max_turns: z.int().nullable(),
    session_id: maybe,
    block_kind: maybe,
    block_recurrences: z.int(),
  })
  .openapi('Task');

export const card = z
  .strictObject({
    id: text,
    title: text,
    assignee: maybe,
    status: anyStatus,
    priority: z.int(),
    tenant: maybe,
    created_by: maybe,
    created_at: seconds,
    started_at: seconds.nullable(),
    completed_at: seconds.nullable(),
    workspace_kind: z.enum(workspaceKinds),
    branch_name: maybe,
    consecutive_failures: z.int(),
    current_run_id: z.int().nullable(),
    block_kind: maybe,
    goal_mode: z.boolean(),
    body_preview: maybe,
    latest_summary: maybe,
    parents: z.int(),
    comments: z.int(),
    attachments: z.int(),
    children: z.strictObject({ done: z.int(), total: z.int() }),
    scheduled_at: millis.nullable(),
  })
  .openapi('Card');

export const columns = z.strictObject({
  columns: z.array(
    z.strictObject({ status, cards: z.array(card), next: maybe, count: z.int(), more: z.boolean() }),
  ),
  latest_event_id: z.int(),
  now: seconds,
});

export const comment = z
  .strictObject({ id: z.int(), task_id: text, author: text, body: text, created_at: seconds })
  .openapi('Comment');

export const attachment = z
  .strictObject({
    id: z.int(),
    task_id: text,
    filename: text,
    content_type: maybe,
    size: z.int(),
    uploaded_by: maybe,
    created_at: seconds,
  })
  .openapi('Attachment');

export const event = z
  .strictObject({
    id: z.int(),
    task_id: text,
    run_id: z.int().nullable(),
    kind: text,
    payload: payload.nullable(),
    created_at: seconds,
  })
  .openapi('Event');

export const feedEvent = z
  .strictObject({ ...event.shape, title: maybe, assignee: maybe, tenant: maybe })
  .openapi('FeedEvent');

const process = z.strictObject({
  lane: z.enum(lanes),
  host: text,
  pid: z.int().nullable(),
  ready_at: millis,
  slot_at: millis,
  claimed_at: millis,
  started_at: millis.nullable(),
  ended_at: millis.nullable(),
  gone_at: millis.nullable(),
  stop_at: millis.nullable(),
  stop_reason: maybe,
  exit_code: z.int().nullable(),
  exit_signal: z.int().nullable(),
  told_at: millis.nullable(),
});

export const run = z
  .strictObject({
    id: z.int(),
    task_id: text,
    profile: maybe,
    step_key: maybe,
    status: text,
    outcome: maybe,
    summary: maybe,
    error: maybe,
    metadata: payload.nullable(),
    worker_pid: z.int().nullable(),
    claim_expires: seconds.nullable(),
    max_runtime_seconds: z.int().nullable(),
    last_heartbeat_at: seconds.nullable(),
    started_at: seconds,
    ended_at: seconds.nullable(),
    process: process
      .nullable()
      .openapi({ description: 'Null for a run that another program or a plain claim opened.' }),
  })
  .openapi('Run');

const savedWork = z.strictObject({
  run_id: z.int().nullable(),
  ref: text,
  commit: text,
  files: z.int(),
});

export const taskView = z
  .strictObject({
    task,
    latest_summary: maybe,
    parents: z.array(text),
    children: z.array(text),
    comments: z.array(comment),
    attachments: z.array(attachment),
    events: z.array(event),
    runs: z.array(run),
    base_commit: maybe,
    saved_work: z.array(savedWork),
  })
  .openapi('TaskView');

export const edge = z
  .strictObject({
    parent_id: text,
    parent_title: text,
    parent_status: anyStatus,
    child_id: text,
    child_title: text,
    child_status: anyStatus,
  })
  .openapi('Edge');

export const changedTask = z.strictObject({ task });
/** What ended a run; `run_id` is null when there was none. */
export const answered = z.strictObject({ task, run_id: z.int().nullable() });
/** `stopping` is the run whose process is being ended; null when the task is free already. */
export const reclaimed = z.strictObject({ task, stopping: z.int().nullable() });

export const why = z
  .looseObject({ code: text, sentence: text, next: text })
  .openapi('Why', { description: 'Why a task does not run, and what happens next.' });

export const counts = z.strictObject(Object.fromEntries(statuses.map((each) => [each, z.int()])));
const someCounts = z.partialRecord(status, z.int());
export const stats = z.strictObject({
  by_status: someCounts,
  by_assignee: z.record(z.string(), someCounts),
  oldest_ready_age_seconds: z.int().nullable(),
  now: seconds,
});
