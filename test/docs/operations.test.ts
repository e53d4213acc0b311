import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { faults } from '../torture/faults.ts';

const root = join(import.meta.dirname, '..', '..');
const page = readFileSync(join(root, 'docs', 'operations.md'), 'utf8');
const section = (title: string): string => page.split(/^## /m).find((part) => part.startsWith(title)) ?? '';
const quoted = (text: string): string[] => [...text.matchAll(/`([^`]+)`/g)].map(([, words = '']) => words);

describe('docs/operations.md', () => {
  it('names for every promise a test that is there', () => {
    const rows = [...section('What is promised').matchAll(/^\| [^|]+ \| (`test.+) \|$/gm)];
    expect(rows.length).toBeGreaterThan(10);
    for (const [, shown = ''] of rows) {
      const [file = '', ...names] = quoted(shown);
      const source = readFileSync(join(root, file), 'utf8');
      expect(names.length).toBeGreaterThan(0);
      for (const name of names) expect(source, file).toContain(name);
    }
  });

  it('explains every line that dispatcher, notifier and guard write, and none that nobody writes', () => {
    const sources = ['services', 'surfaces/gateway'].flatMap((folder) =>
      readdirSync(join(root, 'src', folder))
        .filter((name) => name.endsWith('.ts'))
        .map((name) => readFileSync(join(root, 'src', folder, name), 'utf8')),
    );
    const calls = /(?:log\.(?:info|warn|error)|\breport|\.attend)\(\s*(?:board, )?([`'])(.+?)\1/g;
    const written = [...sources.join('\n').matchAll(calls)]
      .map(([, , text = '']) => text.replaceAll(/\$\{[^}]*\}/g, '…'))
      .filter((text) => !text.startsWith('…'));
    expect(written.length).toBeGreaterThan(20);
    const rows = [...section('The log').matchAll(/^\| (`.+) \| [^|]+ \|$/gm)];
    const explained = rows.flatMap(([, lines = '']) => quoted(lines));
    expect(written.filter((text) => !explained.some((line) => text.startsWith(line)))).toEqual([]);
    expect(explained.filter((line) => !written.some((text) => text.startsWith(line)))).toEqual([]);
  });

  it('tells what the fault suite does of each fault of it', () => {
    const rows = [
      ...section('What the fault suite shows').matchAll(/^\| ([^|]+) \| \w+ \| \d+ \| [^|]+ \|$/gm),
    ];
    expect(rows.map(([, name]) => name)).toEqual(faults.map(({ name }) => name));
  });
});
