import { z } from '@hono/zod-openapi';
import type { Card } from '../../../domain/card.ts';
import { severities } from '../../../domain/diagnostics.ts';
import { ok, type Result } from '../../../domain/errors.ts';
import { statuses, type Task } from '../../../domain/task.ts';
import { filledText, flag, record, taskId, word } from '../../contract.ts';
import type { BoardCall } from '../call.ts';
import { nothing, olderRoute } from '../route.ts';
import { assignees, diagnose } from '../routes/health.ts';
import { diagnosticsByTask, nowOf, olderTask, summaryPreview } from './shown.ts';

/** Contract §10: the whole board in one answer, its figures, and what looks wrong on it. */

const tag = 'Older API';
const anything = z.looseObject({});

const filter = {
  tenant: filledText.optional(),
  workflow_template_id: filledText.optional(),
  current_step_key: filledText.optional(),
};

const board = olderRoute({
  method: 'get',
  path: '/board',
  tag,
  role: 'viewer',
  summary: 'Every card of a board; prefer /columns, which has pages',
  input: record({ ...filter, include_archived: flag.default(false) }),
  answer: z.looseObject({ columns: z.array(anything), latest_event_id: z.int(), now: z.int() }),
  work: async (call, { include_archived, ...wanted }) => {
    const { kernel, board: id } = call;
    const tasks = await kernel.list(id, { ...wanted, include_archived });
    if (!tasks.ok) return tasks;
    const cards = await allCards(call, wanted, include_archived);
    if (!cards.ok) return cards;
    const diagnostics = await diagnosticsByTask(call);
    const last = await kernel.lastEvent(id, {});
    if (!diagnostics.ok) return diagnostics;
    if (!last.ok) return last;
    const now = nowOf(call);
    const shown = (task: Task) => {
      const card = cards.value.get(task.id);
      const { done = 0, total = 0 } = card?.children ?? {};
      const beside = {
        now,
        latest_summary: summaryPreview(card?.latest_summary ?? null),
        diagnostics: diagnostics.value.get(task.id) ?? [],
      };
      return {
        ...olderTask(call, task, beside),
        link_counts: { parents: card?.parents ?? 0, children: total },
        comment_count: card?.comments ?? 0,
        progress: total === 0 ? null : { done, total },
      };
    };
    const names = statuses.filter((status) => include_archived || status !== 'archived');
    const byStatus = Map.groupBy(tasks.value, ({ status }) => status);
    const distinct = (of: (task: Task) => string | null): string[] =>
      [...new Set(tasks.value.flatMap((task) => of(task) ?? []))].sort();
    return ok({
      columns: names.map((name) => ({ name, tasks: (byStatus.get(name) ?? []).map(shown) })),
      tenants: distinct(({ tenant }) => tenant),
      assignees: distinct(({ assignee }) => assignee),
      latest_event_id: last.value,
      now,
    });
  },
});

/** What is counted beside every card, read page by page. */
async function allCards(
  { kernel, board: id }: BoardCall,
  wanted: { [Key in keyof typeof filter]?: string | undefined },
  archived: boolean,
): Promise<Result<ReadonlyMap<string, Card>>> {
  const cards = new Map<string, Card>();
  for (const status of statuses) {
    if (status === 'archived' && !archived) continue;
    for (let after: Parameters<typeof kernel.cards>[1]['after'] = null; ; ) {
      const page = await kernel.cards(id, { ...wanted, status, after, limit: 200 });
      if (!page.ok) return page;
      for (const card of page.value.cards) cards.set(card.id, card);
      after = page.value.next;
      if (after === null) break;
    }
  }
  return ok(cards);
}

const diagnosticsRoute = olderRoute({
  method: 'get',
  path: '/diagnostics',
  tag,
  role: 'viewer',
  summary: 'Tasks that look wrong',
  input: record({ severity: word(severities).optional(), task_id: taskId.optional() }),
  answer: z.strictObject({ diagnostics: z.array(anything), count: z.int() }),
  work: async (call, input) => {
    const found = await diagnose(call, input);
    return found.ok ? ok({ diagnostics: found.value, count: found.value.length }) : found;
  },
});

const stats = olderRoute({
  method: 'get',
  path: '/stats',
  tag,
  role: 'viewer',
  summary: 'How many tasks there are, by status and by profile',
  input: nothing,
  answer: anything,
  work: ({ kernel, board: id }) => kernel.stats(id, {}),
});

const assigneeRoute = olderRoute({
  method: 'get',
  path: '/assignees',
  tag,
  role: 'viewer',
  summary: 'The profiles, and what each has to do',
  input: nothing,
  answer: z.strictObject({ assignees: z.array(anything) }),
  work: (call) => assignees(call),
});

export const olderBoardRoutes = [board, diagnosticsRoute, stats, assigneeRoute];
