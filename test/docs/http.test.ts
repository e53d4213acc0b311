import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { document, documentPath, page, pagePath } from '../../scripts/http-reference.ts';
import { namesIn } from '../../src/surfaces/http/route.ts';
import { routes } from '../../src/surfaces/http/routes.ts';

const root = join(import.meta.dirname, '..', '..');

describe('the documents of the API', () => {
  it('are what the routes say (`npm run docs` writes them)', () => {
    expect(readFileSync(pagePath, 'utf8')).toBe(page());
    expect(readFileSync(documentPath, 'utf8')).toBe(document());
  });

  it('describe every route as OpenAPI 3.1, with its fields, and nothing that there is not', () => {
    const { openapi, paths, components, security } = JSON.parse(document());
    expect([openapi, security]).toEqual(['3.1.0', [{ token: [] }]]);
    const described = Object.entries<Record<string, unknown>>(paths).flatMap(([path, methods]) =>
      Object.keys(methods).map((method) => `${method} ${path}`),
    );
    expect(described.toSorted()).toEqual(routes.map(({ method, path }) => `${method} ${path}`).toSorted());
    for (const { method, path } of routes) {
      const parameters: { name: string; in: string }[] = paths[path][method].parameters ?? [];
      const inPath = parameters.filter((each) => each.in === 'path').map(({ name }) => name);
      expect([path, inPath.toSorted()]).toEqual([
        path,
        [...new Set([...path.matchAll(/\{(\w+)\}/g)].map(([, name]) => name))].toSorted(),
      ]);
      expect(namesIn(path).every((name) => inPath.includes(name))).toBe(true);
    }
    for (const [, kind, name] of document().matchAll(/#\/components\/(\w+)\/(\w+)/g)) {
      expect(components[kind ?? ''], `${kind} ${name}`).toHaveProperty(name ?? '');
    }
  });
});

it('every command and every question of the kernel has its route', () => {
  const kernel = readFileSync(join(root, 'src/kernel/kernel.ts'), 'utf8');
  const block = (name: string): string =>
    new RegExp(`export interface ${name} \\{(.*?)\\n\\}`, 's').exec(kernel)?.[1] ?? '';
  const methods = ['Commands', 'Queries'].flatMap((name) =>
    [...block(name).matchAll(/^ {2}(\w+)\(/gm)].map(([, method]) => method ?? ''),
  );
  expect(methods.length).toBeGreaterThan(60);
  const folder = join(root, 'src/surfaces');
  const sources = readdirSync(folder, { recursive: true, encoding: 'utf8' })
    .filter((path) => path.endsWith('.ts') && !/^(cli|gateway)\//.test(path))
    .map((path) => readFileSync(join(folder, path), 'utf8'));
  const services = ['boards', 'queue'].map((name) =>
    readFileSync(join(root, `src/services/${name}.ts`), 'utf8'),
  );
  const code = [...sources, ...services].join('\n');
  // Those that others are made of: a pass, deliveries, reminders, the change of a task, the end of a run, what a restore
  // compares, what is asked before a folder is removed, and what is said in a chat itself. Loops are made and steered on the
  // command line and in chats (contract §13.1).
  const inner = [
    'forecast',
    'dueDeliveries',
    'escalations',
    'edit',
    'noteWorkSaved',
    'summary',
    'inUse',
    'recordSession',
    'recordUsage',
    ...['startLoop', 'pauseLoops', 'resumeLoops', 'clearLoops', 'loops', 'goal'],
    'pair',
    'pairedPerson',
    'pinChat',
    'unpinChat',
    'chatPin',
  ];
  const missing = methods.filter(
    (method) => !inner.includes(method) && !new RegExp(`kernel\\.${method}\\(|'${method}'`).test(code),
  );
  expect(missing).toEqual([]);
});
