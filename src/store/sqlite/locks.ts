import { readdirSync, readFileSync, statSync } from 'node:fs';

/**
 * What the system tells of the locks on a database (Linux; elsewhere nothing is known). Looks at `/proc` and stats by path
 * only: opening the file would cost this process its own locks on it.
 */

/** Where a writer's lock lies: byte 120 of the `-shm` in WAL mode, the reserved byte of the file itself otherwise. */
const writeLocks = [
  { suffix: '-shm', byte: 120 },
  { suffix: '', byte: 0x4000_0001 },
];

/** Of the `-shm`: who has the database open holds a lock on it. */
const openLock = 128;

/** A line of `/proc/locks`: `4: POSIX  ADVISORY  WRITE 4711 fd:01:1234 120 120`. */
const lockLine = /^\d+: POSIX +\S+ +(READ|WRITE) (\d+) [0-9a-f]+:[0-9a-f]+:(\d+) (\d+) (\d+|EOF)$/;

interface Lock {
  readonly pid: number;
  readonly kind: string;
  readonly inode: number;
  covers(byte: number): boolean;
}

/** The process that holds the write lock of the database at `path`, if the system tells. */
export function writerOf(path: string): number | undefined {
  const locks = readLocks();
  for (const { suffix, byte } of writeLocks) {
    const inode = inodeOf(path + suffix);
    const lock = locks.find((one) => one.inode === inode && one.kind === 'WRITE' && one.covers(byte));
    if (lock) return lock.pid;
  }
  return undefined;
}

/**
 * A process that works with the side files at `path` and has another database open than the one which stands there: that was
 * replaced under it. Whoever opened it now would have the old one's commits mixed into it, and would write into its WAL.
 */
export function strangerAt(path: string): number | undefined {
  const [database, shared] = [inodeOf(path), inodeOf(`${path}-shm`)];
  if (database === undefined || shared === undefined) return undefined;
  const locks = readLocks();
  const users = locks.filter((one) => one.inode === shared && one.covers(openLock)).map(({ pid }) => pid);
  // One that reads its file past SQLite loses its locks on it, so the missing lock alone says nothing.
  const holds = (pid: number): boolean => locks.some((one) => one.pid === pid && one.inode === database);
  return users.find((pid) => !holds(pid) && hasOpen(pid, database) === false);
}

/** Whether a process has a file with this inode open; nothing when it may not be looked at. */
function hasOpen(pid: number, inode: number): boolean | undefined {
  const folder = `/proc/${pid}/fd`;
  try {
    return readdirSync(folder).some((name) => inodeOf(`${folder}/${name}`) === inode);
  } catch {
    return undefined;
  }
}

/** The device is not compared: layered file systems report one device to `stat` and another in `/proc/locks`. */
function inodeOf(path: string): number | undefined {
  return statSync(path, { throwIfNoEntry: false })?.ino;
}

function readLocks(): readonly Lock[] {
  return linesOfLocks().flatMap((line) => {
    const [, kind, pid, inode, from, to] = lockLine.exec(line) ?? [];
    if (kind === undefined || !(Number(pid) > 0)) return [];
    const covers = (byte: number): boolean => Number(from) <= byte && (to === 'EOF' || Number(to) >= byte);
    return [{ pid: Number(pid), kind, inode: Number(inode), covers }];
  });
}

function linesOfLocks(): readonly string[] {
  try {
    return readFileSync('/proc/locks', 'utf8').split('\n');
  } catch {
    return [];
  }
}
