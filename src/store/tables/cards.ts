import type { Card, CardCursor, CardFilter } from '../../domain/card.ts';
import {
  asMillis,
  asProfileName,
  asRunId,
  asSeconds,
  asTaskId,
  type Millis,
  type TaskId,
} from '../../domain/ids.ts';
import { type Status, statuses, workspaceKinds } from '../../domain/task.ts';
import {
  brandedText,
  flag,
  integer,
  integerAs,
  nullable,
  oneOf,
  rowOf,
  single,
  text,
  withDefault,
} from '../columns.ts';
import { type Decoder, every, type Fragment, fragment, list, sql } from '../sql.ts';
import type { Reader } from '../store.ts';
import { anyStatus } from './tasks.ts';

/** Pages of cards: the rows by themselves, and what stands beside them, for a whole page in one question each. */

type Row = Omit<
  Card,
  'foreign_status' | 'latest_summary' | 'parents' | 'comments' | 'attachments' | 'children' | 'scheduled_at'
>;

const knownColumns = rowOf<Row>('tasks', {
  id: brandedText(asTaskId),
  title: text,
  assignee: nullable(brandedText(asProfileName)),
  status: anyStatus,
  priority: withDefault(integer, 0),
  tenant: nullable(text),
  created_by: nullable(text),
  created_at: integerAs(asSeconds),
  started_at: nullable(integerAs(asSeconds)),
  completed_at: nullable(integerAs(asSeconds)),
  workspace_kind: oneOf(workspaceKinds),
  branch_name: nullable(text),
  consecutive_failures: withDefault(integer, 0),
  current_run_id: nullable(integerAs(asRunId)),
  block_kind: nullable(text),
  goal_mode: flag,
  body_preview: nullable(text),
});

const cardRow: Decoder<Row & Pick<Card, 'foreign_status'>> = (raw) => {
  const row = knownColumns(raw);
  return raw['status'] === row.status ? row : { ...row, foreign_status: String(raw['status']) };
};

const columns = fragment`id, title, assignee, status, priority, tenant, created_by, created_at, started_at, completed_at,
  workspace_kind, branch_name, consecutive_failures, current_run_id, block_kind, goal_mode, substr(body, 1, 200) as body_preview`;

/** What is done stands newest first; everything else by urgency. Each order is a walk along an index. */
const orderOf = (status: Status): Fragment =>
  status === 'done' ? fragment`completed_at desc, created_at, id` : fragment`priority desc, created_at, id`;

/** Behind the last card of the page before. */
function behind(status: Status, [order, created, id]: CardCursor): Fragment {
  const same = fragment`(created_at > ${created} or (created_at = ${created} and id > ${id}))`;
  return status === 'done'
    ? fragment`(completed_at < ${order} or (completed_at = ${order} and ${same}))`
    : fragment`(priority < ${order} or (priority = ${order} and ${same}))`;
}

/** A done task without a time was finished by another program, and stands at no place in that order. */
const inColumn = (status: Status): Fragment =>
  status === 'done' ? fragment`status = 'done' and completed_at is not null` : fragment`status = ${status}`;

function wanted({ assignee, tenant, workflow_template_id, current_step_key, title }: CardFilter): Fragment[] {
  return [
    // PostgreSQL finds no index for `is not distinct from`.
    ...(assignee === undefined
      ? []
      : [assignee === null ? fragment`assignee is null` : fragment`assignee = ${assignee}`]),
    ...(tenant === undefined
      ? []
      : [tenant === null ? fragment`tenant is null` : fragment`tenant = ${tenant}`]),
    ...(workflow_template_id === undefined ? [] : [fragment`workflow_template_id = ${workflow_template_id}`]),
    ...(current_step_key === undefined ? [] : [fragment`current_step_key = ${current_step_key}`]),
    ...(title === undefined ? [] : [fragment`lower(title) like ${likeness(title)} escape '!'`]),
  ];
}

const likeness = (words: string): string => `%${words.toLowerCase().replaceAll(/[!%_]/g, '!$&')}%`;

export interface PageOfColumn {
  readonly status: Status;
  readonly filter: CardFilter;
  readonly after: CardCursor | null;
  readonly limit: number;
}

export type PlainCard = ReturnType<typeof cardRow>;

export function selectCards(
  reader: Reader,
  { status, filter, after, limit }: PageOfColumn,
): Promise<PlainCard[]> {
  const conditions = [
    inColumn(status),
    ...wanted(filter),
    ...(after === null ? [] : [behind(status, after)]),
  ];
  return reader.all(sql(cardRow)`
    select ${columns} from tasks where ${every(conditions)} order by ${orderOf(status)} limit ${limit}`);
}

/** Cards whose status is of another program: between our own in the alphabet, so that the index finds them. */
export function selectForeignCards(reader: Reader, filter: CardFilter, limit: number): Promise<PlainCard[]> {
  const own = statuses.toSorted();
  const gaps = own.map((status, index) => {
    const next = own[index + 1];
    return next === undefined
      ? fragment`status > ${status}`
      : fragment`(status > ${status} and status < ${next})`;
  });
  const outside = gaps.reduce((all, gap) => fragment`${all} or ${gap}`, fragment`status < ${own[0] ?? ''}`);
  // In a question of its own: with the order beside it SQLite would walk all tasks by their ids.
  const foreign = fragment`id in (select id from tasks where ${outside})`;
  return reader.all(sql(cardRow)`
    select ${columns} from tasks where ${every([foreign, ...wanted(filter)])} order by id limit ${limit}`);
}

/** How many cards a column has, counted up to `most`. */
export async function countCards(
  reader: Reader,
  status: Status,
  filter: CardFilter,
  most: number,
): Promise<number> {
  const conditions = every([fragment`status = ${status}`, ...wanted(filter)]);
  const amount = await reader.one(sql(single(integer))`
    select count(*) as value from (select 1 from tasks where ${conditions} limit ${most}) counted`);
  return amount ?? 0;
}

const amountRow = rowOf<{ id: TaskId; amount: number; done: number }>('(counts)', {
  id: brandedText(asTaskId),
  amount: integer,
  done: integer,
});

/** What is counted beside the cards of a page; `done` of the children only. */
export interface Beside {
  readonly parents: ReadonlyMap<TaskId, number>;
  readonly comments: ReadonlyMap<TaskId, number>;
  readonly attachments: ReadonlyMap<TaskId, number>;
  readonly children: ReadonlyMap<TaskId, Card['children']>;
  readonly scheduled: ReadonlyMap<TaskId, Millis>;
  readonly summaries: ReadonlyMap<TaskId, string>;
}

const summaryRow = rowOf<{ task_id: TaskId; summary: string }>('task_runs', {
  task_id: brandedText(asTaskId),
  summary: text,
});
const wakeRow = rowOf<{ task_id: TaskId; scheduled_at: Millis }>('andon_tasks', {
  task_id: brandedText(asTaskId),
  scheduled_at: integerAs(asMillis),
});

/** For at most a few hundred cards. */
export async function besideCards(reader: Reader, ids: readonly TaskId[]): Promise<Beside> {
  const amounts = async (table: Fragment, column: Fragment): Promise<Map<TaskId, number>> => {
    const rows = await reader.all(sql(amountRow)`
      select ${column} as id, count(*) as amount, 0 as done from ${table}
      where ${column} in (${list(ids)}) group by ${column}`);
    return new Map(rows.map(({ id, amount }) => [id, amount]));
  };
  const children = await reader.all(sql(amountRow)`
    select l.parent_id as id, count(*) as amount,
      sum(case when t.status in ('done', 'archived') then 1 else 0 end) as done
    from task_links l join tasks t on t.id = l.child_id where l.parent_id in (${list(ids)}) group by l.parent_id`);
  const wakes = await reader.all(sql(wakeRow)`
    select task_id, scheduled_at from andon_tasks where task_id in (${list(ids)}) and scheduled_at is not null`);
  const said = await reader.all(sql(summaryRow)`
    select task_id, substr(summary, 1, 200) as summary from task_runs where id in (
      select max(id) from task_runs where task_id in (${list(ids)}) and coalesce(summary, '') <> '' group by task_id)`);
  return {
    parents: await amounts(fragment`task_links`, fragment`child_id`),
    comments: await amounts(fragment`task_comments`, fragment`task_id`),
    attachments: await amounts(fragment`task_attachments`, fragment`task_id`),
    children: new Map(children.map(({ id, amount, done }) => [id, { done, total: amount }])),
    scheduled: new Map(wakes.map(({ task_id, scheduled_at }) => [task_id, scheduled_at])),
    summaries: new Map(said.map(({ task_id, summary }) => [task_id, summary])),
  };
}
