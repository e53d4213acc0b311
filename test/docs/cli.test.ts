import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { page, pagePath } from '../../scripts/cli-reference.ts';
import { wholeProgram } from '../../src/surfaces/cli/program.ts';
import { place } from '../cli/command-line.ts';

const root = join(import.meta.dirname, '..', '..');

describe('docs/cli.md', () => {
  it('is what the program says (`npm run docs` writes it)', async () => {
    expect(readFileSync(pagePath, 'utf8')).toBe(await page());
  });

  it('has what the real command prints, for the program, a verb with examples and a verb of verbs', async () => {
    const text = readFileSync(pagePath, 'utf8');
    const { run } = place();
    for (const args of [[], ['create'], ['boards'], ['boards', 'create'], ['decompose']]) {
      const { code, out } = await run(...args, '--help');
      expect(code).toBe(0);
      expect(text).toContain(out.replaceAll(/[ \t]+$/gm, '').trim());
    }
  });
});

it('whatever verb a sentence, a hint or a diagnostic names, there is one', async () => {
  const program = await wholeProgram();
  const known = new Set(program.commands.flatMap((verb) => [verb.name(), ...verb.aliases()]));
  const named = readdirSync(join(root, 'src'), { recursive: true, encoding: 'utf8' })
    .filter((path) => path.endsWith('.ts'))
    .flatMap((path) => {
      const text = readFileSync(join(root, 'src', path), 'utf8');
      return [...text.matchAll(/[`'"]andon ([a-z][a-z-]*)/g)].map((match) => ({
        path,
        verb: match[1] ?? '',
      }));
    });
  expect(new Set(named.map(({ verb }) => verb)).size).toBeGreaterThan(15);
  expect(named.filter(({ verb }) => !known.has(verb))).toEqual([]);
});
