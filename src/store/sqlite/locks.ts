import { readFileSync, statSync } from 'node:fs';

/** Where a writer's lock lies: byte 120 of the `-shm` in WAL mode, the reserved byte of the file itself otherwise. */
const writeLocks = [
  { suffix: '-shm', byte: 120 },
  { suffix: '', byte: 0x4000_0001 },
];

/** A line of `/proc/locks`: `4: POSIX  ADVISORY  WRITE 4711 fd:01:1234 120 120`. */
const lockLine = /^\d+: POSIX +\S+ +WRITE (\d+) [0-9a-f]+:[0-9a-f]+:(\d+) (\d+) (\d+|EOF)$/;

/**
 * The process that holds the write lock of the database at `path`, if the system tells (Linux). Looks at `/proc/locks`
 * and stats by path only: opening the file would cost this process its own locks on it. The device is not compared,
 * because layered file systems report one device to `stat` and another here.
 */
export function writerOf(path: string): number | undefined {
  const text = readLocks();
  if (text === undefined) return undefined;
  for (const { suffix, byte } of writeLocks) {
    const inode = statSync(path + suffix, { throwIfNoEntry: false })?.ino;
    for (const line of text.split('\n')) {
      const [, pid, ino, from, to] = lockLine.exec(line) ?? [];
      const covers = Number(from) <= byte && (to === 'EOF' || Number(to) >= byte);
      if (Number(ino) === inode && covers && Number(pid) > 0) return Number(pid);
    }
  }
  return undefined;
}

function readLocks(): string | undefined {
  try {
    return readFileSync('/proc/locks', 'utf8');
  } catch {
    return undefined;
  }
}
