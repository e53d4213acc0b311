/** Puts the parents' results together. It talks to the board as an agent does: through the tools of `andon mcp`. */
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { Client } from '@modelcontextprotocol/client';
import { StdioClientTransport } from '@modelcontextprotocol/client/stdio';
import { amount, repository, task } from './andon.mjs';
import { markdown } from './markdown.mjs';

const largestKept = 10;
const client = new Client({ name: 'synthesiser', version: '1.0.0' });
await client.connect(new StdioClientTransport({ command: 'andon', args: ['mcp'], env: process.env }));

/** Calls one tool of the board and gives its answer; an error of the tool ends this worker. */
async function tool(name, input) {
  const answer = await client.callTool({ name, arguments: input });
  const text = answer.content.map((part) => part.text).join('');
  if (answer.isError) throw new Error(text);
  return JSON.parse(text);
}

/** What a finished parent handed over: the summary and metadata of its last run. */
async function result(id) {
  const { task: parent, runs } = await tool('kanban_show', { task_id: id });
  const run = runs.findLast(({ outcome }) => outcome === 'completed');
  return { worker: parent.assignee, summary: run.summary, metadata: run.metadata };
}

const sum = (items, value) => items.reduce((total, item) => total + value(item), 0);

function totalsOf(folders) {
  const names = ['files', 'lines', 'bytes', 'markers'];
  return Object.fromEntries(names.map((name) => [name, sum(folders, ({ totals }) => totals[name])]));
}

function languagesOf(details) {
  const languages = {};
  for (const [name, { files, lines }] of details.flatMap((one) => Object.entries(one.languages))) {
    const known = languages[name] ?? { files: 0, lines: 0 };
    languages[name] = { files: known.files + files, lines: known.lines + lines };
  }
  return Object.fromEntries(Object.entries(languages).sort(([, a], [, b]) => b.lines - a.lines));
}

const { parents } = await tool('kanban_show', {});
const results = [];
for (const id of parents) results.push(await result(id));

const of = (worker) => results.filter((one) => one.worker === worker);
const folders = of('census')
  .map(({ metadata }) => metadata)
  .sort((a, b) => b.totals.lines - a.totals.lines);
const details = folders.map((folder) => JSON.parse(readFileSync(folder.details, 'utf8')));
const report = {
  heading: of('asks')[0].summary,
  repository,
  history: of('flaky')[0].metadata,
  totals: totalsOf(folders),
  folders: folders.map(({ folder, totals, last_change }) => ({ folder, ...totals, last_change })),
  languages: languagesOf(details),
  largest: folders
    .flatMap(({ largest }) => largest)
    .sort((a, b) => b.bytes - a.bytes)
    .slice(0, largestKept),
  findings: details.flatMap(({ findings }) => findings),
};

const target = (name) => join(process.env.DEMO_REPORT, name);
const artifacts = [target('REPORT.md'), target('report.json')];
writeFileSync(artifacts[0], markdown(report));
writeFileSync(artifacts[1], `${JSON.stringify(report, null, 2)}\n`);

const { files, lines } = report.totals;
const summary = `${amount(files, 'file')} and ${amount(lines, 'line')} in ${amount(folders.length, 'folder')}`;
await tool('kanban_complete', { task_id: task, summary, metadata: { totals: report.totals }, artifacts });
await client.close();
