import { execFileSync } from 'node:child_process';
import { lstatSync, readdirSync, readFileSync, readlinkSync, realpathSync, statSync } from 'node:fs';
import { setImmediate } from 'node:timers/promises';
import { asMillis, type Millis } from '../domain/ids.ts';
import { membersOf } from './cgroup.ts';
import type { Traces } from './world.ts';

/** One live process. */
export interface ProcessRow {
  readonly pid: number;
  readonly parent: number;
  readonly group: number;
  readonly session: number;
  /** The kernel's own start mark, one word. */
  readonly start: string;
}

/** A live process, and whether it has the mark of a run in its environment, or another of its traces. */
export interface MarkedRow extends ProcessRow {
  readonly marked: boolean;
}

/** What the operating system says of its processes. Zombies are never among them: they only wait to be forgotten. */
export interface ProcessTable {
  /** Names this boot of this machine. */
  readonly boot: string;
  find(pid: number): ProcessRow | undefined;
  all(mark: string, traces: Traces): Promise<readonly MarkedRow[]>;
  /** When a process with this start mark started, Unix milliseconds. */
  startedAt(start: string): Millis;
}

export const openProcessTable = (): ProcessTable => (process.platform === 'linux' ? linuxTable() : psTable());

/**
 * The processes of a run among `rows`: the session and group of `leader`, all that are marked, and the children of
 * those. `self` is left out and not walked through: a gateway that some worker started is not that worker's.
 */
export function treeOf(rows: readonly MarkedRow[], leader: number | null, self: number): ProcessRow[] {
  const members = new Map<number, ProcessRow>();
  for (const row of rows) {
    if (row.pid === self) continue;
    if (row.marked || row.session === leader || row.group === leader) members.set(row.pid, row);
  }
  for (let before = -1; before !== members.size; ) {
    before = members.size;
    for (const row of rows) if (row.pid !== self && members.has(row.parent)) members.set(row.pid, row);
  }
  return [...members.values()];
}

// Linux -------------------------------------------------------------------------------------------------------------

/** Clock ticks of `/proc` are 1/100 s on every architecture that Node runs on (the kernel's USER_HZ). */
const tick = 10;
/**
 * How many processes are looked at before other work gets its turn. Of 130 processes a look takes 3.5 ms with the mark alone,
 * 4.3 with the held file, 4.1 with a cgroup as well, and 2.1 when all of them are older than the launcher.
 */
const batch = 256;

function linuxTable(): ProcessTable {
  const find = (pid: number) => parseStat(readProc(`/proc/${pid}/stat`)?.toString('latin1'));
  return {
    boot: readFileSync('/proc/sys/kernel/random/boot_id', 'utf8').trim(),
    find,
    all: async (mark, { held, cgroup, since }) => {
      const rows: MarkedRow[] = [];
      const oldest = Number(since ?? 0);
      const inside = cgroup === undefined ? new Set() : membersOf(cgroup);
      const file = held === undefined ? undefined : realPathOf(held);
      const isOfRun = (pid: number): boolean =>
        inside.has(pid) || (readProc(`/proc/${pid}/environ`)?.includes(mark) ?? false) || holds(pid, file);
      const pids = readdirSync('/proc').filter((name) => /^\d+$/.test(name));
      for (const [index, pid] of pids.entries()) {
        if (index % batch === batch - 1) await setImmediate();
        const row = find(Number(pid));
        if (row) rows.push({ ...row, marked: Number(row.start) >= oldest && isOfRun(row.pid) });
      }
      return rows;
    },
    startedAt: linuxStartedAt(),
  };
}

/** A file of `/proc`, or `undefined` when the process is gone or somebody else's (EACCES). */
function readProc(path: string): Buffer | undefined {
  try {
    return readFileSync(path);
  } catch {
    return undefined;
  }
}

/** The number under which a launcher holds its run's file open (`launcher.sh`). */
const heldAs = 8;

/**
 * Whether a process holds `file` open as a launcher hands it on: under that number, and for writing, which the bits of the
 * link tell. So nobody is taken for a run's who merely reads in its folder, as a backup does.
 */
function holds(pid: number, file: string | undefined): boolean {
  if (file === undefined) return false;
  const link = `/proc/${pid}/fd/${heldAs}`;
  try {
    const found = lstatSync(link, { throwIfNoEntry: false });
    return found !== undefined && (found.mode & 0o200) !== 0 && readlinkSync(link) === file;
  } catch {
    return false;
  }
}

/** As links of `/proc` name it. */
function realPathOf(path: string): string | undefined {
  try {
    return realpathSync(path);
  } catch {
    return undefined;
  }
}

/** `4: FLOCK  ADVISORY  WRITE 4711 fd:01:1234 0 EOF`; a line with `->` is of somebody who waits. */
const lockLine = /^\d+: (?:FLOCK|POSIX|OFDLCK) +\S+ +\S+ (-?\d+) [0-9a-f]+:[0-9a-f]+:(\d+) /;

/**
 * Who holds a lock on the file at `path` (Linux; nobody elsewhere). A `stat` by path is harmless, opening and closing would
 * drop this process's own locks on it. The device is not compared, because layered file systems report another one here.
 * A holder whom the system does not name (a lock of an open file description) counts as -1.
 */
export function lockHolders(path: string): number[] {
  const inode = statSync(path, { throwIfNoEntry: false })?.ino;
  if (inode === undefined) return [];
  const lines = readProc('/proc/locks')?.toString('latin1').split('\n') ?? [];
  return lines.flatMap((line) => {
    const [, pid, ino] = lockLine.exec(line) ?? [];
    return Number(ino) === inode ? [Number(pid)] : [];
  });
}

/**
 * Reads `/proc/<pid>/stat`. The name in parentheses may itself hold parentheses and blanks, so fields count from the last
 * `)`. State Z or X is dead, unless other threads live on after the first one ended (field 20).
 */
export function parseStat(text: string | undefined): ProcessRow | undefined {
  if (text === undefined) return undefined;
  const fields = text.slice(text.lastIndexOf(')') + 2).split(' ');
  const [state, parent, group, session] = fields;
  const [threads, start] = [fields[17], fields[19]];
  if (start === undefined || ((state === 'Z' || state === 'X') && Number(threads) <= 1)) return undefined;
  return {
    pid: Number.parseInt(text, 10),
    parent: Number(parent),
    group: Number(group),
    session: Number(session),
    start,
  };
}

/**
 * `/proc/uptime` is cut to 10 ms, so a boot time taken from it is up to 10 ms late: the earliest of all looks is the
 * truest. A look that is far from it means that somebody set the clock.
 */
function linuxStartedAt(): (start: string) => Millis {
  let boot = Number.POSITIVE_INFINITY;
  return (start) => {
    const look = Date.now() - Number.parseFloat(readFileSync('/proc/uptime', 'utf8')) * 1000;
    boot = Math.abs(look - boot) > 2 * tick ? look : Math.min(look, boot);
    return asMillis(Math.round(boot + Number(start) * tick));
  };
}

// macOS -------------------------------------------------------------------------------------------------------------

const posix = { encoding: 'utf8', env: { LC_ALL: 'C', PATH: '/usr/bin:/bin:/usr/sbin:/sbin' } } as const;
const columns = ['-o', 'pid=,ppid=,pgid=,stat=,lstart='];

/**
 * Elsewhere `ps` tells. Sessions are not told there, so a run is its group and its mark. The boot is a session's UUID, as
 * `kern.boottime` moves whenever the clock is set; start times are true to a second.
 */
function psTable(): ProcessTable {
  const ps = (...args: string[]): string => {
    try {
      return execFileSync('ps', args, { ...posix, maxBuffer: 64 * 1024 * 1024 });
    } catch {
      return '';
    }
  };
  return {
    boot: execFileSync('sysctl', ['-n', 'kern.bootsessionuuid'], posix).trim(),
    find: (pid) => parsePs(ps(...columns, '-p', String(pid)))[0],
    all: async (mark) => {
      const environments = ps('-axwwE', '-o', 'pid=,command=').split('\n');
      const marked = new Set(
        environments.filter((line) => line.includes(mark)).map((line) => Number.parseInt(line, 10)),
      );
      return parsePs(ps('-ax', ...columns)).map((row) => ({ ...row, marked: marked.has(row.pid) }));
    },
    startedAt: (start) => asMillis(Date.parse(start.replaceAll('_', ' '))),
  };
}

/** Reads `pid ppid pgid stat lstart` lines; the five words of `lstart` become one, as in the launcher. */
export function parsePs(text: string): ProcessRow[] {
  return text.split('\n').flatMap((line) => {
    const [pid, parent, group, state, ...start] = line.trim().split(/\s+/);
    if (state === undefined || state.includes('Z') || start.length !== 5) return [];
    return [
      { pid: Number(pid), parent: Number(parent), group: Number(group), session: -1, start: start.join('_') },
    ];
  });
}
