import { spawn } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { constants, type FSWatcher, statSync, watch } from 'node:fs';
import {
  access,
  appendFile,
  cp,
  link,
  lstat,
  mkdir,
  open,
  readdir,
  readFile,
  realpath,
  rename,
  rm,
  stat,
  statfs,
} from 'node:fs/promises';
import { hostname } from 'node:os';
import { dirname } from 'node:path';
import { asMillis } from '../domain/ids.ts';
import type { ProcessIdentity } from '../domain/run.ts';
import { converse } from './dialogue-node.ts';
import { lockHolders, openProcessTable, type ProcessTable, treeOf } from './process-table.ts';
import type { Files, Log, OutgoingRequest, Processes, SpawnRequest, World } from './world.ts';
import { runToEnd } from './world-node-run.ts';

/** The real world: this machine's clock, files, processes and network. */
export function nodeWorld(options: { readonly log: Log }): World {
  const table = openProcessTable();
  const own = table.find(process.pid);
  if (!own) throw new Error(`This process (${process.pid}) is not in the system's process table.`);
  const self: ProcessIdentity = { pid: process.pid, start: own.start, boot: table.boot };
  return {
    now: () => asMillis(Date.now()),
    monotonic: () => asMillis(performance.now()),
    after: (delay, callback) => {
      const timer = setTimeout(callback, Math.min(delay, longestTimer)).unref();
      return () => clearTimeout(timer);
    },
    random: (bytes) => randomBytes(bytes).toString('hex'),
    self,
    hostname: hostname(),
    files: nodeFiles(options.log),
    processes: nodeProcesses(table, self),
    send,
    log: options.log,
  };
}

/** A longer delay overflows Node's timer, which then fires at once. */
const longestTimer = 2 ** 31 - 1;

// Files -------------------------------------------------------------------------------------------------------------

const codeOf = (error: unknown): unknown =>
  error instanceof Error && 'code' in error ? error.code : undefined;

/** Gives `otherwise` when a file or one of its folders is missing; every other fault is thrown. */
async function unlessMissing<Value, Other>(work: Promise<Value>, otherwise: Other): Promise<Value | Other> {
  try {
    return await work;
  } catch (error) {
    const code = codeOf(error);
    if (code === 'ENOENT' || code === 'ENOTDIR') return otherwise;
    throw error;
  }
}

function nodeFiles(log: Log): Files {
  return {
    read: (path) => unlessMissing(readFile(path, 'utf8'), undefined),
    readBytes: (path) => readFile(path),
    write: (path, text, mode = 0o600) => withDraft(path, text, mode, (draft) => rename(draft, path)),
    create: (path, text) =>
      withDraft(path, text, 0o600, async (draft) => {
        try {
          await link(draft, path);
          return true;
        } catch (error) {
          if (codeOf(error) === 'EEXIST') return false;
          throw error;
        }
      }),
    append: (path, text) => appendFile(path, text, { mode: 0o600 }),
    copy: (from, to) => cp(from, to, { recursive: true, verbatimSymlinks: true }),
    modifiedAt: async (path) => {
      const found = await unlessMissing(stat(path), undefined);
      return found && asMillis(Math.floor(found.mtimeMs));
    },
    rename: async (from, to) => {
      if (!(await unlessMissing(lstat(from), undefined))) return false;
      await rename(from, to);
      return true;
    },
    remove: (path) => rm(path, { force: true }),
    removeFolder: (path) => rm(path, { recursive: true, force: true }),
    realPath: (path) => unlessMissing(realpath(path), undefined),
    lockHolders: async (path) => lockHolders(path),
    makeFolder: async (path, mode = 0o777) => {
      await mkdir(path, { recursive: true, mode });
    },
    isFolder: async (path) => (await unlessMissing(stat(path), undefined))?.isDirectory() ?? false,
    isPrivate: async (path) => ((await stat(path)).mode & 0o077) === 0,
    names: async (path) => [...(await unlessMissing(readdir(path), []))].sort(),
    size: async (path) => {
      const found = await unlessMissing(stat(path), undefined);
      return found?.isFile() ? found.size : undefined;
    },
    stamp: async (path) => {
      const found = await unlessMissing(stat(path, { bigint: true }), undefined);
      if (!found?.isFile()) return undefined;
      const { ino, size, mtimeNs } = found;
      return { text: `${ino} ${size} ${mtimeNs}`, modified: asMillis(Number(found.mtimeMs)) };
    },
    space: async (folder) => {
      const { bavail, blocks, bsize } = await statfs(folder);
      return { free: bavail * bsize, total: blocks * bsize };
    },
    watch: (path, listener) => watchPath(path, listener, log),
  };
}

/** Writes the whole text under a name of its own beside `path`, safe on disk, and hands that name to `publish`. */
async function withDraft<Value>(
  path: string,
  text: string,
  mode: number,
  publish: (draft: string) => Promise<Value>,
): Promise<Value> {
  const draft = `${path}.${process.pid}.${randomBytes(4).toString('hex')}.new`;
  const file = await open(draft, 'wx', mode);
  try {
    await file.writeFile(text);
    await file.sync();
  } finally {
    await file.close();
  }
  try {
    return await publish(draft);
  } finally {
    await rm(draft, { force: true });
  }
}

/**
 * Watches a path that need not exist yet: until it does, the nearest folder above it is watched. Never opens the file (on
 * Linux), so that it is safe beside a database (design §2). A watch that the system refuses is only a lost hint.
 */
function watchPath(path: string, listener: () => void, log: Log): () => void {
  let watcher: FSWatcher | undefined;
  let ended = false;
  const inode = (of: string): number | undefined => statSync(of, { throwIfNoEntry: false })?.ino;
  const arm = (): void => {
    watcher?.close();
    // `step` is what decides whether the watch still stands on the right place: the path itself, or the missing part
    // of it that is nearest to the watched folder.
    for (let target = path, step = path; !ended; step = target, target = dirname(target)) {
      const seen = inode(step);
      try {
        watcher = watch(target, { persistent: false }, () => {
          const moved = inode(step) !== seen;
          if (moved) arm();
          if (moved || target === path) listener();
        });
        watcher.on('error', (error) => log.warn('A watch ended.', { path, error }));
        // It may have come to life between the failed watch of it and the watch of its folder.
        if (inode(step) !== seen) arm();
        return;
      } catch (error) {
        if (codeOf(error) === 'ENOENT' && target !== dirname(target)) continue;
        log.warn('A path cannot be watched; changes are seen at the next interval.', { path, error });
        return;
      }
    }
  };
  arm();
  return () => {
    ended = true;
    watcher?.close();
  };
}

// Processes ---------------------------------------------------------------------------------------------------------

function nodeProcesses(table: ProcessTable, self: ProcessIdentity): Processes {
  const identify = async (pid: number): Promise<ProcessIdentity | undefined> => {
    const row = table.find(pid);
    return row && { pid, start: row.start, boot: table.boot };
  };
  const alive = async ({ pid, start, boot }: ProcessIdentity): Promise<boolean> =>
    boot === table.boot && table.find(pid)?.start === start;
  return {
    run: runToEnd,
    spawn: start,
    converse,
    identify,
    alive,
    startedAt: ({ start: mark }) => table.startedAt(mark),
    tree: async (leader, mark) =>
      treeOf(await table.all(mark), leader, self.pid).map(({ pid, start: begun }) => ({
        pid,
        start: begun,
        boot: table.boot,
      })),
    // Between the look and the signal lie microseconds, in which a process id cannot come round again.
    signal: async (identity, signal) => {
      if (!(await alive(identity))) return false;
      try {
        return process.kill(identity.pid, signal);
      } catch (error) {
        if (codeOf(error) === 'ESRCH') return false;
        throw error;
      }
    },
  };
}

async function start(request: SpawnRequest): Promise<{ pid: number }> {
  const [command, ...args] = request.command;
  // A missing folder is told as a missing command by the system.
  await access(request.cwd, constants.X_OK).catch((cause) => {
    throw new Error(`The folder ${request.cwd} cannot be entered, so ${command} was not started there.`, {
      cause,
    });
  });
  const log = await open(request.log, 'a', 0o600);
  try {
    const child = spawn(command, args, {
      cwd: request.cwd,
      env: { ...request.env },
      detached: true,
      stdio: ['ignore', log.fd, log.fd],
    });
    const pid = await new Promise<number>((resolve, reject) => {
      child.once('spawn', () => (child.pid === undefined ? undefined : resolve(child.pid)));
      child.on('error', (cause) =>
        reject(new Error(`${command} cannot be started: ${cause.message}.`, { cause })),
      );
      child.once('exit', request.onExit);
    });
    child.unref();
    return { pid };
  } finally {
    // The child has its own descriptor; a fault here must not be told as a worker that was not started.
    await log.close().catch(() => undefined);
  }
}

// Network -----------------------------------------------------------------------------------------------------------

/** What is kept of an answer: enough to say why it was a refusal. */
const longestAnswer = 16 * 1024;

async function send(
  request: OutgoingRequest,
): Promise<{ status: number; body: string; retryAfter: string | null }> {
  const response = await fetch(request.url, {
    method: 'POST',
    headers: request.headers,
    body: request.body,
    redirect: 'manual',
    signal: AbortSignal.timeout(request.timeout),
  });
  const decoder = new TextDecoder();
  let body = '';
  for await (const chunk of response.body ?? []) {
    body += decoder.decode(chunk, { stream: true });
    if (body.length >= longestAnswer) break;
  }
  return {
    status: response.status,
    body: body.slice(0, longestAnswer),
    retryAfter: response.headers.get('retry-after'),
  };
}
