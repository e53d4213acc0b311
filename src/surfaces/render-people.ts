import { formatDuration } from '../domain/duration.ts';
import { type BoardId, type Millis, toMillis } from '../domain/ids.ts';
import type { InboxCode, InboxItem } from '../domain/inbox.ts';
import { placeText } from '../domain/place.ts';
import type { Delivery } from '../domain/view.ts';
import { columns, icon, oneLine, type Paint, plain } from './render.ts';

/** What waits for people, and what was told to them, as text. */

export interface BoardItem extends InboxItem {
  readonly board: BoardId;
}

const wanted: Readonly<Record<InboxCode, string>> = {
  blocked: 'asks',
  gave_up: 'gave up',
  review: 'wants a review',
  triage: 'has no specification',
  unassigned: 'has no assignee',
  no_profile: 'is somebody’s',
};

/** Two lines for each: what it is and how long it waits, then what its worker said. */
export function inboxText(
  items: readonly BoardItem[],
  now: Millis,
  paint: Paint = plain,
  several = false,
): string {
  const rows = items.map((item) => [
    `${icon(item.status)} ${item.task_id}`,
    ...(several ? [item.board] : []),
    wanted[item.code],
    formatDuration(Math.max(0, now - toMillis(item.since))),
    item.behind === 0 ? '' : `${item.behind} behind it`,
    item.assignee === null ? '-' : `@${oneLine(item.assignee, 40)}`,
    oneLine(item.title, 80),
  ]);
  return columns(rows)
    .flatMap((cells, index) => {
      const { said = null, acknowledged_by: by = null } = items[index] ?? {};
      const [first = '', ...rest] = cells;
      return [
        [paint('bold', first), ...rest].join('  ').trimEnd(),
        ...(said === null ? [] : [`    ${paint('dim', oneLine(said, 160))}`]),
        ...(by === null ? [] : [`    ${paint('green', `${oneLine(by, 40)} is on it`)}`]),
      ];
    })
    .join('\n');
}

const styles = { pending: 'yellow', sent: 'green', dead: 'red' } as const;

/** Deliveries as a table; the reason stands below each that has not arrived. */
export function deliveryTable(deliveries: readonly Delivery[], now: Millis, paint: Paint = plain): string {
  const header = ['id', 'task', 'event', 'to', 'state', 'tries', ''];
  const rows = deliveries.map((each) => [
    String(each.id),
    each.task_id,
    each.reminder === 0 ? String(each.event_id) : `${each.event_id}, reminder ${each.reminder}`,
    oneLine(placeText(each), 60),
    each.state,
    String(each.attempts),
    when(each, now),
  ]);
  const [first = [], ...rest] = columns([header, ...rows]);
  const lines = rest.flatMap((cells, index) => {
    const delivery = deliveries[index];
    const painted = cells.map((cell, at) =>
      at === 4 && delivery ? paint(styles[delivery.state], cell) : cell,
    );
    const error = delivery?.last_error ?? null;
    return [painted.join('  ').trimEnd(), ...(error === null ? [] : [`    ${oneLine(error, 160)}`])];
  });
  return [paint('dim', first.join('  ').trimEnd()), ...lines].join('\n');
}

function when({ state, created_at, sent_at, next_try_at }: Delivery, now: Millis): string {
  if (state === 'sent' && sent_at !== null)
    return `after ${formatDuration(Math.max(0, sent_at - created_at))}`;
  if (state === 'dead') return 'given up';
  return next_try_at > now ? `next try in ${formatDuration(next_try_at - now)}` : 'due';
}
