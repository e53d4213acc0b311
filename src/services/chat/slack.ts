import {
  type ChatPostMessageArguments,
  type KnownBlock,
  type Logger,
  LogLevel,
  WebAPIHTTPError,
  WebAPIPlatformError,
  WebAPIRateLimitedError,
  WebClient,
  type WebClientOptions,
} from '@slack/web-api';
import type { Place } from '../../domain/place.ts';
import type { Sent } from '../channel.ts';
import type { World } from '../world.ts';
import { createTurns, cut, discreet, faultText, filePatience, fired } from './adapter.ts';
import type { Journal, Kept } from './journal.ts';
import type { ChatButton, ChatMessage, ChatPlatform, ChatUser, Pressed, Said, Spoken } from './platform.ts';
import { createSlackFiles } from './slack-files.ts';
import {
  heardIn,
  name,
  type Payload,
  type PressedBelow,
  type SaidTo,
  type SlackHeard,
  writtenText,
} from './slack-heard.ts';
import { createHttpEar } from './slack-http.ts';
import { createQuestions, questionMark } from './slack-questions.ts';
import { createSocketEar } from './slack-socket.ts';

export interface SlackOptions {
  /** The bot's, `xoxb-…`. */
  readonly token: string;
  /** How it hears: by the token of the app, `xapp-…`, over a socket, or by what Slack has signed and posts to us. */
  readonly hears: { readonly app_token: string } | { readonly signing_secret: string };
  /** Another server of the same API. */
  readonly api_root: string | undefined;
  readonly journal: Journal;
  readonly now: () => number;
  readonly download: World['download'];
}

const longestText = 4000;
/** In a block. */
const longestBlock = 3000;
const longestLabel = 75;
const mostInRow = 25;
/** Milliseconds that a call may take. */
const patience = 15_000;
/** Milliseconds for what is under way when it is to end. */
const farewell = 5000;
/** Things whose repetition is known by their ids. */
const mostRecent = 1000;

const nothing = (): void => {};
/** What the library would log holds what people said, and tokens. */
const silent: Logger = {
  ...{ debug: nothing, info: nothing, warn: nothing, error: nothing },
  ...{ setLevel: nothing, setName: nothing, getLevel: () => LogLevel.ERROR },
};

/** Slack, by its Web API and the socket on which it tells what was said. */
export function createSlack({ token, hears, api_root, journal, now, download }: SlackOptions): ChatPlatform {
  const client: WebClientOptions = {
    ...(api_root !== undefined && { slackApiUrl: api_root }),
    logger: silent,
    timeout: patience,
    retryConfig: { retries: 0 },
    rejectRateLimitedCalls: true,
  };
  const secrets = [token, ...Object.values(hears)];
  const ear =
    'app_token' in hears
      ? createSocketEar(hears.app_token, client)
      : createHttpEar(hears.signing_secret, now);
  const api = new WebClient(token, client);
  const files = new WebClient(token, { ...client, timeout: filePatience });
  const filesIn = createSlackFiles({ api, token, wordsOf: (error) => judge(error, secrets).error, download });
  const turns = createTurns();
  const recent = new Set<string>();
  const names = new Map<string, string>();

  const nameOf = async (user: string): Promise<string> => {
    const known = names.get(user);
    if (known !== undefined) return known;
    const found = await api.users.info({ user }).catch(() => undefined);
    if (found?.user?.name === undefined) return user;
    names.set(user, found.user.name);
    return found.user.name;
  };
  const userOf = async (id: string, told: string | undefined): Promise<ChatUser> => ({
    id,
    name: told ?? (await nameOf(id)),
  });

  const listen = async (
    signal: AbortSignal,
    heard: (said: Said) => Promise<void>,
    connected: () => void,
  ): Promise<void> => {
    const who = await Promise.race([api.auth.test(), fired(signal)]);
    if (who === undefined) return;
    const me = who.user_id;
    if (me === undefined) throw new Error('Slack does not say who the bot is.');
    const questions = createQuestions(api, me);
    asked = questions.asked;

    const spoken = async (found: SaidTo): Promise<Spoken> => {
      const { id, place, ts, alone } = found;
      const user = await userOf(found.user, found.user_name);
      const mayAnswer = found.plain && place.thread_id !== '';
      const question = mayAnswer ? await questions.before(place, ts) : undefined;
      const isFile = mayAnswer && question === undefined && found.files.length > 0;
      const about = isFile ? await questions.taskBefore(place, ts) : undefined;
      const replied = question?.text ?? about ?? null;
      // Alone with us everything is said to us.
      const isCommand = found.plain && replied === null && alone;
      return {
        ...{ kind: 'spoken', id, place, user, message: ts, alone },
        text: isCommand ? `/kanban ${found.text}` : found.text,
        replied,
        files: await filesIn(found),
        ...(question && { answered: (words: string) => questions.settle(place, question, words) }),
      };
    };
    /** In the order in which it came, however long the journal takes. */
    const take = (found: SlackHeard, kept: Promise<Kept>): void => {
      recent.add(found.id);
      const [oldest = ''] = recent;
      if (recent.size > mostRecent) recent.delete(oldest);
      const work = async (): Promise<void> => {
        const { forget } = await kept;
        const user = async () => userOf(found.user, found.user_name);
        await heard(found.kind === 'said' ? await spoken(found) : pressedOf(api, found, await user()));
        await forget();
      };
      // What fails stays in the journal.
      turns.take(found.place.chat_id, work).catch(nothing);
    };
    const confirm = async (payload: Payload): Promise<Readonly<Record<string, unknown>>> => {
      const found = heardIn(payload, me);
      if (found === undefined || recent.has(found.id)) return {};
      const kept = journal.keep(JSON.stringify(payload));
      take(found, kept);
      try {
        await kept;
      } catch (error) {
        // It was not heard, so that Slack sends it again.
        recent.delete(found.id);
        throw error;
      }
      // Others see what was commanded.
      return payload.type === 'slash_commands' ? { response_type: 'in_channel' } : {};
    };
    for (const kept of await journal.left()) {
      const found = heardIn(JSON.parse(kept.text), me);
      if (found === undefined) await kept.forget();
      else take(found, Promise.resolve(kept));
    }
    await ear.hear(signal, confirm, connected);
    // What takes longer is found in the journal.
    await Promise.race([turns.ended(), fired(AbortSignal.timeout(farewell))]);
  };
  let asked: (place: Place, ts: string, text: string) => void = nothing;

  return {
    name,
    listen: (signal, heard, connected) => discreet(listen(signal, heard, connected), secrets),
    ...(ear.receive !== undefined && { receive: ear.receive }),
    send: async (place, message) => {
      try {
        const { ts } = await api.chat.postMessage(postOf(place, message));
        if (message.asks && ts !== undefined) asked(place, ts, message.text);
        return { ok: true };
      } catch (error) {
        return judge(error, secrets);
      }
    },
    sendFiles: async ({ chat_id, thread_id }, given) => {
      const uploads = given.map(({ name: filename, bytes }) => ({ filename, file: Buffer.from(bytes) }));
      const thread = thread_id === '' ? {} : { thread_ts: thread_id };
      await discreet(
        files.files.uploadV2({ channel_id: chat_id, ...thread, file_uploads: uploads }),
        secrets,
      );
    },
  };
}

function postOf({ chat_id, thread_id }: Place, message: ChatMessage): ChatPostMessageArguments {
  const { text, buttons = [], asks } = message;
  const blocks =
    buttons.length === 0 && !asks
      ? {}
      : { blocks: [words(text, asks ? questionMark : undefined), ...rowsOf(buttons)] };
  return {
    channel: chat_id,
    text: writtenText(cut(text, longestText)),
    ...blocks,
    ...(thread_id !== '' && { thread_ts: thread_id }),
    // Titles are no markup, and a link is not opened to be shown.
    mrkdwn: false,
    unfurl_links: false,
    unfurl_media: false,
  };
}

const words = (text: string, block_id: string | undefined): KnownBlock => ({
  type: 'section',
  text: { type: 'plain_text', text: cut(text, longestBlock), emoji: false },
  ...(block_id !== undefined && { block_id }),
});

function rowsOf(buttons: readonly ChatButton[]): KnownBlock[] {
  const elements = buttons.map(({ label, data }, index) => ({
    type: 'button' as const,
    action_id: `press-${index}`,
    text: { type: 'plain_text' as const, text: cut(label, longestLabel) },
    value: data,
  }));
  const rows = Math.ceil(elements.length / mostInRow);
  return Array.from({ length: rows }, (_, row) => ({
    type: 'actions',
    elements: elements.slice(row * mostInRow, (row + 1) * mostInRow),
  }));
}

/** What passes by itself; every other refusal of Slack's stays one. */
const passing = [
  'internal_error',
  'fatal_error',
  'service_unavailable',
  'request_timeout',
  'ratelimited',
  'rate_limited',
  'message_limit_exceeded',
  'team_added_to_org',
];
const hints: Readonly<Record<string, string>> = {
  not_in_channel: ': invite the bot into the channel',
  channel_not_found: ': it is gone, or it is private and the bot is not in it',
  missing_scope: ': add the scopes of the manifest and install the app again',
};

function judge(error: unknown, secrets: readonly string[]): Exclude<Sent, { ok: true }> {
  if (error instanceof WebAPIRateLimitedError) {
    return { ok: false, error: 'Slack answered 429', final: false, retryAfter: error.retryAfter * 1000 };
  }
  if (error instanceof WebAPIHTTPError) {
    return { ok: false, error: `Slack answered ${error.statusCode}`, final: false };
  }
  if (!(error instanceof WebAPIPlatformError)) {
    return { ok: false, error: faultText(error, secrets), final: false };
  }
  const { error: code, response_metadata } = error.data;
  const seconds = response_metadata?.retryAfter;
  return {
    ok: false,
    error: `Slack answered ${faultText(code, secrets)}${hints[code] ?? ''}`,
    final: !passing.includes(code),
    retryAfter: seconds === undefined ? undefined : seconds * 1000,
  };
}

const pressedOf = (api: WebClient, found: PressedBelow, user: ChatUser): Pressed => ({
  kind: 'pressed',
  id: found.id,
  place: found.place,
  user,
  data: found.data,
  answer: async (said, settled) => {
    const { chat_id: channel, thread_id } = found.place;
    const text = writtenText(settled ? cut(`${found.text}\n↳ ${said}`, longestText) : said);
    // Somebody may have deleted the message meanwhile.
    if (settled) await api.chat.update({ channel, ts: found.ts, text, blocks: [] }).catch(nothing);
    else {
      const thread = thread_id === '' ? {} : { thread_ts: thread_id };
      await api.chat.postEphemeral({ channel, user: user.id, text, ...thread }).catch(nothing);
    }
  },
});
