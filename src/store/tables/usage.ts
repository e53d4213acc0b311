import type { RecordUsage } from '../../domain/command.ts';
import type { RunId } from '../../domain/ids.ts';
import { type Usage, usageSources } from '../../domain/usage.ts';
import { integer, nullable, oneOf, rowOf, text } from '../columns.ts';
import { command, sql } from '../sql.ts';
import type { Reader, Tx } from '../store.ts';

const usageRow = rowOf<Usage>('andon_usage', {
  model: text,
  input_tokens: integer,
  output_tokens: integer,
  cache_read_tokens: integer,
  cache_write_tokens: integer,
  reasoning_tokens: integer,
  cost_micros: nullable(integer),
  source: oneOf(usageSources),
});

/** The newest figures of a run stand for all of it. */
export async function replaceUsage(tx: Tx, { task_id, run_id, usages }: RecordUsage): Promise<void> {
  await tx.run(command`delete from andon_usage where run_id = ${run_id}`);
  for (const usage of usages) {
    await tx.run(command`
      insert into andon_usage (run_id, task_id, model, input_tokens, output_tokens, cache_read_tokens,
        cache_write_tokens, reasoning_tokens, cost_micros, source, at)
      values (${run_id}, ${task_id}, ${usage.model}, ${usage.input_tokens}, ${usage.output_tokens},
        ${usage.cache_read_tokens}, ${usage.cache_write_tokens}, ${usage.reasoning_tokens}, ${usage.cost_micros},
        ${usage.source}, ${tx.now})`);
  }
}

export const usageOfRun = (reader: Reader, id: RunId): Promise<Usage[]> =>
  reader.all(sql(usageRow)`select * from andon_usage where run_id = ${id} order by model`);
