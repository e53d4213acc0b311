import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { TestContext } from 'vitest';
import { until } from './until.ts';

/** What a chat was sent. */
export interface Shown {
  readonly message_id: number;
  readonly chat: string;
  readonly thread: number | null;
  readonly text: string;
  readonly buttons: readonly { readonly text: string; readonly callback_data: string }[];
  readonly answers: number | null;
  /** `text`, `document` or `photo`; of a file the text is its content. */
  readonly kind: string;
  readonly file: string | null;
  /** When it came, `Date.now()`. */
  readonly at: number;
}

/** How the next call of a method fails; `drop` takes the message and breaks the connection before the answer. */
export type Trouble = 'hang' | 'drop' | { readonly status: number; readonly retry_after?: number };

export interface FakeTelegram {
  readonly root: string;
  readonly token: string;
  /** Somebody writes in a chat; -100… is a forum, in which there are threads. */
  writes(user: number, text: string, place?: { chat?: number; thread?: number; replies?: Shown }): number;
  /** Somebody presses a button below a message. */
  presses(user: number, message: Shown, label: string): void;
  /** What chats were sent, or one of them. */
  shown(chat?: string): readonly Shown[];
  /** The text of a message as it is now, after it was edited. */
  edited(message: Shown): string | undefined;
  /** The words that were shown to those who pressed. */
  readonly toasts: readonly string[];
  /** The next call of a method whose body has these words fails so. */
  fail(method: string, trouble: Trouble, words?: string): void;
  /** The troubles that nobody has met yet. */
  ahead(): number;
  /** Nobody listens at its address until `start`. */
  stop(): Promise<void>;
  start(): Promise<void>;
  waitFor(what: string, test: (shown: Shown) => boolean): Promise<Shown>;
}

const bot = { id: 4242, is_bot: true, first_name: 'Andon', username: 'andon_bot' };
const token = '4242:a-secret-of-this-test';
type Fields = Readonly<Record<string, unknown>>;

/** The Bot API as the real one is spoken: long polls with offsets, JSON and multipart bodies, `ok` and `error_code`. */
export async function fakeTelegram(test: Pick<TestContext, 'onTestFinished'>): Promise<FakeTelegram> {
  const updates: { update_id: number }[] = [];
  const shown: Shown[] = [];
  const edits = new Map<number, string>();
  const toasts: string[] = [];
  const troubles: { method: string; words: string; trouble: Trouble }[] = [];
  const polls = new Set<() => void>();
  let lastUpdate = 1000;
  let lastMessage = 0;
  let port = 0;
  let server: Server | undefined;

  const push = (update: Fields): void => {
    lastUpdate += 1;
    updates.push({ update_id: lastUpdate, ...update });
    for (const wake of polls) wake();
  };
  const keep = (fields: Fields, kind: string, file: { name: string; text: string } | null): Shown => {
    const markup = fields['reply_markup'] as { inline_keyboard?: Shown['buttons'][] } | undefined;
    const answered = fields['reply_parameters'] as { message_id: number } | undefined;
    lastMessage += 1;
    const message: Shown = {
      message_id: lastMessage,
      chat: String(fields['chat_id']),
      thread: fields['message_thread_id'] === undefined ? null : Number(fields['message_thread_id']),
      text: file?.text ?? String(fields['text']),
      buttons: (markup?.inline_keyboard ?? []).flat(),
      answers: answered?.message_id ?? null,
      kind,
      file: file?.name ?? null,
      at: Date.now(),
    };
    shown.push(message);
    return message;
  };
  const chatOf = (id: number, thread?: number) => ({
    chat: { id, type: id < 0 ? 'supergroup' : 'private' },
    ...(thread !== undefined && { message_thread_id: thread, is_topic_message: true }),
  });
  const messageOf = (message: Shown) => ({
    message_id: message.message_id,
    date: 1,
    text: message.text,
    from: bot,
    ...chatOf(Number(message.chat), message.thread ?? undefined),
  });

  const results: Readonly<Record<string, (fields: Fields, files: Files) => unknown>> = {
    getMe: () => bot,
    sendMessage: (fields) => messageOf(keep(fields, 'text', null)),
    sendDocument: (fields, files) => messageOf(keep(fields, 'document', files[0] ?? null)),
    sendPhoto: (fields, files) => messageOf(keep(fields, 'photo', files[0] ?? null)),
    answerCallbackQuery: ({ text }) => toasts.push(String(text)) > 0,
    editMessageText: ({ message_id, text }) => {
      edits.set(Number(message_id), String(text));
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
    const body = await bodyOf(request);
    const { fields, files } = read(request, body);
    const reply = (status: number, body: unknown): void => {
      response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(body));
    };
    if (access !== token) return reply(401, { ok: false, error_code: 401, description: 'Unauthorized' });
    const index = troubles.findIndex((one) => one.method === method && body.includes(one.words));
    const [planned] = index < 0 ? [] : troubles.splice(index, 1);
    const trouble = planned?.trouble;
    if (trouble === 'hang') return;
    if (typeof trouble === 'object') {
      const { status: error_code, retry_after } = trouble;
      const parameters = retry_after === undefined ? {} : { parameters: { retry_after } };
      return reply(error_code, {
        ok: false,
        error_code,
        description: `trouble ${error_code}`,
        ...parameters,
      });
    }
    const work = method === 'getUpdates' ? getUpdates(fields, request) : results[method]?.(fields, files);
    const result = await work;
    if (trouble === 'drop') return void request.socket.destroy();
    if (result === undefined) return reply(404, { ok: false, error_code: 404, description: 'Not Found' });
    reply(200, { ok: true, result });
  };

  const start = async (): Promise<void> => {
    const opened = createServer((request, response) => void answer(request, response));
    await new Promise<void>((resolve) => opened.listen(port, '127.0.0.1', resolve));
    const address = opened.address();
    port = typeof address === 'object' && address !== null ? address.port : 0;
    server = opened;
  };
  const stop = async (): Promise<void> => {
    const opened = server;
    server = undefined;
    opened?.closeAllConnections();
    await new Promise<void>((resolve) => (opened === undefined ? resolve() : opened.close(() => resolve())));
  };
  await start();
  test.onTestFinished(stop);

  const person = (id: number) => ({ id, is_bot: false, first_name: `P${id}`, username: `user${id}` });
  return {
    root: `http://127.0.0.1:${port}`,
    token,
    writes: (user, text, { chat = user, thread, replies } = {}) => {
      lastMessage += 1;
      const message_id = lastMessage;
      const reply = replies && { reply_to_message: messageOf(replies) };
      push({ message: { message_id, date: 1, text, from: person(user), ...chatOf(chat, thread), ...reply } });
      return message_id;
    },
    presses: (user, message, label) => {
      const data = message.buttons.find(({ text }) => text === label)?.callback_data;
      if (data === undefined) throw new Error(`No button ${label} below: ${message.text}`);
      push({
        callback_query: {
          id: `q${lastUpdate}`,
          from: person(user),
          message: messageOf(message),
          data,
          chat_instance: '1',
        },
      });
    },
    shown: (chat) => shown.filter((one) => chat === undefined || one.chat === chat),
    edited: ({ message_id }) => edits.get(message_id),
    toasts,
    fail: (method, trouble, words = '') => {
      troubles.push({ method, words, trouble });
    },
    ahead: () => troubles.length,
    stop,
    start,
    waitFor: (what, matches) => until(what, () => shown.find(matches) ?? false, 30_000),
  };
}

type Files = readonly { readonly name: string; readonly text: string }[];

async function bodyOf(request: IncomingMessage): Promise<string> {
  let body = '';
  request.setEncoding('utf8');
  for await (const piece of request) body += piece;
  return body;
}

function read(request: IncomingMessage, body: string): { fields: Fields; files: Files } {
  const boundary = /boundary=(.+)$/.exec(String(request.headers['content-type']))?.[1];
  if (boundary === undefined) return { fields: body === '' ? {} : JSON.parse(body), files: [] };
  const fields: Record<string, unknown> = {};
  const files: { name: string; text: string }[] = [];
  for (const part of body.split(`--${boundary}`)) {
    const [head = '', ...rest] = part.split('\r\n\r\n');
    const name = /name="([^"]*)"/.exec(head)?.[1];
    const file = /filename="?([^"\r\n;]*)"?/.exec(head)?.[1];
    const text = rest.join('\r\n\r\n').replace(/\r\n$/, '');
    if (file !== undefined) files.push({ name: file, text });
    else if (name !== undefined) fields[name] = text;
  }
  return { fields, files };
}
