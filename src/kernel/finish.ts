import type { ArchiveTask, BlockTask, CompleteTask, UnblockTask } from '../domain/command.ts';
import { type Result, unknownTask } from '../domain/errors.ts';
import { asTaskId, type RunId, type TaskId, taskIdInProse, toSeconds } from '../domain/ids.ts';
import type { Metadata, Task } from '../domain/task.ts';
import type { Tx } from '../store/store.ts';
import { insertEvent } from '../store/tables/events.ts';
import { childrenOf } from '../store/tables/links.ts';
import { findMovable } from '../store/tables/movable.ts';
import { existingIds, findTask } from '../store/tables/tasks.ts';
import { move } from './apply.ts';
import { addComment } from './discuss.ts';

/**
 * Contract §4.4: the cards it claims to have made must be its own, or nothing happens but the trace. They are judged last,
 * so that a run which no longer holds the task leaves no trace either.
 */
export async function complete(
  tx: Tx,
  input: CompleteTask,
): Promise<Result<{ task: Task; run_id: RunId | null }>> {
  const known = await findMovable(tx, input.task_id);
  if (!known) return unknownTask(input.task_id);
  const { task } = known;
  const cards = await sortCards(tx, task, input.created_cards ?? []);
  const metadata = withArtifacts(input);
  const done = await move(tx, known, {
    verb: 'complete',
    run_id: input.run_id,
    proof: input.proof,
    result: input.result ?? null,
    summary: input.summary ?? null,
    metadata,
    verified_cards: cards.verified,
    artifacts: textsIn(metadata?.['artifacts']),
  });
  if (!done.ok) return done;
  if (cards.phantom.length > 0) return refuseCards(task, cards, input);
  await noteUnknownReferences(tx, done.value.task, done.value.run_id, input);
  return done;
}

/** A list of texts, cleaned: trimmed, without blanks and whatever is no text (contract §4.4). */
export const textsIn = (value: unknown): string[] =>
  Array.isArray(value)
    ? value.flatMap((item) => (typeof item === 'string' && item.trim() !== '' ? [item.trim()] : []))
    : [];

function withArtifacts(input: CompleteTask): Metadata | null {
  const artifacts = textsIn(input.artifacts);
  if (artifacts.length === 0) return input.metadata ?? null;
  const known = textsIn(input.metadata?.['artifacts']);
  return { ...input.metadata, artifacts: [...new Set([...known, ...artifacts])] };
}

interface Cards {
  readonly verified: readonly TaskId[];
  readonly phantom: readonly TaskId[];
}

/** A card counts when it exists and was made by this task or its assignee, or is its linked child (contract §15.28). */
async function sortCards(tx: Tx, task: Task, claimed: readonly string[]): Promise<Cards> {
  const ids = [...new Set(textsIn(claimed))].map(asTaskId);
  const children = new Set(ids.length === 0 ? [] : await childrenOf(tx, task.id));
  const verified: TaskId[] = [];
  for (const id of ids) {
    const card = await findTask(tx, id);
    const maker = card?.created_by ?? null;
    const made = maker !== null && (maker === task.id || maker === task.assignee);
    if (card && (made || children.has(id))) verified.push(id);
  }
  return { verified, phantom: ids.filter((id) => !verified.includes(id)) };
}

function refuseCards(task: Task, { verified, phantom }: Cards, input: CompleteTask): Result<never> {
  const preview = [...(input.summary ?? '').trim().split('\n', 1).join('')].slice(0, 200).join('');
  const payload = { phantom_cards: phantom, verified_cards: verified, summary_preview: preview };
  const event = { kind: 'completion_blocked_hallucination', payload } as const;
  const sentence = `Task ${task.id} did not create ${phantom.join(', ')}; the task is unchanged, so complete it again without these ids in created_cards.`;
  const record = { task_id: task.id, run_id: task.current_run_id, event };
  return { ok: false, refusal: { code: 'phantom_cards', sentence, ids: phantom, record } };
}

/** Advisory only: ids in the hand-over's prose that name no task. */
async function noteUnknownReferences(
  tx: Tx,
  task: Task,
  run: RunId | null,
  input: CompleteTask,
): Promise<void> {
  const prose = `${input.summary ?? ''}\n${input.result ?? ''}`;
  const named = [...new Set(prose.match(taskIdInProse) ?? [])].map(asTaskId).slice(0, 100);
  const known = await existingIds(tx, named);
  const phantom = named.filter((id) => !known.has(id));
  if (phantom.length === 0) return;
  const payload = { phantom_refs: phantom, source: 'completion_summary' };
  insertEvent(tx, {
    kind: 'suspected_hallucinated_references',
    payload,
    task_id: task.id,
    run_id: run,
    at: toSeconds(tx.now),
  });
}

export async function block(tx: Tx, input: BlockTask): Promise<Result<{ task: Task; run_id: RunId | null }>> {
  const known = await findMovable(tx, input.task_id);
  if (!known) return unknownTask(input.task_id);
  const reason = input.reason?.trim() || null;
  if (reason !== null && input.comment_as !== undefined) {
    await addComment(tx, { task_id: input.task_id, author: input.comment_as, body: `BLOCKED: ${reason}` });
  }
  return move(tx, known, {
    verb: 'block',
    run_id: input.run_id,
    proof: input.proof,
    reason,
    kind: input.kind,
  });
}

export async function unblock(tx: Tx, input: UnblockTask): Promise<Result<{ task: Task }>> {
  const known = await findMovable(tx, input.task_id);
  if (!known) return unknownTask(input.task_id);
  const reason = input.reason?.trim() || null;
  if (reason !== null && input.comment_as !== undefined) {
    await addComment(tx, { task_id: input.task_id, author: input.comment_as, body: `UNBLOCK: ${reason}` });
  }
  return move(tx, known, { verb: 'unblock' });
}

export async function archive(tx: Tx, input: ArchiveTask): Promise<Result<{ task: Task }>> {
  const known = await findMovable(tx, input.task_id);
  return known ? move(tx, known, { verb: 'archive' }) : unknownTask(input.task_id);
}
