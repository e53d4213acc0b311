import type { RecordUsage } from '../../domain/command.ts';
import { dayOf, type Spending, type SpendingFilter, type SpendingGroup } from '../../domain/usage.ts';
import { integer, rowOf, text } from '../columns.ts';
import { command, type Fragment, fragment, sql } from '../sql.ts';
import type { Reader, Tx } from '../store.ts';
import { addSpent, spentByRun } from './budgets.ts';

/** The newest figures of a run stand for all of it. */
export async function replaceUsage(tx: Tx, { task_id, run_id, usages }: RecordUsage): Promise<void> {
  const before = await spentByRun(tx, run_id);
  tx.run(command`delete from andon_usage where run_id = ${run_id}`);
  for (const usage of usages) {
    tx.run(command`
      insert into andon_usage (run_id, task_id, model, input_tokens, output_tokens, cache_read_tokens,
        cache_write_tokens, reasoning_tokens, cost_micros, source, at)
      values (${run_id}, ${task_id}, ${usage.model}, ${usage.input_tokens}, ${usage.output_tokens},
        ${usage.cache_read_tokens}, ${usage.cache_write_tokens}, ${usage.reasoning_tokens}, ${usage.cost_micros},
        ${usage.source}, ${tx.now})`);
  }
  const after = await spentByRun(tx, run_id);
  await addSpent(tx, run_id, dayOf(tx.now), {
    cost_micros: after.cost_micros - before.cost_micros,
    tokens: after.tokens - before.tokens,
  });
}

const spendingRow = rowOf<Spending>('(spending)', {
  key: text,
  runs: integer,
  input_tokens: integer,
  cache_read_tokens: integer,
  output_tokens: integer,
  cost_micros: integer,
  unpriced_tokens: integer,
});

const dayLength = 86_400_000;

const keys: { readonly [Group in SpendingGroup]: Fragment } = {
  task: fragment`u.task_id`,
  profile: fragment`coalesce(r.profile, '(nobody)')`,
  model: fragment`u.model`,
  day: fragment`cast(u.at / 86400000 as text)`,
  run: fragment`cast(u.run_id as text)`,
  board: fragment`'all'`,
};

/** What was spent, the dearest first; days in their order, the newest first. */
export async function spendings(reader: Reader, filter: SpendingFilter): Promise<readonly Spending[]> {
  const { by, run_id, task_id, tree, since } = filter;
  const order = by === 'day' ? fragment`1 desc` : fragment`6 desc, 1`;
  const rows = await reader.all(sql(spendingRow)`
    with recursive below (id) as (
      select id from tasks where id = ${task_id ?? ''}
      union
      select l.child_id from task_links l join below b on l.parent_id = b.id where ${tree ? 1 : 0} = 1
    )
    select ${keys[by]} as "key", count(distinct u.run_id) as runs, sum(u.input_tokens) as input_tokens,
      sum(u.cache_read_tokens) as cache_read_tokens, sum(u.output_tokens) as output_tokens,
      coalesce(sum(u.cost_micros), 0) as cost_micros,
      sum(case when u.cost_micros is null then u.input_tokens + u.output_tokens else 0 end) as unpriced_tokens
    from andon_usage u left join task_runs r on r.id = u.run_id
    where ${task_id === undefined ? fragment`1 = 1` : fragment`u.task_id in (select id from below)`}
      and ${run_id === undefined ? fragment`1 = 1` : fragment`u.run_id = ${run_id}`}
      and u.at >= ${since ?? 0}
    group by 1 order by ${order}`);
  return by === 'day' ? rows.map((row) => ({ ...row, key: dayOf(Number(row.key) * dayLength) })) : rows;
}
