import { Logger, makeWorkerUtils, runOnce, type Task } from 'graphile-worker';
import { Client } from 'pg';
import type { Work } from '../harness/child.ts';
import { type Pairs, recordTables } from './postgres-floor.ts';

const begin = `
  with run as (insert into runs (task_id, profile, status, started_at) values ($1, 'worker', 'running', $2) returning id)
  insert into events (task_id, run_id, kind, payload, created_at) select $1, id, 'claimed', $3, $2 from run
  returning run_id`;

const end = `
  with run as (
    update runs set status = 'done', outcome = 'completed', summary = $3, ended_at = $4 where id = $2 returning task_id
  )
  insert into events (task_id, run_id, kind, payload, created_at) select task_id, $2, 'completed', $5, $4 from run`;

/** What Andon's pair writes beside the task itself: the run and its two events, in one statement each at start and end. */
const recording: Task = (_, { job, withPgClient }) =>
  withPgClient(async (client) => {
    const now = Math.floor(Date.now() / 1000);
    const started = await client.query<{ run_id: string }>({
      name: 'begin',
      text: begin,
      values: [job.id, now, '{"lock":"bench:1"}'],
    });
    const summary = 'It is done.';
    const values = [job.id, started.rows[0]?.run_id, summary, now, JSON.stringify({ summary })];
    await client.query({ name: 'end', text: end, values });
  });

const nothing: Task = () => {};

/** Lets graphile-worker take and finish jobs one by one; gives microseconds from the start of one to that of the next. */
export const work: Work<Pairs & { readonly records: boolean }, number> = async (input) => {
  const { url, warm, pairs, records } = input;
  const shared = { connectionString: url, logger: new Logger(() => () => {}) };
  const utils = await makeWorkerUtils(shared);
  await utils.migrate();
  await utils.addJobs(
    Array.from({ length: warm + pairs + 1 }, (_, number) => ({ identifier: 'pair', payload: { number } })),
  );
  await utils.release();
  const client = new Client({ connectionString: url });
  await client.connect();
  await client.query(recordTables);
  await client.end();
  const started: number[] = [];
  const task = records ? recording : nothing;
  const pair: Task = (payload, helpers) => {
    started.push(performance.now());
    return task(payload, helpers);
  };
  await runOnce({ ...shared, concurrency: 1, noHandleSignals: true, taskList: { pair } });
  const [first, last] = [started[warm], started[warm + pairs]];
  if (first === undefined || last === undefined) throw new Error(`Only ${started.length} jobs were run.`);
  return ((last - first) * 1000) / pairs;
};
