import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { Duplex } from 'node:stream';
import type { TestContext } from 'vitest';
import type { PlatformName, PlatformSettings } from '../../src/services/chat/chat-settings.ts';
import { until } from './until.ts';

/** What a chat was sent. */
export interface Shown {
  readonly id: string;
  readonly chat: string;
  /** Empty outside threads. */
  readonly thread: string;
  readonly text: string;
  readonly buttons: readonly { readonly label: string; readonly data: string }[];
  /** The message that it answers, where the platform shows that. */
  readonly answers: string | null;
  /** Of a file the text is its content. */
  readonly kind: 'text' | 'file';
  readonly file: string | null;
  /** When it came, `Date.now()`. */
  readonly at: number;
}

/**
 * How a call fails: `hang` never answers, `drop` takes it and breaks the connection before the answer, `refuse` is an answer
 * that stays so however often it is asked.
 */
export type Trouble = 'hang' | 'drop' | 'refuse' | { readonly status: number; readonly retry_after?: number };

/** Calls that can fail: a message, a file, what follows a press, the call that begins to hear, and a file that people sent. */
export type Call = 'send' | 'file' | 'answer' | 'hear' | 'fetch';

export interface Spot {
  /** Of whom it is; the platform's id of theirs is `idOf`. */
  readonly user?: number;
  /** Without one it is said in the thread of the group; `alone` is said to the bot alone. */
  readonly where?: 'thread' | 'alone';
  /** A message that it replies to. */
  readonly answers?: Shown;
}

export interface FileOfPerson {
  readonly name: string;
  readonly text: string;
}

/** A chat platform on this machine that speaks the real protocol, with a group in which there is a thread. */
export interface ChatFake {
  readonly name: PlatformName;
  /** What stands in `andon.yaml` below its name, without people, and the environment that it takes its secrets from. */
  readonly settings: PlatformSettings[PlatformName];
  readonly env: Readonly<Record<string, string>>;
  /** What nobody may read in a log or an error. */
  readonly secrets: readonly string[];
  readonly group: string;
  readonly thread: string;
  /** Whether a message says which one it answers. */
  readonly quotes: boolean;
  idOf(user: number): string;
  /** The chat of one person with the bot. */
  aloneWith(user: number): string;
  /** User 7 says it in the thread, or as `spot` says; `/kanban` in the way in which the platform has it. Gives its id. */
  says(text: string, spot?: Spot): string;
  /** Somebody sends a file of the type `text/plain`, with words beside it as `says` has them. Gives the id of the message. */
  sends(file: FileOfPerson, words: string, spot?: Spot): string;
  /** Somebody, called `user` and their number, presses a button below a message. */
  presses(user: number, message: Shown, label: string): void;
  /** What chats were sent, or one of them, oldest first. */
  shown(chat?: string): readonly Shown[];
  /** The text of a message as it is now, after it was edited; `undefined` when it was not. */
  edited(message: Shown): string | undefined;
  /** The words that those who pressed were shown. */
  told(): readonly string[];
  /** The next such call fails so: one whose body has these words, where they are given. */
  fail(call: Call, trouble: Trouble, words?: string): void;
  /** The troubles that nobody has met yet. */
  ahead(): number;
  /** Breaks what is connected now. */
  drop(): void;
  /** Nobody listens at its address until `start`. */
  stop(): Promise<void>;
  start(): Promise<void>;
  waitFor(what: string, test: (shown: Shown) => boolean): Promise<Shown>;
}

export type OpenFake = (test: Pick<TestContext, 'onTestFinished'>) => Promise<ChatFake>;

/** What a fake keeps of its chats and plans, and how tests look at that. */
export function createScene() {
  const shown: Shown[] = [];
  const edits = new Map<string, string>();
  const told: string[] = [];
  const troubles: { call: Call; words: string; trouble: Trouble }[] = [];
  return {
    keep: (message: Omit<Shown, 'at'>): Shown => {
      const kept = { ...message, at: Date.now() };
      shown.push(kept);
      return kept;
    },
    edit: (id: string, text: string): void => void edits.set(id, text),
    tell: (words: string): void => void told.push(words),
    /** The trouble that waits for this call, which is met by this. */
    meets: (call: Call | undefined, body: string): Trouble | undefined => {
      const index = troubles.findIndex((one) => one.call === call && body.includes(one.words));
      return index < 0 ? undefined : troubles.splice(index, 1)[0]?.trouble;
    },
    looks: {
      shown: (chat?: string) => shown.filter((one) => chat === undefined || one.chat === chat),
      edited: ({ id }: Shown) => edits.get(id),
      told: () => told,
      fail: (call: Call, trouble: Trouble, words = '') => void troubles.push({ call, words, trouble }),
      ahead: () => troubles.length,
      waitFor: (what: string, matches: (one: Shown) => boolean) =>
        until(what, () => shown.find(matches) ?? false, 30_000),
    },
  };
}

/** A server that can go away and come back at the same port. */
export async function openServer(
  test: Pick<TestContext, 'onTestFinished'>,
  answer: (request: IncomingMessage, response: ServerResponse) => Promise<void>,
  upgrade?: (request: IncomingMessage, socket: Duplex, head: Buffer) => void,
) {
  let port = 0;
  let server: Server | undefined;
  const sockets = new Set<Duplex>();
  const start = async (): Promise<void> => {
    const opened = createServer((request, response) => void answer(request, response));
    // Those that speak another protocol by now are no longer the server's own.
    opened.on('connection', (socket) => {
      sockets.add(socket);
      socket.on('close', () => sockets.delete(socket));
    });
    if (upgrade !== undefined) opened.on('upgrade', upgrade);
    await new Promise<void>((resolve) => opened.listen(port, '127.0.0.1', resolve));
    const address = opened.address();
    port = typeof address === 'object' && address !== null ? address.port : 0;
    server = opened;
  };
  const drop = (): void => {
    for (const socket of sockets) socket.destroy();
  };
  const stop = async (): Promise<void> => {
    const opened = server;
    server = undefined;
    const closed = new Promise<void>((resolve) =>
      opened === undefined ? resolve() : opened.close(() => resolve()),
    );
    drop();
    await closed;
  };
  await start();
  test.onTestFinished(stop);
  return { root: `http://127.0.0.1:${port}`, start, stop, drop };
}

export type Fields = Readonly<Record<string, unknown>>;
export type Files = readonly { readonly name: string; readonly text: string }[];

export async function bodyOf(request: IncomingMessage): Promise<string> {
  let body = '';
  request.setEncoding('utf8');
  for await (const piece of request) body += piece;
  return body;
}

/** The fields and files of a JSON, urlencoded or multipart body. */
export function read(request: IncomingMessage, body: string): { fields: Fields; files: Files } {
  const type = String(request.headers['content-type']);
  if (type.startsWith('application/x-www-form-urlencoded')) {
    return { fields: Object.fromEntries(new URLSearchParams(body)), files: [] };
  }
  const boundary = /boundary=(.+)$/.exec(type)?.[1];
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
