import { execFileSync } from 'node:child_process';
import { rmSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, expect, test } from 'vitest';
import { differences } from '../../examples/demo/figures.ts';
import { cleanEnvironment } from '../../examples/demo/repository.ts';
import { makeNastyRepository, nastyTotals } from './nasty-repository.ts';

const repository = makeNastyRepository();
afterAll(repository.remove);

const script = join(import.meta.dirname, '../../examples/demo/count.sh');
const count = () =>
  JSON.parse(execFileSync('sh', [script, repository.folder], { env: cleanEnvironment(), encoding: 'utf8' }));

test('counts tracked regular files whatever their names are', () => {
  expect(count()).toEqual(nastyTotals);
});

test('leaves out a tracked file that is missing from the working tree', () => {
  rmSync(join(repository.folder, 'src/-n'));
  expect(count()).toEqual({ ...nastyTotals, files: 9, lines: 12, bytes: nastyTotals.bytes - 14 });
});

test('names each total that differs, with both numbers', () => {
  expect(differences(nastyTotals, nastyTotals)).toEqual([]);
  expect(differences(nastyTotals, { ...nastyTotals, lines: 12, markers: 0 })).toEqual([
    'lines: the report says 13, the independent count says 12',
    'lines with TODO or FIXME: the report says 4, the independent count says 0',
  ]);
});
