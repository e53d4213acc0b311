import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { z } from 'zod';
import packageFile from '../package.json' with { type: 'json' };
import { openApi } from '../src/surfaces/http/openapi.ts';
import { httpCodes, refusalStatuses } from '../src/surfaces/http/problem.ts';
import { namesIn, type Route } from '../src/surfaces/http/route.ts';
import { routes } from '../src/surfaces/http/routes.ts';

/** Writes `docs/openapi.json` and `docs/http-api.md`, from the very table of routes that answers. */

const docs = join(import.meta.dirname, '..', 'docs');
export const pagePath = join(docs, 'http-api.md');
export const documentPath = join(docs, 'openapi.json');

export const document = (): string => `${JSON.stringify(openApi(routes, packageFile.version), null, 2)}\n`;

/** The page, whole: the guide by hand, the tables from the routes. */
export function page(): string {
  const guide = readFileSync(join(import.meta.dirname, 'http-guide.md'), 'utf8').trimEnd();
  const tags = [...new Set(routes.map(({ tag }) => tag))];
  return `${guide}

## Routes

Generated from the program by \`npm run docs\`. Fields in the order: of the address, then of the query (GET, DELETE) or of the JSON
body; \`?\` may be left out. What each answers stands in [openapi.json](openapi.json).

${tags.map(section).join('\n\n')}

## Codes

Those of refusals are explained in [errors.md](errors.md).

| Code | Status | |
| --- | --- | --- |
${codeRows().join('\n')}
`;
}

function section(tag: string): string {
  const rows = routes.filter((route) => route.tag === tag).map(routeRow);
  return `### ${tag}\n\n| | Role | Fields | |\n| --- | --- | --- | --- |\n${rows.join('\n')}`;
}

function routeRow(route: Route): string {
  const inPath = new Set(namesIn(route.path));
  const fields = Object.entries(route.input.shape)
    .filter(([name]) => !inPath.has(name))
    .map(([name, field]) => `\`${name}${isOptional(field) ? '?' : ''}\``);
  const body = route.body === undefined ? [] : [`body: ${route.body}`];
  const said = [route.summary, ...(route.description === undefined ? [] : [route.description])];
  const address = `\`${route.method.toUpperCase()} ${route.path}\``;
  return `| ${address} | ${route.role} | ${[...fields, ...body].join(' ')} | ${said.join('. ').replaceAll('|', '\\|')} |`;
}

const isOptional = (field: unknown): boolean =>
  field instanceof z.ZodType && field.safeParse(undefined).success;

function codeRows(): string[] {
  const http = Object.entries(httpCodes).map(([code, [status, meaning]]) => [code, status, meaning] as const);
  const refusals = Object.entries(refusalStatuses).map(
    ([code, status]) => [code, status, 'a refusal'] as const,
  );
  return [...http, ...refusals]
    .sort(([one], [other]) => (one < other ? -1 : 1))
    .map(([code, status, meaning]) => `| \`${code}\` | ${status} | ${meaning} |`);
}

if (import.meta.main) {
  writeFileSync(documentPath, document());
  writeFileSync(pagePath, page());
}
