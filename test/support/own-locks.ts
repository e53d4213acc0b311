import { readFileSync, statSync } from 'node:fs';

/**
 * The locks that a process holds on a database's files, as `/proc/locks` has them without the running number: file, kind
 * and range. Only `stat` touches the files: to open one here would drop this process's own locks.
 */
export function locksOf(pid: number, database: string): string[] {
  const names = new Map<number, string>();
  for (const suffix of ['', '-wal', '-shm']) {
    const inode = statSync(database + suffix, { throwIfNoEntry: false })?.ino;
    if (inode !== undefined) names.set(inode, database + suffix);
  }
  return readFileSync('/proc/locks', 'utf8')
    .split('\n')
    .flatMap((line) => {
      const [, , , kind, holder, file, from, to] = line.trim().split(/\s+/);
      const name = names.get(Number(file?.split(':')[2]));
      return Number(holder) === pid && name !== undefined ? [`${name} ${kind} ${from}-${to}`] : [];
    })
    .sort();
}
