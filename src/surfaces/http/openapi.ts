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

const problemContent = { 'application/problem+json': { schema: problemSchema } };

/** What any route may answer instead. */
const usual = {
  400: 'The request breaks a rule.',
  401: 'Nobody is named, or by something that counts no more.',
  403: 'The token may not do this.',
  404: 'There is no such thing.',
  409: 'The command does not apply now.',
  429: 'Too many requests.',
  503: 'The board cannot be used now.',
} as const;

export function openApi(routes: readonly Route[], version: string): Record<string, unknown> {
  const document = new OpenAPIHono();
  const registry = document.openAPIRegistry;
  registry.registerComponent('securitySchemes', 'token', {
    type: 'http',
    scheme: 'bearer',
    description: '`andon token create NAME` gives one.',
  });
  for (const route of routes) register(registry, route);
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

function register(registry: Registry, route: Route): void {
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
      ...Object.fromEntries(
        Object.entries(usual).map(([status, description]) => [
          status,
          { description, content: problemContent },
        ]),
      ),
    },
  });
}

const binary = z.any().openapi({ type: 'string', format: 'binary' });

const isOptional = (field: unknown): boolean =>
  field instanceof z.ZodType && field.safeParse(undefined).success;
