import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import { Webhook } from 'standardwebhooks';
import type { TestContext } from 'vitest';

/** A message whose signature was right. */
export interface Received {
  readonly id: string;
  readonly type: string;
  readonly data: Readonly<Record<string, unknown>>;
  /** When it came, `performance.now()`. */
  readonly at: number;
}

/** The status to answer, with headers; `hang` never answers. */
export type Reply = number | 'hang' | { readonly status: number; readonly headers: Record<string, string> };

export interface Receiver {
  url(path: string): string;
  /** What came at a path, in order. */
  received(path: string): readonly Received[];
  /** How the next messages at a path are answered, the last one for ever; 204 unless said. */
  answer(path: string, ...replies: [Reply, ...Reply[]]): void;
  /** Requests that were no message of ours, and why. */
  readonly faults: readonly string[];
}

/** A server on the loopback that receives signed webhooks; it ends with the test. */
export async function webhookReceiver(
  test: Pick<TestContext, 'onTestFinished'>,
  secret: string,
): Promise<Receiver> {
  const verifier = new Webhook(secret);
  const messages = new Map<string, Received[]>();
  const replies = new Map<string, Reply[]>();
  const faults: string[] = [];

  const take = (path: string, request: IncomingMessage, body: string): void => {
    const header = (name: string): string => String(request.headers[name] ?? '');
    const names = ['webhook-id', 'webhook-timestamp', 'webhook-signature'];
    try {
      const headers = Object.fromEntries(names.map((name) => [name, header(name)]));
      const value: unknown = verifier.verify(body, headers);
      if (!isRecord(value) || !isRecord(value['data'])) throw new Error(`The body is no message: ${body}`);
      const message = { id: header('webhook-id'), type: String(value['type']), data: value['data'] };
      messages.set(path, [...(messages.get(path) ?? []), { ...message, at: performance.now() }]);
    } catch (error) {
      faults.push(`${request.method} ${path}: ${String(error)}`);
    }
  };
  const respond = (path: string, response: ServerResponse): void => {
    const planned = replies.get(path) ?? [];
    const reply = (planned.length > 1 ? planned.shift() : planned[0]) ?? 204;
    if (reply === 'hang') return;
    const { status, headers } = typeof reply === 'number' ? { status: reply, headers: {} } : reply;
    response.writeHead(status, headers).end();
  };
  const server = createServer((request, response) => {
    const path = request.url ?? '';
    let body = '';
    request.setEncoding('utf8').on('data', (text: string) => (body += text));
    request.on('end', () => {
      take(path, request, body);
      respond(path, response);
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  test.onTestFinished(() => {
    server.closeAllConnections();
    server.close();
  });
  const address = server.address();
  const port = typeof address === 'object' && address !== null ? address.port : 0;
  return {
    url: (path) => `http://127.0.0.1:${port}${path}`,
    received: (path) => messages.get(path) ?? [],
    answer: (path, ...planned) => {
      replies.set(path, planned);
    },
    faults,
  };
}

const isRecord = (value: unknown): value is Record<string, unknown> =>
  typeof value === 'object' && value !== null && !Array.isArray(value);
