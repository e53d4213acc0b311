import { z } from '@hono/zod-openapi';
import { type Severity, severities, type TaskDiagnostics } from '../../../domain/diagnostics.ts';
import { ok, type Result } from '../../../domain/errors.ts';
import type { TaskId } from '../../../domain/ids.ts';
import { spendingGroups } from '../../../domain/usage.ts';
import { collectFiles } from '../../../services/collect-files.ts';
import { diagnosisOf } from '../../../services/diagnosis.ts';
import { examine } from '../../../services/doctor.ts';
import { storeAddress } from '../../../services/home.ts';
import { loadProfiles } from '../../../services/profiles.ts';
import { loadSettings } from '../../../services/settings.ts';
import { filledText, flag, instant, record, taskId, word } from '../../contract.ts';
import { prune as pruneInput } from '../../contract-steering.ts';
import { thisMachine } from '../../machine.ts';
import type { BoardCall } from '../call.ts';
import { pageLimit } from '../fields.ts';
import { boardRoute, nothing, route } from '../route.ts';
import * as shape from '../shapes.ts';
import * as homeShape from '../shapes-home.ts';
import { decodeCursor, paged, shown } from '../views.ts';

/** How a board is: what looks wrong, how much there is of what, and what nobody needs any more. */

const tag = 'Health';

/** What looks wrong, at or above a severity. */
export async function diagnose(
  { kernel, board, desk }: BoardCall,
  filter: { readonly task_id?: TaskId | undefined; readonly severity?: Severity | undefined },
): Promise<Result<readonly TaskDiagnostics[]>> {
  const found = await kernel.diagnose(board, { ...diagnosisOf(desk.settings), task_id: filter.task_id });
  const least = severities.indexOf(filter.severity ?? 'warning');
  return shown(found, (all) =>
    all
      .map((each) => ({
        ...each,
        diagnostics: each.diagnostics.filter(({ severity }) => severities.indexOf(severity) >= least),
      }))
      .filter(({ diagnostics }) => diagnostics.length > 0),
  );
}

const diagnostics = boardRoute({
  method: 'get',
  path: '/diagnostics',
  tag,
  role: 'viewer',
  summary: 'Tasks that look wrong, why, and what to do',
  input: record({
    task_id: taskId.optional(),
    severity: word(severities).optional(),
    after: filledText.optional(),
    limit: pageLimit(50, 200),
  }),
  answer: z.strictObject({
    diagnostics: z.array(homeShape.taskDiagnostics),
    count: z.int(),
    next: z.string().nullable(),
  }),
  work: async (call, { after, limit, ...filter }) => {
    const place = after === undefined ? ok([0]) : decodeCursor(after, 'n');
    if (!place.ok) return place;
    const start = Number(place.value[0]);
    return shown(await diagnose(call, filter), (all) => {
      const { items, next } = paged(all.slice(start, start + limit + 1), limit, () => [start + limit]);
      return { diagnostics: items, count: all.length, next };
    });
  },
});

const soundness = boardRoute({
  method: 'get',
  path: '/health',
  tag,
  role: 'viewer',
  summary: 'What is wrong with the board itself: its database, and rows that break a rule',
  input: nothing,
  answer: z.strictObject({
    database: z.array(z.string()),
    unsound: z.array(z.strictObject({ sentence: z.string(), next: z.string(), ids: z.array(z.string()) })),
  }),
  work: async ({ kernel, board }) => {
    const database = await kernel.health(board);
    return shown(await kernel.unsound(board, {}), (unsound) => ({ database, unsound }));
  },
});

const doctor = route({
  method: 'get',
  path: '/doctor',
  tag,
  role: 'viewer',
  all_boards: true,
  summary: 'Whatever is wrong with the home, and what to do: what `andon doctor` says',
  input: nothing,
  answer: shape.listOf('findings', homeShape.finding),
  work: async ({ desk }) => {
    const { home, world, kernel } = desk;
    const loaded = await loadSettings(home, world.files, { machine: thisMachine() });
    const inFiles = storeAddress(home, { store: desk.settings.store }) === undefined;
    return ok({ findings: await examine(world, home, kernel, loaded, inFiles) });
  },
});

const stats = boardRoute({
  method: 'get',
  path: '/stats',
  tag,
  role: 'viewer',
  summary: 'How many tasks there are, by status and by profile',
  input: nothing,
  answer: shape.stats,
  work: ({ kernel, board }) => kernel.stats(board, {}),
});

const usage = boardRoute({
  method: 'get',
  path: '/usage',
  tag,
  role: 'viewer',
  summary: 'What agents have spent: tokens, and money in millionths of a US dollar; the dearest first',
  input: record({
    by: z.enum(spendingGroups).default('task'),
    task_id: taskId.optional(),
    tree: flag.optional(),
    since: instant.optional(),
  }),
  answer: shape.listOf('usage', homeShape.spending),
  work: async ({ kernel, board }, filter) => shown(await kernel.usage(board, filter), (usage) => ({ usage })),
});

export const assigneeShape = z.strictObject({
  name: z.string(),
  on_disk: z.boolean(),
  counts: z.record(z.string(), z.int()),
});

/** The profiles on disk or on the board, and what each has to do (contract §8.2). */
export async function assignees({ kernel, board, desk }: BoardCall) {
  const { profiles, broken } = await loadProfiles(desk.home, desk.world.files);
  const onDisk = new Set<string>([...profiles, ...broken].map(({ name }) => name));
  return shown(await kernel.stats(board, {}), ({ by_assignee }) => {
    const names = [...new Set([...onDisk, ...Object.keys(by_assignee)])].sort();
    const rows = names.map((name) => ({ name, on_disk: onDisk.has(name), counts: by_assignee[name] ?? {} }));
    return { assignees: rows };
  });
}

const assigneeRoute = boardRoute({
  method: 'get',
  path: '/assignees',
  tag,
  role: 'viewer',
  summary: 'The profiles, on disk or on the board, and what each has to do',
  input: nothing,
  answer: shape.listOf('assignees', assigneeShape),
  work: (call) => assignees(call),
});

const prune = boardRoute({
  method: 'post',
  path: '/prune',
  tag,
  role: 'admin',
  summary:
    'Remove what nobody needs: old events and logs of finished tasks, folders of archived ones, old trash',
  description: 'Ages are in seconds, 30 days unless said. With `dry_run` it only tells what would go.',
  input: record({ ...pruneInput.shape, dry_run: flag.default(false) }),
  answer: z.strictObject({
    events: z.int(),
    deliveries: z.int(),
    orphans: z.int(),
    ...shape.swept.shape,
  }),
  work: async ({ kernel, board, desk }, { dry_run, ...ages }) => {
    const found = await kernel[dry_run ? 'prunable' : 'prune'](board, ages);
    if (!found.ok) return found;
    const { events, deliveries, orphans } = found.value;
    const { world, home, settings } = desk;
    const swept = await collectFiles(world, kernel, { home, board, settings }, found.value, dry_run);
    return ok({ events, deliveries, orphans, ...swept });
  },
});

export const healthRoutes = [diagnostics, soundness, doctor, stats, usage, assigneeRoute, prune];
