import { existsSync, readFileSync, statSync } from 'node:fs';

/**
 * The locks that a process, this one unless said, holds on a database, as `-shm READ 128-128`. Two lists that differ mean that somebody opened
 * and closed one of the files: that drops every lock on it. Empty where the system does not tell (macOS).
 */
export function ownLocks(path: string, pid = process.pid): string[] {
  if (!existsSync('/proc/locks')) return [];
  const names = new Map<number, string>();
  for (const suffix of ['', '-wal', '-shm']) {
    const inode = statSync(path + suffix, { throwIfNoEntry: false })?.ino;
    if (inode !== undefined) names.set(inode, suffix || 'db');
  }
  return readFileSync('/proc/locks', 'utf8')
    .split('\n')
    .map((line) => line.trim().split(/\s+/))
    .filter((words) => Number(words[4]) === pid)
    .flatMap(([, , , kind, , file = '', from, to]) => {
      const name = names.get(Number(file.split(':')[2]));
      return name === undefined ? [] : [`${name} ${kind} ${from}-${to}`];
    })
    .sort();
}
