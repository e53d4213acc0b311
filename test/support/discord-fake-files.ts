import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Fields, FileOfPerson, Trouble } from './chat-fake.ts';

/** What people have sent in the fake of Discord, at its address `root`; `meets` gives the trouble of who fetches something. */
export function sentFiles(
  next: () => string,
  meets: (call: string) => Trouble | undefined,
  root: () => string,
) {
  const sent = new Map<string, string>();
  return {
    /** A file on its way with a message. */
    attachment: ({ name: filename, text }: FileOfPerson, address?: string): Fields => {
      const id = next();
      sent.set(id, text);
      const url = address ?? `${root()}/attachments/${id}/file?ex=1&is=1&hm=1`;
      return { id, filename, content_type: 'text/plain', size: text.length, url, proxy_url: url };
    },
    /** Whether that is a request for a file; whoever knows its address has it, and nobody may show a token there. */
    serves: (request: IncomingMessage, response: ServerResponse): boolean => {
      const { url = '', headers } = request;
      const text = sent.get(/^\/attachments\/(\d+)\//.exec(url)?.[1] ?? '');
      if (text === undefined) return false;
      const trouble = meets(url);
      const failure = headers.authorization === undefined ? failureOf(trouble)?.status : 400;
      if (trouble === 'drop') request.socket.destroy();
      else if (trouble !== 'hang') response.writeHead(failure ?? 200).end(failure === undefined ? text : '');
      return true;
    },
  };
}

export function failureOf(trouble: Trouble | undefined) {
  const body = { code: 50001, message: 'Missing Access' };
  if (trouble === 'refuse') return { status: 403, body, headers: {} };
  if (typeof trouble !== 'object') return undefined;
  const { status, retry_after } = trouble;
  if (retry_after === undefined) return { status, body: { code: 0, message: 'trouble' }, headers: {} };
  return {
    status,
    body: { message: 'You are being rate limited.', retry_after, global: false },
    headers: { 'retry-after': String(retry_after), 'x-ratelimit-scope': 'user' },
  };
}
