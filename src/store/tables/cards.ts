import type { Card, CardCursor, CardFilter } from '../../domain/card.ts';
import { asMillis, asProfileName, asRunId, asSeconds, asTaskId } from '../../domain/ids.ts';
import { type Status, statuses, workspaceKinds } from '../../domain/task.ts';
import {
  brandedText,
  type Column,
  flag,
  integer,
  integerAs,
  nullable,
  oneOf,
  rowOf,
  single,
  text,
  unreadable,
  withDefault,
} from '../columns.ts';
import { type Decoder, every, type Fragment, fragment, sql, upTo } from '../sql.ts';
import type { Reader } from '../store.ts';
import { anyStatus, withForeignStatus } from './tasks.ts';

/** Pages of cards: each in one question, with what stands beside a card's own row. */

type Row = Omit<Card, 'foreign_status'>;

/** `3/5`, as the question below writes it. */
const doneOf: Column<Card['children']> = (value) => {
  if (typeof value !== 'string') return unreadable;
  const stroke = value.indexOf('/');
  const [done, total] = [Number(value.slice(0, stroke)), Number(value.slice(stroke + 1))];
  return Number.isInteger(done) && Number.isInteger(total) ? { done, total } : unreadable;
};

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
  parents: integer,
  comments: integer,
  attachments: integer,
  children: doneOf,
  scheduled_at: nullable(integerAs(asMillis)),
  latest_summary: nullable(text),
});

const cardRow: Decoder<Card> = withForeignStatus(knownColumns);

/**
 * What stands beside a card is looked up for each by an index: a page of 50 in 0.3 ms of 100,000 tasks. Only a scheduled task
 * has a time to wake; another program that moved one on left its old time behind.
 */
const columns = fragment`id, title, assignee, status, priority, tenant, created_by, created_at, started_at, completed_at,
  workspace_kind, branch_name, consecutive_failures, current_run_id, block_kind, goal_mode, substr(body, 1, 200) as body_preview,
  (select count(*) from task_links where child_id = tasks.id) as parents,
  (select count(*) from task_comments where task_id = tasks.id) as comments,
  (select count(*) from task_attachments where task_id = tasks.id) as attachments,
  (select coalesce(sum(case when c.status in ('done', 'archived') then 1 else 0 end), 0) || '/' || count(*)
    from task_links l join tasks c on c.id = l.child_id where l.parent_id = tasks.id) as children,
  case when status = 'scheduled' then (select scheduled_at from andon_tasks where task_id = tasks.id) end as scheduled_at,
  (select substr(summary, 1, 200) from task_runs where id = (select max(id) from task_runs
    where task_id = tasks.id and coalesce(summary, '') <> '')) as latest_summary`;

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

export function selectCards(reader: Reader, { status, filter, after, limit }: PageOfColumn): Promise<Card[]> {
  const conditions = [
    inColumn(status),
    ...wanted(filter),
    ...(after === null ? [] : [behind(status, after)]),
  ];
  return reader.all(sql(cardRow)`
    select ${columns} from tasks where ${every(conditions)} order by ${orderOf(status)} ${upTo(limit)}`);
}

/** Cards whose status is of another program: between our own in the alphabet, so that the index finds them. */
export function selectForeignCards(reader: Reader, filter: CardFilter, limit: number): Promise<Card[]> {
  const own = statuses.toSorted();
  const gaps = own.map((status, index) => {
    const next = own[index + 1];
    return next === undefined
      ? fragment`status > ${status}`
      : fragment`(status > ${status} and status < ${next})`;
  });
  const outside = gaps.reduce((all, gap) => fragment`${all} or ${gap}`, fragment`status < ${own[0] ?? ''}`);
  // The crossed join keeps its order: SQLite would rather walk all tasks of a profile than look for the few at first.
  return reader.all(sql(cardRow)`
    select ${columns} from tasks where id in (
      select f.id from (select id from tasks where ${outside}) f cross join tasks t
      where ${every([fragment`t.id = f.id`, ...wanted(filter)])})
    order by id ${upTo(limit)}`);
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
    select count(*) as value from (select 1 from tasks where ${conditions} ${upTo(most)}) counted`);
  return amount ?? 0;
}
