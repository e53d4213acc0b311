import {
  type APIAttachment,
  type APIChatInputApplicationCommandInteractionData,
  type APIInteraction,
  type APIUser,
  ApplicationCommandOptionType,
  ApplicationCommandType,
  GatewayDispatchEvents,
  type GatewayDispatchPayload,
  type GatewayMessageCreateDispatchData,
  InteractionType,
  MessageType,
  Routes,
} from 'discord-api-types/v10';
import { z } from 'zod';
import type { Place } from '../../domain/place.ts';
import type { World } from '../world.ts';
import { filePatience } from './adapter.ts';
import type { DiscordAnswers } from './discord-answers.ts';
import type { DiscordApi } from './discord-api.ts';
import { discord, plain } from './discord-words.ts';
import type { ChatUser, Said, SpokenFile } from './platform.ts';

/** Something that was said to us: what it is may have to be asked for, in the order in which it came. */
export interface Hearing {
  /** The same whenever it is heard again. */
  readonly id: string;
  readonly chat: string;
  said(): Promise<Said | undefined>;
  /** After it was done. */
  after?(): Promise<void>;
}

export interface Ear {
  readonly api: DiscordApi;
  readonly answers: DiscordAnswers;
  readonly download: World['download'];
  /** The id of the bot as a user. */
  readonly me: string;
  /** Whether this was heard already. */
  isKnown(id: string): boolean;
}

/** What an event says to us; most say nothing. Interactions are acknowledged at once: Discord waits three seconds. */
export function hearingOf(event: GatewayDispatchPayload, ear: Ear): Hearing | undefined {
  switch (event.t) {
    case GatewayDispatchEvents.MessageCreate:
      return messageIn(event.d, ear);
    case GatewayDispatchEvents.InteractionCreate:
      return interactionIn(event.d, ear);
    default:
      return undefined;
  }
}

function messageIn(message: GatewayMessageCreateDispatchData, ear: Ear): Hearing | undefined {
  const { author, channel_id, type, referenced_message } = message;
  const isWritten = type === MessageType.Default || type === MessageType.Reply;
  if (author.bot === true || message.webhook_id !== undefined || !isWritten) return undefined;
  const mayReply =
    type === MessageType.Reply &&
    (referenced_message === undefined || referenced_message?.author.id === ear.me);
  // People say much else in a channel.
  if (!mayReply && !/^[/@]/.test(textIn(message.content, ear.me, false))) return undefined;
  const id = `${discord}:${message.id}`;
  if (ear.isKnown(id)) return undefined;
  return {
    id,
    chat: channel_id,
    said: async () => {
      const replied = mayReply ? await repliedIn(message, ear) : null;
      return {
        ...{ kind: 'spoken', id, place: placeOf(channel_id), user: userOf(author), message: message.id },
        text: textIn(message.content, ear.me, replied !== null),
        replied,
        alone: message.guild_id === undefined,
        files: message.attachments.map((file) => fileOf(file, ear)),
      };
    },
  };
}

const repliedSchema = z.object({ content: z.string(), author: z.object({ id: z.string() }) });

/** The text of the message of ours that it replies to. Discord brings it along, but need not. */
async function repliedIn(
  { referenced_message, message_reference, channel_id }: GatewayMessageCreateDispatchData,
  { api, me }: Ear,
): Promise<string | null> {
  if (referenced_message) return plain(referenced_message.content);
  if (message_reference?.message_id === undefined) return null;
  const found = await api.rest().get(Routes.channelMessage(channel_id, message_reference.message_id));
  const { content, author } = repliedSchema.parse(found);
  return author.id === me ? plain(content) : null;
}

/** `!kanban …`, and words to the bot by its name, are `/kanban …`; in an answer by reply the name says nothing. */
function textIn(content: string, me: string, isAnswer: boolean): string {
  const named = new RegExp(`^<@!?${me}>\\s*`);
  const text = content.trim().replace(named, '');
  if (isAnswer) return text;
  if (/^!(?:kanban|andon|loop)\b/.test(text)) return text.replace('!', '/');
  return named.test(content.trim()) && !/^[/@]/.test(text) ? `/kanban ${text}` : text;
}

function interactionIn(interaction: APIInteraction, ear: Ear): Hearing | undefined {
  const { answers, isKnown } = ear;
  const user = interaction.member?.user ?? interaction.user;
  const chat = interaction.channel?.id;
  if (user === undefined || chat === undefined) return undefined;
  const heard = { id: `${discord}:${interaction.id}`, place: placeOf(chat), user: userOf(user) };
  if (isKnown(heard.id)) return undefined;
  if (interaction.type === InteractionType.MessageComponent) {
    const answer = answers.press(interaction);
    return {
      ...{ id: heard.id, chat },
      said: async () => ({ ...heard, kind: 'pressed', data: interaction.data.custom_id, answer }),
    };
  }
  if (interaction.type !== InteractionType.ApplicationCommand) return undefined;
  const { data } = interaction;
  if (data.type !== ApplicationCommandType.ChatInput || !Object.hasOwn(commands, data.name)) return undefined;
  const line = data.options?.find(({ name }) => name === optionName);
  const words = line?.type === ApplicationCommandOptionType.String ? line.value : '';
  const { message, after } = answers.command(interaction);
  return {
    ...{ id: heard.id, chat },
    said: async () => ({
      ...heard,
      kind: 'spoken',
      text: `/${data.name} ${words}`.trim(),
      message,
      replied: null,
      alone: interaction.guild_id === undefined,
      files: filesWith(data).map((file) => fileOf(file, ear)),
    }),
    after,
  };
}

/** The file that was given with a command. */
function filesWith({
  options = [],
  resolved,
}: APIChatInputApplicationCommandInteractionData): APIAttachment[] {
  const given = options.find(({ name }) => name === fileOption);
  const id = given?.type === ApplicationCommandOptionType.Attachment ? given.value : '';
  const file = resolved?.attachments?.[id];
  return file === undefined ? [] : [file];
}

/** Its address is a secret of its own, and is fetched without the token. */
const fileOf = (
  { id, filename, content_type, size, url }: APIAttachment,
  { api, download }: Ear,
): SpokenFile => ({
  ...{ id: `${discord}:${id}`, name: filename, type: content_type ?? null, size },
  content: (most) =>
    download({ url, most, timeout: filePatience }).catch((error: unknown) => {
      throw new Error(api.wordsOf(error));
    }),
});

const optionName = 'line';
const fileOption = 'file';

/** What each application command is for, and what its words are. */
const commands: Readonly<Record<string, readonly [string, string]>> = {
  kanban: ['Speaks to the board', 'create "Title" --assignee PROFILE, list, show ID … (nothing: help)'],
  loop: [
    'Says something here again and again',
    '5m words, or pause, resume, clear #ID (nothing: lists them)',
  ],
};

const attachable = {
  name: fileOption,
  type: ApplicationCommandOptionType.Attachment,
  description: 'Is attached to the task that the line makes, or that `attach ID` names',
};

/** The application commands, as they are registered: in servers, and where people are alone with the bot. */
export const registrations = Object.entries(commands).map(([name, [description, words]]) => ({
  ...{ name, type: ApplicationCommandType.ChatInput, description, integration_types: [0], contexts: [0, 1] },
  options: [
    { name: optionName, type: ApplicationCommandOptionType.String, description: words },
    ...(name === 'kanban' ? [attachable] : []),
  ],
}));

/** A thread is a channel of its own to Discord. */
const placeOf = (chat_id: string): Place => ({ platform: discord, chat_id, thread_id: '' });

const userOf = ({ id, username }: APIUser): ChatUser => ({ id, name: username });
