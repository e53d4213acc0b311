import { Client } from 'pg';
import { asEpoch, asMillis, asProfileName, asSeconds, defaultBoard } from '../../src/domain/ids.ts';
import { createKernel } from '../../src/kernel/create-kernel.ts';
import type { Kernel } from '../../src/kernel/kernel.ts';
import { openPostgresStore } from '../../src/store/postgres/postgres.ts';
import type { Work } from '../harness/child.ts';
import { median } from '../harness/stats.ts';

export interface DeadRows {
  readonly url: string;
  /** So many tasks were finished and vacuumed before; as many are finished behind the old snapshot. */
  readonly tasks: number;
  readonly claims: number;
}

const leader = { role: 'dispatcher', epoch: asEpoch(1) } as const;

/**
 * What a dispatcher does to find and claim the next task, in microseconds: on a board of many finished tasks, and again when
 * as many have been made and finished while another session held an old snapshot, so that no row of theirs could go.
 */
export const work: Work<DeadRows, { readonly before: number; readonly after: number }> = async (input) => {
  const { url, tasks, claims } = input;
  const kernel = createKernel(openPostgresStore({ url }));
  const raised = await kernel.raiseEpoch(defaultBoard, leader);
  if (!raised.ok) throw new Error(raised.refusal.sentence);
  const another = new Client({ connectionString: url });
  await another.connect();
  const { rows } = await another.query<{ schema: string }>(
    'select schema from andon.boards where slug = $1',
    [defaultBoard],
  );
  await another.query(`set search_path = ${another.escapeIdentifier(rows[0]?.schema ?? '')}`);
  await finishMany(another, 'before', tasks);
  await another.query('vacuum analyze');
  const before = await claimSome(kernel, claims);
  const old = new Client({ connectionString: url });
  await old.connect();
  await old.query('begin isolation level repeatable read; select 1');
  await finishMany(another, 'behind', tasks);
  const after = await claimSome(kernel, claims);
  await old.end();
  await another.end();
  await kernel.close();
  return { before, after };
};

/** As many lives of tasks, each change a transaction for all of them: every row of the way is left dead behind. */
async function finishMany(client: Client, name: string, amount: number): Promise<void> {
  const now = Math.floor(Date.now() / 1000) - 60;
  await client.query(
    `insert into tasks (id, title, assignee, status, priority, created_at)
    select 't_${name}' || number, 'Task ' || number, 'worker', 'ready', 0, ${now} from generate_series(1, $1) number`,
    [amount],
  );
  const these = `id like 't\\_${name}%'`;
  const ofThese = `task_id like 't\\_${name}%'`;
  await client.query(
    `insert into andon_tasks (task_id, ready_at, lane) select id, ${now}000, 'work' from tasks where ${these}`,
  );
  await client.query(`
    begin;
    insert into task_runs (task_id, profile, status, claim_lock, claim_expires, started_at)
      select id, 'worker', 'running', 'bench:1', ${now + 900}, ${now} from tasks where ${these};
    insert into andon_runs (run_id, task_id, lane, epoch, host, dir, mark, ready_at, slot_at, claimed_at, started_at)
      select id, task_id, 'work', 1, 'here', '/runs/' || id, 'mark', ${now}000, ${now}000, ${now}000, ${now}000
      from task_runs where ${ofThese};
    update tasks set status = 'running', claim_lock = 'bench:1', claim_expires = ${now + 900}, started_at = ${now},
      current_run_id = r.id from task_runs r where r.task_id = tasks.id and tasks.${these};
    commit`);
  await client.query(`
    begin;
    update task_runs set status = 'done', outcome = 'completed', claim_lock = null, claim_expires = null,
      ended_at = ${now + 1} where ${ofThese};
    update andon_runs set ended_at = ${now + 1}000, gone_at = ${now + 1}000, exit_code = 0 where ${ofThese};
    update tasks set status = 'done', claim_lock = null, claim_expires = null, completed_at = ${now + 1},
      current_run_id = null where ${these};
    commit`);
}

/** The median of some claims, each of a task that was there before; what was claimed is finished at once. */
async function claimSome(kernel: Kernel, claims: number): Promise<number> {
  for (let number = 0; number < claims; number += 1) {
    const made = await kernel.create(defaultBoard, {
      title: `Waits ${number}`,
      assignee: asProfileName('worker'),
    });
    if (!made.ok) throw new Error(made.refusal.sentence);
  }
  const took: number[] = [];
  for (let number = 0; number < claims; number += 1) took.push(await claimNext(kernel));
  return median(took);
}

async function claimNext(kernel: Kernel): Promise<number> {
  const begun = performance.now();
  const filter = { assignees: ['worker'], unassigned: true, limit: 100 };
  const seen = await kernel.dispatchView(defaultBoard, filter);
  const next = seen.ok ? seen.value.ready[0] : undefined;
  if (!seen.ok || next === undefined) throw new Error('No task waits, although some were made.');
  const start = {
    task_id: next.task.id,
    claim_lock: 'here:1:mark',
    ttl_seconds: asSeconds(900),
    workspace_path: null,
    host: 'here',
    runs_root: '/runs',
    mark: 'mark',
    max_runtime_seconds: null,
    slot_free_since: asMillis(seen.value.now),
  };
  const { epoch } = leader;
  const answers = await kernel.startRuns(defaultBoard, { epoch, starts: [start] });
  const took = (performance.now() - begun) * 1000;
  const [started] = answers.ok ? answers.value : [];
  if (!started?.ok) throw new Error('The next task could not be started.');
  const { run_id } = started.value;
  const done = await kernel.complete(defaultBoard, { task_id: next.task.id, run_id });
  const reaped = await kernel.reap(defaultBoard, {
    run_id,
    epoch,
    exit: { code: 0, signal: null },
    stopped: null,
    failure_limit: undefined,
  });
  if (!done.ok || !reaped.ok) throw new Error(`Run ${run_id} could not be finished.`);
  return took;
}
