/** The report as a page for people. */
const findingsShown = 200;

const line = (value) => String(value).replaceAll(/\s+/g, ' ');
const code = (name) => `\`${line(name).replaceAll('`', "'")}\``;
const number = (value) => value.toLocaleString('en-US');
const row = (cells) => `| ${cells.map((cell) => cell.replaceAll('|', '\\|')).join(' | ')} |`;

/** A table; numbers stand to the right. */
const table = (heads, rows) => {
  const aligned = heads.map((_, index) => (typeof rows[0]?.[index] === 'number' ? '---:' : '---'));
  const shown = rows.map((cells) =>
    cells.map((value) => (typeof value === 'number' ? number(value) : value)),
  );
  return [heads, aligned, ...shown].map(row).join('\n');
};

const change = (last) =>
  last === null ? '' : line(`${last.date} ${last.commit} ${last.subject} (${last.author})`);

function findingList(findings) {
  if (findings.length === 0) return 'None.';
  const shown = findings
    .slice(0, findingsShown)
    .map(({ file, line: at, text }) => `- ${code(`${file}:${at}`)} ${code(text)}`);
  const rest = findings.length - shown.length;
  return [...shown, ...(rest > 0 ? [`- … and ${number(rest)} more in report.json`] : [])].join('\n');
}

export function markdown({ heading, repository, history, totals, folders, languages, largest, findings }) {
  return [
    `# ${line(heading)}`,
    `Repository ${code(repository)}, commits: ${number(history.commits)}, authors: ${number(history.authors)}.`,
    table(
      ['Files', 'Lines', 'Bytes', 'TODO/FIXME'],
      [[totals.files, totals.lines, totals.bytes, totals.markers]],
    ),
    '## Folders',
    table(
      ['Folder', 'Files', 'Lines', 'Bytes', 'TODO/FIXME', 'Last change'],
      folders.map((one) => [
        code(one.folder),
        one.files,
        one.lines,
        one.bytes,
        one.markers,
        change(one.last_change),
      ]),
    ),
    '## Languages',
    table(
      ['Language', 'Files', 'Lines'],
      Object.entries(languages).map(([name, sum]) => [name, sum.files, sum.lines]),
    ),
    '## Largest files',
    table(
      ['File', 'Bytes'],
      largest.map(({ file, bytes }) => [code(file), bytes]),
    ),
    '## Lines with TODO or FIXME',
    findingList(findings),
    '',
  ].join('\n\n');
}
