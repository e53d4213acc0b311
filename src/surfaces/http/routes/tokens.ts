import { z } from '@hono/zod-openapi';
import { ok } from '../../../domain/errors.ts';
import { homeBoard } from '../../../domain/ids.ts';
import { reaches } from '../../../domain/token.ts';
import { boardId, duration, filledText, record, word } from '../../contract.ts';
import { pageLimit } from '../fields.ts';
import { nothing, route } from '../route.ts';
import { newCredential } from '../secret.ts';
import * as shape from '../shapes.ts';
import * as homeShape from '../shapes-home.ts';
import { decodeCursor, paged, shown } from '../views.ts';

/** Who may do what: the caller itself, and, for an admin, everybody. */

const tag = 'Access';
const admin = { tag, role: 'admin', all_boards: true } as const;

const me = route({
  method: 'get',
  path: '/me',
  tag,
  role: 'viewer',
  summary: 'Who asks, and what that may do',
  input: nothing,
  answer: homeShape.me,
  work: async ({ identity: { name, role, boards, by }, desk }) =>
    ok({ name, role, boards, by, version: desk.version }),
});

const list = route({
  ...admin,
  method: 'get',
  path: '/tokens',
  summary: 'The tokens and sessions, without their secrets',
  input: record({ after: filledText.optional(), limit: pageLimit(100, 500) }),
  answer: shape.pageOf('tokens', homeShape.token),
  work: async ({ kernel }, { after, limit }) => {
    const place = after === undefined ? ok(['']) : decodeCursor(after, 's');
    if (!place.ok) return place;
    const found = await kernel.tokens(homeBoard, { after: String(place.value[0]), limit: limit + 1 });
    return shown(found, (all) => {
      const { items, next } = paged(all, limit, ({ id }) => [id]);
      return { tokens: items, next };
    });
  },
});

const create = route({
  ...admin,
  method: 'post',
  path: '/tokens',
  summary: 'Make a token; its secret is told this once',
  description: '`boards` limits it to some; `for_seconds` says how long it holds (90, 15m, 30d).',
  input: record({
    name: filledText,
    role: word(reaches).default('viewer'),
    boards: z.array(boardId).min(1, { error: 'must name boards, or be left out for all' }).optional(),
    for_seconds: duration.optional(),
  }),
  answer: z.strictObject({ token: homeShape.token, secret: z.string() }),
  status: 201,
  work: async ({ kernel, identity }, { boards = null, ...wanted }) => {
    const { id, hash, text } = newCredential('k');
    const input = { ...wanted, id, hash, kind: 'token', boards, created_by: identity.name } as const;
    return shown(await kernel.createToken(homeBoard, input), (token) => ({ token, secret: text }));
  },
});

const revoke = route({
  ...admin,
  method: 'delete',
  path: '/tokens/{id}',
  summary: 'End a token or a session now',
  input: record({ id: filledText }),
  answer: homeShape.done,
  work: async ({ kernel, desk }, { id }) => {
    const revoked = await kernel.revokeToken(homeBoard, { id });
    desk.identities.forget();
    return shown(revoked, () => ({ ok: true }));
  },
});

const codeFor = 60;

const code = route({
  method: 'post',
  path: '/auth/codes',
  tag,
  role: 'viewer',
  summary: 'A link that signs a browser in as the caller, once, within a minute',
  input: nothing,
  answer: z.strictObject({ url: z.string(), expires_in: z.int() }),
  status: 201,
  work: async ({ kernel, identity, desk }) => {
    const { id, hash, text } = newCredential('c');
    const { name, role, boards, origin: created_by } = identity;
    const input = { id, hash, kind: 'code', name, role, boards, created_by, for_seconds: codeFor } as const;
    return shown(await kernel.createToken(homeBoard, input), () => ({
      url: `${desk.place().url}/auth?code=${text}`,
      expires_in: codeFor,
    }));
  },
});

export const tokenRoutes = [me, list, create, revoke, code];
