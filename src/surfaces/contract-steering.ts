import { z } from 'zod';
import type * as Ask from '../domain/command.ts';
import { blames, workerExcuses } from '../domain/fault.ts';
import { pauseScopes } from '../domain/pause.ts';
import { deliveryModes } from '../domain/place.ts';
import type { CreateSwarm, SpecifyTask } from '../domain/plan.ts';
import type { Prune } from '../domain/prune.ts';
import { revisableStatuses } from '../domain/task.ts';
import {
  anyInteger,
  assignee,
  duration,
  filledText,
  flag,
  instant,
  integer,
  metadata,
  name,
  record,
  runId,
  somebody,
  taskId,
  text,
  textList,
  word,
} from './contract.ts';

/** The commands by which people steer a board, as `contract.ts` has those of workers. */

const reason = text.optional();
const task_id = taskId;

export const claimTask = record({
  task_id,
  claim_lock: name,
  ttl_seconds: duration,
  workspace_path: filledText.nullable().default(null),
}) satisfies z.ZodType<Ask.ClaimTask>;

export const assignTask = record({
  task_id,
  assignee: assignee.nullable(),
}) satisfies z.ZodType<Ask.AssignTask>;

export const unblockTask = record({ task_id, reason }) satisfies z.ZodType<Ask.UnblockTask>;

export const scheduleTask = record({
  task_id,
  run_id: runId.optional(),
  reason,
  scheduled_at: instant.optional(),
  scheduled_in_seconds: duration.optional(),
}) satisfies z.ZodType<Ask.ScheduleTask>;

export const reopenReview = record({ task_id, reason }) satisfies z.ZodType<Ask.ReopenReview>;

export const promoteTask = record({
  task_id,
  reason,
  force: flag.optional(),
}) satisfies z.ZodType<Ask.PromoteTask>;

export const placeTask = record({
  task_id,
  to: word(['triage', 'todo', 'ready']),
}) satisfies z.ZodType<Ask.PlaceTask>;

/** `if_event` comes as a header (`If-Match`). */
export const reviseTask = record({
  task_id,
  title: text.optional(),
  body: text.optional(),
  priority: anyInteger.optional(),
  assignee: assignee.nullable().optional(),
  status: word(revisableStatuses).optional(),
  reason,
  result: text.optional(),
  summary: text.optional(),
  metadata: metadata.optional(),
}) satisfies z.ZodType<Ask.ReviseTask>;

export const archiveTask = record({ task_id }) satisfies z.ZodType<Ask.ArchiveTask>;

export const reclaimTask = record({ task_id, reason }) satisfies z.ZodType<Ask.ReclaimTask>;

export const reassignTask = record({
  task_id,
  assignee: assignee.nullable(),
  reclaim: flag.optional(),
  reason,
}) satisfies z.ZodType<Ask.ReassignTask>;

/** Who wants it stopped is whoever asks. */
export const stopTask = record({ task_id, reason }) satisfies z.ZodType<Omit<Ask.StopTask, 'by'>>;

export const failTask = record({
  task_id,
  run_id: runId.optional(),
  error: filledText,
  cause: word([...blames, ...workerExcuses]),
  until: instant.optional(),
  for_seconds: duration.optional(),
}) satisfies z.ZodType<Ask.FailTask>;

export const specifyTask = record({
  task_id,
  title: text.optional(),
  body: text.optional(),
  assignee: somebody.optional(),
}) satisfies z.ZodType<SpecifyTask>;

export const createSwarm = record({
  goal: filledText,
  workers: z.array(record({ profile: somebody, title: filledText, skills: textList.optional() }), {
    error: 'must be a list of workers',
  }),
  verifier: somebody,
  synthesizer: somebody,
  tenant: filledText.optional(),
  priority: anyInteger.optional(),
  idempotency_key: filledText.optional(),
}) satisfies z.ZodType<Omit<CreateSwarm, 'created_by'>>;

const day = 86_400;
const age = integer(0).default(30 * day);

export const prune = record({
  events_older_than: age,
  logs_older_than: age,
}) satisfies z.ZodType<Prune>;

/** What a pause covers; the name of a board's is empty. */
const pauseKey = { scope: word(pauseScopes), name: text.default('') };

/** Who paused it is whoever asks. */
export const pauseBoard = record({
  ...pauseKey,
  reason,
  until: instant.optional(),
  for_seconds: duration.optional(),
}) satisfies z.ZodType<Omit<Ask.PauseBoard, 'by'>>;

export const resumeBoard = record(pauseKey);

export const subscribeTask = record({
  task_id,
  platform: filledText,
  chat_id: filledText,
  thread_id: text.optional(),
  user_id: filledText.optional(),
  notifier_profile: name.optional(),
  delivery_mode: word(deliveryModes).optional(),
  notify_progress: flag.optional(),
}) satisfies z.ZodType<Ask.SubscribeTask>;

export const subscriptionKey = record({
  task_id,
  platform: filledText,
  chat_id: filledText,
  thread_id: text.default(''),
}) satisfies z.ZodType<Ask.SubscriptionKey>;
