import { z } from '@hono/zod-openapi';
import { asEventId, asRunId, type BoardId } from '../../../domain/ids.ts';
import { maySee } from '../../../domain/token.ts';
import type { FeedEvent } from '../../../domain/view.ts';
import { boardPaths, liveBoards } from '../../../services/home.ts';
import { loadProfile } from '../../../services/profiles.ts';
import { filledText, integer, positive, record, somebody, taskId } from '../../contract.ts';
import { openInside, readSlice } from '../../stored-files.ts';
import type { BoardCall, Call, Desk } from '../call.ts';
import { pageLimit } from '../fields.ts';
import { withoutLock } from '../live/channel.ts';
import { completionStream } from '../live/completion.ts';
import { openReader, parseCursors } from '../live/reader.ts';
import { eventStream } from '../live/sse.ts';
import { HttpProblem } from '../problem.ts';
import { boardRoute, route } from '../route.ts';
import * as shape from '../shapes.ts';
import { shown } from '../views.ts';
import { logPath } from './runs.ts';

/** What happens, as a list behind a cursor and as streams. */

const tag = 'Events';

/** Several words in one field, with commas between. */
const words = filledText.transform((given) => given.split(',').map((word) => word.trim()));

const filter = {
  task_id: taskId.optional(),
  kinds: words.optional(),
  assignee: somebody.optional(),
  tenant: filledText.optional(),
};
type Filter = z.infer<z.ZodObject<typeof filter>>;

const wanted =
  ({ task_id, kinds, assignee, tenant }: Filter) =>
  (event: FeedEvent): boolean =>
    (task_id === undefined || event.task_id === task_id) &&
    (kinds === undefined || kinds.includes(event.kind)) &&
    (assignee === undefined || event.assignee === assignee) &&
    (tenant === undefined || event.tenant === tenant);

const list = boardRoute({
  method: 'get',
  path: '/events',
  tag,
  role: 'viewer',
  summary: 'The events of a board after a cursor, oldest first',
  description:
    '`next` is the id of the last one: ask again with it as `after`, also when the page was empty.',
  input: record({ ...filter, after: integer(0).default(0), limit: pageLimit(100, 500) }),
  answer: z.strictObject({ events: z.array(shape.feedEvent), next: z.int() }),
  work: async ({ kernel, board }, { after, ...rest }) =>
    shown(await kernel.feed(board, { ...rest, after: asEventId(after) }), (events) => ({
      events: events.map(withoutLock),
      next: events.at(-1)?.id ?? after,
    })),
});

/** A place among the streams; it is given back when the stream ends. */
export function streamPlace({ desk, identity }: Pick<Call, 'desk' | 'identity'>): () => void {
  const leave = desk.streams.take(identity.id);
  if (leave !== undefined) return leave;
  throw new HttpProblem('too_many_requests', 'Too many streams are open; close one first.', {
    headers: { 'retry-after': '5' },
  });
}

/** A stream outlives its request's first look at who asks: the token may be revoked meanwhile. */
export function stillAllowed(
  { desk, request, from }: Call,
  again: () => Promise<unknown> = () => desk.identities.of(request, from),
): () => Promise<boolean> {
  const every = 5000;
  const { monotonic } = desk.world;
  let checked: number = monotonic();
  return async () => {
    if (monotonic() - checked < every) return true;
    checked = monotonic();
    return again().then(
      () => true,
      () => false,
    );
  };
}

/** Where a client left off: the header of a browser that comes back, or `after` of one that begins. */
const resumption = (request: Request, after: string | undefined): string | null =>
  request.headers.get('last-event-id') ?? after ?? null;

async function streamOf(call: Call, boards: readonly BoardId[], after: string | undefined, only: Filter) {
  const { desk, request } = call;
  const leave = streamPlace(call);
  try {
    const given = resumption(request, after);
    const [first] = boards;
    // The id of an event alone means the one board that is asked for.
    const isBare = given !== null && /^\d+$/.test(given) && first !== undefined && boards.length === 1;
    const from = parseCursors(isBare ? `${first}:${given}` : given);
    const reader = await openReader(desk.hub, desk.kernel, boards, { from, wanted: wanted(only) });
    return { reader, leave };
  } catch (error) {
    leave();
    throw error;
  }
}

const stream = boardRoute({
  method: 'get',
  path: '/stream',
  tag,
  role: 'viewer',
  summary: 'The events of a board as they come (server-sent events)',
  description:
    'Ids are `board:event`; `Last-Event-ID`, or `after` at first, resumes without a gap. `reload` means that too much has happened to tell. A comment comes every 30 s.',
  input: record({ ...filter, after: filledText.optional() }),
  answer: 'text/event-stream',
  work: async (call, { after, ...only }) => {
    const { reader, leave } = await streamOf(call, [call.board], after, only);
    return eventStream(reader, { still: stillAllowed(call), onEnd: leave });
  },
});

const all = route({
  method: 'get',
  path: '/stream',
  tag,
  role: 'viewer',
  summary: 'The events of all boards as they come, those too that are made meanwhile',
  description: 'Ids name every board, `default:12,ops:5`, so that it resumes where it was on each.',
  input: record({ ...filter, after: filledText.optional() }),
  answer: 'text/event-stream',
  work: async (call, { after, ...only }) => {
    const { desk } = call;
    const { reader, leave } = await streamOf(call, await visibleBoards(call), after, only);
    const join = async (): Promise<void> => {
      for (const board of await visibleBoards(call)) await reader.add(board);
    };
    const unheed = desk.hub.onBoards(() => {
      join().catch((error: unknown) => desk.world.log.warn('A stream cannot hear a new board.', { error }));
    });
    const onEnd = (): void => {
      unheed();
      leave();
    };
    return eventStream(reader, { still: stillAllowed(call), onEnd });
  },
});

/** The boards that are served, as far as the token sees them. */
export async function visibleBoards({ desk, identity }: Call): Promise<readonly BoardId[]> {
  const boards = await liveBoards(desk.home, desk.world.files);
  return boards.filter((board) => maySee(identity, board));
}

const completion = boardRoute({
  method: 'get',
  path: '/runs/{run_id}/events',
  tag,
  role: 'viewer',
  summary: 'The end of one run as it comes (server-sent events)',
  description:
    '`run.completed`, `run.failed` or `run.cancelled`, then `process.completed` with the exit code and the end of the output, which is told once. 404 when there is no such run within a second.',
  input: record({ run_id: positive }),
  answer: 'text/event-stream',
  work: async (call, { run_id }) => completionOf(call, run_id),
});

/** Also under the address of contract §13.3. */
export async function completionOf(call: BoardCall, run: number): Promise<Response> {
  const { desk, board } = call;
  const leave = streamPlace(call);
  const run_id = asRunId(run);
  const found = await completionStream(desk.hub, desk.kernel, {
    board,
    run_id,
    about: async ({ task_id, profile }) => ({
      output: await outputEnd(call, task_id),
      command: profile === null ? null : await commandOf(desk, profile),
      session_id: await sessionOf(call, task_id),
    }),
    after: desk.world.after,
    now: desk.world.now,
    onEnd: leave,
  });
  if (found !== undefined) return found;
  throw new HttpProblem('unknown_run', `There is no run ${run} on the board ${board}.`, {
    ids: [String(run)],
  });
}

async function outputEnd(call: BoardCall, task_id: Parameters<typeof logPath>[1]): Promise<string> {
  const file = await openInside(boardPaths(call.desk.home, call.board).logs, logPath(call, task_id));
  if (file === undefined) return '';
  try {
    // A character has at most four bytes, and colours take some too.
    return (await readSlice(file, -16_000, 16_000)).content;
  } finally {
    await file.close();
  }
}

async function commandOf({ home, world }: Desk, profile: string): Promise<string | null> {
  const loaded = await loadProfile(home, world.files, profile);
  return loaded.ok && loaded.profile.command !== undefined ? loaded.profile.command.join(' ') : null;
}

async function sessionOf({ kernel, board }: BoardCall, task_id: Parameters<typeof logPath>[1]) {
  const view = await kernel.show(board, { task_id, events: 0 });
  return view.ok ? view.value.task.session_id : null;
}

export const eventRoutes = [list, stream, all, completion];
