import { z } from 'zod';
import type * as Ask from '../domain/command.ts';
import { parseDuration } from '../domain/duration.ts';
import { ok, type Result, refuse } from '../domain/errors.ts';
import { asMillis, asRunId, asTaskId, parseAssignee, parseBoardId } from '../domain/ids.ts';
import type { DecomposeTask } from '../domain/plan.ts';
import { blockKinds, statuses, workspaceKinds } from '../domain/task.ts';
import { type ListFilter, sortKeys } from '../domain/view.ts';

/**
 * What surfaces accept, checked against the inputs of the kernel: fields by name, so that a tool or a route takes those it
 * offers. A message here is the second half of a sentence that begins with the field's name: "`title` must be a text that is
 * not blank". The command line reads its flags in `cli/options.ts` and does without zod; answers are in `answers.ts`.
 */

const oneOf = (words: readonly string[]) => `must be one of ${words.join(', ')}`;

/** An object that knows its fields: a misspelled one is refused, not lost. */
export const record = <Shape extends z.ZodRawShape>(shape: Shape) =>
  z.strictObject(shape, {
    error: (issue) =>
      issue.code === 'unrecognized_keys'
        ? `is not known here; the names are ${Object.keys(shape).join(', ')}`
        : 'must be an object',
  });

/** A choice among words. */
export const word = <const Words extends readonly [string, ...string[]]>(words: Words) =>
  z.enum(words, { error: oneOf(words) });

export const text = z.string({ error: 'must be a text' });

const filledMessage = 'must be a text that is not blank';
export const filledText = z
  .string({ error: filledMessage })
  .refine((given) => given.trim() !== '', { error: filledMessage });

const nameMessage = 'must be a word without spaces';
export const name = z.string({ error: nameMessage }).trim().regex(/^\S+$/, { error: nameMessage });

const taskIdMessage = 'must be a task id such as t_1a2b3c4d';
export const taskId = z
  .string({ error: taskIdMessage })
  .trim()
  .regex(/^[^\s-]\S*$/, { error: taskIdMessage })
  .transform(asTaskId);

const boardMessage = 'must be a board: 1 to 64 of a-z, 0-9, - and _, beginning with a letter or digit';
export const boardId = z.string({ error: boardMessage }).transform((given, context) => {
  const board = parseBoardId(given);
  if (board !== undefined) return board;
  context.addIssue({ code: 'custom', message: boardMessage, input: given });
  return z.NEVER;
});

/** A profile, or `null` for nobody (contract §2.1). */
export const assignee = z
  .string({ error: 'must be the name of a profile, or `none`' })
  .transform(parseAssignee);

/** A profile to filter by: nobody is not one. */
export const somebody = name.transform((given, context) => {
  const profile = parseAssignee(given);
  if (profile !== null) return profile;
  context.addIssue({ code: 'custom', message: 'must be the name of a profile', input: given });
  return z.NEVER;
});

/** A whole number, also as digits, because a command line and some agents send text. */
export const integer = (least: number, most: number = Number.MAX_SAFE_INTEGER) => {
  const open = most === Number.MAX_SAFE_INTEGER;
  const range =
    least === Number.MIN_SAFE_INTEGER ? '' : open ? ` of at least ${least}` : ` from ${least} to ${most}`;
  const message = `must be a whole number${range}`;
  return z.union([z.number(), z.string()], { error: message }).transform((given, context) => {
    const number =
      typeof given === 'number' ? given : /^\s*-?\d+\s*$/.test(given) ? Number(given) : Number.NaN;
    if (Number.isSafeInteger(number) && number >= least && number <= most) return number;
    context.addIssue({ code: 'custom', message, input: given });
    return z.NEVER;
  });
};
export const anyInteger = integer(Number.MIN_SAFE_INTEGER);
export const positive = integer(1);

const durationMessage = 'must be a duration above zero such as 90, 90s, 15m, 2h or 1d';
/** Seconds, or a number with its unit (contract §8.1). */
export const duration = z
  .union([z.number(), z.string()], { error: durationMessage })
  .transform((given, context) => {
    const seconds = parseDuration(String(given));
    if (seconds !== undefined) return seconds;
    context.addIssue({ code: 'custom', message: durationMessage, input: given });
    return z.NEVER;
  });

const instantMessage = 'must be a time such as 2026-11-21T14:05:00Z, or Unix milliseconds';
/** A moment, in ISO with its zone or in milliseconds. */
export const instant = z
  .union([z.number(), z.string()], { error: instantMessage })
  .transform((given, context) => {
    const text = String(given).trim();
    const isIso = /^\d{4}-\d\d-\d\d[T ]\d\d:\d\d(:\d\d(\.\d+)?)?(Z|[+-]\d\d:?\d\d)$/i.test(text);
    const time = /^\d{1,15}$/.test(text)
      ? Number(text)
      : isIso
        ? Date.parse(text.replace(' ', 'T'))
        : Number.NaN;
    if (!Number.isNaN(time)) return asMillis(time);
    context.addIssue({ code: 'custom', message: instantMessage, input: given });
    return z.NEVER;
  });

const truths: Readonly<Record<string, boolean>> = {
  true: true,
  1: true,
  yes: true,
  false: false,
  0: false,
  no: false,
};
const flagMessage = 'must be true or false (also 1, yes, 0, no)';
/** Contract §9.3. */
export const flag = z
  .union([z.boolean(), z.number(), z.string()], { error: flagMessage })
  .transform((given, context) => {
    const truth = truths[String(given).trim().toLowerCase()];
    if (truth !== undefined) return truth;
    context.addIssue({ code: 'custom', message: flagMessage, input: given });
    return z.NEVER;
  });

/** A list of texts; a lone one stands for a list of one (contract §9.2). Trimmed, blanks dropped, each once. */
export const textList = z
  .union([z.string(), z.array(z.string())], { error: 'must be a list of texts' })
  .transform((given) => {
    const all = typeof given === 'string' ? [given] : given;
    return [...new Set(all.map((each) => each.trim()).filter((each) => each !== ''))];
  });

const taskIdListMessage = 'must be a list of task ids such as t_1a2b3c4d';
const taskIdList = z.union(
  [
    taskId.transform((id) => [id]),
    z.array(taskId, { error: taskIdListMessage }).transform((ids) => [...new Set(ids)]),
  ],
  { error: taskIdListMessage },
);

export const metadata = z.record(z.string(), z.unknown(), { error: 'must be a JSON object' });

export const runId = positive.transform(asRunId);

/** An address of the web, as a program can follow it. */
export const httpAddress = z.url({ protocol: /^https?$/, error: 'must be an http or https address' });

/** Contract §4.1. */
export const createTask = record({
  title: filledText,
  body: text.optional(),
  assignee: assignee.optional(),
  created_by: filledText.optional(),
  parents: taskIdList.optional(),
  priority: anyInteger.optional(),
  tenant: filledText.optional(),
  workspace_kind: word(workspaceKinds).optional(),
  workspace_path: filledText.optional(),
  branch_name: text.optional(),
  triage: flag.optional(),
  idempotency_key: filledText.optional(),
  max_runtime_seconds: duration.optional(),
  skills: textList.optional(),
  max_retries: positive.optional(),
  goal_mode: flag.optional(),
  goal_max_turns: positive.optional(),
  initial_status: word(['running', 'blocked']).optional(),
  session_id: filledText.optional(),
  scheduled_at: instant.optional(),
  scheduled_in_seconds: duration.optional(),
}) satisfies z.ZodType<Ask.CreateTask>;

export const linkTasks = record({
  parent_id: taskId,
  child_id: taskId,
}) satisfies z.ZodType<Ask.LinkTasks>;

export const heartbeat = record({
  task_id: taskId,
  run_id: runId.optional(),
  claim_lock: name.optional(),
  ttl_seconds: duration.optional(),
  note: text.optional(),
}) satisfies z.ZodType<Ask.Heartbeat>;

export const checkpointTask = record({
  task_id: taskId,
  run_id: runId.optional(),
  claim_lock: name.optional(),
  text: filledText,
  data: metadata.optional(),
}) satisfies z.ZodType<Ask.CheckpointTask>;

export const completeTask = record({
  task_id: taskId,
  run_id: runId.optional(),
  result: text.optional(),
  summary: text.optional(),
  metadata: metadata.optional(),
  created_cards: textList.optional(),
  artifacts: textList.optional(),
}) satisfies z.ZodType<Ask.CompleteTask>;

export const blockTask = record({
  task_id: taskId,
  run_id: runId.optional(),
  reason: filledText,
  kind: word(blockKinds).optional(),
}) satisfies z.ZodType<Ask.BlockTask>;

export const requestReview = record({
  task_id: taskId,
  run_id: runId.optional(),
  summary: text.optional(),
  reviewer: somebody.optional(),
  artifacts: textList.optional(),
}) satisfies z.ZodType<Ask.RequestReview>;

export const requestChanges = record({
  task_id: taskId,
  run_id: runId.optional(),
  reason: filledText,
}) satisfies z.ZodType<Ask.RequestChanges>;

export const commentTask = record({
  task_id: taskId,
  author: filledText,
  body: filledText,
}) satisfies z.ZodType<Ask.CommentTask>;

/** The graph that a card is decomposed into (contract §4.11); whose card it is, is said beside it. */
export const plan = record({
  tasks: z.array(
    record({
      title: filledText,
      body: text.optional(),
      assignee: assignee.nullable().default(null),
      parents: z.array(integer(0), { error: 'must be a list of places in `tasks`' }).default([]),
    }),
    { error: 'must be a list of tasks' },
  ),
  root_assignee: assignee.nullable().default(null),
  auto_promote: flag.optional(),
}) satisfies z.ZodType<Omit<DecomposeTask, 'task_id' | 'author' | 'auto_promote'>>;

export const listFilter = record({
  assignee: somebody.optional(),
  status: word(statuses).optional(),
  tenant: filledText.optional(),
  session_id: filledText.optional(),
  include_archived: flag.optional(),
  sort: word(sortKeys).optional(),
  limit: positive.optional(),
}) satisfies z.ZodType<ListFilter>;

/** A list's length with an upper bound (contract §9.2). */
export const limitUpTo = (most: number) => integer(1, most);

/** Checks what a caller gave; a value that breaks its rule is a refusal with one sentence. */
export function read<Output>(schema: z.ZodType<Output>, given: unknown): Result<Output> {
  const parsed = schema.safeParse(given, { reportInput: true });
  return parsed.success ? ok(parsed.data) : refuse('invalid_input', sentence(parsed.error));
}

const longestEcho = 60;

function echo(given: unknown): string {
  const shown = JSON.stringify(given) ?? String(given);
  return shown.length > longestEcho ? `${shown.slice(0, longestEcho)}…` : shown;
}

/** The first thing wrong, as one sentence: which field, what it must be, what was given (when it was parsed with `reportInput`). */
export function sentence(error: z.ZodError): string {
  const [issue] = error.issues;
  if (issue === undefined) return 'The input breaks a rule.';
  if (issue.code === 'unrecognized_keys') return `\`${issue.keys[0]}\` ${issue.message}.`;
  const field = issue.path.length === 0 ? 'The input' : `\`${issue.path.join('.')}\``;
  if (!('input' in issue)) return `${field} ${issue.message}.`;
  const given = issue.input === undefined ? 'and was not given' : `not ${echo(issue.input)}`;
  return `${field} ${issue.message}, ${given}.`;
}
