import { z } from 'zod';
import type { Place } from '../../domain/place.ts';
import type { ChatPlatform } from './platform.ts';

/** What Slack sends an app, read: what is meant for us, and nothing of the rest. */

export const name = 'slack';

/** What the library hands over of a frame, and what a request over HTTP is made into. */
export interface Payload {
  /** `slash_commands`, `interactive` or `events_api`. */
  readonly type: string;
  readonly body: unknown;
}

/** One of the two ways to hear; what `heard` gives is answered, and when it rejects nothing is, so that Slack sends it again. */
export interface SlackEar {
  hear(
    signal: AbortSignal,
    heard: (payload: Payload) => Promise<Readonly<Record<string, unknown>>>,
    connected: () => void,
  ): Promise<void>;
  readonly receive?: ChatPlatform['receive'];
}

interface Heard {
  readonly id: string;
  readonly place: Place;
  readonly user: string;
}

/** Words that were said to us. */
export interface SaidTo extends Heard {
  readonly kind: 'said';
  /** Its `ts`; a command has none. */
  readonly ts: string;
  readonly text: string;
  /** What a command tells of its user. */
  readonly user_name: string | undefined;
  readonly alone: boolean;
  /** Neither a command nor a mention: it may answer a question. */
  readonly plain: boolean;
  readonly files: readonly SharedFile[];
}

/** A file as it comes with a message; of one from another workspace there is the id alone. */
export type SharedFile = z.infer<typeof sharedFile>;

/** A button that was pressed, and the message that it is below. */
export interface PressedBelow extends Heard {
  readonly kind: 'pressed';
  readonly ts: string;
  readonly text: string;
  readonly user_name: string | undefined;
  readonly data: string;
}

export type SlackHeard = SaidTo | PressedBelow;

const id = z.string().min(1);

const sharedFile = z.object({
  id,
  name: z.string().nullish(),
  mimetype: z.string().nullish(),
  size: z.number().nullish(),
});

const slash = z.object({
  command: id,
  text: z.string().default(''),
  channel_id: id,
  user_id: id,
  user_name: z.string().optional(),
  trigger_id: id,
});

const press = z.object({
  type: z.literal('block_actions'),
  trigger_id: id,
  user: z.object({ id, username: z.string().optional(), name: z.string().optional() }),
  channel: z.object({ id }),
  message: z.object({ ts: id, thread_ts: id.optional(), text: z.string().default('') }),
  actions: z.array(z.object({ value: z.string().optional() })),
});

const event = z.object({
  event_id: id,
  event: z.object({
    type: z.enum(['message', 'app_mention']),
    subtype: z.string().optional(),
    bot_id: z.string().optional(),
    channel: id,
    user: id,
    text: z.string().default(''),
    ts: id,
    thread_ts: id.optional(),
    files: z.array(sharedFile).default([]),
  }),
});

/** What is meant for us of what came, `me` being our own user; `undefined` when nothing is. */
export function heardIn({ type, body }: Payload, me: string): SlackHeard | undefined {
  switch (type) {
    case 'slash_commands':
      return read(slash, body, commandOf);
    case 'interactive':
      return read(press, body, pressOf);
    case 'events_api':
      return read(event, body, (found) => saidOf(found, me));
    default:
      return undefined;
  }
}

function read<Value, Found>(
  schema: z.ZodType<Value>,
  body: unknown,
  found: (value: Value) => Found | undefined,
): Found | undefined {
  const result = schema.safeParse(body);
  return result.success ? found(result.data) : undefined;
}

function commandOf({ command, channel_id, user_id, user_name, trigger_id, ...given }: z.infer<typeof slash>) {
  return {
    kind: 'said' as const,
    id: `${name}:${trigger_id}`,
    place: placeOf(channel_id, ''),
    user: user_id,
    user_name,
    ts: '',
    text: `${command} ${plainText(given.text)}`.trim(),
    alone: isAlone(channel_id),
    plain: false,
    files: [],
  };
}

function pressOf({ trigger_id, user, channel, message, actions }: z.infer<typeof press>) {
  const data = actions[0]?.value;
  if (data === undefined) return undefined;
  return {
    kind: 'pressed' as const,
    id: `${name}:${trigger_id}`,
    // What follows from a press stands in the thread of its message.
    place: placeOf(channel.id, message.thread_ts ?? message.ts),
    user: user.id,
    user_name: user.username ?? user.name,
    ts: message.ts,
    text: plainText(message.text),
    data,
  };
}

function saidOf({ event_id, event: said }: z.infer<typeof event>, me: string): SaidTo | undefined {
  const { channel, user, thread_ts, files } = said;
  const isOurs = said.bot_id !== undefined || user === me;
  const isNews = said.subtype === undefined || ['file_share', 'thread_broadcast'].includes(said.subtype);
  if (isOurs || !isNews) return undefined;
  const alone = isAlone(channel);
  const mention = new RegExp(`<@${me}(?:\\|[^>]*)?>`);
  const isTwice = !alone && mention.test(said.text);
  // In a channel a mention comes as an event of its own too; with a file it need not.
  if (isTwice && said.type === 'message' && files.length === 0) return undefined;
  const mentioned = said.type === 'app_mention' || mention.test(said.text);
  const written = said.text.replace(mention, ' ').trim();
  const words = plainText(written);
  // Somebody of Slack's who is mentioned is written otherwise.
  const isCommand = /^[/@]\S/.test(written);
  // What nobody says to us is looked at no further, unless it may answer a question.
  if (!alone && !mentioned && !isCommand && thread_ts === undefined) return undefined;
  return {
    kind: 'said',
    id: isTwice && files.length > 0 ? `${name}:${channel}:${said.ts}` : `${name}:${event_id}`,
    // In a channel, what is said opens a thread, where it is answered.
    place: placeOf(channel, thread_ts ?? (alone ? '' : said.ts)),
    user,
    user_name: undefined,
    ts: said.ts,
    text: mentioned && !isCommand ? `/kanban ${words}` : words,
    alone,
    plain: !mentioned && !isCommand,
    files,
  };
}

/** A conversation with one person has such an id. */
const isAlone = (channel: string): boolean => channel.startsWith('D');

const placeOf = (chat_id: string, thread_id: string): Place => ({ platform: name, chat_id, thread_id });

/** What somebody typed, of what Slack made of it: links, names of channels and three characters are written otherwise. */
export const plainText = (written: string): string =>
  written
    .replaceAll(/<(?:mailto:|tel:)[^|>]*\|([^>]*)>/g, '$1')
    .replaceAll(/<([@#!])([^|>]*)(?:\|([^>]*))?>/g, (_, sign: string, id: string, label?: string) =>
      sign === '#' ? `#${label || id}` : `@${label || id}`,
    )
    .replaceAll(/<([^|>]*)(?:\|[^>]*)?>/g, '$1')
    .replaceAll('&lt;', '<')
    .replaceAll('&gt;', '>')
    .replaceAll('&amp;', '&');

/** A text as Slack wants it, so that it shows what stands there and calls nobody. */
export const writtenText = (plain: string): string =>
  plain.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;');
