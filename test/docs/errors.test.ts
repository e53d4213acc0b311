import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { refusalCodes } from '../../src/domain/errors.ts';

const root = join(import.meta.dirname, '..', '..');

describe('docs/errors.md', () => {
  const rows = readFileSync(join(root, 'docs', 'errors.md'), 'utf8').matchAll(
    /^\| `(\w+)` \| (.+?) \| (.+?) \|$/gm,
  );
  const documented = [...rows].map(([, code = '', meaning = '']) => [code, meaning]);

  it('has each code once, with the meaning that the source gives it', () => {
    expect(documented).toEqual(Object.entries(refusalCodes));
  });
});

it('no code is promised that nothing answers with', () => {
  const sources = readdirSync(join(root, 'src'), { recursive: true, encoding: 'utf8' })
    .filter(
      (path) => path.endsWith('.ts') && !path.endsWith('.test.ts') && path !== join('domain', 'errors.ts'),
    )
    .map((path) => readFileSync(join(root, 'src', path), 'utf8'))
    .join('\n');
  const unused = Object.keys(refusalCodes).filter((code) => !sources.includes(`'${code}'`));
  expect(unused).toEqual([]);
});
