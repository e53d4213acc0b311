import { Agent, get, type IncomingMessage } from 'node:http';
import { onTestFinished } from 'vitest';
import { until } from '../support/until.ts';

/** A client of server-sent events that can be slow, go away, and come back where it was. */
export interface Listener {
  readonly status: number;
  readonly events: readonly Heard[];
  readonly comments: readonly string[];
  /** Bytes that have come. */
  readonly bytes: number;
  /** The newest id: what it says when it comes back. */
  readonly lastId: string | undefined;
  readonly ended: boolean;
  /** Waits until it has heard so many events, `hello` not counted. */
  heard(count: number): Promise<readonly Heard[]>;
  /** Reads no further until it is told to. */
  pause(): void;
  resume(): void;
  close(): void;
}

export interface Heard {
  readonly id: string | undefined;
  readonly event: string;
  readonly data: Record<string, unknown>;
}

/** Idle connections of many tests must not keep servers waiting. */
const agent = new Agent({ keepAlive: false, maxSockets: Number.POSITIVE_INFINITY });

export async function listener(
  url: string,
  token: string,
  headers: Readonly<Record<string, string>> = {},
): Promise<Listener> {
  const response = await new Promise<IncomingMessage>((resolve, reject) => {
    get(url, { agent, headers: { authorization: `Bearer ${token}`, ...headers } }, resolve).on(
      'error',
      reject,
    );
  });
  const events: Heard[] = [];
  const comments: string[] = [];
  let bytes = 0;
  let rest = '';
  let lastId: string | undefined;
  let ended = false;
  response.setEncoding('utf8').on('data', (text: string) => {
    bytes += text.length;
    const blocks = (rest + text).split('\n\n');
    rest = blocks.pop() ?? '';
    for (const block of blocks) hear(block);
  });
  const hear = (block: string): void => {
    const lines = block.split('\n');
    const field = (name: string): string | undefined =>
      lines.find((line) => line.startsWith(`${name}: `))?.slice(name.length + 2);
    const data = field('data');
    lastId = field('id') ?? lastId;
    if (data === undefined) comments.push(block);
    else events.push({ id: field('id'), event: field('event') ?? 'message', data: JSON.parse(data) });
  };
  const end = (): void => {
    ended = true;
  };
  response.on('close', end).on('end', end).on('error', end);
  const close = (): void => void response.destroy();
  onTestFinished(close);
  return {
    status: response.statusCode ?? 0,
    events,
    comments,
    get bytes() {
      return bytes;
    },
    get lastId() {
      return lastId;
    },
    get ended() {
      return ended;
    },
    heard: (count) =>
      until(`${count} events are heard`, () => {
        const told = events.filter(({ event }) => event !== 'hello');
        return told.length >= count && told;
      }),
    pause: () => void response.pause(),
    resume: () => void response.resume(),
    close,
  };
}
