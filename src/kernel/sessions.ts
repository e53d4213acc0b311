import type { OfRun, RecordSession, RecordUsage } from '../domain/command.ts';
import { ok, type Result, refuse } from '../domain/errors.ts';
import type { Spending, SpendingFilter, Usage } from '../domain/usage.ts';
import type { Reader, Tx } from '../store/store.ts';
import { findProcess } from '../store/tables/processes.ts';
import { writeSession } from '../store/tables/sessions.ts';
import { replaceUsage, spendings } from '../store/tables/usage.ts';
import { unknownRun } from './pages.ts';

/** What a run tells about itself: its agent's session, and what that has used. */

export async function recordSession(tx: Tx, input: RecordSession): Promise<Result<null>> {
  const refused = await notOwn(tx, input);
  if (refused) return refused;
  if (input.session.trim() === '') return refuse('blank_text', 'A session needs its id; it is blank.');
  writeSession(tx, input);
  return ok(null);
}

export async function recordUsage(tx: Tx, input: RecordUsage): Promise<Result<null>> {
  const refused = (await notOwn(tx, input)) ?? notCountable(input.usages);
  if (refused) return refused;
  await replaceUsage(tx, input);
  return ok(null);
}

/** Only the run's own worker writes about it; that it no longer holds its task does not matter. */
async function notOwn(tx: Tx, { task_id, run_id, proof }: OfRun): Promise<Result<never> | undefined> {
  const process = await findProcess(tx, run_id);
  if (process?.task_id !== task_id) return unknownRun(run_id);
  if (process.token_hash === null || process.token_hash === proof) return undefined;
  return refuse(
    'out_of_scope',
    `Only the worker of run ${run_id} tells about that run, and this caller does not have its token.`,
    [task_id],
  );
}

function notCountable(usages: readonly Usage[]): Result<never> | undefined {
  for (const { model, source: _, cost_micros, ...tokens } of usages) {
    for (const [name, amount] of Object.entries({ ...tokens, cost_micros: cost_micros ?? 0 })) {
      if (Number.isSafeInteger(amount) && amount >= 0) continue;
      return refuse('invalid_input', `\`${name}\` of ${model} must be a whole number from 0, not ${amount}.`);
    }
  }
  const twice = usages.find(({ model }, index) => usages.slice(0, index).some((one) => one.model === model));
  return twice && refuse('invalid_input', `The model ${twice.model} is there twice; add its figures up.`);
}

/** What was spent, in sums. */
export async function usage(reader: Reader, filter: SpendingFilter): Promise<Result<readonly Spending[]>> {
  return ok(await spendings(reader, filter));
}
