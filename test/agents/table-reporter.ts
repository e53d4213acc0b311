import { mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Reporter, TestModule } from 'vitest/node';

/**
 * Writes `artifacts/agents.md`: a table of the agents in `runs`, of what they can do, and of what passed. A suite there has
 * the name of an agent and its version, and the part of a test's name before a colon is a column.
 */
export default class TableReporter implements Reporter {
  onTestRunEnd(modules: readonly TestModule[]): void {
    const rows = new Map<string, Map<string, boolean>>();
    for (const module of modules) {
      if (!module.moduleId.includes('/agents/runs/')) continue;
      for (const test of module.children.allTests()) {
        if (test.result().state === 'skipped') continue;
        const row = rows.get(test.parent.type === 'suite' ? test.parent.name : '') ?? new Map();
        rows.set(test.parent.type === 'suite' ? test.parent.name : '', row);
        for (const column of (test.name.split(':')[0] ?? '').split(', ')) {
          row.set(column, (row.get(column) ?? true) && test.ok());
        }
      }
    }
    if (rows.size === 0) return;
    const named = new Set([...rows.values()].flatMap((row) => [...row.keys()]));
    const columns = [...new Set([...firstColumns.filter((name) => named.has(name)), ...named])];
    const cell = (passed: boolean | undefined): string =>
      passed === undefined ? '' : passed ? 'yes' : '**failed**';
    const lines = [
      ['agent', ...columns],
      ['---', ...columns.map(() => '---')],
      ...[...rows]
        .sort(([a], [b]) => a.localeCompare(b))
        .map(([name, row]) => [name, ...columns.map((column) => cell(row.get(column)))]),
    ];
    const folder = join(import.meta.dirname, '../../artifacts');
    mkdirSync(folder, { recursive: true });
    const table = lines.map((line) => `| ${line.join(' | ')} |\n`).join('');
    writeFileSync(join(folder, 'agents.md'), table);
    if (isWhole(modules)) putInto(join(import.meta.dirname, '../../docs/agents.md'), table);
  }
}

/** What people look for first; the rest comes as the tests tell it. */
const firstColumns = [
  ...['start', 'tools over MCP', 'question', 'resume', 'cancel', 'usage', 'money', 'limit recognised'],
  ...[
    'gateway',
    'provider down',
    'wrong key',
    'board missing',
    'killed',
    'nudge',
    'draft',
    'refusal',
    'secret',
  ],
];

/** Whether every file of `runs` was run to its end; a part of them would leave holes in the table. */
function isWhole(modules: readonly TestModule[]): boolean {
  const all = readdirSync(join(import.meta.dirname, 'runs')).filter((name) => name.endsWith('.test.ts'));
  const run = modules.filter(
    (module) =>
      module.moduleId.includes('/agents/runs/') &&
      [...module.children.allTests()].every((test) => test.result().state !== 'skipped'),
  );
  return run.length === all.length;
}

/** Replaces what stands between the two marks of the page. */
function putInto(path: string, table: string): void {
  const page = readFileSync(path, 'utf8');
  const [before = '', rest = ''] = page.split('<!-- agents:begin -->');
  const [, after = ''] = rest.split('<!-- agents:end -->');
  writeFileSync(path, `${before}<!-- agents:begin -->\n${table}<!-- agents:end -->${after}`);
}
