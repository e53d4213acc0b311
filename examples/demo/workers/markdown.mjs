/** The report as a page for people. */
const findingsShown = 200;

const cell = (value) => String(value).replaceAll('|', '\\|').replaceAll(/\s+/g, ' ');
const code = (name) => `\`${cell(name).replaceAll('`', "'")}\``;
const number = (value) => value.toLocaleString('en-US');
const row = (...cells) => `| ${cells.join(' | ')} |`;

/** A table whose columns after the first hold numbers, unless `aligned` says otherwise. */
const table = (heads, rows, aligned = heads.map((_, index) => (index === 0 ? '---' : '---:'))) =>
  [row(...heads), row(...aligned), ...rows.map((cells) => row(...cells))].join('\n');

const change = (last) =>
  last === null ? '' : cell(`${last.date} ${last.commit} ${last.subject} (${last.author})`);

const folderRow = (folder) => [
  code(folder.folder),
  number(folder.files),
  number(folder.lines),
  number(folder.bytes),
  number(folder.markers),
  change(folder.last_change),
];

export function markdown(report) {
  const { totals, history, findings } = report;
  const more = findings.length - findingsShown;
  return [
    `# ${cell(report.heading)}`,
    `Repository ${code(report.repository)}: ${number(history.commits)} commits by ${number(history.authors)} authors.`,
    `**${number(totals.files)} files, ${number(totals.lines)} lines, ${number(totals.bytes)} bytes, ${number(totals.markers)} lines with TODO or FIXME.**`,
    '## Folders',
    table(['Folder', 'Files', 'Lines', 'Bytes', 'TODO/FIXME', 'Last change'], report.folders.map(folderRow), [
      '---',
      '---:',
      '---:',
      '---:',
      '---:',
      '---',
    ]),
    '## Languages',
    table(
      ['Language', 'Files', 'Lines'],
      Object.entries(report.languages).map(([name, sum]) => [name, number(sum.files), number(sum.lines)]),
    ),
    '## Largest files',
    table(
      ['File', 'Bytes'],
      report.largest.map(({ file, bytes }) => [code(file), number(bytes)]),
    ),
    '## TODO and FIXME',
    findings.length === 0
      ? 'None.'
      : findings
          .slice(0, findingsShown)
          .map(({ file, line, text }) => `- ${code(`${file}:${line}`)} ${code(text)}`)
          .join('\n'),
    ...(more > 0 ? [`… and ${number(more)} more in report.json.`] : []),
    '',
  ].join('\n\n');
}
