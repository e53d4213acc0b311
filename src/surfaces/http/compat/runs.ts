import { z } from '@hono/zod-openapi';
import { ok, type Result } from '../../../domain/errors.ts';
import type { RunView } from '../../../domain/view.ts';
import { boardPaths } from '../../../services/home.ts';
import { lookAt } from '../../../services/queue.ts';
import { limitUpTo, positive, record, taskId, text } from '../../contract.ts';
import { openInside, readSlice } from '../../stored-files.ts';
import type { BoardCall } from '../call.ts';
import { oneRun, oneTask, runNumber } from '../fields.ts';
import { withFormFile } from '../multipart.ts';
import { nothing, olderRoute, runEndRoute } from '../route.ts';
import { attach, detach, download } from '../routes/attachments.ts';
import { completionOf } from '../routes/events.ts';
import { inspectRun, logPath, terminate } from '../routes/runs.ts';
import { inspectProcess } from './process.ts';
import { nowOf, olderAttachment, olderRun } from './shown.ts';

/** Contract §10: runs and their processes, logs, and files of tasks. */

const tag = 'Older API';
const anything = z.looseObject({});

const active = olderRoute({
  method: 'get',
  path: '/workers/active',
  tag,
  role: 'viewer',
  summary: 'The workers that live',
  input: nothing,
  answer: z.strictObject({ workers: z.array(anything), count: z.int(), checked_at: z.int() }),
  work: async (call) => {
    const { kernel, board } = call;
    const { processes } = await lookAt(kernel, board);
    const workers = [];
    for (const { run_id, task_id } of processes) {
      const run = await kernel.run(board, { run_id });
      const view = await kernel.show(board, { task_id, events: 0 });
      if (!run.ok || !view.ok || run.value.ended_at !== null) continue;
      const { task } = view.value;
      const { profile, worker_pid, started_at, claim_lock, claim_expires, ...rest } = olderRun(
        call,
        run.value,
      );
      workers.push({
        run_id,
        task_id,
        task_title: task.title,
        task_status: task.status,
        task_assignee: task.assignee,
        profile,
        worker_pid,
        started_at,
        claim_lock,
        claim_expires,
        last_heartbeat_at: rest.last_heartbeat_at,
        max_runtime_seconds: rest.max_runtime_seconds,
      });
    }
    return ok({ workers, count: workers.length, checked_at: nowOf(call) });
  },
});

const one = olderRoute({
  method: 'get',
  path: '/runs/{run_id}',
  tag,
  role: 'viewer',
  summary: 'One run',
  input: oneRun,
  answer: z.strictObject({ run: anything }),
  work: async (call, input) => {
    const found = await call.kernel.run(call.board, input);
    return found.ok ? ok({ run: olderRun(call, found.value) }) : found;
  },
});

const inspect = olderRoute({
  method: 'get',
  path: '/runs/{run_id}/inspect',
  tag,
  role: 'operator',
  summary: 'What the system says of the process of a run',
  input: oneRun,
  answer: z.looseObject({ run_id: z.int(), alive: z.boolean() }),
  work: async (call, { run_id }) => {
    const found = await call.kernel.run(call.board, { run_id });
    return found.ok ? ok({ run_id, ...(await inspected(call, found.value)) }) : found;
  },
});

async function inspected(call: BoardCall, run: RunView): Promise<object> {
  const seen = await inspectRun(call, run);
  if (!seen.alive || seen.pid === undefined) return { alive: false, reason: seen.reason };
  return {
    alive: true,
    pid: seen.pid,
    ...(await inspectProcess(seen.pid, seen.started_at / 1000, nowOf(call))),
  };
}

const terminateRoute = olderRoute({
  method: 'post',
  path: '/runs/{run_id}/terminate',
  tag,
  role: 'operator',
  summary: 'End a run; its task goes back to where it came from',
  input: record({ run_id: runNumber, reason: text.optional() }),
  answer: z.strictObject({ ok: z.literal(true), run_id: z.int(), task_id: z.string() }),
  work: async (call, { run_id, reason }) => {
    const ended = await terminate(call, run_id, reason);
    return ended.ok ? ok({ ok: true, run_id, task_id: ended.value.task.id }) : ended;
  },
});

const log = olderRoute({
  method: 'get',
  path: '/tasks/{task_id}/log',
  tag,
  role: 'viewer',
  summary: 'What the workers of a task printed',
  input: record({ task_id: taskId, tail: limitUpTo(2_000_000).optional() }),
  answer: z.strictObject({
    task_id: z.string(),
    path: z.string(),
    exists: z.boolean(),
    size_bytes: z.int(),
    content: z.string(),
    truncated: z.boolean(),
  }),
  work: async (call, { task_id, tail = 2_000_000 }): Promise<Result<unknown>> => {
    const known = await call.kernel.standing(call.board, { task_id });
    if (!known.ok) return known;
    const path = logPath(call, task_id);
    const file = await openInside(boardPaths(call.desk.home, call.board).logs, path);
    if (file === undefined) {
      return ok({ task_id, path, exists: false, size_bytes: 0, content: '', truncated: false });
    }
    try {
      const { size, offset, content } = await readSlice(file, -tail, tail);
      return ok({ task_id, path, exists: true, size_bytes: size, content, truncated: offset > 0 });
    } finally {
      await file.close();
    }
  },
});

const attachments = olderRoute({
  method: 'get',
  path: '/tasks/{task_id}/attachments',
  tag,
  role: 'viewer',
  summary: 'The files of a task',
  input: oneTask,
  answer: z.strictObject({ attachments: z.array(anything) }),
  work: async (call, { task_id }) => {
    const view = await call.kernel.show(call.board, { task_id, events: 0 });
    return view.ok
      ? ok({ attachments: view.value.attachments.map((each) => olderAttachment(call, each)) })
      : view;
  },
});

const upload = olderRoute({
  method: 'post',
  path: '/tasks/{task_id}/attachments',
  tag,
  role: 'operator',
  summary: 'Attach a file: the part `file` of a form',
  input: oneTask,
  body: 'multipart/form-data',
  answer: z.strictObject({ attachment: anything }),
  work: async (call, { task_id }) => {
    const noted = await withFormFile(call.request, ({ filename, content_type, content }) =>
      attach(call, { task_id, filename, content_type, content, uploaded_by: call.identity.name }),
    );
    return noted.ok ? ok({ attachment: olderAttachment(call, noted.value) }) : noted;
  },
});

const oneAttachment = record({ attachment_id: positive });

const file = olderRoute({
  method: 'get',
  path: '/attachments/{attachment_id}',
  tag,
  role: 'viewer',
  summary: 'The bytes of an attachment',
  input: oneAttachment,
  answer: 'application/octet-stream',
  work: (call, { attachment_id }) => download(call, attachment_id),
});

const removeFile = olderRoute({
  method: 'delete',
  path: '/attachments/{attachment_id}',
  tag,
  role: 'operator',
  summary: 'Take an attachment away',
  input: oneAttachment,
  answer: z.strictObject({ ok: z.literal(true), id: z.int() }),
  work: async (call, { attachment_id: id }) => {
    const gone = await detach(call, id);
    return gone.ok ? ok({ ok: true, id }) : gone;
  },
});

const completion = runEndRoute({
  method: 'get',
  path: '/runs/{run_id}/events',
  tag,
  role: 'viewer',
  summary: 'The end of one run as it comes (server-sent events)',
  input: record({ run_id: positive }),
  answer: 'text/event-stream',
  work: (call, { run_id }) => completionOf(call, run_id),
});

export const olderRunRoutes = [
  active,
  one,
  inspect,
  terminateRoute,
  log,
  attachments,
  upload,
  file,
  removeFile,
  completion,
];
