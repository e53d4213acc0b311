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
  type Trouble,
} from './chat-fake.ts';

/** How many bots there were: each has an id of its own. */
let bots = 0;
const token = '4242:a-secret-of-this-test';
/** A forum, in which there are threads. */
const group = '-100500';
const thread = '31';

const calls: Readonly<Record<string, Call>> = {
  getMe: 'hear',
  sendMessage: 'send',
  sendDocument: 'file',
  sendPhoto: 'file',
  sendVideo: 'file',
  answerCallbackQuery: 'answer',
  getFile: 'fetch',
};

/** The Bot API as the real one is spoken: long polls with offsets, JSON and multipart bodies, `ok` and `error_code`. */
export async function fakeTelegram(test: Pick<TestContext, 'onTestFinished'>): Promise<ChatFake> {
  const scene = createScene();
  bots += 1;
  const bot = { id: 4241 + bots, is_bot: true, first_name: 'Andon', username: 'andon_bot' };
  const updates: { update_id: number }[] = [];
  /** What people have sent, by file id. */
  const sent: FileOfPerson[] = [];
  const polls = new Set<() => void>();
  let lastUpdate = 1000;
  let lastMessage = 0;

  const push = (update: Fields): void => {
    lastUpdate += 1;
    updates.push({ update_id: lastUpdate, ...update });
    for (const wake of polls) wake();
  };
  const keep = (fields: Fields, file: Files[number] | undefined): Shown => {
    const markup = fields['reply_markup'] as
      | { inline_keyboard?: { text: string; callback_data: string }[][] }
      | undefined;
    const answered = fields['reply_parameters'] as { message_id: number } | undefined;
    lastMessage += 1;
    return scene.keep({
      id: String(lastMessage),
      chat: String(fields['chat_id']),
      thread: String(fields['message_thread_id'] ?? ''),
      text: file?.text ?? String(fields['text']),
      buttons: (markup?.inline_keyboard ?? [])
        .flat()
        .map(({ text, callback_data }) => ({ label: text, data: callback_data })),
      answers: answered === undefined ? null : String(answered.message_id),
      kind: file === undefined ? 'text' : 'file',
      file: file?.name ?? null,
    });
  };
  const chatOf = (id: string, inThread: string) => ({
    chat: { id: Number(id), type: id.startsWith('-') ? 'supergroup' : 'private' },
    ...(inThread !== '' && { message_thread_id: Number(inThread), is_topic_message: true }),
  });
  const messageOf = (message: Shown) => ({
    message_id: Number(message.id),
    date: 1,
    text: message.text,
    from: bot,
    ...chatOf(message.chat, message.thread),
  });

  const results: Readonly<Record<string, (fields: Fields, files: Files) => unknown>> = {
    getMe: () => bot,
    getFile: ({ file_id }) => ({ file_id, file_unique_id: file_id, file_path: `documents/${file_id}` }),
    sendMessage: (fields) => messageOf(keep(fields, undefined)),
    sendDocument: (fields, files) => messageOf(keep(fields, files[0])),
    sendPhoto: (fields, files) => messageOf(keep(fields, files[0])),
    sendVideo: (fields, files) => messageOf(keep(fields, files[0])),
    answerCallbackQuery: ({ text }) => {
      scene.tell(String(text));
      return true;
    },
    editMessageText: ({ message_id, text }) => {
      scene.edit(String(message_id), String(text));
      return true;
    },
  };

  const getUpdates = async (fields: Fields, request: IncomingMessage): Promise<unknown> => {
    const offset = Number(fields['offset'] ?? 0);
    // What is below the offset was heard, and is forgotten.
    while ((updates[0]?.update_id ?? offset) < offset) updates.shift();
    if (updates.length > 0) return [...updates];
    await new Promise<void>((resolve) => {
      const wake = (): void => {
        clearTimeout(timer);
        polls.delete(wake);
        resolve();
      };
      const timer = setTimeout(wake, Number(fields['timeout'] ?? 0) * 1000);
      request.socket.once('close', wake);
      polls.add(wake);
    });
    return [...updates];
  };

  const answer = async (request: IncomingMessage, response: ServerResponse): Promise<void> => {
    const [, access, method = ''] = /^\/bot([^/]+)\/(\w+)$/.exec(request.url ?? '') ?? [];
    const [, key, file] = /^\/file\/bot([^/]+)\/documents\/(\d+)$/.exec(request.url ?? '') ?? [];
    if (key === token) return void response.writeHead(200).end(sent[Number(file)]?.text);
    const body = await bodyOf(request);
    const { fields, files } = read(request, body);
    const reply = (status: number, said: unknown): void => {
      response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(said));
    };
    if (access !== token) return reply(401, { ok: false, error_code: 401, description: 'Unauthorized' });
    const trouble = scene.meets(calls[method], body);
    if (trouble === 'hang') return;
    const failure = failureOf(trouble);
    if (failure !== undefined) return reply(failure.error_code, failure);
    const work = method === 'getUpdates' ? getUpdates(fields, request) : results[method]?.(fields, files);
    const result = await work;
    if (trouble === 'drop') return void request.socket.destroy();
    if (result === undefined) return reply(404, { ok: false, error_code: 404, description: 'Not Found' });
    reply(200, { ok: true, result });
  };
  const { root, ...server } = await openServer(test, answer);

  const person = (id: number) => ({ id, is_bot: false, first_name: `P${id}`, username: `user${id}` });
  const said = (content: Fields, { user = 7, where = 'thread', answers }: Spot = {}): string => {
    lastMessage += 1;
    const reply = answers && { reply_to_message: messageOf(answers) };
    const place = where === 'alone' ? chatOf(String(user), '') : chatOf(group, thread);
    push({
      message: { message_id: lastMessage, date: 1, ...content, from: person(user), ...place, ...reply },
    });
    return String(lastMessage);
  };
  return {
    name: 'telegram',
    settings: { token_env: 'BOT_TOKEN', api_root: root },
    env: { BOT_TOKEN: token },
    secrets: [token],
    ...{ group, thread, quotes: true },
    idOf: String,
    aloneWith: String,
    says: (text, spot) => said({ text }, spot),
    sends: (file, caption, spot) => {
      const file_id = String(sent.push(file) - 1);
      const document = {
        ...{ file_id, file_unique_id: `u${file_id}`, file_name: file.name, mime_type: 'text/plain' },
        file_size: file.text.length,
      };
      return said({ document, ...(caption !== '' && { caption }) }, spot);
    },
    presses: (user, message, label) => {
      const data = message.buttons.find((button) => button.label === label)?.data;
      if (data === undefined) throw new Error(`No button ${label} below: ${message.text}`);
      const query = { id: `q${lastUpdate}`, from: person(user), data, chat_instance: '1' };
      push({ callback_query: { ...query, message: messageOf(message) } });
    },
    ...scene.looks,
    ...server,
  };
}

function failureOf(trouble: Trouble | undefined) {
  if (trouble === 'refuse') return { ok: false, error_code: 403, description: 'Forbidden: bot was kicked' };
  if (typeof trouble !== 'object') return undefined;
  const { status: error_code, retry_after } = trouble;
  const parameters = retry_after === undefined ? {} : { parameters: { retry_after } };
  return { ok: false, error_code, description: `trouble ${error_code}`, ...parameters };
}
