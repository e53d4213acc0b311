import { randomBytes } from 'node:crypto';
import { constants, type FSWatcher, statSync, watch } from 'node:fs';
import {
  cp,
  type FileHandle,
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
  writeFile,
} from 'node:fs/promises';
import { basename, dirname } from 'node:path';
import type { Readable } from 'node:stream';
import { asMillis } from '../domain/ids.ts';
import type { ProcessIdentity } from '../domain/run.ts';
import { codeOf } from './faults.ts';
import { nodeProcesses } from './process-node.ts';
import { lockHolders, openProcessTable } from './process-table.ts';
import type { Download, Files, Log, OutgoingRequest, World } from './world.ts';
import { hostName } from './world-node-host.ts';

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
    hostname: hostName(process.env),
    files: nodeFiles(options.log),
    processes: nodeProcesses(table, self),
    send,
    download,
    log: options.log,
  };
}

/** A longer delay overflows Node's timer, which then fires at once. */
const longestTimer = 2 ** 31 - 1;

// Files -------------------------------------------------------------------------------------------------------------

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
    jot: (path, text) => writeFile(path, text, { mode: 0o600 }),
    create: (path, text) => withDraft(path, text, 0o600, (draft) => publishNew(draft, path)),
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
    copyEnd,
    empty: (path) => withPlainFile(path, constants.O_WRONLY, (file) => file.truncate()),
    append: (path, text) =>
      withPlainFile(path, constants.O_WRONLY | constants.O_APPEND | constants.O_CREAT, (file) =>
        file.writeFile(text),
      ),
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

/** Gives the file its name unless there is one of that name. */
async function publishNew(draft: string, path: string): Promise<boolean> {
  try {
    await link(draft, path);
    return true;
  } catch (error) {
    if (codeOf(error) === 'EEXIST') return false;
    throw error;
  }
}

/** Writes the whole text under a name of its own beside `path`, safe on disk, and hands that name to `publish`. */
async function withDraft<Value>(
  path: string,
  text: string | Readable,
  mode: number,
  publish: (draft: string) => Promise<Value>,
): Promise<Value> {
  const draft = `${path}.${process.pid}.${randomBytes(4).toString('hex')}.new`;
  try {
    const file = await open(draft, 'wx', mode);
    try {
      await file.writeFile(text);
      await file.sync();
    } finally {
      await file.close();
    }
    return await publish(draft);
  } finally {
    await rm(draft, { force: true });
  }
}

/** Opens what must be a file: a worker may have put a link or a pipe where its log was. */
async function withPlainFile<Value>(
  path: string,
  flags: number,
  work: (file: FileHandle) => Promise<Value>,
): Promise<Value> {
  const file = await open(path, flags | constants.O_NOFOLLOW | constants.O_NONBLOCK, 0o600);
  try {
    if (!(await file.stat()).isFile()) throw new Error(`${path} is not a plain file.`);
    return await work(file);
  } finally {
    await file.close();
  }
}

const chunk = 1024 * 1024;

const copyEnd = (from: string, to: string, most: number): Promise<number> =>
  withPlainFile(from, constants.O_RDONLY, async (source) => {
    const { size } = await source.stat();
    let position = Math.max(0, size - most);
    const begin = Buffer.alloc(position === 0 ? 0 : Math.min(chunk, size - position));
    await source.read(begin, 0, begin.length, position);
    position += begin.indexOf('\n') + 1;
    const first = position;
    const target = await open(to, 'w', 0o600);
    try {
      while (position < size) {
        const { buffer, bytesRead } = await source.read({
          buffer: Buffer.alloc(Math.min(chunk, size - position)),
          position,
        });
        if (bytesRead === 0) break;
        await target.writeFile(buffer.subarray(0, bytesRead));
        position += bytesRead;
      }
    } finally {
      await target.close();
    }
    return position - first;
  });

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
        const missing = target === path ? undefined : basename(step);
        watcher = watch(target, { persistent: false }, (_, name) => {
          // The folder above may hold a database, whose every commit would be told here.
          if (missing !== undefined && name !== null && name !== missing) return;
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

async function download({ url, headers = {}, most, timeout }: Download): Promise<Uint8Array> {
  const response = await fetch(url, { headers, redirect: 'manual', signal: AbortSignal.timeout(timeout) });
  if (!response.ok) throw new Error(`The file could not be had: its server answered ${response.status}.`);
  const pieces: Uint8Array[] = [];
  let size = 0;
  for await (const piece of response.body ?? []) {
    size += piece.byteLength;
    if (size > most) throw new Error(`The file has more than ${most} bytes.`);
    pieces.push(piece);
  }
  return Buffer.concat(pieces);
}
