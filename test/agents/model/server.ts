import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { FailureKind, Step } from './script.ts';
import { type Logged, RunState, type ScriptedRun } from './scripted-run.ts';
import type { Payload, Refusal, Wire } from './wire.ts';
import { anthropic } from './wires/anthropic.ts';
import { chat } from './wires/chat.ts';
import { gemini } from './wires/gemini.ts';
import { responses } from './wires/responses.ts';

/** A model of our own on the loopback, which says what a script tells it, in the protocol that it is asked in. */
export interface ModelServer {
  readonly url: string;
  /** Begins a run under a name of letters, digits and `-` that no other run has. */
  run(name: string, script: readonly Step[]): ScriptedRun;
  /** Requests that belonged to no run. */
  readonly strangers: readonly string[];
  close(): Promise<void>;
}

const wires: readonly Wire[] = [anthropic, responses, chat, gemini];
const largestBody = 16 * 1024 * 1024;

export async function startModelServer(port = 0): Promise<ModelServer> {
  const runs = new Map<string, RunState>();
  const strangers: string[] = [];
  const server = createServer((request, response) => {
    bodyOf(request)
      .then((body) => {
        const { run, path } = runOf(request, runs);
        if (run) return serve(run, { request, response, path, body });
        strangers.push(`${request.method} ${request.url}`);
        sendJson(response, 404, { error: { message: 'No run has this key or address.' } });
      })
      .catch((error: unknown) => {
        strangers.push(`${request.method} ${request.url}: ${String(error)}`);
        response.destroy();
      });
  });
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen(port, '127.0.0.1', resolve);
  });
  const address = server.address();
  const url = `http://127.0.0.1:${typeof address === 'object' && address !== null ? address.port : 0}`;
  return {
    url,
    strangers,
    run: (name, script) => {
      if (!/^[a-z0-9-]+$/i.test(name) || runs.has(name)) throw new Error(`${name} names no new run.`);
      const run = new RunState(name, url, script);
      runs.set(name, run);
      return run;
    },
    close: async () => {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}

interface Exchange {
  readonly request: IncomingMessage;
  readonly response: ServerResponse;
  /** Without the run's prefix and the query. */
  readonly path: string;
  readonly body: string;
}

/** The run that a request belongs to: by the beginning of its path, else by its key. */
function runOf(request: IncomingMessage, runs: ReadonlyMap<string, RunState>) {
  const { pathname, searchParams } = new URL(request.url ?? '/', 'http://model');
  const [, named, rest] = /^\/run\/([^/]+)(\/.*)?$/.exec(pathname) ?? [];
  if (named !== undefined) return { run: runs.get(named), path: rest ?? '/' };
  const keys = [
    request.headers.authorization?.replace(/^Bearer /i, ''),
    request.headers['x-api-key'],
    request.headers['x-goog-api-key'],
    searchParams.get('key'),
  ];
  return { run: [...runs.values()].find(({ key }) => keys.includes(key)), path: pathname };
}

function serve(run: RunState, { request, response, path, body }: Exchange): void {
  const method = request.method ?? '';
  const wire = wires.find((one) => one.route(method, path) !== undefined);
  const route = wire?.route(method, path);
  const entry = (ask: Logged['ask']): Logged => ({
    at: performance.now(),
    wire: wire?.name ?? '',
    method,
    path,
    headers: Object.fromEntries(
      Object.entries(request.headers).map(([name, value]) => [name, String(value)]),
    ),
    ask,
    body,
  });
  if (wire === undefined || route === undefined) {
    run.log(entry(undefined));
    run.problems.push(`No wire knows ${method} ${path}.`);
    sendJson(response, 404, { error: { message: `Not known here: ${method} ${path}` } });
    return;
  }
  if (route !== 'turn') {
    run.log(entry(undefined));
    send(response, wire.aside(route));
    return;
  }
  try {
    const ask = wire.read(JSON.parse(body), path);
    run.log(entry(ask));
    const answer = run.next(ask);
    if (!('fail' in answer)) send(response, wire.write(answer, ask));
    else fail(response, wire, answer.fail, Date.now() + (answer.resetsIn ?? 20) * 1000);
  } catch (error) {
    run.problems.push(`${wire.name} cannot read ${method} ${path}: ${String(error)}`);
    sendJson(response, 400, { error: { type: 'invalid_request_error', message: String(error) } });
  }
}

function fail(response: ServerResponse, wire: Wire, kind: FailureKind, resetsAt: number): void {
  switch (kind) {
    case 'hang':
      return;
    case 'drop':
      response.destroy();
      return;
    case 'cut':
      response.writeHead(200, { 'content-type': 'text/event-stream' });
      response.write('event: ping\ndata: {"type":"pi', () => response.destroy());
      return;
    default:
      refuse(response, wire.refuse(kind, resetsAt));
  }
}

const refuse = (response: ServerResponse, { status, headers, body }: Refusal): void =>
  sendJson(response, status, body, headers);

function send(response: ServerResponse, payload: Payload): void {
  if ('json' in payload) {
    sendJson(response, 200, payload.json);
    return;
  }
  response.writeHead(200, { 'content-type': 'text/event-stream', 'cache-control': 'no-cache' });
  for (const { event, data } of payload.events) {
    if (event !== undefined) response.write(`event: ${event}\n`);
    response.write(`data: ${typeof data === 'string' ? data : JSON.stringify(data)}\n\n`);
  }
  response.end();
}

function sendJson(
  response: ServerResponse,
  status: number,
  body: unknown,
  headers: Readonly<Record<string, string>> = {},
): void {
  response.writeHead(status, { ...headers, 'content-type': 'application/json' });
  response.end(JSON.stringify(body));
}

async function bodyOf(request: IncomingMessage): Promise<string> {
  const parts: Buffer[] = [];
  let size = 0;
  for await (const part of request) {
    if (!Buffer.isBuffer(part)) continue;
    size += part.length;
    if (size > largestBody) throw new Error(`A body of more than ${largestBody} bytes.`);
    parts.push(part);
  }
  return Buffer.concat(parts).toString('utf8');
}
