import { mkdirSync, readdirSync, readFileSync, rmdirSync, writeFileSync } from 'node:fs';
import { basename, join, resolve } from 'node:path';
import type { Cgroups } from './world.ts';

/**
 * A cgroup (v2) for each run, where the system lets this process make one: it does for root, and for whoever was given a
 * subtree of his own, as a systemd user session is. Whatever a worker's descendants do to their session, environment and
 * descriptors, they stay in it, and all of them are ended by one write. Where none may be made nothing is said, because the
 * other traces of a run remain.
 */

/** By its name a run's cgroup is known; no other is ever listed, ended or removed. */
export const cgroupName = (mark: string): string => `andon-${mark}`;
const isOurs = (path: string): boolean => /^andon-[\da-f]{16,}$/.test(basename(path));

/** Where there are none, as on macOS. */
export const noCgroups: Cgroups = {
  make: async () => undefined,
  kill: async () => {},
  remove: async () => {},
  leave: async () => {},
};

export function linuxCgroups(self: number): Cgroups {
  const own = () => cgroupPath(textOf('/proc/self/cgroup'), textOf('/proc/self/mountinfo'));
  /** Where ours are made; not known before the first, and nowhere once that was refused. */
  let base: string | null | undefined;
  return {
    make: async (name) => {
      if (base === undefined) base = outside(own()) ?? null;
      const path = base === null ? undefined : join(base, name);
      if (path !== undefined && attempt(() => mkdirSync(path))) return path;
      base = null;
      return undefined;
    },
    kill: async (path) => {
      if (membersOf(path).has(self)) return;
      if (isOurs(path)) attempt(() => writeFileSync(join(path, 'cgroup.kill'), '1'));
    },
    remove: async (path) => {
      if (isOurs(path)) for (const each of withInner(path).toReversed()) attempt(() => rmdirSync(each));
    },
    leave: async () => {
      const path = own();
      const out = outside(path);
      if (out !== undefined && out !== path)
        attempt(() => writeFileSync(join(out, 'cgroup.procs'), String(self)));
    },
  };
}

/** The processes of a run's cgroup, and of those that it has made in it. A reading takes 20 µs. */
export function membersOf(path: string): ReadonlySet<number> {
  if (!isOurs(path)) return new Set();
  const pids = withInner(path).flatMap((each) => textOf(join(each, 'cgroup.procs')).split('\n').map(Number));
  return new Set(pids.filter((pid) => pid > 0));
}

/**
 * The folder of the cgroup that `/proc/self/cgroup` names, by the mount of `/proc/self/mountinfo`. A line of that is `41 31
 * 0:38 / /sys/fs/cgroup rw - cgroup2 cgroup2 rw`: in fourth place what is mounted, then where, with blanks as `\040`.
 */
export function cgroupPath(cgroup: string, mountinfo: string): string | undefined {
  const own = /^0::(\/.*)$/m.exec(cgroup)?.[1];
  const mount = mountinfo
    .split('\n')
    .map((line) => line.split(' '))
    .find((words) => words[words.indexOf('-') + 1] === 'cgroup2');
  const [root, place] = [mount?.[3], mount?.[4]];
  if (own === undefined || root === undefined || place === undefined) return undefined;
  const inside =
    root === '/' ? own : own === root ? '/' : own.startsWith(`${root}/`) ? own.slice(root.length) : undefined;
  const folder = place.replaceAll(/\\(\d{3})/g, (_, octal: string) =>
    String.fromCharCode(Number.parseInt(octal, 8)),
  );
  return inside === undefined ? undefined : resolve(folder, `.${inside}`);
}

/** The cgroup around that of a run, for whoever is in one; else his own. */
const outside = (path: string | undefined): string | undefined =>
  path?.replace(/\/andon-[\da-f]{16,}(?:\/.*)?$/, '');

/** A cgroup and all below it, the outer before the inner. */
function withInner(path: string): string[] {
  const inner: string[] = [];
  attempt(() => {
    for (const entry of readdirSync(path, { withFileTypes: true }))
      if (entry.isDirectory()) inner.push(join(path, entry.name));
  });
  return [path, ...inner.flatMap(withInner)];
}

const textOf = (path: string): string => {
  let text = '';
  attempt(() => {
    text = readFileSync(path, 'utf8');
  });
  return text;
};

/** Whether it could be done; what the system refuses here, others of a run's traces make up for. */
function attempt(work: () => void): boolean {
  try {
    work();
    return true;
  } catch {
    return false;
  }
}
