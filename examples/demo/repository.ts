import { execFile } from 'node:child_process';
import { basename, resolve } from 'node:path';
import { promisify } from 'node:util';

const run = promisify(execFile);

export interface Repository {
  /** The folder that holds the working tree. */
  readonly folder: string;
  readonly name: string;
}

/** A mistake of the person at the terminal: its message is one sentence, and no stack helps. */
export class Mistake extends Error {}

/**
 * The environment for everything the demo starts: the caller's own, without what points git or Andon somewhere else (a
 * git hook sets GIT_DIR; a worker has ANDON_TASK).
 */
export const cleanEnvironment = (): NodeJS.ProcessEnv =>
  Object.fromEntries(Object.entries(process.env).filter(([name]) => !/^(GIT|ANDON|HERMES)_/.test(name)));

/** The git repository that `path` lies in; refuses what has no working tree or no tracked files. */
export async function openRepository(path: string): Promise<Repository> {
  const given = resolve(path);
  const folder = (await git(given, 'rev-parse', '--show-toplevel')).replace(/\n$/, '');
  const tracked = await git(folder, 'ls-files', '--stage', '-z');
  if (!/(^|\0)100(644|755) /.test(tracked)) {
    throw new Mistake(
      `${folder} has no tracked files; \`git add\` some, or give another repository with --repo.`,
    );
  }
  return { folder, name: basename(folder) };
}

async function git(folder: string, ...args: string[]): Promise<string> {
  try {
    const options = { env: cleanEnvironment(), maxBuffer: 2 ** 30 };
    return (await run('git', ['-C', folder, ...args], options)).stdout;
  } catch (cause) {
    const why = cause instanceof Error ? firstLine(cause) : String(cause);
    throw new Mistake(
      `${folder} is not a git repository with a working tree (${why}); give one with --repo.`,
      {
        cause,
      },
    );
  }
}

/** What git itself said. */
function firstLine(error: Error): string {
  const said = 'stderr' in error ? String(error.stderr) : '';
  return (said.trim() === '' ? error.message : said).trim().split('\n')[0] ?? '';
}
