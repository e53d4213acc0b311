import { join } from 'node:path';
import { z } from '@hono/zod-openapi';
import { ok, type Result } from '../../../domain/errors.ts';
import type { BoardId } from '../../../domain/ids.ts';
import { activeBoard, boardExists } from '../../../services/home.ts';
import { readYaml } from '../../../services/strict-yaml.ts';
import { boardId, flag, limitUpTo, name, record, taskId } from '../../contract.ts';
import { type BoardCall, type Call, type Desk, requireBoard } from '../call.ts';
import { HttpProblem } from '../problem.ts';
import { nothing, olderHomeRoute, olderRoute } from '../route.ts';
import { boardChanges, changeBoard, checkWorkdir, summaries, summaryOf } from '../routes/boards.ts';
import { dispatch } from '../routes/dispatching.ts';

/** Contract §10: boards, where messages may go, and the pass of the dispatcher. */

const tag = 'Older API';
const anything = z.looseObject({});

const boards = olderHomeRoute({
  method: 'get',
  path: '/boards',
  tag,
  role: 'viewer',
  summary: 'The boards',
  input: record({ include_archived: flag.default(false) }),
  answer: z.strictObject({ boards: z.array(anything), current: z.string() }),
  work: (call, { include_archived }) => summaries(call, include_archived),
});

const create = olderHomeRoute({
  method: 'post',
  path: '/boards',
  tag,
  role: 'admin',
  all_boards: true,
  summary: 'Make a board',
  input: record({ slug: boardId, ...boardChanges, switch: flag.default(false) }),
  answer: z.strictObject({ board: anything, current: z.string() }),
  work: async (call, { slug, switch: switches, ...given }) => {
    const wrong = checkWorkdir(given.default_workdir);
    if (wrong) return wrong;
    await call.desk.boards.create(slug, given);
    if (switches) await call.desk.boards.switchTo(slug);
    const board = await summaryOf(call, slug);
    return board.ok ? ok({ board: board.value, current: await current(call) }) : board;
  },
});

const current = ({ desk }: Call): Promise<BoardId> => activeBoard(desk.home, desk.world.files);

/** The board that stands in the address of these older routes. */
async function named(call: Call, slug: BoardId): Promise<BoardCall> {
  const { desk, identity } = call;
  requireBoard(identity, slug);
  if (!(await boardExists(desk.home, desk.world.files, slug))) {
    throw new HttpProblem('unknown_board', `There is no board ${slug}.`, { ids: [slug] });
  }
  return { ...call, board: slug };
}

const change = olderHomeRoute({
  method: 'patch',
  path: '/boards/{slug}',
  tag,
  role: 'admin',
  summary: 'Change what a board says of itself',
  input: record({ slug: boardId, ...boardChanges }),
  answer: z.strictObject({ board: anything }),
  work: async (call, { slug, ...given }) => changeBoard(await named(call, slug), given),
});

const remove = olderHomeRoute({
  method: 'delete',
  path: '/boards/{slug}',
  tag,
  role: 'admin',
  summary: 'Take a board out of service',
  input: record({ slug: boardId, delete: flag.default(false) }),
  answer: z.strictObject({ result: anything, current: z.string() }),
  work: async (call, { slug, delete: forGood }) => {
    const { board, desk } = await named(call, slug);
    const removed = await desk.boards.remove(board, forGood ? 'delete' : 'archive');
    return removed.ok ? ok({ result: removed.value, current: await current(call) }) : removed;
  },
});

const switchTo = olderHomeRoute({
  method: 'post',
  path: '/boards/{slug}/switch',
  tag,
  role: 'admin',
  summary: 'Make a board the active one',
  input: record({ slug: boardId }),
  answer: z.strictObject({ current: z.string() }),
  work: async (call, { slug }) => {
    const { board, desk } = await named(call, slug);
    const switched = await desk.boards.switchTo(board);
    return switched.ok ? ok({ current: board }) : switched;
  },
});

const pass = olderHomeRoute({
  method: 'post',
  path: '/dispatch',
  tag,
  role: 'operator',
  all_boards: true,
  summary: 'Ask for a pass of the dispatcher',
  input: record({ dry_run: flag.default(false), max: limitUpTo(1000).default(8) }),
  answer: anything,
  work: (call, input) => dispatch(call, input),
});

/** Hermes' own settings of its page, as its file has them. */
const config = olderHomeRoute({
  method: 'get',
  path: '/config',
  tag,
  role: 'viewer',
  summary: 'How a page shall show the board',
  input: nothing,
  answer: z.strictObject({
    default_tenant: z.string(),
    lane_by_profile: z.boolean(),
    include_archived_by_default: z.boolean(),
    render_markdown: z.boolean(),
  }),
  work: async ({ desk }) => {
    const file = await readYaml(desk.world.files, join(desk.home.root, 'config.yaml'), 'config.yaml');
    const block = inside(inside(file?.ok ? file.value : undefined, 'dashboard'), 'kanban');
    return ok(pageSettings.parse(block ?? {}));
  },
});

const pageSettings = z.object({
  default_tenant: z.string().catch(''),
  lane_by_profile: z.boolean().catch(true),
  include_archived_by_default: z.boolean().catch(false),
  render_markdown: z.boolean().catch(true),
});

const inside = (value: unknown, key: string): object | undefined => {
  const found: unknown = typeof value === 'object' && value !== null ? Reflect.get(value, key) : undefined;
  return typeof found === 'object' && found !== null ? found : undefined;
};

/** A home channel is where messages of a platform go; here the first webhook that `andon.yaml` names. */
const channels = ({ settings }: Desk) =>
  Object.keys(settings.webhooks)
    .sort()
    .slice(0, 1)
    .map((chat_id) => ({ platform: 'webhook', chat_id, thread_id: '', name: chat_id }));

const homeChannels = olderRoute({
  method: 'get',
  path: '/home-channels',
  tag,
  role: 'viewer',
  summary: 'Where messages may go, and whether they do for a task',
  input: record({ task_id: taskId.optional() }),
  answer: z.strictObject({ home_channels: z.array(anything) }),
  work: async ({ kernel, board, desk }, { task_id }) => {
    const found = task_id === undefined ? ok([]) : await kernel.subscriptions(board, { task_id });
    if (!found.ok) return found;
    const isSubscribed = (wanted: { platform: string; chat_id: string }): boolean =>
      found.value.some(({ platform, chat_id }) => platform === wanted.platform && chat_id === wanted.chat_id);
    return ok({
      home_channels: channels(desk).map((channel) => ({ ...channel, subscribed: isSubscribed(channel) })),
    });
  },
});

const subscription = (verb: 'post' | 'delete') =>
  olderRoute({
    method: verb,
    path: '/tasks/{task_id}/home-subscribe/{platform}',
    tag,
    role: 'operator',
    summary: verb === 'post' ? 'Be told of a task at a home channel' : 'Be told there no longer',
    input: record({ task_id: taskId, platform: name }),
    answer: z.strictObject({ ok: z.literal(true), task_id: z.string(), home_channel: anything }),
    work: async ({ kernel, board, desk }, { task_id, platform }) => {
      const channel = channels(desk).find((each) => each.platform === platform);
      if (channel === undefined) {
        throw new HttpProblem('unknown_subscription', `No home channel of ${platform} is configured.`);
      }
      const key = { task_id, platform, chat_id: channel.chat_id, thread_id: channel.thread_id };
      const answer: Result<unknown> =
        verb === 'post' ? await kernel.subscribe(board, key) : await kernel.unsubscribe(board, key);
      return answer.ok ? ok({ ok: true, task_id, home_channel: channel }) : answer;
    },
  });

export const olderHomeRoutes = [
  boards,
  create,
  change,
  remove,
  switchTo,
  pass,
  config,
  homeChannels,
  subscription('post'),
  subscription('delete'),
];
