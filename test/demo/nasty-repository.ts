import { execFileSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { cleanEnvironment } from '../../examples/demo/repository.ts';

/** What the repository of `makeNastyRepository` holds, counted by hand. */
export const nastyTotals = { files: 10, lines: 13, bytes: 212, markers: 4 };

/** Names and contents that a careless census gets wrong. */
const files: Readonly<Record<string, string>> = {
  'README.md': '# Nasty\n\nTODO: say more\n',
  'no newline at the end': 'one\ntwo',
  'src/a.ts': 'const a = 1; // FIXME: guess\n// TODO and FIXME on one line count once\n',
  'src/line\nbreak.ts': 'in a file whose name is two lines\n',
  'src/ünï çøde – 漢字.py': 'print("é")\n',
  'src/-n': 'not an option\n',
  'empty folder name?/%41 "quoted" \'too\'.txt': 'TODOS and isTODO and TODO_ do not count\n',
  'deep/er/still.txt': 'x\r\nTODO',
  'binary.dat': '\0\n\0\n',
  'empty.txt': '',
};

/** A new git repository in a temporary folder; `remove` deletes it. */
export function makeNastyRepository(): { readonly folder: string; readonly remove: () => void } {
  const folder = mkdtempSync(join(tmpdir(), 'nasty repository '));
  const git = (...args: string[]) =>
    execFileSync('git', ['-C', folder, ...args], { env: cleanEnvironment(), encoding: 'utf8' });
  for (const [name, content] of Object.entries(files)) {
    mkdirSync(dirname(join(folder, name)), { recursive: true });
    writeFileSync(join(folder, name), content);
  }
  symlinkSync('README.md', join(folder, 'link to a file'));
  symlinkSync('src', join(folder, 'link to a folder'));
  git('init', '--quiet');
  git('add', '--all');
  const person = ['-c', 'user.name=A Person', '-c', 'user.email=person@example.org'];
  git(...person, '-c', 'commit.gpgsign=false', 'commit', '--quiet', '--message', 'Nasty names');
  // Neither of these two is a tracked regular file.
  writeFileSync(join(folder, 'untracked TODO.txt'), 'TODO\n');
  git('update-index', '--add', '--cacheinfo', `160000,${'1'.repeat(40)},submodule`);
  return { folder, remove: () => rmSync(folder, { recursive: true }) };
}
