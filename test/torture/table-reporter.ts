import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Reporter, TestCase, TestModule } from 'vitest/node';
import type { Line } from './fault.ts';

declare module 'vitest' {
  interface TaskMeta {
    fault?: Line;
  }
}

const head = ['fault', 'store', 'wanted', 'injected', 'verdict', 'seconds', 'what was seen'];

/** Prints what the faults came to as one table, and writes the same to `artifacts/torture.json`. */
export default class TableReporter implements Reporter {
  /** The long form takes a while: each fault is told when it is over. */
  onTestCaseResult(test: TestCase): void {
    const { fault } = test.meta();
    if (fault === undefined || process.env['ANDON_TORTURE'] !== 'long') return;
    process.stdout.write(`${fault.verdict}  ${fault.name}: ${fault.injected} times in ${fault.seconds} s\n`);
  }

  onTestRunEnd(modules: readonly TestModule[]): void {
    const lines = modules
      .flatMap((module) => [...module.children.allTests()])
      .flatMap((test) => test.meta().fault ?? []);
    if (lines.length === 0) return;
    const folder = join(import.meta.dirname, '../../artifacts');
    mkdirSync(folder, { recursive: true });
    const text = JSON.stringify(
      { ok: lines.every(({ verdict }) => verdict === 'held'), faults: lines },
      null,
      2,
    );
    writeFileSync(join(folder, 'torture.json'), `${text}\n`);
    process.stdout.write(`\n${table(lines)}\n`);
  }
}

function table(lines: readonly Line[]): string {
  const cells = lines.map(({ name, store, wanted, injected, verdict, seconds, note }) => [
    ...[name, store, String(wanted), String(injected), verdict, seconds.toFixed(1)],
    // The rest of a failure stands above the table.
    note.split('\n')[0] ?? '',
  ]);
  const rows = [head, ...cells];
  const width = (column: number): number => Math.max(...rows.map((row) => row[column]?.length ?? 0));
  return rows
    .map((row) =>
      row.map((cell, column) => (column === head.length - 1 ? cell : cell.padEnd(width(column)))).join('  '),
    )
    .join('\n');
}
