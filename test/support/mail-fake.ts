import type { Socket } from 'node:net';
import { SMTPServer, type SMTPServerSession } from 'smtp-server';
import type { TestContext } from 'vitest';
import { until } from './until.ts';

/** One mail as it came. */
export interface Mail {
  readonly to: string;
  /** By name in lower case, unfolded and decoded. */
  readonly headers: Readonly<Record<string, string>>;
  readonly text: string;
  readonly files: readonly { readonly name: string; readonly text: string }[];
  /** When it came, `performance.now()`. */
  readonly at: number;
}

/**
 * What becomes of a mail: refused with this code when the address is named, refused with its content (`content 552`), taken and
 * never answered (`hang`), never answered already at the address (`silence`), or the connection breaks before the answer
 * (`drop`, after the content came).
 */
export type Trouble = number | `content ${number}` | 'hang' | 'silence' | 'drop';

export interface FakeMail {
  readonly port: number;
  /** Who may log in. */
  readonly user: string;
  readonly password: string;
  /** What was taken for an address, in order; also what was never answered. */
  received(to: string): readonly Mail[];
  /** The next mails to this address meet these troubles, one each. */
  fail(to: string, ...troubles: Trouble[]): void;
  /** Troubles that nobody has met yet. */
  ahead(to: string): number;
  stop(): Promise<void>;
  start(): Promise<void>;
  waitFor(to: string, count: number): Promise<readonly Mail[]>;
}

/** A mail server on the loopback, by the protocol itself; it ends with the test. */
export async function fakeMail(
  test: Pick<TestContext, 'onTestFinished'>,
  { login = false }: { readonly login?: boolean } = {},
): Promise<FakeMail> {
  const user = 'andon';
  const password = 'a-secret-of-this-test';
  const mails: Mail[] = [];
  const troubles = new Map<string, Trouble[]>();
  const sockets = new Map<number | undefined, Socket>();
  const met = new Map<string, Trouble | undefined>();
  let server: SMTPServer | undefined;
  let port = 0;

  const refusal = (code: number) => Object.assign(new Error('No.'), { responseCode: code });
  const addressIn = ({ envelope }: SMTPServerSession): string => envelope.rcptTo[0]?.address ?? '';

  const open = (): SMTPServer =>
    new SMTPServer({
      disabledCommands: login ? ['STARTTLS'] : ['STARTTLS', 'AUTH'],
      authOptional: !login,
      allowInsecureAuth: true,
      disableReverseLookup: true,
      closeTimeout: 100,
      onAuth: (given, _, done) =>
        given.username === user && given.password === password
          ? done(null, { user })
          : done(Object.assign(new Error(`Not with ${given.password}.`), { responseCode: 535 })),
      onRcptTo: ({ address }, session, done) => {
        const trouble = troubles.get(address)?.shift();
        met.set(session.id, trouble);
        if (trouble === 'silence') return;
        done(typeof trouble === 'number' ? refusal(trouble) : null);
      },
      onData: (stream, session, done) => {
        let source = '';
        stream.setEncoding('latin1').on('data', (text: string) => (source += text));
        stream.on('end', () => {
          const trouble = met.get(session.id);
          if (typeof trouble === 'string' && trouble.startsWith('content')) {
            return done(refusal(Number(trouble.split(' ')[1])));
          }
          mails.push(readMail(addressIn(session), source));
          if (trouble === 'hang') return;
          if (trouble === 'drop') return void sockets.get(session.remotePort)?.destroy();
          done();
        });
      },
    });

  const start = async (): Promise<void> => {
    const opened = open();
    // What a client does to its connection is no fault of the server.
    opened.on('error', () => undefined);
    opened.server.on('connection', (socket: Socket) => sockets.set(socket.remotePort, socket));
    await new Promise<void>((resolve) => opened.listen(port, '127.0.0.1', resolve));
    const address = opened.server.address();
    port = typeof address === 'object' && address !== null ? address.port : 0;
    server = opened;
  };
  const stop = async (): Promise<void> => {
    const opened = server;
    server = undefined;
    for (const socket of sockets.values()) socket.destroy();
    sockets.clear();
    await new Promise<void>((resolve) => (opened === undefined ? resolve() : opened.close(() => resolve())));
  };
  await start();
  test.onTestFinished(stop);

  const received = (to: string): readonly Mail[] => mails.filter((mail) => mail.to === to);
  return {
    port,
    user,
    password,
    received,
    fail: (to, ...more) => void troubles.set(to, [...(troubles.get(to) ?? []), ...more]),
    ahead: (to) => troubles.get(to)?.length ?? 0,
    stop,
    start,
    waitFor: (to, count) =>
      until(
        `${count} mails to ${to}`,
        () => {
          const found = received(to);
          return found.length >= count && found;
        },
        40_000,
      ),
  };
}

/** A message of one text, or of a text and files. */
function readMail(to: string, source: string): Mail {
  const { headers, body } = readPart(source);
  const boundary = /boundary="?([^";]+)"?/.exec(headers['content-type'] ?? '')?.[1];
  const parts =
    boundary === undefined
      ? [{ headers, body }]
      : source
          .split(`--${boundary}`)
          .slice(1, -1)
          .map((part) => readPart(part.replace(/^\r\n/, '')));
  const [first, ...rest] = parts.map((part) => ({
    text: decodeBody(part.headers['content-transfer-encoding'], part.body),
    name: /filename="?([^";]+)"?/.exec(part.headers['content-disposition'] ?? '')?.[1] ?? '',
  }));
  return { to, headers, text: first?.text ?? '', files: rest, at: performance.now() };
}

function readPart(source: string): { headers: Record<string, string>; body: string } {
  const [head = '', ...rest] = source.split('\r\n\r\n');
  const lines = head.replaceAll(/\r\n[ \t]+/g, ' ').split('\r\n');
  const pairs = lines.map((line) => {
    const [name = '', ...value] = line.split(':');
    return [name.toLowerCase(), decodeWords(value.join(':').trim())] as const;
  });
  return { headers: Object.fromEntries(pairs), body: rest.join('\r\n\r\n') };
}

function decodeBody(encoding: string | undefined, body: string): string {
  if (encoding === 'base64') return Buffer.from(body, 'base64').toString();
  const plain = encoding === 'quoted-printable' ? unquote(body) : body;
  return Buffer.from(plain, 'latin1').toString().replaceAll('\r\n', '\n').trimEnd();
}

const unquote = (text: string): string =>
  text
    .replaceAll(/=\r\n/g, '')
    .replaceAll(/=([0-9A-F]{2})/g, (_, code: string) => String.fromCharCode(Number.parseInt(code, 16)));

/** Words of a header that are not plain ASCII (RFC 2047). */
const decodeWords = (text: string): string =>
  text
    .replaceAll(/\?=\s+=\?/g, '?==?')
    .replaceAll(/=\?utf-8\?([bq])\?(.*?)\?=/gi, (_, how: string, word: string) =>
      how.toLowerCase() === 'b'
        ? Buffer.from(word, 'base64').toString()
        : Buffer.from(unquote(word.replaceAll('_', ' ')), 'latin1').toString(),
    );
