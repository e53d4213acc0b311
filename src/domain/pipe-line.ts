import type { Event } from './event.ts';
import type { BoardId } from './ids.ts';
import type { Metadata } from './task.ts';
import { firstLine } from './text.ts';

/** What programs are told through the named pipe of a home (contract §13.2). */

/** The kinds that are told; all else is not. */
export const pipedKinds = ['completed', 'blocked', 'gave_up', 'crashed', 'timed_out'] as const;
type PipedKind = (typeof pipedKinds)[number];

/** What a pipe takes in one piece or not at all (`PIPE_BUF` of Linux), in bytes. */
const longestLine = 4096;

/**
 * One event as a line of JSON, with its line end; `undefined` for kinds that are not told. A payload that makes it too long is
 * left out (`cut`): whoever wants it asks the board for the event.
 */
export function pipeLine(board: BoardId, event: Event): string | undefined {
  const kind = pipedKinds.find((known) => known === event.kind);
  if (kind === undefined) return undefined;
  const { task_id, id: event_id, payload } = event;
  const about = { task_id, kind, board, event_id, text: noticeOf(task_id, kind, payload ?? {}) };
  const whole = `${JSON.stringify({ ...about, payload })}\n`;
  const isShort = new TextEncoder().encode(whole).length <= longestLine;
  return isShort ? whole : `${JSON.stringify({ ...about, payload: null, cut: true })}\n`;
}

/** The same in words for an agent, who takes them as a turn. */
function noticeOf(id: string, kind: PipedKind, payload: Metadata): string {
  const said = (name: string, most: number): string => {
    const value = payload[name];
    const line = typeof value === 'string' ? firstLine(value, most) : null;
    return line === null ? '' : `: ${line}`;
  };
  const words = {
    completed: `done${said('summary', 200)}`,
    blocked: `blocked${said('reason', 160)}`,
    gave_up: `gave up${said('error', 200)}`,
    crashed: 'worker crashed, will retry',
    timed_out: `timed out after ${String(payload['limit_seconds'] ?? '?')} s, will retry`,
  };
  return `[IMPORTANT: Kanban task ${id} ${words[kind]}]`;
}
