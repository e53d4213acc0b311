/** The repository's files as bytes: git allows names that are neither one line nor valid UTF-8. */
import { execFileSync } from 'node:child_process';
import { lstatSync } from 'node:fs';

/** The files of the root go under this name; no folder can have it. */
export const root = '/';

const oneGibibyte = 2 ** 30;
const slash = 0x2f;

/** What git prints, as bytes. */
export const git = (repository, ...args) =>
  execFileSync('git', ['-C', repository, ...args], {
    maxBuffer: oneGibibyte,
    stdio: ['ignore', 'pipe', 'inherit'],
  });

/** The paths, as bytes, of the tracked regular files of one top-level folder, or of all: no symlinks, no submodules. */
export function trackedFiles(repository, folder) {
  const paths = new Map();
  for (const entry of git(repository, 'ls-files', '--stage', '-z').toString('latin1').split('\0')) {
    const [stage, path] = [entry.slice(0, entry.indexOf('\t')), entry.slice(entry.indexOf('\t') + 1)];
    // A conflict lists a path up to three times.
    if (/^100(644|755) /.test(stage)) paths.set(path, Buffer.from(path, 'latin1'));
  }
  return [...paths.values()]
    .filter((path) => folder === undefined || folderOf(path) === folder)
    .filter((path) => lstatSync(absolute(repository, path), { throwIfNoEntry: false })?.isFile());
}

/** A path of the repository as the file system takes it. */
export const absolute = (repository, path) => Buffer.concat([Buffer.from(`${repository}/`), path]);

/** The name of the top-level folder that a path lies in. */
export function folderOf(path) {
  const end = path.indexOf(slash);
  return end === -1 ? root : readable(path.subarray(0, end));
}

/** A name on one line: as it is where that is possible, with each odd byte as `%XX` where it is not. */
export function readable(name) {
  const text = name.toString();
  const plain = Buffer.from(text).equals(name) && !/[\p{Cc}\p{Cf}\u2028\u2029%]|^\s|\s$/u.test(text);
  if (plain) return text;
  const escaped = (character) => `%${character.charCodeAt(0).toString(16).toUpperCase().padStart(2, '0')}`;
  return name.toString('latin1').replaceAll(/[^\w./-]/g, escaped);
}
