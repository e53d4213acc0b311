import { type BudgetState, budgetKey, type Spent } from '../../domain/budget.ts';
import { asTaskId, type RunId, type TaskId } from '../../domain/ids.ts';
import { brandedText, integer, nullable, rowOf, single, text } from '../columns.ts';
import { command, type Fragment, fragment, list, type Query, sql } from '../sql.ts';
import type { Reader, Tx } from '../store.ts';

/**
 * What was spent, as budgets ask for it, without walking all that ever was: tasks and trees are summed along the index of
 * `andon_usage`, and `andon_spent` keeps the sums of profiles, of the board and of its days.
 */

/** Longer lists are asked for in pieces. */
const piece = 300;

async function inPieces<Row>(
  reader: Reader,
  ids: readonly string[],
  query: (ids: Fragment) => Query<Row>,
): Promise<Row[]> {
  const rows: Row[] = [];
  for (let at = 0; at < ids.length; at += piece) {
    rows.push(...(await reader.all(query(list(ids.slice(at, at + piece))))));
  }
  return rows;
}

const amounts = { cost_micros: integer, tokens: integer };
const spentRow = rowOf<Spent>('andon_spent', amounts);
const subjectRow = rowOf<Spent & { subject: string }>('andon_spent', { subject: text, ...amounts });
const sums = fragment`coalesce(sum(u.cost_micros), 0) as cost_micros,
  coalesce(sum(u.input_tokens + u.output_tokens), 0) as tokens`;

export type SpentBy = Spent & { readonly subject: string };

export const spentByTasks = (reader: Reader, ids: readonly TaskId[]): Promise<SpentBy[]> =>
  inPieces(
    reader,
    ids,
    (some) => sql(subjectRow)`
    select u.task_id as subject, ${sums} from andon_usage u where u.task_id in (${some}) group by u.task_id`,
  );

/** By tasks and all that depends on them, however far. An outer join, else SQLite begins with all usage that there is. */
export const spentByTrees = (reader: Reader, roots: readonly TaskId[]): Promise<SpentBy[]> =>
  inPieces(
    reader,
    roots,
    (some) => sql(subjectRow)`
    with recursive below (root, id) as (
      select id, id from tasks where id in (${some})
      union
      select b.root, l.child_id from below b join task_links l on l.parent_id = b.id
    )
    select b.root as subject, ${sums} from below b left join andon_usage u on u.task_id = b.id group by b.root`,
  );

/** All profiles, the board, or one day of it. */
export const spentBySubjects = (
  reader: Reader,
  scope: 'profile' | 'board' | 'day',
  only?: string,
): Promise<SpentBy[]> =>
  reader.all(sql(subjectRow)`
    select subject, cost_micros, tokens from andon_spent
    where scope = ${scope} and ${only === undefined ? fragment`1 = 1` : fragment`subject = ${only}`}`);

const rootRow = rowOf<{ task_id: TaskId; root: TaskId }>('tasks', {
  task_id: brandedText(asTaskId),
  root: brandedText(asTaskId),
});

/**
 * The root of each task: of the tasks without parents from which it can be reached, the oldest, so that one tree answers for
 * a task however many it waits for; the task itself when it has no parents. What depends on several roots counts in the
 * sum of each.
 */
export async function rootsOf(reader: Reader, ids: readonly TaskId[]): Promise<ReadonlyMap<TaskId, TaskId>> {
  const rows = await inPieces(
    reader,
    ids,
    (some) => sql(rootRow)`
    with recursive above (task_id, id) as (
      select id, id from tasks where id in (${some})
      union
      select a.task_id, l.parent_id from above a join task_links l on l.child_id = a.id
    )
    select a.task_id, a.id as root from above a
    where exists (select 1 from tasks t where t.id = a.id)
      and not exists (select 1 from task_links l join tasks p on p.id = l.parent_id where l.child_id = a.id)
    order by (select t.created_at from tasks t where t.id = a.id) desc, a.id desc`,
  );
  return new Map(rows.map(({ task_id, root }) => [task_id, root]));
}

/** What a run has spent until now, of all its models. */
export async function spentByRun(reader: Reader, id: RunId): Promise<Spent> {
  const spent = await reader.one(sql(spentRow)`select ${sums} from andon_usage u where u.run_id = ${id}`);
  return spent ?? { cost_micros: 0, tokens: 0 };
}

const profileRow = single(nullable(text));

/** A run has spent more since it last told; it counts for the day on which that is known. */
export async function addSpent(tx: Tx, run: RunId, day: string, more: Spent): Promise<void> {
  if (more.cost_micros === 0 && more.tokens === 0) return;
  const profile = await tx.one(sql(profileRow)`select profile as value from task_runs where id = ${run}`);
  const sides = [['board', ''] as const, ['day', day] as const];
  const all = profile === undefined || profile === null ? sides : [...sides, ['profile', profile] as const];
  for (const [scope, subject] of all) {
    tx.run(command`
      insert into andon_spent (scope, subject, cost_micros, tokens)
      values (${scope}, ${subject}, ${more.cost_micros}, ${more.tokens})
      on conflict (scope, subject) do update set cost_micros = andon_spent.cost_micros + excluded.cost_micros,
        tokens = andon_spent.tokens + excluded.tokens`);
  }
}

const taskRow = single(brandedText(asTaskId));

/** The task that spent last, of a profile or at all. */
export const lastSpender = (reader: Reader, profile: string | null): Promise<TaskId | undefined> =>
  reader.one(sql(taskRow)`
    select u.task_id as value from andon_usage u left join task_runs r on r.id = u.run_id
    where ${profile === null ? fragment`1 = 1` : fragment`r.profile = ${profile}`} order by u.at desc limit 1`);

type Told = Pick<BudgetState, 'budget' | 'subject' | 'level'>;

const toldKey = (budget: string, subject: string, level: string): string => `${level} ${budget} ${subject}`;
export const toldKeyOf = ({ budget, subject, level }: Told): string =>
  toldKey(budgetKey(budget), subject, level);
const toldRow = rowOf<{ budget: string; subject: string; level: string }>('andon_told_budgets', {
  budget: text,
  subject: text,
  level: text,
});

/** What was told of these subjects, as `toldKeyOf` names it. */
export async function toldOf(reader: Reader, subjects: readonly string[]): Promise<ReadonlySet<string>> {
  const rows = await inPieces(
    reader,
    [...new Set(subjects)],
    (some) => sql(toldRow)`select * from andon_told_budgets where subject in (${some})`,
  );
  return new Set(rows.map(({ budget, subject, level }) => toldKey(budget, subject, level)));
}

export function markBudgetTold(tx: Tx, { budget, subject, level }: Told): void {
  tx.run(command`
    insert into andon_told_budgets (subject, budget, level)
    values (${subject}, ${budgetKey(budget)}, ${level}) on conflict do nothing`);
}
