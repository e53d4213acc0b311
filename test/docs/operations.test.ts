import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { faults } from '../torture/faults.ts';

const root = join(import.meta.dirname, '..', '..');
const page = readFileSync(join(root, 'docs', 'operations.md'), 'utf8');
const section = (title: string): string => page.split(/^## /m).find((part) => part.startsWith(title)) ?? '';
const quoted = (text: string): string[] => [...text.matchAll(/`([^`]+)`/g)].map(([, words = '']) => words);

describe('README.md and the pages of docs', () => {
  const pages = ['README.md', 'ARCHITECTURE.md'].concat(
    readdirSync(join(root, 'docs'))
      .filter((name) => name.endsWith('.md'))
      .map((name) => `docs/${name}`),
  );

  it.each(pages)('%s names only tests that are there', (name) => {
    const named = quoted(readFileSync(join(root, name), 'utf8')).filter((word) =>
      /^test\/\S+\.ts$/.test(word),
    );
    expect(named.filter((path) => !existsSync(join(root, path)))).toEqual([]);
  });

  it('README.md promises durability with a link to what shows it', () => {
    const readme = readFileSync(join(root, 'README.md'), 'utf8');
    const promise = readme.split(/\n\n/).find((part) => part.includes('heal by themselves')) ?? '';
    expect(promise).toContain('](docs/operations.md#what-is-promised-and-what-shows-it)');
    expect(page).toContain('\n## What is promised, and what shows it\n');
  });
});

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

  it('names tests in each section that promises something of boards and files', () => {
    const titles = [
      'Backups',
      'Restore',
      'Trash',
      'Doctor',
      'A board that is set aside',
      'A full disk',
      'Many gateways',
    ];
    for (const title of titles) {
      const shown = section(title).split('Shown by ')[1] ?? '';
      expect(
        quoted(shown).filter((name) => name.startsWith('test/')),
        title,
      ).not.toEqual([]);
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
