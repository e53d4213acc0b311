import type { CreateTask, Subscriber } from '../domain/command.ts';
import { checkCreate, placement } from '../domain/create.ts';
import { ok, type Result, refuse } from '../domain/errors.ts';
import type { NewEvent } from '../domain/event.ts';
import { type Millis, type ProfileName, type TaskId, toSeconds } from '../domain/ids.ts';
import { parsePlace } from '../domain/place.ts';
import type { Metadata, Status, Task } from '../domain/task.ts';
import type { Tx } from '../store/store.ts';
import { insertEvent } from '../store/tables/events.ts';
import { insertLink } from '../store/tables/links.ts';
import { newSide, writeSide } from '../store/tables/sides.ts';
import { inheritSubscriptions, newestSubscriptionAt } from '../store/tables/subscriptions.ts';
import {
  existingIds,
  findByIdempotencyKey,
  insertTask,
  type NewTask,
  newParents,
} from '../store/tables/tasks.ts';
import { subscribe } from './deliver.ts';
import { momentOf } from './schedule.ts';

/** Contract §4.1. The key is looked up inside the transaction, so two racing creators get one task. */
export async function create(tx: Tx, input: CreateTask): Promise<Result<{ task: Task; created: boolean }>> {
  const wrong = checkCreate(input);
  if (wrong) return refuse(wrong.code, wrong.sentence);
  const key = blankAsNull(input.idempotency_key);
  const asked = [...new Set(input.parents ?? [])];
  const [existing, parents, id] = await Promise.all([
    key === null ? undefined : findByIdempotencyKey(tx, key),
    newParents(tx, asked),
    freshId(tx),
  ]);
  if (existing) return told(tx, input, existing, false);
  const unknown = asked.filter((parent) => !parents.some((known) => known.id === parent));
  if (unknown.length > 0) {
    return refuse(
      'unknown_task',
      `unknown parent task(s): ${unknown.join(', ')}; nothing was created.`,
      unknown,
    );
  }
  const at = momentOf(tx, input);
  if (at !== null && at <= tx.now) {
    const given = new Date(at).toISOString();
    return refuse(
      'invalid_input',
      `A new task cannot wait until ${given}, which is in the past; name a later time.`,
    );
  }
  for (const parent of asked) insertLink(tx, parent, id);
  const status = placement(
    input,
    parents.some(({ is_open }) => is_open),
  );
  const inherited = parents.find(({ assignee }) => assignee !== null)?.assignee ?? null;
  const task = insertNew(tx, id, input, { status, at, inherited });
  if (parents.length > 0) inheritSubscriptions(tx, id, task.created_at);
  return told(tx, input, task, true);
}

/** Whoever wants to be told is, exactly once however often the same create comes, and whatever way it comes. */
async function told(
  tx: Tx,
  { subscribe: asked, session_id }: CreateTask,
  task: Task,
  created: boolean,
): Promise<Result<{ task: Task; created: boolean }>> {
  const subscriber = asked === undefined ? await ofSession(tx, session_id) : asked;
  if (subscriber === null) return ok({ task, created });
  const subscribed = await subscribe(tx, { ...subscriber, task_id: task.id });
  return subscribed.ok ? ok({ task, created }) : subscribed;
}

/** The place that a session comes from, as it is told of other tasks; nobody when it is told of none. */
async function ofSession(tx: Tx, session_id: string | undefined): Promise<Subscriber | null> {
  const place = parsePlace(session_id ?? '');
  const known = place && (await newestSubscriptionAt(tx, place));
  if (!known) return null;
  const { delivery_mode, notifier_profile } = known;
  return { ...place, delivery_mode, notifier_profile: notifier_profile ?? undefined };
}

interface Birth {
  readonly status: Status;
  /** When it wakes, if it is scheduled. */
  readonly at?: Millis | null;
  /** The profile of its first assigned parent, which it takes over if it is ready and nobody's. */
  readonly inherited?: ProfileName | null;
  readonly from?: Metadata;
}

/** The row of a new task that was found right, with its events. `from` says more in its `created` event. */
export function insertNew(
  tx: Tx,
  id: TaskId,
  input: CreateTask,
  { status, at = null, inherited = null, from = {} }: Birth,
): Task {
  const handedOn = status === 'ready' && !input.assignee ? inherited : null;
  const row = newTask({ ...input, assignee: input.assignee ?? handedOn }, id, status, tx);
  const task = insertTask(tx, row);
  writeSide(tx, id, { ...newSide(tx.now), scheduled_at: at });
  for (const event of birthEvents(input, row, { status, at, from })) {
    insertEvent(tx, { ...event, task_id: id, run_id: null, at: row.created_at });
  }
  return task;
}

/** One retry with another id on a clash (contract §3.1). */
export async function freshId(tx: Tx): Promise<TaskId> {
  const first = tx.newId();
  return (await existingIds(tx, [first])).size === 0 ? first : tx.newId();
}

const blankAsNull = (text: string | undefined): string | null => {
  const trimmed = text?.trim() ?? '';
  return trimmed === '' ? null : trimmed;
};

function newTask(input: CreateTask, id: TaskId, status: Status, tx: Tx): NewTask {
  const skills = input.skills?.map((skill) => skill.trim()).filter((skill) => skill !== '');
  return {
    id,
    title: input.title.trim(),
    body: input.body ?? null,
    assignee: input.assignee ?? null,
    status,
    priority: input.priority ?? 0,
    created_by: blankAsNull(input.created_by),
    created_at: toSeconds(tx.now),
    workspace_kind: input.workspace_kind ?? 'scratch',
    workspace_path: blankAsNull(input.workspace_path),
    branch_name: blankAsNull(input.branch_name),
    tenant: blankAsNull(input.tenant),
    idempotency_key: blankAsNull(input.idempotency_key),
    max_runtime_seconds: input.max_runtime_seconds ?? null,
    skills: skills === undefined ? null : [...new Set(skills)],
    max_retries: input.max_retries ?? null,
    goal_mode: input.goal_mode ?? false,
    goal_max_turns: input.goal_max_turns ?? null,
    session_id: blankAsNull(input.session_id),
  };
}

function birthEvents(input: CreateTask, row: NewTask, { at = null, from = {} }: Birth): NewEvent[] {
  const created: NewEvent = {
    kind: 'created',
    payload: {
      assignee: row.assignee,
      status: row.status,
      parents: [...new Set(input.parents ?? [])],
      tenant: row.tenant,
      branch_name: row.branch_name,
      skills: row.skills,
      goal_mode: row.goal_mode ? true : null,
      ...from,
    },
  };
  // Without it the first full pass would promote a card that was blocked at birth (contract §15.9).
  const blocked: NewEvent = { kind: 'blocked', payload: { reason: 'initial_status' } };
  const assigned: NewEvent = { kind: 'assigned', payload: { assignee: row.assignee, source: 'parent' } };
  return [
    created,
    ...(row.assignee !== null && !input.assignee ? [assigned] : []),
    ...(row.status === 'blocked' ? [blocked] : []),
    ...(at === null ? [] : [{ kind: 'scheduled', payload: { reason: null, at: toSeconds(at) } } as const]),
  ];
}
