/** Counts one top-level folder: totals and highlights go to the board, the long list of findings into a file. */
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { amount, andon, fromBrief, repository, task, workspace } from './andon.mjs';
import { languageOf } from './languages.mjs';
import { absolute, git, readable, trackedFiles } from './repository.mjs';

const newline = 0x0a;
const markers = ['TODO', 'FIXME'];
const longestText = 120;
const largestKept = 5;

/** The ends of all lines, with that of a last line that has no newline. */
function* lines(content) {
  for (let start = 0; start < content.length; ) {
    const found = content.indexOf(newline, start);
    const end = found === -1 ? content.length : found;
    yield content.subarray(start, end);
    start = end + 1;
  }
}

/** A marker stands for itself: `TODO`, but not `TODOS` or `isTODO`. */
const markerPattern = new RegExp(`(?<!\\w)(?:${markers.join('|')})(?!\\w)`);

function findings(path, content) {
  if (!markers.some((marker) => content.includes(marker))) return [];
  return [...lines(content)].flatMap((line, index) => {
    const kind = markerPattern.exec(line.toString('latin1'))?.[0];
    if (kind === undefined) return [];
    const text = line
      .toString()
      .replaceAll(/\p{Cc}/gu, ' ')
      .trim();
    return [{ file: readable(path), line: index + 1, kind, text: [...text].slice(0, longestText).join('') }];
  });
}

function newlinesIn(content) {
  let count = 0;
  for (let at = content.indexOf(newline); at !== -1; at = content.indexOf(newline, at + 1)) count += 1;
  return count;
}

function countFile(path) {
  const content = readFileSync(absolute(repository, path));
  return { path, lines: newlinesIn(content), bytes: content.length, findings: findings(path, content) };
}

function byLanguage(files) {
  const languages = {};
  for (const { path, lines } of files) {
    const name = languageOf(readable(path));
    const sum = languages[name] ?? { files: 0, lines: 0 };
    languages[name] = { files: sum.files + 1, lines: sum.lines + lines };
  }
  return languages;
}

/** The newest commit that touched the folder of `path`, or `null` in a repository that has none yet. */
function lastChange(path) {
  const end = path.indexOf('/');
  const where = end === -1 ? ':(top,glob)*' : `:(top,literal)${path.subarray(0, end)}`;
  try {
    const line = git(repository, 'log', '-1', '--format=%h%x00%cs%x00%an%x00%s', '--', where)
      .toString()
      .trim();
    const [commit, date, author, subject] = line.split('\0');
    return line === '' ? null : { commit, date, author, subject };
  } catch {
    return null;
  }
}

const sum = (numbers) => numbers.reduce((total, number) => total + number, 0);

const folder = fromBrief('Folder');
const files = trackedFiles(repository, folder).map(countFile);
const found = files.flatMap((file) => file.findings);
const largest = files.toSorted((a, b) => b.bytes - a.bytes).slice(0, largestKept);

const details = join(workspace, 'census.json');
writeFileSync(details, JSON.stringify({ languages: byLanguage(files), findings: found }, null, 2));

const totals = {
  files: files.length,
  lines: sum(files.map((file) => file.lines)),
  bytes: sum(files.map((file) => file.bytes)),
  markers: found.length,
};
const metadata = {
  folder,
  totals,
  largest: largest.map(({ path, bytes }) => ({ file: readable(path), bytes })),
  last_change: files[0] === undefined ? null : lastChange(files[0].path),
  details,
};
const summary = `${amount(totals.files, 'file')}, ${amount(totals.lines, 'line')}, ${totals.markers} TODO/FIXME`;
andon('complete', task, '--summary', summary, '--metadata', JSON.stringify(metadata));
