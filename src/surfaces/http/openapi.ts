import { OpenAPIHono, z } from '@hono/zod-openapi';
import { httpCodes, refusalStatuses } from './problem.ts';
import { namesIn, type Route } from './route.ts';

/** The OpenAPI 3.1 document of the routes, made of the very rows that answer. */

const problemSchema = z
  .object({
    type: z.string(),
    title: z.string(),
    status: z.int(),
    detail: z.string(),
    code: z.enum(Object.keys({ ...httpCodes, ...refusalStatuses }) as [string, ...string[]]),
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
  const { shape } = route.input;
  const inPath = new Set(namesIn(route.path));
  const fields = Object.entries(shape);
  const path = fields.filter(([name]) => inPath.has(name));
  const rest = fields.filter(([name]) => !inPath.has(name));
  const inQuery = route.method === 'get' || route.method === 'delete' || route.body !== undefined;
  const object = (of: typeof fields) => z.object(Object.fromEntries(of));
  const board = route.board === 'path' ? [['board', boardParameter] as (typeof fields)[number]] : [];
  const older =
    route.board === 'query' ? [['board', boardParameter.optional()] as (typeof fields)[number]] : [];
  const query = inQuery ? [...rest, ...older] : older;
  const body = route.body ?? (inQuery || rest.length === 0 ? undefined : 'application/json');
  registry.registerPath({
    method: route.method,
    path: route.path,
    tags: [route.tag],
    summary: route.summary,
    description: [route.description, `Needs the role ${route.role}.`].filter(Boolean).join('\n\n'),
    request: {
      ...(board.length + path.length > 0 && { params: object([...board, ...path]) }),
      ...(query.length > 0 && { query: object(query) }),
      ...(body !== undefined && {
        body: {
          required: !inQuery && rest.some(([, field]) => !isOptional(field)),
          content: { [body]: { schema: body === 'application/json' ? object(rest) : binary } },
        },
      }),
    },
    responses: {
      [route.status]: {
        description: 'Done.',
        content:
          typeof route.answer === 'string'
            ? { [route.answer]: { schema: z.string() } }
            : { 'application/json': { schema: route.answer } },
      },
      default: refused,
    },
  });
}

const binary = z.any().openapi({ type: 'string', format: 'binary' });

const isOptional = (field: unknown): boolean =>
  field instanceof z.ZodType && field.safeParse(undefined).success;
