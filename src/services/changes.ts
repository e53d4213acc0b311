import type { Processes, World } from './world.ts';

/**
 * What a worker has changed in its worktree: everything since it left the line that it came from, whether committed or not, new
 * files too. Git only looks: it takes no lock that a worker could wait for, runs no hook, no filter for showing and no
 * other program that the folder's own configuration names.
 */
export interface Changes {
  /** Short names of where it began and where it stands. */
  readonly base: string;
  readonly head: string;
  /** As `git diff` writes it; cut off when `whole` is false. */
  readonly patch: string;
  readonly whole: boolean;
}

const mostPatch = 1_000_000;
const mostNew = 100;
const patience = 10_000;

const careful = [
  '-c',
  'core.fsmonitor=false',
  '-c',
  'core.hooksPath=/dev/null',
  '-c',
  'core.quotePath=false',
];
const shown = [
  '--no-color',
  '--no-ext-diff',
  '--no-textconv',
  '--no-renames',
  '--src-prefix=a/',
  '--dst-prefix=b/',
];

interface Place {
  readonly processes: Pick<Processes, 'converse'>;
  readonly after: World['after'];
  readonly folder: string;
  /** Where git is found, and whose settings it reads. */
  readonly env: Readonly<Record<string, string | undefined>>;
}

/** The changes in `folder` since the commit `from`, if that is known; `undefined` when it is no worktree of git, or has no commit. */
export async function changesIn(place: Place, from: string | null): Promise<Changes | undefined> {
  const base = await baseOf(place, from);
  if (base === undefined) return undefined;
  const head = await git(place, 1000, 'rev-parse', '--short=9', 'HEAD');
  const known = await git(place, mostPatch, 'diff', ...shown, base, '--');
  const strange = await git(place, mostPatch, 'ls-files', '--others', '--exclude-standard', '-z', '--', ':/');
  const names = strange.text.split('\0').filter((name) => name.trim() !== '');
  let { text: patch, whole } = known;
  for (const name of names.slice(0, mostNew)) {
    const room = mostPatch - Buffer.byteLength(patch);
    if (room <= 0) break;
    const added = await git(place, room, 'diff', ...shown, '--no-index', '--', '/dev/null', name);
    patch += added.text;
    whole &&= added.whole;
  }
  const isAll = whole && strange.whole && names.length <= mostNew && Buffer.byteLength(patch) < mostPatch;
  return { base: base.slice(0, 9), head: head.text.trim(), patch, whole: isAll };
}

/**
 * Where the branch of a worktree left that of the folder it was made from; in that folder itself, where it left its
 * upstream's. `undefined` when git knows no commit here.
 */
async function baseOf(place: Place, from: string | null): Promise<string | undefined> {
  const asked = async (...args: readonly string[]): Promise<string | undefined> => {
    const { code, text } = await git(place, 100_000, ...args);
    return code === 0 ? text.trim() : undefined;
  };
  const top = await asked('rev-parse', '--show-toplevel');
  const head = await asked('rev-parse', '--verify', '--quiet', 'HEAD');
  if (top === undefined || head === undefined) return undefined;
  if (from !== null && (await asked('cat-file', '-e', `${from}^{commit}`)) !== undefined) return from;
  const listed = await asked('worktree', 'list', '--porcelain');
  const [, main, at] = /^worktree (.+)\nHEAD ([0-9a-f]{40,64})$/m.exec(listed ?? '') ?? [];
  const line = main === top ? await asked('rev-parse', '--verify', '--quiet', 'origin/HEAD') : at;
  return line === undefined ? head : ((await asked('merge-base', 'HEAD', line)) ?? head);
}

/** What git prints there, its first `most` bytes; code null when it was ended for printing more, or for taking too long. */
async function git(
  { processes, after, folder, env }: Place,
  most: number,
  ...args: readonly string[]
): Promise<{ readonly code: number | null; readonly text: string; readonly whole: boolean }> {
  const lines: string[] = [];
  let room = most;
  let stop = (): void => {};
  const child = await processes.converse({
    command: ['git', '--no-pager', ...careful, ...args],
    cwd: folder,
    env: {
      PATH: env['PATH'] ?? '/usr/local/bin:/usr/bin:/bin',
      HOME: env['HOME'] ?? '/nowhere',
      LC_ALL: 'C',
      GIT_OPTIONAL_LOCKS: '0',
      GIT_TERMINAL_PROMPT: '0',
    },
    onLine: (line) => {
      room -= Buffer.byteLength(line) + 1;
      if (room < 0) stop();
      else lines.push(`${line}\n`);
    },
    onErrorLine: () => {},
  });
  stop = () => child.signal('SIGKILL');
  child.closeInput();
  const unset = after(patience, stop);
  const { code } = await child.ended;
  unset();
  return { code, text: lines.join(''), whole: room >= 0 && code !== null };
}
