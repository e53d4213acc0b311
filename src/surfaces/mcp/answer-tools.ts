import { refuse } from '../../domain/errors.ts';
import type { TaskId } from '../../domain/ids.ts';
import {
  blockTask,
  checkpointTask,
  completeTask,
  heartbeat,
  record,
  requestChanges,
  requestReview,
} from '../contract.ts';
import { takesPart } from './caller.ts';
import { board, ownTaskId } from './fields.ts';
import { type Answer, answer, answerable, type Call, ownTask, tool } from './tool.ts';

/** The tools by which a worker answers for its own task, each fenced by its run. */

export const complete = tool({
  description:
    'Finishes your task and hands its result to the tasks that wait for it. Call it once, as the last thing you do, with a summary or a result.',
  visible: takesPart,
  input: record({
    task_id: ownTaskId,
    summary: completeTask.shape.summary.describe(
      'What was done, for a person and for the tasks that follow.',
    ),
    result: completeTask.shape.result.describe('The result itself, when it is short.'),
    metadata: completeTask.shape.metadata.describe('Facts for the tasks that follow, as a JSON object.'),
    created_cards: completeTask.shape.created_cards.describe(
      'Ids of the tasks you created for this one; each must exist and be yours.',
    ),
    artifacts: completeTask.shape.artifacts.describe('Absolute paths of files that this task made.'),
    board,
  }),
  work: async (call, { board: _, task_id, metadata, ...rest }) => {
    if (![rest.summary, rest.result].some((text) => text !== undefined && text.trim() !== ''))
      return refuse('invalid_input', '`summary` or `result` must be given, and not be blank.');
    const mine = answerable(call, task_id);
    if (!mine.ok) return mine;
    const done = await call.kernel.complete(call.board, {
      ...rest,
      ...mine.value,
      metadata: stamped(call, mine.value.task_id, metadata),
    });
    return answer(done, ({ task, run_id }) => ({ task_id: task.id, run_id }));
  },
});

/** A worker's metadata names the session that wrote it (contract §9.2). */
function stamped(call: Call, task: string, metadata: Answer | undefined): Answer | undefined {
  const { session } = call.caller;
  return session !== undefined && task === ownTask(call)
    ? { ...metadata, worker_session_id: session }
    : metadata;
}

export const block = tool({
  description:
    'Stops work on your task because it needs a person: says what is missing. The task waits until somebody unblocks it.',
  visible: takesPart,
  input: record({
    task_id: ownTaskId,
    reason: blockTask.shape.reason.describe('What is needed to go on, as a question or a sentence.'),
    kind: blockTask.shape.kind.describe(
      'By what: `needs_input` from a person, a `capability` you lack, a `transient` trouble, or a `dependency` on the parents of this task, after which it goes on by itself.',
    ),
    board,
  }),
  work: async (call, { task_id, reason, kind }) => {
    const mine = answerable(call, task_id);
    if (!mine.ok) return mine;
    const blocked = await call.kernel.block(call.board, { ...mine.value, reason, kind });
    return answer(blocked, ({ task, run_id }) => ({ task_id: task.id, run_id, status: task.status }));
  },
});

export const askForReview = tool({
  description:
    'Says that your work is done and shall be looked at before it counts. Call it instead of kanban_complete, as the last thing you do.',
  visible: takesPart,
  input: record({
    task_id: ownTaskId,
    summary: requestReview.shape.summary.describe('What was done, for the reviewer.'),
    reviewer: requestReview.shape.reviewer.describe('The profile that reviews; your own when left out.'),
    artifacts: requestReview.shape.artifacts.describe('Absolute paths of files to look at.'),
    board,
  }),
  work: async (call, { board: _, task_id, ...rest }) => {
    const mine = answerable(call, task_id);
    if (!mine.ok) return mine;
    const asked = await call.kernel.requestReview(call.board, { ...rest, ...mine.value });
    return answer(asked, ({ task, run_id }) => ({ task_id: task.id, run_id, status: task.status }));
  },
});

export const askForChanges = tool({
  description:
    'Answers a review: the work is not good yet, and goes back to whoever did it. When it is good, use kanban_complete.',
  visible: takesPart,
  input: record({
    task_id: ownTaskId,
    reason: requestChanges.shape.reason.describe('What has to change, for whoever did the work.'),
    board,
  }),
  work: async (call, { task_id, reason }) => {
    const mine = answerable(call, task_id);
    if (!mine.ok) return mine;
    const asked = await call.kernel.requestChanges(call.board, { ...mine.value, reason });
    return answer(asked, ({ task, run_id }) => ({ task_id: task.id, run_id, status: task.status }));
  },
});

export const beat = tool({
  description:
    'Says that you are still at work, so that your claim does not run out. Use it now and then in long work.',
  visible: takesPart,
  input: record({
    task_id: ownTaskId,
    note: heartbeat.shape.note.describe('Where the work stands, for whoever watches.'),
    board,
  }),
  work: async (call, { task_id, note }) => {
    const mine = answerable(call, task_id);
    if (!mine.ok) return mine;
    const beaten = await call.kernel.heartbeat(call.board, {
      ...mine.value,
      note,
      claim_lock: lockOf(call, mine.value.task_id),
    });
    return answer(beaten, ({ task }) => ({ task_id: task.id, claim_expires: task.claim_expires }));
  },
});

export const reach = tool({
  description:
    'Keeps how far your work is: should it be interrupted, the next attempt starts from the newest checkpoint. Also a sign of life.',
  visible: takesPart,
  input: record({
    task_id: ownTaskId,
    text: checkpointTask.shape.text.describe(
      'What is done, what comes next, and what whoever goes on has to know.',
    ),
    data: checkpointTask.shape.data.describe('The same as facts to go on from, as a JSON object.'),
    board,
  }),
  work: async (call, { task_id, text, data }) => {
    const mine = answerable(call, task_id);
    if (!mine.ok) return mine;
    const claim_lock = lockOf(call, mine.value.task_id);
    const kept = await call.kernel.checkpoint(call.board, { ...mine.value, claim_lock, text, data });
    return answer(kept, ({ task }) => ({
      task_id: task.id,
      run_id: task.current_run_id,
      claim_expires: task.claim_expires,
    }));
  },
});

/** The claim by which the caller holds its own task. */
const lockOf = (call: Call, task: TaskId): string | undefined =>
  task === ownTask(call) ? call.caller.claimLock : undefined;
