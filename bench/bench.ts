import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { bigBoards } from './harness/boards.ts';
import { type Record, record, tell, thisMachine, verdictOf } from './harness/judge.ts';
import { summarise } from './harness/profile.ts';
import { report, reportPath } from './harness/report.ts';
import type { Bench, Figure, Row } from './harness/row.ts';
import { rows } from './rows/index.ts';

/**
 * Measures Andon beside the floor and beside what people would use instead (docs/performance.md). Every row is measured
 * twice, as a verdict needs two runs that agree.
 *
 *   npm run bench -- [--quick] [--only P1,P5] [--profile]
 *
 * `--quick` measures once and little, in less than five minutes; `--only` measures these rows; `--profile` measures once,
 * under the profiler, and writes where the time goes to `bench/profiles/` instead. A whole bench writes its figures to
 * `bench/results/latest.json` and `docs/performance.md` from them; any other to `bench/results/partial.json`.
 */
const { values } = parseArgs({
  options: { quick: { type: 'boolean' }, only: { type: 'string' }, profile: { type: 'boolean' } },
});

const here = (...names: string[]): string => join(import.meta.dirname, ...names);

function chosen(): readonly Row[] {
  if (values.only === undefined) return rows;
  const ids = values.only.split(',').map((id) => id.trim().toUpperCase());
  const unknown = ids.filter((id) => !rows.some((row) => row.id === id));
  if (unknown.length === 0) return rows.filter((row) => ids.includes(row.id));
  throw new Error(
    `--only takes rows such as ${rows.map(({ id }) => id).join(', ')}; ${unknown.join(', ')} is none.`,
  );
}

/** Nothing when it could not be measured. */
async function measure(row: Row, root: string, boards: Bench['boards']): Promise<readonly Figure[]> {
  const folder = mkdtempSync(join(root, `${row.id}-`));
  const profiles = values.profile ? join(folder, 'profiles') : undefined;
  const begun = performance.now();
  process.stdout.write(`${row.id}  ${row.title}\n`);
  try {
    const say = (line: string) => process.stdout.write(`      ${line}\n`);
    const figures = await row.measure({ quick: values.quick ?? false, folder, boards, profiles, say });
    for (const figure of figures) say(`${figure.name}: ${tell(figure)}`);
    say(`${((performance.now() - begun) / 1000).toFixed(0)} s`);
    if (profiles !== undefined) {
      mkdirSync(here('profiles'), { recursive: true });
      writeFileSync(here('profiles', `${row.id.toLowerCase()}.txt`), summarise(profiles));
    }
    return figures;
  } catch (error) {
    // The other rows are worth their time all the same.
    console.error(`${row.id} could not be measured:`, error);
    process.exitCode = 1;
    return [];
  } finally {
    rmSync(folder, { recursive: true, force: true, maxRetries: 5 });
  }
}

async function main(): Promise<void> {
  const asked = chosen();
  const root = mkdtempSync(join(tmpdir(), 'andon-bench-'));
  const boards = bigBoards(join(root, 'boards'));
  const runs = new Map<string, (readonly Figure[])[]>();
  const begun = performance.now();
  try {
    const times = values.quick || values.profile ? 1 : 2;
    for (let time = 0; time < times; time += 1) {
      for (const row of asked) {
        runs.set(row.id, [...(runs.get(row.id) ?? []), await measure(row, root, boards)]);
      }
    }
  } finally {
    rmSync(root, { recursive: true, force: true, maxRetries: 5 });
  }
  if (values.profile) return;
  const result = record.parse({
    date: new Date().toISOString().slice(0, 10),
    machine: thisMachine(),
    rows: asked.map(({ id, title, goal }) => ({ id, title, goal, runs: runs.get(id) ?? [] })),
  });
  keep(result);
  process.stdout.write(
    `\n${verdicts(result)}\n${((performance.now() - begun) / 60_000).toFixed(1)} minutes\n`,
  );
}

function keep(result: Record): void {
  const isWhole = !values.quick && values.only === undefined;
  mkdirSync(here('results'), { recursive: true });
  writeFileSync(
    here('results', isWhole ? 'latest.json' : 'partial.json'),
    `${JSON.stringify(result, null, 2)}\n`,
  );
  if (isWhole) writeFileSync(reportPath, report());
}

const verdicts = (result: Record): string =>
  result.rows
    .map(
      ({ id, title, goal, runs }) => `${id.padEnd(4)} ${verdictOf(runs).padEnd(12)} ${title}; goal: ${goal}`,
    )
    .join('\n');

try {
  await main();
} catch (error) {
  console.error(error instanceof Error ? error.message : error);
  process.exitCode = 1;
}
