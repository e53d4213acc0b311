import { OpenAPIHono, z } from '@hono/zod-openapi';
import { httpCodes, refusalStatuses } from './problem.ts';
import { namesIn, type Route } from './route.ts';

/** The OpenAPI 3.1 document of the routes, made of the very rows that answer. */

const wordsOf = (table: object) => z.enum(Object.fromEntries(Object.keys(table).map((word) => [word, word])));

const problemSchema = z
  .object({
    type: z.string(),
    title: z.string(),
    status: z.int(),
    detail: z.string(),
    code: wordsOf({ ...httpCodes, ...refusalStatuses }),
    ids: z.array(z.string()),
    request_id: z.string(),
  })
  .openapi('Problem', {
    description: 'What went wrong (RFC 9457); `code` says it for programs, `detail` for people.',
  });

export function openApi(routes: readonly Route[], version: string): Record<string, unknown> {
  const document = new OpenAPIHono();
  const registry = document.openAPIRegistry;
  registry.registerComponent('securitySchemes', 'token', {
    type: 'http',
    scheme: 'bearer',
    description: '`andon token create NAME` gives one.',
  });
  const problems = registry.registerComponent('responses', 'Refused', {
    description:
      'Not done, and why: `code` tells the kinds apart, as the table of codes in the guide has them.',
    content: { 'application/problem+json': { schema: { $ref: '#/components/schemas/Problem' } } },
  });
  registry.register('Problem', problemSchema);
  for (const route of routes) register(registry, route, problems.ref);
  const written = document.getOpenAPI31Document(
    {
      openapi: '3.1.0',
      info: {
        title: 'Andon',
        version,
        description: 'The board over HTTP. docs/http-api.md is its guide.',
        license: { name: 'MIT' },
      },
      servers: [{ url: 'http://127.0.0.1:4733' }],
      security: [{ token: [] }],
    },
    { sortComponents: 'alphabetically' },
  );
  return { ...written };
}

type Registry = OpenAPIHono['openAPIRegistry'];

const boardParameter = z.string().openapi({ description: 'The slug of a board.', example: 'default' });

function register(registry: Registry, route: Route, refused: { readonly $ref: string }): void {
  const { method, path, tag, role, summary, description, answer, status } = route;
  const inPath = new Set(namesIn(path));
  const fields = Object.entries(route.input.shape);
  const rest = Object.fromEntries(fields.filter(([name]) => !inPath.has(name)));
  const params = {
    ...(route.board === 'path' && { board: boardParameter }),
    ...Object.fromEntries(fields.filter(([name]) => inPath.has(name))),
  };
  const inQuery = method === 'get' || method === 'delete' || route.body !== undefined;
  const query = {
    ...(inQuery && rest),
    ...(route.board === 'query' && { board: boardParameter.optional() }),
  };
  const hasBody = route.body !== undefined || (!inQuery && Object.keys(rest).length > 0);
  registry.registerPath({
    method,
    path,
    tags: [tag],
    summary,
    description: [description, `Needs the role ${role}.`].filter(Boolean).join('\n\n'),
    request: {
      ...(Object.keys(params).length > 0 && { params: z.object(params) }),
      ...(Object.keys(query).length > 0 && { query: z.object(query) }),
      ...(hasBody && {
        body: {
          required: route.body !== undefined || !z.object(rest).safeParse({}).success,
          content:
            route.body === undefined
              ? { 'application/json': { schema: z.object(rest) } }
              : { [route.body]: { schema: binary } },
        },
      }),
    },
    responses: {
      [status]: {
        description: 'Done.',
        content:
          typeof answer === 'string'
            ? { [answer]: { schema: z.string() } }
            : { 'application/json': { schema: answer } },
      },
      default: refused,
    },
  });
}

const binary = z.any().openapi({ type: 'string', format: 'binary' });
