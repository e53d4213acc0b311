import type { Env } from './home.ts';
import type { Ran, World } from './world.ts';

/**
 * Runs git for the board: on what is on this machine, silently, and without running anybody's hooks. Nothing of the
 * gateway's own environment may point it at another repository, as a gateway started from a hook would.
 */
export interface Git {
  /** What it answers, without the last line end; a failure is thrown, in git's own words. */
  ask(folder: string, args: readonly string[], more?: GitOptions): Promise<string>;
  /** Runs it whatever comes of it. */
  run(folder: string, args: readonly string[], more?: GitOptions): Promise<Ran>;
}

interface GitOptions {
  readonly env?: Readonly<Record<string, string>>;
}

/** A checkout or a save of a large tree takes minutes; nothing else takes a second. */
const timeout = 600_000;

/** Which say where git's own files and settings are, and nothing of a repository. */
const keptNames = /^GIT_(?:EXEC_PATH|CONFIG_GLOBAL|CONFIG_SYSTEM|CONFIG_NOSYSTEM)$/;

const settings = ['core.hooksPath=/dev/null', 'core.fsmonitor=false', 'advice.addEmbeddedRepo=false'];

export function createGit(world: Pick<World, 'processes'>, env: Env): Git {
  const own = Object.entries(env).flatMap(([name, value]) =>
    value === undefined || (name.startsWith('GIT_') && !keptNames.test(name)) ? [] : [[name, value]],
  );
  const base: Readonly<Record<string, string>> = {
    ...Object.fromEntries(own),
    LC_ALL: 'C',
    GIT_TERMINAL_PROMPT: '0',
    GIT_OPTIONAL_LOCKS: '0',
    // A checkout may want objects that are elsewhere: it does without, or fails.
    GIT_ALLOW_PROTOCOL: 'none',
    GIT_NO_LAZY_FETCH: '1',
    GIT_LFS_SKIP_SMUDGE: '1',
  };
  const run: Git['run'] = (cwd, args, more = {}) =>
    world.processes.run({
      command: ['git', ...settings.flatMap((setting) => ['-c', setting]), ...args],
      cwd,
      env: { ...base, ...more.env },
      timeout,
    });
  return {
    run,
    ask: async (folder, args, more) => {
      const { code, out, err } = await run(folder, args, more);
      if (code === 0) return out.replace(/\n$/, '');
      throw new Error(`git ${args[0]} failed in ${folder}: ${wordsOf(err) || `it ended with ${code}`}.`);
    },
  };
}

/** What git says went wrong, as one piece of a sentence. */
const wordsOf = (err: string): string => {
  const lines = err.split('\n').filter((line) => line.trim() !== '');
  const told = lines.find((line) => line.startsWith('fatal: ')) ?? lines.at(-1) ?? '';
  return told.replace(/^(?:fatal|error): /, '').replace(/\.$/, '');
};
