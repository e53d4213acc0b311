import type { IncomingHttpHeaders } from 'node:http';
import type { TestContext } from 'vitest';
import { openServer } from './chat-fake.ts';

export interface ForeignServer {
  /** Where a file lies that is `content`. */
  readonly file: string;
  /** An address that leads there. */
  readonly leads: string;
  readonly content: string;
  /** The headers of what came, in order. */
  readonly seen: readonly IncomingHttpHeaders[];
}

/** A server that belongs to nobody we know, and remembers what it was told. */
export async function foreignServer(test: Pick<TestContext, 'onTestFinished'>): Promise<ForeignServer> {
  const seen: IncomingHttpHeaders[] = [];
  const content = 'from elsewhere';
  const { root } = await openServer(test, async (request, response) => {
    seen.push(request.headers);
    if (request.url === '/leads') response.writeHead(302, { location: '/file' }).end();
    else response.writeHead(200).end(content);
  });
  return { file: `${root}/file`, leads: `${root}/leads`, content, seen };
}
