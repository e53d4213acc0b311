// The library takes signals of this package's type alone.
import { AbortController as PollEnd } from 'abort-controller';
import type { CallbackQuery, Message, Update } from 'grammy/types';
// The build on the platform's own fetch: the other one brings node-fetch 2, with warnings of deprecation at each start.
import { Api, GrammyError, InputFile } from 'grammy/web';
import type { Place } from '../../domain/place.ts';
import type { Sent } from '../channel.ts';
import type { World } from '../world.ts';
import { createTurns, cut, discreet, faultText, filePatience } from './adapter.ts';
import type { ChatFile, ChatMessage, ChatPlatform, ChatUser, Said, SpokenFile } from './platform.ts';

export interface TelegramOptions {
  readonly token: string;
  /** Another server of the same API, such as one of one's own. */
  readonly api_root: string | undefined;
  /** Seconds that the far side holds a question for news. */
  readonly poll_seconds: number;
  readonly download: World['download'];
  readonly after: World['after'];
}

const name = 'telegram';
const longestText = 4096;
const usualRoot = 'https://api.telegram.org';
const picture = /\.(png|jpe?g|gif|webp)$/i;
const video = /\.(mp4|mov|avi|mkv|webm|3gp)$/i;
/** Seconds; the library's own is 500. */
const patience = 15;
/** Pictures in one message. */
const mostPictures = 10;
/** Milliseconds between two questions for news while something is not done yet, which the far side gives again at once. */
const pauseMeanwhile = 1000;

/** Telegram's Bot API, by long polling: it needs no address that others can reach. */
export function createTelegram(options: TelegramOptions): ChatPlatform {
  const { token, api_root, poll_seconds, download, after } = options;
  const root = api_root === undefined ? {} : { apiRoot: api_root };
  const api = new Api(token, { ...root, timeoutSeconds: patience });
  const poll = new Api(token, { ...root, timeoutSeconds: poll_seconds + patience });
  // Kept over reconnections: what was heard is not heard again while this process lives.
  let next = 0;
  const taken = new Set<number>();
  const undone = new Set<number>();
  const turns = createTurns();
  const take = (update: Update, said: Said | undefined, heard: (said: Said) => Promise<void>): void => {
    const { update_id: id } = update;
    if (said === undefined || taken.has(id)) return;
    taken.add(id);
    undone.add(id);
    // In order within a chat; no chat waits for another.
    turns
      .take(said.place.chat_id, () => heard(said))
      .catch(() => {})
      .finally(() => undone.delete(id));
  };
  const pause = async (): Promise<void> => {
    const { promise, resolve } = Promise.withResolvers<void>();
    const cancel = after(pauseMeanwhile, resolve);
    await Promise.race([turns.ended(), promise]);
    cancel();
  };
  // The token is a part of every address.
  const secrets = [token];
  const fetchFile = async (id: string, most: number): Promise<Uint8Array> => {
    const { file_path } = await api.getFile(id);
    if (file_path === undefined) throw new Error('Telegram gives no address for it.');
    const url = `${api_root ?? usualRoot}/file/bot${token}/${file_path}`;
    return download({ url, most, timeout: filePatience });
  };
  const filesIn = (message: Message): SpokenFile[] =>
    filesOf(message).map((file) => ({
      ...file,
      content: (most) => discreet(fetchFile(file.file_id, most), secrets),
    }));

  return {
    name,
    listen: async (signal, heard, connected) => {
      const end = new PollEnd();
      signal.addEventListener('abort', () => end.abort());
      const me = await discreet(api.getMe(end.signal), secrets).catch((error: unknown) => {
        if (signal.aborted) return undefined;
        throw error;
      });
      if (me === undefined) return;
      connected();
      while (!signal.aborted) {
        // Tells the far side that all before was done, and not what came after something that is not.
        const offset = undone.size === 0 ? next : Math.min(...undone);
        const allowed_updates = ['message', 'callback_query'] as const;
        const asked = poll.getUpdates({ offset, timeout: poll_seconds, allowed_updates }, end.signal);
        const updates = await discreet(asked, secrets).catch((error: unknown) => {
          if (signal.aborted) return [];
          throw error;
        });
        for (const id of taken) if (id < offset) taken.delete(id);
        for (const update of updates) take(update, saidIn(update, me.id, { api, filesIn }), heard);
        next = (updates.at(-1)?.update_id ?? next - 1) + 1;
        if (undone.size > 0) await pause();
      }
      await turns.ended();
    },
    send: async (place, message) => {
      try {
        await api.sendMessage(place.chat_id, cut(message.text, longestText), {
          ...threadOf(place),
          ...partsOf(message),
        });
        return { ok: true };
      } catch (error) {
        return judge(error, secrets);
      }
    },
    sendFiles: (place, files) => discreet(sendAll(api, place, files), secrets),
  };
}

/** Pictures together, the rest one by one (contract §7.4). One that fails keeps back no other, and is told at the end. */
async function sendAll(api: Api, { chat_id, ...place }: Place, files: readonly ChatFile[]): Promise<void> {
  const thread = threadOf(place);
  const pictures = files.filter((file) => picture.test(file.name));
  const others = files.filter((file) => !picture.test(file.name));
  const failures: unknown[] = [];
  const attempt = (sending: Promise<unknown>) => sending.catch((error: unknown) => failures.push(error));
  for (let from = 0; from < pictures.length; from += mostPictures) {
    const batch = pictures.slice(from, from + mostPictures).map(inputOf);
    const [first] = batch;
    const media = batch.map((each) => ({ type: 'photo' as const, media: each }));
    if (batch.length === 1 && first !== undefined) await attempt(api.sendPhoto(chat_id, first, thread));
    else await attempt(api.sendMediaGroup(chat_id, media, thread));
  }
  for (const file of others) {
    const input = inputOf(file);
    await attempt(
      video.test(file.name)
        ? api.sendVideo(chat_id, input, thread)
        : api.sendDocument(chat_id, input, thread),
    );
  }
  if (failures.length > 0) throw failures[0];
}

const inputOf = ({ name: called, bytes }: ChatFile): InputFile => new InputFile(bytes, called);

const threadOf = ({ thread_id }: Pick<Place, 'thread_id'>) =>
  thread_id === '' ? {} : { message_thread_id: Number(thread_id) };

function partsOf({ buttons = [], answers, asks }: ChatMessage) {
  const rows = buttons.map(({ label, data }) => [{ text: label, callback_data: data }]);
  const keys = rows.length > 0 ? { reply_markup: { inline_keyboard: rows } } : {};
  return {
    ...keys,
    ...(asks && { reply_markup: { force_reply: true as const, selective: true } }),
    ...(answers !== undefined && {
      reply_parameters: { message_id: Number(answers), allow_sending_without_reply: true },
    }),
  };
}

/** A refusal that no repetition changes is final: the chat is gone, or the bot is not wanted there. */
function judge(error: unknown, secrets: readonly string[]): Sent {
  if (!(error instanceof GrammyError)) return { ok: false, error: faultText(error, secrets), final: false };
  const { retry_after } = error.parameters;
  return {
    ok: false,
    error: `Telegram answered ${error.error_code}: ${error.description}`,
    final: [400, 403].includes(error.error_code),
    retryAfter: retry_after === undefined ? undefined : retry_after * 1000,
  };
}

function saidIn(
  update: Update,
  me: number,
  { api, filesIn }: { readonly api: Api; readonly filesIn: (message: Message) => SpokenFile[] },
): Said | undefined {
  const id = `${name}:${me}:${update.update_id}`;
  if (update.callback_query !== undefined) return pressedIn(id, update.callback_query, api);
  const { message } = update;
  if (message?.from === undefined || message.from.is_bot) return undefined;
  const replied = message.reply_to_message;
  return {
    kind: 'spoken',
    id,
    place: placeOf(message),
    user: userOf(message.from),
    text: message.text ?? message.caption ?? '',
    message: String(message.message_id),
    replied: replied?.from?.id === me ? (replied.text ?? replied.caption ?? null) : null,
    alone: message.chat.type === 'private',
    files: filesIn(message),
  };
}

/** What of a message is a file; of a picture its largest size. */
function filesOf(message: Message) {
  const { document, photo, video, audio, voice, message_id } = message;
  const given = [
    { file: document, name: document?.file_name ?? `document-${message_id}`, type: document?.mime_type },
    { file: photo?.at(-1), name: `photo-${message_id}.jpg`, type: 'image/jpeg' },
    { file: video, name: video?.file_name ?? `video-${message_id}.mp4`, type: video?.mime_type },
    { file: audio, name: audio?.file_name ?? `audio-${message_id}.mp3`, type: audio?.mime_type },
    { file: voice, name: `voice-${message_id}.ogg`, type: voice?.mime_type },
  ];
  return given.flatMap(({ file, name: called, type = null }) => {
    if (file === undefined) return [];
    const { file_id, file_unique_id, file_size: size = null } = file;
    return [{ id: `${name}:${message_id}:${file_unique_id}`, file_id, name: called, type, size }];
  });
}

function pressedIn(id: string, query: CallbackQuery, api: Api): Said | undefined {
  const { message, data } = query;
  if (message === undefined || data === undefined) return undefined;
  const { chat, message_id } = message;
  return {
    kind: 'pressed',
    id,
    place: 'text' in message ? placeOf(message) : { platform: name, chat_id: String(chat.id), thread_id: '' },
    user: userOf(query.from),
    data,
    answer: async (words, settled) => {
      // A press that is older than a few minutes cannot be answered any more, nor a message that somebody deleted.
      await api.answerCallbackQuery(query.id, { text: words.slice(0, 200) }).catch(() => undefined);
      if (!settled || !('text' in message)) return;
      const text = cut(`${message.text}\n↳ ${words}`, longestText);
      await api.editMessageText(chat.id, message_id, text).catch(() => undefined);
    },
  };
}

/** Only in a forum does a thread's number name a place; elsewhere it is the message that a reply hangs on. */
const placeOf = ({ chat, message_thread_id, is_topic_message }: Message): Place => ({
  platform: name,
  chat_id: String(chat.id),
  thread_id: is_topic_message && message_thread_id !== undefined ? String(message_thread_id) : '',
});

const userOf = (user: { id: number; first_name: string; username?: string }): ChatUser => ({
  id: String(user.id),
  name: user.username ?? user.first_name,
});
