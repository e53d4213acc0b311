import type { IncomingMessage, ServerResponse } from 'node:http';
import type { TestContext } from 'vitest';
import { type WebSocket, WebSocketServer } from 'ws';
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
import { type SharedFile, sharedFiles } from './slack-fake-files.ts';

const token = 'xoxb-a-secret-of-this-test';
const appToken = 'xapp-another-secret-of-this-test';
const me = 'U0BOT';
const group = 'C100';
const thread = '1700000000.000100';

const calls: Readonly<Record<string, Call>> = {
  'apps.connections.open': 'hear',
  'chat.postMessage': 'send',
  'files.completeUploadExternal': 'file',
  'chat.update': 'answer',
  'chat.postEphemeral': 'answer',
  'files.info': 'fetch',
};

/** A message as Slack keeps it: its text is escaped. */
interface Message {
  readonly ts: string;
  readonly thread_ts?: string;
  readonly channel: string;
  readonly user: string;
  readonly text: string;
  readonly blocks: readonly Block[];
}
interface Block {
  readonly type: string;
  readonly elements?: readonly { readonly text: { readonly text: string }; readonly value: string }[];
}

interface Writing {
  readonly thread_ts: string | undefined;
  readonly user: number;
  readonly file?: SharedFile | undefined;
  readonly forgets?: boolean | undefined;
}

/** A frame of the socket; an event comes again until somebody has acknowledged it, all else is sent once. */
interface Frame {
  readonly envelope_id: string;
  readonly type: string;
  readonly payload: Fields;
  sent: boolean;
}

export interface FakeSlack extends ChatFake {
  /** Somebody writes in a channel or thread, as Slack writes texts. */
  writes(text: string, channel: string, thread_ts?: string): void;
  /** Somebody writes so, with a file. Slack tells of a mention in a channel once more as such, unless it `forgets` that. */
  shares(file: SharedFile, text: string, channel: string, thread_ts?: string, forgets?: boolean): void;
  /** Somebody gives the command in a channel. */
  commands(words: string, channel: string): void;
  /** What Slack sends when somebody presses a button. */
  pressOf(user: number, message: Shown, label: string): Fields;
  /** The last event comes once more, as when Slack has seen no acknowledgement. */
  repeat(): void;
  /** Slack ends the connection, for this reason. */
  disconnect(reason: string): void;
  /** What was acknowledged with words, newest last. */
  readonly acknowledged: readonly Fields[];
}

/**
 * Slack as apps know it: the Web API over HTTP, the socket of `apps.connections.open` with frames that are acknowledged, and
 * the three steps of an upload. It tells an app of its own messages too, and of a mention twice.
 */
export async function fakeSlack(test: Pick<TestContext, 'onTestFinished'>): Promise<FakeSlack> {
  const scene = createScene();
  const messages = new Map<string, Message>();
  const files = sharedFiles(token, () => root);
  const uploads = new Map<string, { readonly name: string; text: string }>();
  const sockets = new WebSocketServer({ noServer: true });
  const frames: Frame[] = [];
  const acknowledged: Fields[] = [];
  let lastEvent: Fields = {};
  let last = 0;
  const next = (): number => {
    last += 1;
    return last;
  };
  const nextTs = (): string => `${1_700_000_000 + next()}.000100`;

  const deliver = (socket: WebSocket): void => {
    for (const frame of frames) {
      const { sent, ...said } = frame;
      if (sent && frame.type !== 'events_api') continue;
      frame.sent = true;
      socket.send(JSON.stringify({ ...said, accepts_response_payload: frame.type === 'slash_commands' }));
    }
  };
  const push = (type: string, payload: Fields): void => {
    if (type === 'events_api') lastEvent = payload;
    frames.push({ envelope_id: `env-${next()}`, type, payload, sent: false });
    const [socket] = sockets.clients;
    const fresh = frames.at(-1);
    if (socket === undefined || fresh === undefined) return;
    const { sent: _, ...said } = fresh;
    fresh.sent = true;
    socket.send(JSON.stringify({ ...said, accepts_response_payload: type === 'slash_commands' }));
  };
  const pushEvent = (event: Fields): void =>
    push('events_api', {
      ...{ token: 'legacy', team_id: 'T1', api_app_id: 'A1', type: 'event_callback' },
      ...{ event, event_id: `Ev${next()}`, event_time: 1 },
    });
  sockets.on('connection', (socket) => {
    socket.on('message', (data) => {
      const { envelope_id, payload } = JSON.parse(String(data)) as { envelope_id: string; payload?: Fields };
      if (payload !== undefined) acknowledged.push(payload);
      const index = frames.findIndex((frame) => frame.envelope_id === envelope_id);
      if (index >= 0) frames.splice(index, 1);
    });
    socket.send(JSON.stringify({ type: 'hello', num_connections: 1, connection_info: { app_id: 'A1' } }));
    deliver(socket);
  });

  const typed = (text: string): string =>
    text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;');
  const shownText = (text: string): string =>
    text.replaceAll('&lt;', '<').replaceAll('&gt;', '>').replaceAll('&amp;', '&');
  const blocksIn = ({ blocks }: Fields): readonly Block[] =>
    blocks === undefined ? [] : JSON.parse(String(blocks));
  const threadIn = ({ thread_ts }: Fields) =>
    thread_ts === undefined ? {} : { thread_ts: String(thread_ts) };
  const keep = (fields: Fields, file: Files[number] | undefined): Message => {
    const message: Message = {
      ...{ ts: nextTs(), channel: String(fields['channel'] ?? fields['channel_id']), user: me },
      ...{ text: String(fields['text'] ?? ''), blocks: blocksIn(fields), ...threadIn(fields) },
    };
    messages.set(message.ts, message);
    const buttons = message.blocks.flatMap(({ elements = [] }) => elements);
    scene.keep({
      ...{ id: message.ts, chat: message.channel, thread: message.thread_ts ?? '', answers: null },
      text: file?.text ?? shownText(message.text),
      buttons: buttons.map(({ text, value }) => ({ label: text.text, data: value })),
      kind: file === undefined ? 'text' : 'file',
      file: file?.name ?? null,
    });
    pushEvent({ type: 'message', bot_id: 'B1', channel_type: 'channel', ...message });
    return message;
  };

  const results: Readonly<Record<string, (fields: Fields) => Fields>> = {
    'auth.test': () => ({ user_id: me, user: 'andon', team_id: 'T1', bot_id: 'B1' }),
    'apps.connections.open': () => ({ url: `${root.replace('http', 'ws')}/link?ticket=${next()}` }),
    'users.info': ({ user }) => ({ user: { id: user, name: `user${String(user).slice(1)}` } }),
    'chat.postMessage': (fields) => ({ ts: keep(fields, undefined).ts, channel: fields['channel'] }),
    'chat.postEphemeral': ({ text }) => {
      scene.tell(shownText(String(text)));
      return { message_ts: nextTs() };
    },
    'chat.update': (fields) => {
      const ts = String(fields['ts']);
      const found = messages.get(ts);
      if (found === undefined) return { error: 'message_not_found' };
      const text = String(fields['text']);
      messages.set(ts, { ...found, text, blocks: blocksIn(fields) });
      scene.edit(ts, shownText(text));
      scene.tell(shownText(text).split('\n↳ ').at(-1) ?? '');
      return { ts };
    },
    'conversations.replies': ({ channel, ts, limit, cursor = '0' }) => {
      const inThread = [...messages.values()].filter(
        (one) => one.channel === channel && (one.thread_ts ?? one.ts) === ts,
      );
      const end = Number(cursor) + Number(limit);
      const next_cursor = end < inThread.length ? String(end) : '';
      return { messages: inThread.slice(Number(cursor), end), response_metadata: { next_cursor } };
    },
    'files.info': ({ file }) => files.info(String(file)),
    'files.getUploadURLExternal': ({ filename }) => {
      const file_id = `F${next()}`;
      uploads.set(file_id, { name: String(filename), text: '' });
      return { upload_url: `${root}/upload/${file_id}`, file_id };
    },
    'files.completeUploadExternal': ({ files, ...fields }) => {
      const given = JSON.parse(String(files)) as { id: string }[];
      for (const { id } of given) keep(fields, uploads.get(id));
      return { files: given };
    },
  };

  const answer = async (request: IncomingMessage, response: ServerResponse): Promise<void> => {
    const body = await bodyOf(request);
    const { fields, files: parts } = read(request, body);
    const reply = (status: number, said: unknown, headers = {}): void => {
      response
        .writeHead(status, { 'content-type': 'application/json', ...headers })
        .end(JSON.stringify(said));
    };
    const upload = uploads.get(/^\/upload\/(\w+)$/.exec(request.url ?? '')?.[1] ?? '');
    if (upload !== undefined) {
      upload.text = parts[0]?.text ?? '';
      return reply(200, 'OK');
    }
    if (files.serves(request, response)) return;
    const [, method = ''] = /^\/api\/([\w.]+)$/.exec(request.url ?? '') ?? [];
    const needed = method === 'apps.connections.open' ? appToken : token;
    if (request.headers.authorization !== `Bearer ${needed}`) {
      return reply(200, { ok: false, error: 'invalid_auth' });
    }
    const trouble = scene.meets(calls[method], decoded(body));
    if (trouble === 'hang') return;
    if (trouble === 'refuse') return reply(200, { ok: false, error: 'channel_not_found' });
    if (typeof trouble === 'object') {
      const { status, retry_after } = trouble;
      const headers = retry_after === undefined ? {} : { 'retry-after': String(retry_after) };
      return reply(status, { ok: false, error: 'trouble' }, headers);
    }
    const result = results[method]?.(fields) ?? { error: 'unknown_method' };
    if (trouble === 'drop') return void request.socket.destroy();
    reply(200, { ok: result['error'] === undefined, ...result });
  };
  const { root, ...server } = await openServer(test, answer, (request, socket, head) => {
    sockets.handleUpgrade(request, socket, head, (opened) => sockets.emit('connection', opened, request));
  });

  const commands = (text: string, channel: string, user: number): void =>
    push('slash_commands', {
      ...{ token: 'legacy', team_id: 'T1', channel_id: channel, channel_name: 'builds' },
      ...{ user_id: `U${user}`, user_name: `user${user}`, command: '/kanban' },
      ...{ text: typed(text).trim(), trigger_id: `${next()}.1.x`, response_url: root },
    });
  const writes = (text: string, channel: string, { thread_ts, user, file, forgets }: Writing): string => {
    const ts = nextTs();
    const written = { ts, channel, user: `U${user}`, text, blocks: [], ...threadIn({ thread_ts }) };
    messages.set(ts, written);
    const said = { ...written, ...(file && { files: [files.share(file)], upload: false }) };
    const isAlone = channel.startsWith('D');
    if (text.includes(`<@${me}>`) && !isAlone && !forgets) pushEvent({ type: 'app_mention', ...said });
    const subtype = file && { subtype: 'file_share' };
    pushEvent({ type: 'message', channel_type: isAlone ? 'im' : 'channel', ...subtype, ...said });
    return ts;
  };
  const says = (text: string, { user = 7, where = 'thread', answers }: Spot, file?: FileOfPerson): string => {
    const channel = answers?.chat ?? (where === 'alone' ? `D${user}` : group);
    // Who answers a message outside threads opens one below it.
    const thread_ts = answers ? answers.thread || answers.id : where === 'alone' ? undefined : thread;
    const writing = { thread_ts, user, file };
    // Slack's own program takes a slash for a command, which it sends from outside threads alone, and without files.
    const [, words] = /^\/kanban(.*)$/s.exec(text) ?? [];
    if (words === undefined) return writes(typed(text), channel, writing);
    if (thread_ts !== undefined || file) return writes(`<@${me}> ${typed(words)}`, channel, writing);
    commands(words, channel, user);
    return '';
  };

  const pressOf: FakeSlack['pressOf'] = (user, shown, label) => {
    const data = shown.buttons.find((button) => button.label === label)?.data;
    const message = messages.get(shown.id);
    if (data === undefined || !message) throw new Error(`No button ${label} below: ${shown.text}`);
    return {
      ...{ type: 'block_actions', token: 'legacy', api_app_id: 'A1', trigger_id: `${next()}.2.x` },
      user: { id: `U${user}`, username: `user${user}`, name: `user${user}`, team_id: 'T1' },
      channel: { id: message.channel, name: 'builds' },
      message: { type: 'message', bot_id: 'B1', ...message },
      actions: [{ type: 'button', action_id: 'press-0', block_id: 'b', value: data }],
      response_url: root,
    };
  };

  return {
    name: 'slack',
    settings: { token_env: 'SLACK_BOT', app_token_env: 'SLACK_APP', api_root: `${root}/api/` },
    env: { SLACK_BOT: token, SLACK_APP: appToken },
    secrets: [token, appToken],
    ...{ group, thread, quotes: false },
    idOf: (user) => `U${user}`,
    aloneWith: (user) => `D${user}`,
    says: (text, spot = {}) => says(text, spot),
    sends: (file, text, spot = {}) => says(text, spot, file),
    writes: (text, channel, thread_ts) => void writes(text, channel, { thread_ts, user: 7 }),
    shares: (file, text, channel, thread_ts, forgets) =>
      void writes(text, channel, { thread_ts, user: 7, file, forgets }),
    commands: (words, channel) => commands(words, channel, 7),
    repeat: () => push('events_api', lastEvent),
    disconnect: (reason) => {
      for (const socket of sockets.clients) {
        socket.send(JSON.stringify({ type: 'disconnect', reason, debug_info: { host: 'here' } }));
      }
    },
    acknowledged,
    presses: (user, shown, label) => push('interactive', pressOf(user, shown, label)),
    pressOf,
    ...scene.looks,
    ...server,
  };
}

/** The words of a form as somebody reads them, so that a trouble can name some. */
const decoded = (body: string): string => decodeURIComponent(body.replaceAll('+', ' '));
