import type { Event } from '../../domain/event.ts';
import type { BoardId } from '../../domain/ids.ts';
import { messageOf } from '../../domain/message.ts';
import type { DueDelivery } from '../../domain/view.ts';
import { type Channel, deliveryKey, type Sent } from '../channel.ts';
import { faultText } from '../faults.ts';
import type { Env } from '../home.ts';
import { retryAfterOf } from '../retry-after.ts';
import { hashOf } from '../secret.ts';
import { secretOf } from '../secret-source.ts';
import type { World } from '../world.ts';
import type { NtfySettings } from './destination-settings.ts';
import { taskLink } from './task-link.ts';

const timeout = 15_000;
/** Bytes; what is longer, the far side makes a file of. */
const longestMessage = 4000;
const longestTitle = 120;

/** Push messages to a phone by ntfy (https://ntfy.sh, or a server of one's own). The chat id is the topic. */
export function createNtfyChannel(
  world: World,
  env: Env,
  settings: NtfySettings,
  public_url: string | undefined,
): Channel {
  const hasToken = settings.token_env !== undefined || settings.token_file !== undefined;
  const source = { setting: 'ntfy.token', env: settings.token_env, file: settings.token_file };
  const request = async (board: BoardId, delivery: DueDelivery) => ({
    url: settings.server,
    body: JSON.stringify(pushOf(board, delivery, public_url)),
    timeout,
    headers: {
      'content-type': 'application/json',
      'user-agent': 'andon',
      ...(hasToken && {
        authorization: `Bearer ${await secretOf(world, env, source)}`,
      }),
    },
  });
  return {
    platform: 'ntfy',
    send: async (board, delivery) => {
      try {
        return judge(await world.send(await request(board, delivery)), world);
      } catch (error) {
        return { ok: false, error: faultText(error), final: false };
      }
    },
  };
}

/** A repetition has the id of what it repeats, so that it takes its place (ntfy 2.16 and later). */
const pushOf = (board: BoardId, delivery: DueDelivery, public_url: string | undefined) => {
  const { chat_id, task_id, title, event, reminder } = delivery;
  const { tag, priority } = looksOf(event);
  return {
    topic: chat_id,
    sequence_id: hashOf(`${task_id} ${deliveryKey(board, delivery)}`).slice(0, 32),
    title: [...`${title} (${task_id})`].slice(0, longestTitle).join(''),
    message: cutToBytes(messageOf(delivery), longestMessage),
    tags: [tag, board],
    priority: Math.min(5, priority + (reminder > 0 ? 1 : 0)),
    click: taskLink(public_url, board, delivery),
  };
};

/** A sign, and how loud it is: 5 is an alarm, 3 the usual, 1 silent. */
function looksOf({ kind }: Event): { readonly tag: string; readonly priority: number } {
  switch (kind) {
    case 'completed':
      return { tag: 'white_check_mark', priority: 3 };
    case 'blocked':
    case 'block_loop_detected':
      return { tag: 'raised_hand', priority: 4 };
    case 'review_requested':
      return { tag: 'mag', priority: 4 };
    case 'gave_up':
      return { tag: 'x', priority: 5 };
    case 'budget_exceeded':
      return { tag: 'money_with_wings', priority: 5 };
    case 'budget_warning':
      return { tag: 'money_with_wings', priority: 4 };
    case 'failed':
    case 'crashed':
    case 'timed_out':
      return { tag: 'warning', priority: 2 };
    case 'heartbeat':
      return { tag: 'hammer_and_wrench', priority: 1 };
    default:
      return { tag: 'bell', priority: 3 };
  }
}

/** The first bytes of a text, without a torn character at the end. */
function cutToBytes(text: string, most: number): string {
  const bytes = new TextEncoder().encode(text);
  if (bytes.length <= most) return text;
  return `${new TextDecoder().decode(bytes.subarray(0, most)).replace(/\uFFFD$/, '')}…`;
}

type Answer = Awaited<ReturnType<World['send']>>;

/** What is wrong with the message stays wrong; too many of them, and what is wrong with the server, pass. */
function judge({ status, body, retryAfter }: Answer, world: Pick<World, 'now'>): Sent {
  if (status >= 200 && status < 300) return { ok: true };
  const said = reasonIn(body);
  const passes = status >= 500 || [408, 425, 429].includes(status);
  return {
    ok: false,
    error: `ntfy answered ${status}${said === undefined ? '' : `: ${said}`}.`,
    final: !passes,
    retryAfter: passes ? retryAfterOf(retryAfter, world.now()) : undefined,
  };
}

/** The words in an answer such as `{"code":40301,"http":403,"error":"forbidden"}`. */
function reasonIn(body: string): string | undefined {
  try {
    const answer: unknown = JSON.parse(body);
    if (typeof answer !== 'object' || answer === null || !('error' in answer)) return undefined;
    return typeof answer.error === 'string' ? answer.error.slice(0, 200) : undefined;
  } catch {
    return undefined;
  }
}
