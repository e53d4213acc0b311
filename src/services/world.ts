import type { Millis } from '../domain/ids.ts';
import type { ProcessIdentity } from '../domain/run.ts';

/**
 * All that a service may do to the outside (design §3.6). Production is `world-node.ts`; the simulator is the other
 * implementation, where every await on the world is a point at which anything may crash. Timers, `child_process`,
 * `fs.watch`, `Date` and `Math.random` are banned elsewhere in `services` by lint.
 */
export interface World {
  /** Wall clock, Unix milliseconds. */
  now(): Millis;
  /** Milliseconds since some fixed moment; never goes back. */
  monotonic(): Millis;
  /** Calls `callback` once after `delay` milliseconds; gives the function that cancels it. Does not keep the process alive. */
  after(delay: number, callback: () => void): () => void;
  /** `bytes` random bytes in hexadecimal. */
  random(bytes: number): string;
  /** This process. */
  readonly self: ProcessIdentity;
  readonly hostname: string;
  readonly files: Files;
  readonly processes: Processes;
  /** Posts `body`; rejects when no answer came within `timeout` milliseconds. Redirects are not followed. */
  send(
    request: OutgoingRequest,
  ): Promise<{ readonly status: number; readonly body: string; readonly retryAfter: string | null }>;
  /**
   * Gets what stands at an address; rejects when that is no success, has more than `most` bytes, or takes over `timeout` ms.
   * Redirects are not followed: the headers and the address may hold a secret.
   */
  download(request: Download): Promise<Uint8Array>;
  readonly log: Log;
}

export interface Download {
  readonly url: string;
  readonly headers?: Readonly<Record<string, string>>;
  readonly most: number;
  readonly timeout: number;
}

export interface OutgoingRequest {
  readonly url: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
  readonly timeout: number;
}

export interface Files {
  /** The text of a small file, or `undefined` when there is none. */
  read(path: string): Promise<string | undefined>;
  readBytes(path: string): Promise<Uint8Array>;
  /** Writes by a temporary name and rename, so that a reader sees the old or the new text; `mode` 0600 unless said. */
  write(path: string, text: string, mode?: number): Promise<void>;
  /** Writes a file that nobody reads yet and that need not outlive this boot: neither in one step nor safe on disk. */
  jot(path: string, text: string): Promise<void>;
  /** Makes the file holding `text`; false when it exists. Atomic. */
  create(path: string, text: string): Promise<boolean>;
  /** Copies a file or a folder with all that is in it, as new files of the user alone; links are not followed. */
  copy(from: string, to: string): Promise<void>;
  /** When a file was last written, Unix milliseconds, or `undefined` when there is none. */
  modifiedAt(path: string): Promise<Millis | undefined>;
  /** False when `from` is not there. */
  rename(from: string, to: string): Promise<boolean>;
  /**
   * Makes `to` of the newest `most` bytes of a file to which others append, from the beginning of a line where there is one;
   * gives how many those are.
   */
  copyEnd(from: string, to: string, most: number): Promise<number>;
  /** Empties a file in place, so that whoever appends to it goes on in it. */
  empty(path: string): Promise<void>;
  /** Adds to a file, which is made when it is missing, for the user alone (0600); never to a link. */
  append(path: string, text: string): Promise<void>;
  /** Removes one file; a missing one is fine. */
  remove(path: string): Promise<void>;
  /** Removes a folder with all that is in it; links in it are removed, not followed. A missing one is fine. */
  removeFolder(path: string): Promise<void>;
  /** The path without symbolic links, or `undefined` when nothing is there. */
  realPath(path: string): Promise<string | undefined>;
  /** The processes that hold an advisory lock on a file, as far as the system tells; never opens it. */
  lockHolders(path: string): Promise<readonly number[]>;
  /** Makes the folder and those above it that are missing; `mode` as the process's umask has it unless said. */
  makeFolder(path: string, mode?: number): Promise<void>;
  isFolder(path: string): Promise<boolean>;
  /** False when others than its owner may read the file. */
  isPrivate(path: string): Promise<boolean>;
  /** Names in a folder, sorted; none when it is missing. */
  names(path: string): Promise<readonly string[]>;
  /** Size in bytes, or `undefined` when there is no such file. */
  size(path: string): Promise<number | undefined>;
  /** What changes whenever a file does, and when it last did; `undefined` when there is no such file. Never opens it. */
  stamp(path: string): Promise<Stamp | undefined>;
  /** Bytes that are free on the disk of a folder, and that it has in all. */
  space(folder: string): Promise<{ readonly free: number; readonly total: number }>;
  /** Calls `listener` when the file or folder may have changed; gives the function that ends it. */
  watch(path: string, listener: () => void): () => void;
}

export interface Stamp {
  /** Inode, size and time of the last change. */
  readonly text: string;
  readonly modified: Millis;
}

export interface SpawnRequest {
  readonly command: readonly [string, ...string[]];
  readonly cwd: string;
  readonly env: Readonly<Record<string, string>>;
  /** Standard output and error are appended here. */
  readonly log: string;
  /** Called once when the direct child has ended. */
  readonly onExit: () => void;
}

/** A child that is talked with. */
export interface DialogueRequest {
  readonly command: readonly [string, ...string[]];
  readonly cwd: string;
  readonly env: Readonly<Record<string, string>>;
  /** Called for each line of standard output, and of standard error; a line over 8 MB is left out. */
  readonly onLine: (line: string) => void;
  readonly onErrorLine: (line: string) => void;
}

export interface Dialogue {
  /** Writes on its standard input; in vain once it has ended. */
  write(text: string): void;
  closeInput(): void;
  /** Signals its whole process group, whoever of it is left. */
  signal(signal: 'SIGINT' | 'SIGTERM' | 'SIGKILL'): void;
  /** Resolves when it has ended and its last lines were told. */
  readonly ended: Promise<{ readonly code: number | null; readonly signal: string | null }>;
}

export interface RunRequest {
  readonly command: readonly [string, ...string[]];
  /** Its folder, when that matters. */
  readonly cwd?: string;
  readonly env: Readonly<Record<string, string | undefined>>;
  /** Milliseconds after which it is killed with all that it has started. */
  readonly timeout: number;
  /** Kills it likewise when it fires. */
  readonly signal?: AbortSignal;
}

/** `code` is null when it was killed. */
export interface Ran {
  readonly code: number | null;
  readonly out: string;
  readonly err: string;
}

export interface Processes {
  /** Runs a command to its end and gives what it printed. Rejects when it cannot be started. */
  run(request: RunRequest): Promise<Ran>;
  /** Starts a child in a process group of its own, with pipes. Rejects when it cannot be started. */
  converse(request: DialogueRequest): Promise<Dialogue>;
  /** Starts a process as leader of its own session, with no standard input. Rejects when it cannot be started. */
  spawn(request: SpawnRequest): Promise<{ readonly pid: number }>;
  /** What runs under this id now, zombies not counted; `undefined` when nothing does. */
  identify(pid: number): Promise<ProcessIdentity | undefined>;
  /** True when exactly this process is alive: same id, start and boot, and not a zombie. */
  alive(identity: ProcessIdentity): Promise<boolean>;
  /** When a process started, Unix milliseconds, as true as the system's own mark is (10 ms on Linux). */
  startedAt(identity: ProcessIdentity): Millis;
  /**
   * Every live process of a run: the session and group of `leader`, all that carry `mark` in their environment, and all
   * that have one of the `traces`; their descendants included, also after `setsid`. Zombies are not counted.
   */
  tree(leader: number | null, mark: string, traces?: Traces): Promise<readonly ProcessIdentity[]>;
  /** Signals exactly this process, if it is still the same one; false when it is gone. */
  signal(identity: ProcessIdentity, signal: 'SIGTERM' | 'SIGKILL' | 'SIGSTOP'): Promise<boolean>;
  readonly cgroups: Cgroups;
}

/** What else tells that a process is of a run (Linux). */
export interface Traces {
  /** The file that the run's launcher holds open, as does whatever inherits its descriptors. */
  readonly held?: string;
  /** The run's own cgroup. */
  readonly cgroup?: string | undefined;
  /** The launcher's start mark: nobody older can be of its run, and so is not looked at more closely. */
  readonly since?: string | undefined;
}

/** Groups of processes out of which nobody gets by forking (cgroup v2), where this process may make them. */
export interface Cgroups {
  /** Makes one and gives its path; `undefined` where that is not permitted. */
  make(name: string): Promise<string | undefined>;
  /** Ends at once whatever is in it, but never the process that asks. */
  kill(path: string): Promise<void>;
  /** Removes one that is empty; one that is gone is fine, and one that is not empty stays. */
  remove(path: string): Promise<void>;
  /** Gets this process out of the cgroup of a run, if it was started in one. */
  leave(): Promise<void>;
}

/** Structured lines; ids go into `fields`, never secrets. */
export interface Log {
  debug(message: string, fields?: LogFields): void;
  info(message: string, fields?: LogFields): void;
  warn(message: string, fields?: LogFields): void;
  error(message: string, fields?: LogFields): void;
}

export type LogFields = Readonly<Record<string, unknown>>;
