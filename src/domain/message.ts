import { formatDuration } from './duration.ts';
import { toMillis } from './ids.ts';
import type { Metadata } from './task.ts';
import { moneyText, tokensText } from './usage.ts';
import type { DueDelivery } from './view.ts';

/** What a person reads when a task's event, or a reminder of it, reaches them (contract §7.3). */
export function messageOf(delivery: DueDelivery): string {
  const { event, reminder, created_at } = delivery;
  if (reminder === 0) return textOf(delivery);
  const waited = formatDuration(Math.max(0, created_at - toMillis(event.created_at)));
  return `⏰ Nobody has answered for ${waited}:\n${textOf(delivery)}`;
}

/** As long as every platform takes. */
const longestDigest = 3800;

/** Of several reminders of one event the newest; in the order of their coming. */
export function newestOfEach(deliveries: readonly DueDelivery[]): DueDelivery[] {
  const newest = new Map(deliveries.map((one) => [one.event_id, one]));
  return deliveries.filter((one) => newest.get(one.event_id) === one);
}

/** Several messages that were held back, as one. */
export function digestOf(deliveries: readonly DueDelivery[]): string {
  const texts = deliveries.map(messageOf);
  const lengths = texts.map((_, index) => texts.slice(0, index + 1).join('\n\n').length);
  const fitting = lengths.filter((length) => length <= longestDigest).length;
  const left = texts.length - fitting;
  return [
    `${texts.length} messages:`,
    ...texts.slice(0, fitting),
    ...(left === 0 ? [] : [`… and ${left} more; \`/kanban inbox\` shows what waits for you.`]),
  ].join('\n\n');
}

function textOf(delivery: DueDelivery): string {
  const { event, task_id: id } = delivery;
  const payload = event.payload ?? {};
  const who = delivery.assignee === null ? '' : `@${delivery.assignee} `;
  const title = clip(delivery.title, 120);
  switch (event.kind) {
    case 'completed': {
      const said = firstLine(text(payload, 'summary'), 200) ?? firstLine(delivery.result, 160);
      return lines(`✔ ${who}${id} done: ${title}`, said, spentLine(delivery));
    }
    case 'blocked':
    case 'block_loop_detected': {
      const reason = text(payload, 'reason');
      const how = event.kind === 'blocked' ? 'blocked' : 'blocked again by the same, and now in triage';
      return `⏸ ${who}${id} ${how}${reason === null ? '' : `: ${clip(reason, 160)}`} (${title})`;
    }
    case 'gave_up':
      return lines(
        `✖ ${who}${id} gave up: ${title}`,
        firstLine(text(payload, 'error'), 200),
        spentLine(delivery),
      );
    case 'failed':
      return lines(`✖ ${who}${id} failed, will retry: ${title}`, firstLine(text(payload, 'error'), 200));
    case 'crashed':
      return `✖ ${who}${id} worker crashed, will retry: ${title}`;
    case 'timed_out':
      return `⏱ ${who}${id} timed out after ${String(payload['limit_seconds'] ?? '?')} s, will retry: ${title}`;
    case 'review_requested':
      return lines(
        `◎ ${who}${id} waits for a review: ${title}`,
        firstLine(text(payload, 'summary'), 200),
        spentLine(delivery),
      );
    case 'heartbeat':
      return `● ${who}${id} at work: ${clip(text(payload, 'note') ?? '', 160)} (${title})`;
    case 'budget_warning':
    case 'budget_exceeded': {
      const sign = event.kind === 'budget_warning' ? '⚠' : '✖';
      return `${sign} ${who}${id} ${text(payload, 'sentence') ?? event.kind} (${title})`;
    }
    case 'test':
      return `✔ A test: ${title}.`;
    default:
      return `${who}${id} ${event.kind}: ${title}`;
  }
}

const text = (payload: Metadata, name: string): string | null => {
  const value = payload[name];
  return typeof value === 'string' && value.trim() !== '' ? value.trim() : null;
};

const clip = (value: string, most: number): string => {
  const characters = [...value];
  return characters.length <= most ? value : `${characters.slice(0, most - 1).join('')}…`;
};

const firstLine = (value: string | null, most: number): string | null =>
  value === null || value.trim() === '' ? null : clip(value.trim().split('\n', 1).join(''), most);

const lines = (...all: readonly (string | null)[]): string => all.filter((line) => line !== null).join('\n');

/** A task whose workers told no cost says nothing of it. */
function spentLine({ spent }: DueDelivery): string | null {
  if (spent === null || spent.tokens === 0) return null;
  const tokens = `${tokensText(spent.tokens)} tokens`;
  return `Spent so far: ${spent.cost_micros === 0 ? tokens : `${moneyText(spent.cost_micros)} (${tokens})`}`;
}

/** Seconds to wait after each failed attempt; after the last one the delivery is dead. About a day in all. */
const waits = [5, 30, 120, 600, 1800, 7200, 21_600, 57_600] as const;

/** How many milliseconds to wait after `attempts` failures, or `null` when it is enough; `jitter` is from 0 to 1. */
export function retryDelay(attempts: number, jitter: number): number | null {
  const seconds = waits[attempts - 1];
  return seconds === undefined ? null : Math.round(seconds * 1000 * (1 + jitter / 10));
}
