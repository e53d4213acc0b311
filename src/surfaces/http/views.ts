import { createHash } from 'node:crypto';
import type { Card, CardCursor } from '../../domain/card.ts';
import { ok, type Result, refuse } from '../../domain/errors.ts';
import type { Attachment, Task } from '../../domain/task.ts';
import type { RunView, TaskView } from '../../domain/view.ts';
import type { Call } from './call.ts';
import { withoutLock } from './live/channel.ts';

/**
 * Records as routes show them: the columns as they are, without what lets a reader write as somebody else (the lock of a
 * claim, the mark of a run) and without where things lie on the disk.
 */

export function taskOf({ claim_lock: _, foreign_status, ...task }: Task) {
  return { ...task, status: foreign_status ?? task.status };
}

export function cardOf({ foreign_status, ...card }: Card) {
  return { ...card, status: foreign_status ?? card.status };
}

export const attachmentOf = ({ stored_path: _, ...attachment }: Attachment) => attachment;

export function runOf({ claim_lock: _, process, ...run }: RunView) {
  if (process === null) return { ...run, process };
  const { lane, host, pid, ready_at, slot_at, claimed_at, started_at, ended_at, gone_at } = process;
  const { abandoned_at, stop_at, stop_reason, exit_code, exit_signal, told_at } = process;
  const times = { ready_at, slot_at, claimed_at, started_at, ended_at, gone_at, abandoned_at };
  return {
    ...run,
    process: { lane, host, pid, ...times, stop_at, stop_reason, exit_code, exit_signal, told_at },
  };
}

export const taskViewOf = ({ task, attachments, events, runs, ...rest }: TaskView) => ({
  task: taskOf(task),
  ...rest,
  attachments: attachments.map(attachmentOf),
  events: events.map(withoutLock),
  runs: runs.map(runOf),
});

/** The value of a result in another shape. */
export const shown = <Value, Shape>(result: Result<Value>, shape: (value: Value) => Shape): Result<Shape> =>
  result.ok ? ok(shape(result.value)) : result;

// Cursors are opaque: a client hands back what it was given, and nothing else.

export const encodeCursor = (place: readonly (string | number)[]): string =>
  Buffer.from(JSON.stringify(place)).toString('base64url');

/** The place that a cursor names, if it has the form that `kinds` tells; each is `s`(tring) or `n`(umber). */
export function decodeCursor(text: string, kinds: string): Result<readonly (string | number)[]> {
  let place: unknown;
  try {
    place = JSON.parse(Buffer.from(text, 'base64url').toString('utf8'));
  } catch {
    place = undefined;
  }
  const parts: unknown[] = Array.isArray(place) ? place : [];
  const fitting = parts.filter(
    (part, index): part is string | number => typeof part === (kinds[index] === 'n' ? 'number' : 'string'),
  );
  return fitting.length === kinds.length && parts.length === kinds.length
    ? ok(fitting)
    : refuse('invalid_input', '`after` must be a cursor that a page before this one gave as `next`.');
}

export function cardCursor(text: string | undefined): Result<CardCursor | null> {
  if (text === undefined) return ok(null);
  return shown(
    decodeCursor(text, 'nns'),
    ([order, created, id]): CardCursor => [Number(order), Number(created), String(id)],
  );
}

/** A page that is asked for with one more than it shows: whether there is another, and where that begins. */
export function paged<Item>(
  found: readonly Item[],
  limit: number,
  place: (last: Item) => readonly (string | number)[],
): { readonly items: readonly Item[]; readonly next: string | null } {
  const items = found.slice(0, limit);
  const last = items.at(-1);
  return { items, next: found.length > limit && last !== undefined ? encodeCursor(place(last)) : null };
}

// ETags ---------------------------------------------------------------------------------------------------------------

/**
 * Answers 304 when the client has this state already, before any of it is read. `state` is the board's newest event: whatever
 * a page of tasks shows does not change without one.
 */
export async function unlessSame(
  call: Call,
  state: string | number,
  work: () => Promise<Result<unknown>>,
): Promise<Result<unknown> | Response> {
  const address = createHash('sha256').update(call.request.url).digest('base64url').slice(0, 12);
  const etag = `W/"${state}.${address}"`;
  const headers = { etag, 'cache-control': 'private, no-cache' };
  const known = (call.request.headers.get('if-none-match') ?? '').split(',').map((tag) => tag.trim());
  if (known.includes(etag) || known.includes('*')) return new Response(null, { status: 304, headers });
  const answer = await work();
  return answer.ok ? Response.json(answer.value, { headers }) : answer;
}
