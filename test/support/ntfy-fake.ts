import { createServer } from 'node:http';
import type { TestContext } from 'vitest';
import { until } from './until.ts';

/** One message as it came, before it was answered. */
export interface Push {
  readonly topic: string;
  readonly title: string;
  readonly message: string;
  readonly tags: readonly string[];
  readonly priority: number;
  readonly click?: string;
  readonly sequence_id: string;
  /** When it came, `performance.now()`. */
  readonly at: number;
}

/** How a message is answered: with this status, with headers, never (`hang`), or by a broken connection (`drop`). */
export type Reply =
  | number
  | 'hang'
  | 'drop'
  | { readonly status: number; readonly headers: Record<string, string> };

export interface FakeNtfy {
  readonly url: string;
  readonly token: string;
  received(topic: string): readonly Push[];
  /** The next messages to a topic are answered so, one each; then with 200. */
  answer(topic: string, ...replies: Reply[]): void;
  waitFor(topic: string, count: number): Promise<readonly Push[]>;
}

/** A server of ntfy's JSON publishing on the loopback; it ends with the test. */
export async function fakeNtfy(
  test: Pick<TestContext, 'onTestFinished'>,
  { open = false }: { readonly open?: boolean } = {},
): Promise<FakeNtfy> {
  const token = 'tk_a-secret-of-this-test';
  const pushes: Push[] = [];
  const replies = new Map<string, Reply[]>();
  const server = createServer((request, response) => {
    let body = '';
    request.setEncoding('utf8').on('data', (text: string) => (body += text));
    request.on('end', () => {
      const say = (status: number, answer: object, headers: Record<string, string> = {}) =>
        response
          .writeHead(status, { 'content-type': 'application/json', ...headers })
          .end(JSON.stringify(answer));
      const isKnown = open || request.headers.authorization === `Bearer ${token}`;
      if (!isKnown) return void say(403, { code: 40301, http: 403, error: 'forbidden' });
      if (request.method !== 'POST' || request.url !== '/') return void say(404, { error: 'page not found' });
      const push = JSON.parse(body);
      if (Buffer.byteLength(push.message) > 4096) return void say(413, { error: 'message too large' });
      pushes.push({ ...push, at: performance.now() });
      const reply = replies.get(push.topic)?.shift() ?? 200;
      if (reply === 'hang') return;
      if (reply === 'drop') return void request.socket.destroy();
      const { status, headers } = typeof reply === 'number' ? { status: reply, headers: {} } : reply;
      say(status, status === 200 ? { id: 'x', event: 'message' } : { error: `trouble ${status}` }, headers);
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  test.onTestFinished(() => {
    server.closeAllConnections();
    server.close();
  });
  const address = server.address();
  const received = (topic: string): readonly Push[] => pushes.filter((push) => push.topic === topic);
  return {
    url: `http://127.0.0.1:${typeof address === 'object' && address !== null ? address.port : 0}`,
    token,
    received,
    answer: (topic, ...planned) => void replies.set(topic, planned),
    waitFor: (topic, count) =>
      until(
        `${count} messages to ${topic}`,
        () => {
          const found = received(topic);
          return found.length >= count && found;
        },
        40_000,
      ),
  };
}
