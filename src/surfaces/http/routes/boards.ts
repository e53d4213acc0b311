import { z } from '@hono/zod-openapi';
import { ok, type Result, refuse } from '../../../domain/errors.ts';
import type { BoardId } from '../../../domain/ids.ts';
import { maySee } from '../../../domain/token.ts';
import { activeBoard, everyBoard, readBoard } from '../../../services/home.ts';
import { boardSummary } from '../../board-summary.ts';
import { boardId, flag, record, text } from '../../contract.ts';
import type { BoardCall, Call } from '../call.ts';
import { boardRoute, nothing, route } from '../route.ts';
import * as homeShape from '../shapes-home.ts';
import { shown } from '../views.ts';

/** The boards of the home: listed, made, changed, removed. */

const tag = 'Boards';
const one = z.strictObject({ board: homeShape.board });

/** What a board says of itself, with its counts; `is_current` for the active one. */
export async function summaryOf(
  { desk }: Call,
  board: BoardId,
): Promise<Result<z.infer<typeof homeShape.board>>> {
  const { home, world } = desk;
  const current = await activeBoard(home, world.files);
  const summary = await boardSummary(desk, await readBoard(home, world.files, board), current);
  return shown(summary, ({ db_path: _, ...rest }) => rest);
}

/** The boards that the token sees; archived ones when asked for. */
export async function summaries(
  call: Call,
  archived: boolean,
): Promise<Result<{ boards: z.infer<typeof homeShape.board>[]; current: BoardId }>> {
  const { desk, identity } = call;
  const current = await activeBoard(desk.home, desk.world.files);
  const boards = [];
  for (const board of await everyBoard(desk.home, desk.world.files)) {
    if (!maySee(identity, board)) continue;
    const summary = await summaryOf(call, board);
    if (!summary.ok) return summary;
    if (archived || !summary.value.archived || board === current) boards.push(summary.value);
  }
  return ok({ boards, current });
}

const list = route({
  method: 'get',
  path: '/boards',
  tag,
  role: 'viewer',
  summary: 'The boards, with how many tasks each has by status',
  input: record({ archived: flag.default(false) }),
  answer: z.strictObject({ boards: z.array(homeShape.board), current: z.string() }),
  work: (call, { archived }) => summaries(call, archived),
});

const show = boardRoute({
  method: 'get',
  path: '',
  tag,
  role: 'viewer',
  summary: 'One board',
  input: nothing,
  answer: one,
  work: async (call) => shown(await summaryOf(call, call.board), (board) => ({ board })),
});

/** What a board says of itself. */
export const boardChanges = {
  name: text.optional(),
  description: text.optional(),
  icon: text.optional(),
  color: text.optional(),
  default_workdir: text.optional(),
};

/** A folder is meant on the machine of the gateway, so it is whole. */
export function checkWorkdir(path: string | undefined): Result<never> | undefined {
  if (path === undefined || path === '' || path.startsWith('/') || path.startsWith('~')) return undefined;
  return refuse('invalid_input', '`default_workdir` must be an absolute path, or empty for none.');
}

const create = route({
  method: 'post',
  path: '/boards',
  tag,
  role: 'admin',
  all_boards: true,
  summary: 'Make a board; safe to repeat',
  input: record({ slug: boardId, ...boardChanges, switch: flag.optional() }),
  answer: z.strictObject({ board: homeShape.board, created: z.boolean() }),
  status: 201,
  work: async (call, { slug, switch: switches, ...given }) => {
    const wrong = checkWorkdir(given.default_workdir);
    if (wrong) return wrong;
    const { created } = await call.desk.boards.create(slug, given);
    if (switches === true) await call.desk.boards.switchTo(slug);
    return shown(await summaryOf(call, slug), (board) => ({ board, created }));
  },
});

const change = boardRoute({
  method: 'patch',
  path: '',
  tag,
  role: 'admin',
  summary: 'Change what a board says of itself',
  input: record(boardChanges),
  answer: one,
  work: (call, given) => changeBoard(call, given),
});

export async function changeBoard(
  call: BoardCall,
  given: z.infer<z.ZodObject<typeof boardChanges>>,
): Promise<Result<{ board: z.infer<typeof homeShape.board> }>> {
  const wrong = checkWorkdir(given.default_workdir);
  if (wrong) return wrong;
  const changed = await call.desk.boards.change(call.board, given);
  return changed.ok ? shown(await summaryOf(call, call.board), (board) => ({ board })) : changed;
}

const remove = boardRoute({
  method: 'delete',
  path: '',
  tag,
  role: 'admin',
  summary: 'Take a board out of service; refused while work runs on it',
  description: 'It is set aside; with `delete=true` it is gone for good.',
  input: record({ delete: flag.default(false) }),
  answer: z.strictObject({ slug: z.string(), action: z.enum(['archived', 'deleted']) }),
  work: async ({ desk, board }, { delete: forGood }) =>
    shown(await desk.boards.remove(board, forGood ? 'delete' : 'archive'), ({ slug, action }) => ({
      slug,
      action,
    })),
});

const switchTo = boardRoute({
  method: 'post',
  path: '/switch',
  tag,
  role: 'admin',
  summary: 'Make it the active board of everybody who says nothing else',
  input: nothing,
  answer: z.strictObject({ current: z.string() }),
  work: async ({ desk, board }) => shown(await desk.boards.switchTo(board), () => ({ current: board })),
});

export const boardRoutes = [list, show, create, change, remove, switchTo];
