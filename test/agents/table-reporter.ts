import { mkdirSync, writeFileSync } from 'node:fs';
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
    const columns = [...new Set([...rows.values()].flatMap((row) => [...row.keys()]))];
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
    writeFileSync(join(folder, 'agents.md'), lines.map((line) => `| ${line.join(' | ')} |\n`).join(''));
  }
}
