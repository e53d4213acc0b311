import { z } from '@hono/zod-openapi';
import { chatRoles } from '../../domain/chat.ts';
import { severities } from '../../domain/diagnostics.ts';
import { inboxCodes } from '../../domain/inbox.ts';
import { pauseScopes } from '../../domain/pause.ts';
import { deliveryModes } from '../../domain/place.ts';
import { statuses } from '../../domain/task.ts';
import { reaches, tokenKinds } from '../../domain/token.ts';
import { deliveryStates } from '../../domain/view.ts';
import { drivers } from '../../services/profile.ts';
import { counts, maybe, millis, payload, seconds, text } from './shapes.ts';

/** What the routes answer that is about boards and the home, as `shapes.ts` has it of tasks. */

export const subscription = z
  .strictObject({
    task_id: text,
    platform: text,
    chat_id: text,
    thread_id: text,
    user_id: maybe,
    notifier_profile: maybe,
    created_at: seconds,
    last_event_id: z.int(),
    delivery_mode: z.enum(deliveryModes),
    delivery_metadata: payload.nullable(),
    last_ping_event_id: z.int(),
    notify_progress: z.boolean(),
  })
  .openapi('Subscription');

export const delivery = z
  .strictObject({
    id: z.int(),
    task_id: text,
    platform: text,
    chat_id: text,
    thread_id: text,
    event_id: z.int(),
    reminder: z.int().openapi({ description: '0 for the event itself, then counted.' }),
    state: z.enum(deliveryStates),
    attempts: z.int(),
    next_try_at: millis,
    last_error: maybe,
    created_at: millis,
    sent_at: millis.nullable(),
  })
  .openapi('Delivery');

export const inboxItem = z
  .strictObject({
    task_id: text,
    title: text,
    assignee: maybe,
    status: z.enum(statuses),
    priority: z.int(),
    tenant: maybe,
    block_kind: maybe,
    code: z.enum(inboxCodes),
    said: maybe,
    since: seconds,
    behind: z.int().openapi({ description: 'How many unfinished tasks wait behind it.' }),
    event_id: z.int().nullable(),
    acknowledged_by: maybe,
  })
  .openapi('InboxItem');

export const pause = z
  .strictObject({
    scope: z.enum(pauseScopes),
    name: text,
    reason: maybe,
    by: text,
    created_at: millis,
    until: millis.nullable(),
  })
  .openapi('Pause');

export const rest = z
  .strictObject({
    subject: z.enum(['profile', 'host']),
    name: text,
    kind: text,
    until: millis,
    strikes: z.int(),
    error: text,
    task_id: text,
    run_id: z.int().nullable(),
    since: millis,
  })
  .openapi('Rest');

export const diagnostic = z
  .strictObject({
    kind: text,
    severity: z.enum(severities),
    title: text,
    detail: text,
    actions: z.array(
      z.strictObject({
        kind: text,
        label: text,
        payload: z.strictObject({ command: text }),
        suggested: z.boolean(),
      }),
    ),
    first_seen_at: seconds,
    last_seen_at: seconds,
    count: z.int(),
    run_id: z.int().nullable(),
    data: payload,
  })
  .openapi('Diagnostic');

export const taskDiagnostics = z.strictObject({
  task_id: text,
  task_title: text,
  task_status: text,
  task_assignee: maybe,
  diagnostics: z.array(diagnostic),
});

export const board = z
  .strictObject({
    slug: text,
    name: text,
    description: text,
    icon: text,
    color: text,
    default_workdir: maybe,
    created_at: seconds.nullable(),
    archived: z.boolean(),
    is_current: z.boolean(),
    counts,
    total: z.int(),
  })
  .openapi('Board');

export const token = z
  .strictObject({
    id: text,
    name: text,
    kind: z.enum(tokenKinds),
    role: z.enum(reaches),
    boards: z.array(text).nullable(),
    created_by: text,
    created_at: millis,
    expires_at: millis.nullable(),
    last_used_at: millis.nullable(),
    revoked_at: millis.nullable(),
  })
  .openapi('Token');

export const slice = z.strictObject({
  exists: z.boolean(),
  size: z.int(),
  offset: z.int(),
  next_offset: z.int(),
  content: text,
});

export const finding = z
  .strictObject({ level: z.enum(['wrong', 'note']), about: text, sentence: text, next: text })
  .openapi('Finding');

export const changes = z
  .strictObject({ base: text, head: text, patch: text, whole: z.boolean() })
  .openapi('Changes');

export const done = z.strictObject({ ok: z.literal(true) });
export const outcomeOfOne = z.strictObject({
  id: text,
  ok: z.boolean(),
  error: z.strictObject({ code: text, detail: text, ids: z.array(text) }).optional(),
});

const gateway = z.strictObject({
  name: z.string(),
  host: z.string(),
  pid: z.int(),
  started_at: z.int(),
  dispatcher: z.boolean(),
  notifier: z.boolean(),
  url: z.string().nullable(),
});

export const overview = z.strictObject({
  holder: z.strictObject({ name: z.string(), host: z.string(), pid: z.int(), epoch: z.int() }).nullable(),
  /** A Hermes gateway for which ours stand aside. */
  hermes: z.strictObject({ pid: z.int().nullable() }).nullable(),
  gateways: z.array(gateway),
  slots: z.strictObject({ taken: z.int(), most: z.int() }),
  hosts: z.record(z.string(), z.int()),
  lanes: z.strictObject({ work: z.int(), review: z.int() }),
  boards: z.record(z.string(), z.int()),
  profiles: z.record(z.string(), z.int()),
});

export const profile = z.strictObject({
  name: z.string(),
  description: z.string(),
  driver: z.enum(drivers).nullable(),
  startable: z.boolean(),
  problem: z.string().nullable(),
  max_in_progress: z.int().nullable(),
  toolsets: z.array(z.string()),
});

export const me = z.strictObject({
  name: z.string(),
  role: z.enum(reaches),
  boards: z.array(z.string()).nullable(),
  by: z.enum(['token', 'cookie']),
  version: z.string(),
});

export const pairedPerson = z.strictObject({
  platform: z.string(),
  user_id: z.string(),
  name: z.string(),
  role: z.enum(chatRoles),
  paired_by: z.string(),
  paired_at: z.int(),
});

export const spending = z.strictObject({
  key: z.string(),
  runs: z.int(),
  input_tokens: z.int(),
  cache_read_tokens: z.int(),
  output_tokens: z.int(),
  cost_micros: z.int(),
  unpriced_tokens: z.int(),
});
