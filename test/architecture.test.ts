import { readdirSync, readFileSync } from 'node:fs';
import { dirname, join, relative } from 'node:path';
import { describe, expect, it } from 'vitest';

/** The walls of the house, each as a sentence (design: five floors). */

const root = join(import.meta.dirname, '..');
const floors = ['domain', 'store', 'kernel', 'services', 'surfaces'] as const;
type Floor = (typeof floors)[number];

interface Source {
  readonly path: string;
  readonly floor: Floor;
  readonly code: string;
  readonly imports: readonly string[];
}

const withoutComments = (text: string): string =>
  text.replaceAll(/\/\*[\s\S]*?\*\//g, '').replaceAll(/^\s*\/\/.*$/gm, '');

function importsOf(code: string): string[] {
  return [...code.matchAll(/(?:from|import)\s*\(?\s*'([^']+)'/g)].map((match) => match[1] ?? '');
}

const isFloor = (name: string): name is Floor => floors.some((floor) => floor === name);

function load(): Source[] {
  const inside = readdirSync(join(root, 'src'), { recursive: true, encoding: 'utf8' });
  return inside
    .filter((path) => path.endsWith('.ts') && !path.endsWith('.test.ts'))
    .map((path) => {
      const code = withoutComments(readFileSync(join(root, 'src', path), 'utf8'));
      const floor = path.split('/')[0] ?? '';
      if (!isFloor(floor)) throw new Error(`src/${path} stands on no floor.`);
      return { path, floor, code, imports: importsOf(code) };
    });
}

const sources = load();
const on = (floor: Floor): Source[] => sources.filter((source) => source.floor === floor);
const target = (source: Source, specifier: string): string =>
  relative(join(root, 'src'), join(root, 'src', dirname(source.path), specifier));
const isLocal = (specifier: string): boolean => specifier.startsWith('.');
const externals = (source: Source): string[] => source.imports.filter((specifier) => !isLocal(specifier));

/** `path: what` for each hit of `pattern`, comments left out. */
const hits = (among: readonly Source[], pattern: RegExp): string[] =>
  among.flatMap(({ path, code }) =>
    [...code.matchAll(new RegExp(pattern, 'g'))].map((match) => `${path}: ${match[0].trim()}`),
  );

describe('the five floors', () => {
  it('a floor imports only from floors to its left', () => {
    const wrong = sources.flatMap((source) =>
      source.imports
        .filter(isLocal)
        .map((specifier) => target(source, specifier))
        .filter((path) => {
          const floor = path.split('/')[0] ?? '';
          return isFloor(floor) && floors.indexOf(floor) > floors.indexOf(source.floor);
        })
        .map((path) => `${source.path} imports ${path}`),
    );
    expect(wrong).toEqual([]);
  });

  it('no two files import each other, by whatever way', () => {
    const edges = new Map(
      sources.map((source) => {
        // A type goes away when the code runs, and a lazy import waits until all is loaded.
        const code = source.code.replaceAll(/import type [\s\S]*?;/g, '').replaceAll(/import\(/g, '');
        return [
          source.path,
          importsOf(code)
            .filter(isLocal)
            .map((specifier) => target(source, specifier)),
        ];
      }),
    );
    const done = new Set<string>();
    const cycles: string[] = [];
    const walk = (path: string, trail: readonly string[]): void => {
      if (trail.includes(path)) cycles.push([...trail.slice(trail.indexOf(path)), path].join(' → '));
      if (trail.includes(path) || done.has(path)) return;
      for (const next of edges.get(path) ?? []) walk(next, [...trail, path]);
      done.add(path);
    };
    for (const path of edges.keys()) walk(path, []);
    expect(cycles).toEqual([]);
  });

  it('the domain knows no Node, no package, no clock, no randomness and nothing asynchronous', () => {
    expect(on('domain').flatMap(externals)).toEqual([]);
    expect(
      hits(on('domain'), /\b(?:Date\.now|Math\.random|new Date\(\)|async|await|Promise|setTimeout)\b/),
    ).toEqual([]);
  });

  it('the store has no package but the database drivers', () => {
    expect(
      on('store')
        .flatMap(externals)
        .filter((name) => !name.startsWith('node:') && name !== 'pg'),
    ).toEqual([]);
  });

  it('the kernel has neither package nor Node, clock nor environment', () => {
    expect(on('kernel').flatMap(externals)).toEqual([]);
    expect(
      hits(
        on('kernel'),
        /\b(?:Date\.now|Math\.random|new Date\(\)|setTimeout|setImmediate)\b|\bprocess\.(?:env|exit|cwd|on|once)/,
      ),
    ).toEqual([]);
  });

  it('services and surfaces write no SQL, and services do not know the store', () => {
    expect(hits([...on('services'), ...on('surfaces')], /\bsql\(|\bcommand`/)).toEqual([]);
    const wrong = on('services').filter((source) =>
      source.imports.some((specifier) => specifier.includes('/store/')),
    );
    expect(wrong.map(({ path }) => path)).toEqual([]);
  });

  it('one file among the surfaces opens a store', () => {
    const opens = on('surfaces').filter((source) =>
      source.imports.some((specifier) => specifier.endsWith('/store/sqlite/sqlite.ts')),
    );
    expect(opens.map(({ path }) => path)).toEqual(['surfaces/home-kernel.ts']);
  });

  it('services reach the outside through the world alone', () => {
    const inside = on('services').filter(
      ({ path }) => !/world-node|process-node|process-table|dialogue-node|cgroup/.test(path),
    );
    const outside =
      /\b(?:setTimeout|setInterval|setImmediate|Date\.now|new Date\(\)|Math\.random|randomUUID)\b|\bfetch\(|\bprocess\.(?:env|exit|cwd|on|once|kill|hrtime)/;
    expect(hits(inside, outside)).toEqual([]);
    const modules = inside.flatMap((source) => externals(source).map((name) => `${source.path}: ${name}`));
    // A hash is worked out from what is given alone.
    const pure = /node:path|^services\/secret\.ts: node:crypto$/;
    expect(modules.filter((use) => use.includes('node:') && !pure.test(use))).toEqual([]);
  });

  it('nobody but a composition root reads the process environment', () => {
    const below = sources.filter(({ floor }) => floor !== 'surfaces');
    expect(
      hits(
        below.filter(({ path }) => !path.includes('world-node')),
        /process\.env/,
      ),
    ).toEqual([]);
  });
});

describe('one place for each thing', () => {
  it('a status changes in kernel/apply.ts alone', () => {
    const callers = sources.filter(
      ({ code, path }) => /\bupdateTask\(/.test(code) && path !== 'store/tables/tasks.ts',
    );
    expect(callers.map(({ path }) => path)).toEqual(['kernel/apply.ts']);
    expect(hits(sources, /update tasks set status/)).toEqual([
      'store/tables/tasks.ts: update tasks set status',
    ]);
  });

  it('nothing but SQLite opens the database files', () => {
    // Closing any other descriptor of them drops every lock that SQLite holds for this process.
    const openers =
      /\b(?:readFile\w*|openSync|copyFile\w*|cpSync|createReadStream|createWriteStream|fchmod\w*)\b/;
    const allowed = ['bell', 'locks', 'examine-file', 'sync-folder'].map((name) => `store/sqlite/${name}.ts`);
    expect(
      hits(
        on('store').filter(({ path }) => !allowed.includes(path)),
        openers,
      ),
    ).toEqual([]);
    expect(
      hits(
        [...on('services'), ...on('surfaces')],
        /(?:readFile\w*|open\w*|copyFile\w*)\([^)]*(?:\bdb\b|kanban\.db)/,
      ),
    ).toEqual([]);
  });

  it('what reads a database file as it is runs in a process of its own', () => {
    const users = sources.filter(({ imports }) => imports.some((name) => name.endsWith('/examine-file.ts')));
    expect(users.map(({ path }) => path)).toEqual(['surfaces/gateway/examine.ts']);
    expect(sources.filter(({ imports }) => imports.some((name) => name.endsWith('/examine.ts')))).toEqual([]);
  });

  it('an example uses only what any worker has', () => {
    const inside = readdirSync(join(root, 'examples'), { recursive: true, encoding: 'utf8' });
    const files = inside.filter((path) => /\.(?:ts|mjs|js)$/.test(path));
    const wrong = files.filter((path) =>
      /from '[^']*\/src\//.test(readFileSync(join(root, 'examples', path), 'utf8')),
    );
    expect(wrong).toEqual([]);
  });

  it('the page knows the program by the types of its answers alone, and keeps to files of one concept', () => {
    const page = join(root, 'web', 'src');
    const inside = readdirSync(page, { recursive: true, encoding: 'utf8' }).filter((path) =>
      /\.tsx?$/.test(path),
    );
    const wrong = inside.flatMap((path) => {
      const text = readFileSync(join(page, path), 'utf8');
      const uses = [...text.matchAll(/import (type )?[^;]*?from '([^']*\/src\/[^']*)'/g)];
      const foreign = uses.filter(([, type, from]) => type === undefined || !from?.endsWith('/http/wire.ts'));
      return [
        ...foreign.map(([use]) => `${path}: ${use}`),
        ...(text.split('\n').length > 301 ? [`${path} is too long`] : []),
      ];
    });
    expect(wrong).toEqual([]);
  });

  it('a file is one concept: at most 300 lines', () => {
    const long = sources
      .map(({ path }) => ({
        path,
        lines: readFileSync(join(root, 'src', path), 'utf8').split('\n').length - 1,
      }))
      .filter(({ lines }) => lines > 300);
    expect(long).toEqual([]);
  });
});
