import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import type { TestContext } from 'vitest';

/** What `peer.mjs` does when it is asked. */
export interface Peer {
  readonly pid: number;
  create(
    id: string,
    more?: { readonly assignee?: string; readonly status?: string; readonly parents?: readonly string[] },
  ): Promise<void>;
  /** Gives whether it got the claim. */
  claim(
    id: string,
    more?: { readonly ttl?: number; readonly workerPid?: number; readonly host?: string },
  ): Promise<boolean>;
  complete(id: string): Promise<void>;
  block(id: string, reason: string): Promise<void>;
  remove(id: string): Promise<void>;
  rebuild(): Promise<void>;
  sql(text: string): Promise<void>;
  rows(text: string): Promise<readonly Record<string, unknown>[]>;
}

/** A program that is not Andon, on this database; it is killed when the test ends. */
export function peerOn(test: Pick<TestContext, 'onTestFinished'>, path: string): Peer {
  const child = spawn(process.execPath, [join(import.meta.dirname, 'peer.mjs'), path], {
    stdio: ['ignore', 'ignore', 'inherit', 'ipc'],
  });
  const ended = once(child, 'exit');
  test.onTestFinished(async () => {
    child.kill('SIGKILL');
    await ended;
  });
  let turn: Promise<unknown> = Promise.resolve();
  const ask = (...question: unknown[]): Promise<unknown> => {
    const answer = turn.then(async () => {
      const heard = once(child, 'message');
      child.send(question);
      const [{ value, fault }] = await heard;
      if (fault !== undefined) throw new Error(`The peer: ${fault}`);
      return value;
    });
    turn = answer.catch(() => {});
    return answer;
  };
  const tell =
    (verb: string) =>
    async (...args: unknown[]): Promise<void> =>
      void (await ask(verb, ...args));
  return {
    pid: child.pid ?? 0,
    create: tell('create'),
    claim: async (...args) => (await ask('claim', ...args)) === true,
    complete: tell('complete'),
    block: tell('block'),
    remove: tell('remove'),
    rebuild: tell('rebuild'),
    sql: tell('sql'),
    rows: async (text) => {
      const rows = await ask('rows', text);
      return Array.isArray(rows) ? rows : [];
    },
  };
}

/** A process of somebody else, which lives until it is ended; `locks` is a file on which it holds an advisory lock. */
export function stranger(
  test: Pick<TestContext, 'onTestFinished'>,
  locks?: string,
): { readonly pid: number; readonly ready: Promise<unknown>; end(): Promise<void> } {
  // SQLite's own lock on a file is as good as any: nobody else here needs to know how it is taken.
  const hold = `new (require('node:sqlite').DatabaseSync)(process.argv[1]).exec('begin exclusive');`;
  const script = `${locks === undefined ? '' : hold} process.send('here'); setInterval(() => {}, 1e6)`;
  const child = spawn(process.execPath, ['-e', script, ...(locks === undefined ? [] : [locks])], {
    stdio: ['ignore', 'ignore', 'inherit', 'ipc'],
  });
  const ready = once(child, 'message');
  const ended = once(child, 'exit');
  const end = async (): Promise<void> => {
    child.kill('SIGKILL');
    await ended;
  };
  test.onTestFinished(end);
  return { pid: child.pid ?? 0, ready, end };
}
