import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import type { Order, Report } from './postgres-process.ts';

export interface PostgresProcess {
  /** Of an empty database whose user may do everything. */
  readonly url: string;
  /** Stops or kills the server, or starts it again on the same folder and port. */
  order(order: Order): Promise<void>;
  /** Stops it for good and removes its folder. */
  end(): Promise<void>;
}

/**
 * Starts a PostgreSQL server of its own. It goes with this process, however that ends. Only with `durable` it would keep what
 * it acknowledged when the machine fails.
 */
export async function startPostgres(durable = false): Promise<PostgresProcess> {
  const script = join(import.meta.dirname, 'postgres-process.ts');
  const child = spawn(process.execPath, durable ? [script, 'durable'] : [script], {
    detached: true,
    stdio: ['ignore', 'inherit', 'inherit', 'ipc'],
  });
  const ended = once(child, 'exit');
  const report = async (): Promise<string> => {
    const told = once(child, 'message').then(([message]: Report[]) => message);
    const { url, fault } = (await Promise.race([told, ended.then(() => undefined)])) ?? {};
    if (url === undefined) throw new Error(`PostgreSQL does not run: ${fault ?? 'its process has ended.'}`);
    return url;
  };
  return {
    url: await report(),
    async order(order) {
      const done = report();
      child.send(order);
      await done;
    },
    async end() {
      if (child.connected) child.disconnect();
      await ended;
    },
  };
}
