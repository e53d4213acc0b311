import { ok, type Result, refuse } from '../domain/errors.ts';
import { asTaskId, parseAssignee, type TaskId } from '../domain/ids.ts';
import { blackboardPrefix, type CreateSwarm, type SwarmIds, swarmProtocol } from '../domain/plan.ts';
import type { Task } from '../domain/task.ts';
import type { Reader, Tx } from '../store/store.ts';
import { commentsOf } from '../store/tables/comments.ts';
import { findByIdempotencyKey } from '../store/tables/tasks.ts';
import { create } from './create.ts';
import { addComment } from './discuss.ts';
import { complete } from './finish.ts';

/**
 * Contract §4.15: workers side by side, a verifier after all of them, a synthesizer after it, and a finished root whose
 * comments are their blackboard. One transaction (contract §15.27), so half a swarm never exists.
 */
export async function swarm(tx: Tx, input: CreateSwarm): Promise<Result<SwarmIds & { created: boolean }>> {
  if (input.goal.trim() === '') return refuse('blank_text', 'A swarm needs a goal; the one given is blank.');
  if (input.workers.length === 0) {
    return refuse('invalid_input', 'A swarm needs at least one worker; none was given.');
  }
  const key = input.idempotency_key?.trim() || undefined;
  const existing = key === undefined ? undefined : await findByIdempotencyKey(tx, key);
  if (existing) return again(tx, existing);
  const root = await plantRoot(tx, input, key);
  return root.ok ? grow(tx, input, root.value) : root;
}

/** The swarm that a root task of ours stands for. */
async function again(reader: Reader, root: Task): Promise<Result<SwarmIds & { created: boolean }>> {
  for (const { body } of (await commentsOf(reader, root.id)).toReversed()) {
    const ids = body.startsWith(blackboardPrefix)
      ? topologyIn(body.slice(blackboardPrefix.length))
      : undefined;
    if (ids) return ok({ ...ids, created: false });
  }
  return refuse(
    'invalid_input',
    `Task ${root.id} already has this idempotency key, and it is not the root of a swarm; use another key.`,
    [root.id],
  );
}

function topologyIn(text: string): SwarmIds | undefined {
  let said: unknown;
  try {
    said = JSON.parse(text);
  } catch {
    return undefined;
  }
  const field = (of: unknown, name: string): unknown =>
    typeof of === 'object' && of !== null ? Object.entries(of).find(([key]) => key === name)?.[1] : undefined;
  if (field(said, 'key') !== 'topology') return undefined;
  const topology = field(said, 'value');
  const [root, workers, verifier, synthesizer] = [
    'root_id',
    'worker_ids',
    'verifier_id',
    'synthesizer_id',
  ].map((name) => field(topology, name));
  if (typeof root !== 'string' || typeof verifier !== 'string' || typeof synthesizer !== 'string')
    return undefined;
  if (!Array.isArray(workers) || !workers.every((id) => typeof id === 'string')) return undefined;
  return {
    root_id: asTaskId(root),
    worker_ids: workers.map(asTaskId),
    verifier_id: asTaskId(verifier),
    synthesizer_id: asTaskId(synthesizer),
  };
}

/** Done from the start, so that the workers begin at once. */
async function plantRoot(tx: Tx, input: CreateSwarm, key: string | undefined): Promise<Result<TaskId>> {
  const { goal, created_by, tenant, priority } = input;
  const root = await create(tx, {
    title: titled('Swarm', goal),
    body: goal,
    assignee: parseAssignee(created_by),
    skills: ['kanban-orchestrator'],
    idempotency_key: key,
    created_by,
    tenant,
    priority,
  });
  if (!root.ok) return root;
  const { id } = root.value.task;
  const metadata = { kind: 'kanban_swarm_v1', goal: goal.trim(), worker_count: input.workers.length };
  const done = await complete(tx, { task_id: id, summary: 'The swarm was laid out.', metadata });
  return done.ok ? ok(id) : done;
}

async function grow(
  tx: Tx,
  input: CreateSwarm,
  root_id: TaskId,
): Promise<Result<SwarmIds & { created: boolean }>> {
  const { goal, created_by, tenant, priority } = input;
  const common = { created_by, tenant, priority };
  const worker_ids: TaskId[] = [];
  for (const [index, { profile, title, skills }] of input.workers.entries()) {
    if (title.trim() === '') {
      return refuse('blank_text', `\`workers.${index}.title\` must be a text that is not blank.`);
    }
    const body = `${title.trim()}\n\nThe goal of all: ${goal.trim()}\n${swarmProtocol(root_id, 'Complete your task with a summary of what you found.')}`;
    const worker = await create(tx, {
      ...common,
      title,
      body,
      assignee: profile,
      skills,
      parents: [root_id],
    });
    if (!worker.ok) return worker;
    worker_ids.push(worker.value.task.id);
  }
  const verifier = await create(tx, {
    ...common,
    title: titled('Verify', goal),
    body: `Check what the workers handed over against the goal: ${goal.trim()}\n${swarmProtocol(root_id, 'When it holds, complete with the metadata {"gate": "pass"}; when it does not, block and say what is missing.')}`,
    assignee: input.verifier,
    skills: ['requesting-code-review'],
    parents: worker_ids,
  });
  if (!verifier.ok) return verifier;
  const verifier_id = verifier.value.task.id;
  const synthesizer = await create(tx, {
    ...common,
    title: titled('Synthesise', goal),
    body: `Make one whole of what the workers found and the verifier passed, for this goal: ${goal.trim()}\n${swarmProtocol(root_id, 'The results of the workers are on the blackboard and on their own cards.')}`,
    assignee: input.synthesizer,
    skills: ['humanizer'],
    parents: [verifier_id],
  });
  if (!synthesizer.ok) return synthesizer;
  const ids: SwarmIds = { root_id, worker_ids, verifier_id, synthesizer_id: synthesizer.value.task.id };
  const body = `${blackboardPrefix}${JSON.stringify({ key: 'topology', value: ids })}`;
  await addComment(tx, { task_id: root_id, author: created_by, body });
  return ok({ ...ids, created: true });
}

/** The first line of the goal after a word that tells the cards apart. */
const titled = (word: string, goal: string): string =>
  [...`${word}: ${goal.trim().split('\n', 1).join('')}`].slice(0, 200).join('');
