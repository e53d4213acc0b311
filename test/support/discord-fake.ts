import type { IncomingMessage, ServerResponse } from 'node:http';
import type { TestContext } from 'vitest';
import {
  bodyOf,
  type Call,
  type ChatFake,
  createScene,
  type Fields,
  type FileOfPerson,
  type Files,
  openServer,
  read,
  type Shown,
  type Spot,
} from './chat-fake.ts';
import { failureOf, sentFiles } from './discord-fake-files.ts';
import { type FakeGateway, fakeGateway } from './discord-fake-gateway.ts';
import { buttonsOf, checkFiles, Refused, seenIn, textOf } from './discord-fake-limits.ts';

export interface FakeDiscord extends ChatFake {
  readonly gateway: FakeGateway;
  /** Somebody writes this as it is, in a channel or to the bot alone; `bare`: it is not said what it replies to. */
  writes(user: number, text: string, place?: Writing): string;
  /** A file that is on its way with a message; `url` is where it lies, with Discord unless said. */
  attachment(file: FileOfPerson, url?: string): Fields;
  /** How the bot is called in a message. */
  readonly mention: string;
  /** Whether a message has buttons now. */
  hasButtons(message: Shown): boolean;
  /** Who may be called by what was sent, for each message. */
  readonly mentions: readonly unknown[];
  /** How many files came in each message that had some. */
  readonly parcels: readonly number[];
  /** How long interactions waited until they were acknowledged, in milliseconds. */
  readonly waits: readonly number[];
  /** Commands that show "thinking" now. */
  thinking(): number;
  /** Commands that were registered, by name. */
  readonly registered: ReadonlyMap<string, unknown>;
  /** These channels are gone. */
  readonly gone: Set<string>;
}

interface Writing {
  readonly channel?: string;
  readonly replies?: Shown;
  readonly bare?: boolean;
  readonly files?: readonly Fields[];
}

interface Interaction {
  readonly began: number;
  readonly channel: string;
  /** How it was acknowledged. */
  type: number | undefined;
  /** The message at which it began, or which answers it. */
  message: string | undefined;
}

const token = 'MTAwMA.a-secret-of-this-test.x';
/** An id as Discord has them: a number of 18 digits. */
const snowflake = (number: number): string => String(100_000_000_000_000_000n + BigInt(number));
const application = snowflake(1);
const bot = { id: snowflake(4242), username: 'andon', bot: true };
/** A thread is a channel of its own. */
const thread = snowflake(500);
const idOf = (user: number): string => snowflake(7000 + user);
const aloneWith = (user: number): string => snowflake(9000 + user);
const isAlone = (channel: string): boolean => channel >= aloneWith(0) && channel < aloneWith(1000);

/** Calls of the API, by method and path below the version, and what they are to tests. */
const routes: readonly (readonly [string, RegExp, Call | undefined])[] = [
  ['POST /channels/:id/messages', /^POST \/channels\/(\d+)\/messages$/, 'send'],
  ['GET /channels/:id/messages/:id', /^GET \/channels\/(\d+)\/messages\/(\d+)$/, undefined],
  ['PATCH /channels/:id/messages/:id', /^PATCH \/channels\/(\d+)\/messages\/(\d+)$/, 'answer'],
  ['POST callback', /^POST \/interactions\/(\d+)\/([\w-]+)\/callback$/, undefined],
  ['PATCH @original', /^PATCH \/webhooks\/(\d+)\/([\w-]+)\/messages\/(?:@|%40)original$/, 'answer'],
  ['DELETE @original', /^DELETE \/webhooks\/(\d+)\/([\w-]+)\/messages\/(?:@|%40)original$/, undefined],
  ['POST webhook', /^POST \/webhooks\/(\d+)\/([\w-]+)$/, 'answer'],
  ['GET application', /^GET \/applications\/@me$/, 'hear'],
  ['POST command', /^POST \/applications\/(\d+)\/commands$/, undefined],
  ['GET gateway', /^GET \/gateway\/bot$/, undefined],
];

/**
 * Discord's REST API and gateway, version 10. What bots may not do it refuses as Discord does; the group of the tests is a thread,
 * and what they say with `/kanban` and `/loop` are its application commands.
 */
export async function fakeDiscord(test: Pick<TestContext, 'onTestFinished'>): Promise<FakeDiscord> {
  const scene = createScene();
  const mentions: unknown[] = [];
  /** Of messages, as the API has them. */
  const contents = new Map<string, string>();
  const parcels: number[] = [];
  const waits: number[] = [];
  const registered = new Map<string, unknown>();
  const gone = new Set<string>();
  const interactions = new Map<string, Interaction>();
  const nonces = new Map<string, Shown>();
  const cleared = new Set<string>();
  let last = 1000;
  const next = (): string => {
    last += 1;
    return snowflake(last);
  };

  const files = sentFiles(
    next,
    (call) => scene.meets('fetch', call),
    () => root,
  );
  const gateway = fakeGateway({
    token,
    ready: () => ({
      user: bot,
      application: { id: application, flags: 0 },
      resume_gateway_url: socketRoot(),
    }),
  });
  const socketRoot = (): string => root.replace('http', 'ws');
  const personOf = (user: number) => ({ id: idOf(user), username: `user${user}`, discriminator: '0' });
  const guildOf = (channel: string) => (isAlone(channel) ? {} : { guild_id: snowflake(77) });
  const messageOf = (message: Shown) => ({
    ...{ id: message.id, channel_id: message.chat, author: bot, type: message.answers === null ? 0 : 19 },
    content: contents.get(message.id) ?? '',
  });
  const find = (id: string | undefined): Shown => {
    const found = scene.looks.shown().find((message) => message.id === id);
    if (found === undefined) throw new Refused(404, 10008, 'Unknown Message');
    return found;
  };

  const keep = (chat: string, fields: Fields, files: Files): Shown => {
    if (gone.has(chat)) throw new Refused(404, 10003, 'Unknown Channel');
    checkFiles(files);
    const nonce = fields['enforce_nonce'] === true ? String(fields['nonce']) : undefined;
    const known = nonces.get(nonce ?? '');
    if (known !== undefined) return known;
    const reference = fields['message_reference'] as { message_id: string } | undefined;
    const kept = { chat, thread: '', answers: reference?.message_id ?? null, buttons: buttonsOf(fields) };
    const [message] =
      files.length === 0
        ? [scene.keep({ ...kept, id: next(), text: seenIn(textOf(fields)), kind: 'text', file: null })]
        : files.map(({ name, text }) => scene.keep({ ...kept, id: next(), text, kind: 'file', file: name }));
    if (message === undefined) throw new Error('A message is of words or of files.');
    if (files.length === 0) contents.set(message.id, textOf(fields));
    mentions.push(fields['allowed_mentions']);
    if (files.length > 0) parcels.push(files.length);
    if (nonce !== undefined) nonces.set(nonce, message);
    // The bot hears what it says, as everybody does.
    gateway.tell('MESSAGE_CREATE', { ...messageOf(message), ...guildOf(chat) });
    return message;
  };
  const edit = (id: string | undefined, fields: Fields): unknown => {
    const message = find(id);
    const text = seenIn(textOf(fields));
    contents.set(message.id, textOf(fields));
    scene.edit(message.id, text);
    scene.tell(text.split('\n↳ ').at(-1) ?? '');
    if (buttonsOf(fields).length === 0) cleared.add(message.id);
    return messageOf(message);
  };
  const acknowledged = (key: string | undefined): Interaction => {
    const found = interactions.get(key ?? '');
    if (found?.type === undefined) throw new Refused(404, 10015, 'Unknown Webhook');
    return found;
  };

  const results: Readonly<Record<string, (ids: readonly string[], fields: Fields, files: Files) => unknown>> =
    {
      'POST /channels/:id/messages': ([chat = ''], fields, files) => messageOf(keep(chat, fields, files)),
      'GET /channels/:id/messages/:id': ([, id]) => messageOf(find(id)),
      'PATCH /channels/:id/messages/:id': ([, id], fields) => edit(id, fields),
      'POST callback': ([, key = ''], { type }) => {
        const found = interactions.get(key);
        if (found === undefined) throw new Refused(404, 10062, 'Unknown interaction');
        if (found.type !== undefined)
          throw new Refused(400, 40060, 'Interaction has already been acknowledged.');
        found.type = Number(type);
        waits.push(performance.now() - found.began);
        return undefined;
      },
      'PATCH @original': ([, key], fields, files) => {
        const found = acknowledged(key);
        if (found.message !== undefined) return edit(found.message, fields);
        const message = keep(found.channel, fields, files);
        found.message = message.id;
        return messageOf(message);
      },
      'DELETE @original': ([, key]) => {
        acknowledged(key).type = 0;
        return undefined;
      },
      'POST webhook': ([, key], fields, files) => {
        const { channel } = acknowledged(key);
        if (fields['flags'] !== 64) return messageOf(keep(channel, fields, files));
        scene.tell(seenIn(textOf(fields)));
        return { id: next(), channel_id: channel };
      },
      'GET application': () => ({ id: application, name: 'Andon', bot }),
      'POST command': (_, fields) => {
        registered.set(String(fields['name']), fields);
        return { id: snowflake(2), ...fields };
      },
      'GET gateway': () => ({
        url: socketRoot(),
        shards: 1,
        session_start_limit: { total: 1000, remaining: 999, reset_after: 0, max_concurrency: 1 },
      }),
    };

  const answer = async (request: IncomingMessage, response: ServerResponse): Promise<void> => {
    if (files.serves(request, response)) return;
    const body = await bodyOf(request);
    const reply = (status: number, said: unknown, headers = {}): void => {
      response.writeHead(status, { 'content-type': 'application/json', ...headers });
      response.end(said === undefined ? '' : JSON.stringify(said));
    };
    const call = `${request.method} ${/^\/api\/v10([^?]+)/.exec(request.url ?? '')?.[1]}`;
    const route = routes.find(([, pattern]) => pattern.test(call));
    if (route === undefined) return reply(404, { code: 0, message: '404: Not Found' });
    const [name, pattern, kind] = route;
    const isSecret = /webhook|@original|callback/.test(name);
    if (!isSecret && request.headers.authorization !== `Bot ${token}`) {
      return reply(401, { code: 0, message: '401: Unauthorized' });
    }
    const ids = (pattern.exec(call) ?? []).slice(1);
    const isFilling = name === 'PATCH @original' && interactions.get(ids[1] ?? '')?.message === undefined;
    const { fields, files: parts } = partsOf(read(request, body));
    const trouble = scene.meets(
      isFilling ? 'send' : parts.length > 0 ? 'file' : kind,
      `${call} ${seenIn(String(fields['content'] ?? ''))}`,
    );
    if (trouble === 'hang') return;
    const failure = failureOf(trouble);
    if (failure !== undefined) return reply(failure.status, failure.body, failure.headers);
    try {
      const result = results[name]?.(ids, fields, parts);
      if (trouble === 'drop') return void request.socket.destroy();
      reply(result === undefined ? 204 : 200, result);
    } catch (error) {
      if (!(error instanceof Refused)) throw error;
      reply(error.status, { code: error.code, message: error.message });
    }
  };
  const { root, ...server } = await openServer(test, answer, gateway.upgrade);

  const interact = (user: number, channel: string, fields: Fields, message?: Shown): void => {
    const id = next();
    const key = `interaction-${id}`;
    const person = isAlone(channel) ? { user: personOf(user) } : { member: { user: personOf(user) } };
    interactions.set(key, { began: performance.now(), channel, type: undefined, message: message?.id });
    gateway.tell('INTERACTION_CREATE', {
      ...{ id, token: key, application_id: application, version: 1, channel_id: channel },
      ...{ channel: { id: channel }, ...guildOf(channel), ...person, ...fields },
    });
  };
  const writes: FakeDiscord['writes'] = (user, text, writing = {}) => {
    const { channel = aloneWith(user), replies, bare, files: attachments = [] } = writing;
    const id = next();
    const written = { id, channel_id: channel, author: personOf(user), content: text, attachments };
    const said = { ...written, ...guildOf(channel) };
    const reply = replies && {
      ...{ type: 19, message_reference: { message_id: replies.id, channel_id: channel } },
      ...(bare !== true && { referenced_message: messageOf(replies) }),
    };
    gateway.tell('MESSAGE_CREATE', { type: 0, ...said, ...reply });
    return id;
  };

  const says = (text: string, { user = 7, where = 'thread', answers }: Spot, file?: Fields): string => {
    const channel = where === 'alone' ? aloneWith(user) : thread;
    const [, command, line] = /^\/(kanban|loop)\s*(.*)$/s.exec(text) ?? [];
    if (command === undefined) {
      return writes(user, text, {
        channel,
        ...(answers && { replies: answers }),
        ...(file && { files: [file] }),
      });
    }
    const options = [
      ...(line ? [{ name: 'line', type: 3, value: line }] : []),
      ...(file ? [{ name: 'file', type: 11, value: file['id'] }] : []),
    ];
    const resolved = file && { resolved: { attachments: { [String(file['id'])]: file } } };
    const data = { id: snowflake(2), name: command, type: 1, options, ...resolved };
    interact(user, channel, { type: 2, data });
    return '';
  };

  return {
    name: 'discord',
    settings: { token_env: 'DISCORD_BOT', api_root: `${root}/api` },
    env: { DISCORD_BOT: token },
    secrets: [token, 'interaction-'],
    ...{ group: thread, thread: '', quotes: false, idOf, aloneWith },
    says: (text, spot = {}) => says(text, spot),
    sends: (file, words, spot = {}) => says(words, spot, files.attachment(file)),
    presses: (user, message, label) => {
      const custom_id = message.buttons.find((button) => button.label === label)?.data;
      if (custom_id === undefined) throw new Error(`No button ${label} below: ${message.text}`);
      const data = { component_type: 2, custom_id };
      interact(user, message.chat, { type: 3, data, message: messageOf(message) }, message);
    },
    ...scene.looks,
    ...server,
    ...{
      gateway,
      writes,
      attachment: files.attachment,
      mentions,
      parcels,
      waits,
      registered,
      gone,
      mention: `<@${bot.id}>`,
    },
    hasButtons: (message) => message.buttons.length > 0 && !cleared.has(message.id),
    thinking: () =>
      [...interactions.values()].filter(({ type, message }) => type === 5 && message === undefined).length,
  };
}

/** With files a body is a form, which has all else in one field. */
function partsOf({ fields, files }: ReturnType<typeof read>): ReturnType<typeof read> {
  const json = fields['payload_json'];
  return { fields: json === undefined ? fields : JSON.parse(String(json)), files };
}
