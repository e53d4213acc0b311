import { execFileSync } from 'node:child_process';
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';

/** A git repository of a test, with `main` checked out. */
export interface Repository {
  readonly folder: string;
  /** Runs git in its folder, or in the one that `in` names, and gives its output. */
  git(...args: readonly string[]): string;
  in(folder: string): Repository;
  write(path: string, text: string): void;
  read(path: string): string;
  has(path: string): boolean;
  /** Commits all there is; gives the commit. */
  commit(message: string): string;
}

/** Nothing of this machine's settings, nor of a hook that may run these tests. */
const env = {
  PATH: process.env['PATH'] ?? '',
  HOME: '/nowhere',
  GIT_CONFIG_GLOBAL: '/dev/null',
  GIT_CONFIG_SYSTEM: '/dev/null',
};

const at = (folder: string): Repository => {
  const git = (...args: readonly string[]): string =>
    execFileSync('git', ['-C', folder, ...args], {
      env,
      encoding: 'utf8',
      stdio: ['ignore', 'pipe', 'pipe'],
    }).trim();
  return {
    folder,
    git,
    in: at,
    write: (path, text) => {
      mkdirSync(dirname(join(folder, path)), { recursive: true });
      writeFileSync(join(folder, path), text);
    },
    read: (path) => readFileSync(join(folder, path), 'utf8'),
    has: (path) => existsSync(join(folder, path)),
    commit: (message) => {
      git('add', '--all');
      git('-c', 'user.name=A Person', '-c', 'user.email=person@example.org', 'commit', '-q', '-m', message);
      return git('rev-parse', 'HEAD');
    },
  };
};

/** A new one at this place, with one commit of a file `README.md`; `empty` leaves it without. */
export function makeRepository(folder: string, { empty = false } = {}): Repository {
  mkdirSync(folder, { recursive: true });
  const repository = at(folder);
  repository.git('init', '--quiet', '--initial-branch', 'main');
  if (empty) return repository;
  repository.write('README.md', 'A repository.\n');
  repository.commit('Begin');
  return repository;
}
