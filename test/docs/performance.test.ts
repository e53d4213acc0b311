import { readFileSync } from 'node:fs';
import { expect, it } from 'vitest';
import { report, reportPath } from '../../bench/harness/report.ts';
import { rows } from '../../bench/rows/index.ts';

it('docs/performance.md is what was measured (`npm run docs` writes it)', () => {
  expect(readFileSync(reportPath, 'utf8')).toBe(report());
});

it('it has every row of the bench', () => {
  const page = report();
  for (const { id, title } of rows) expect(page).toContain(`### ${id}: ${title}`);
});
