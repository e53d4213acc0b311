import type { DatabaseSync } from 'node:sqlite';
import { type Status, statuses } from '../../src/domain/task.ts';
import type { Work } from '../harness/child.ts';
import { openFloor } from './floor.ts';
import { pageSize, type Question, type ReadJob, timedReads } from './job.ts';

/** The floor of reading: the fewest statements by hand that give the same answer, in a transaction of its own each time. */
export const work: Work<ReadJob, number[]> = async (job) => {
  const database = openFloor(job.path);
  const [begin, commit] = [database.prepare('begin'), database.prepare('commit')];
  const times: number[] = [];
  for (const question of job.asks) {
    const read = readOf(database, question);
    const time = await timedReads(job, () => {
      begin.run();
      read();
      commit.run();
    });
    times.push(time);
  }
  database.close();
  return times;
};

export function readOf(database: DatabaseSync, asks: Question): () => unknown {
  switch (asks.what) {
    case 'page':
      return pageOf(database, asks.status, asks.assigned);
    case 'paint': {
      const pages = statuses
        .filter((status) => status !== 'archived')
        .map((status) => pageOf(database, status, false));
      const counts = database.prepare('select status, count(*) as amount from tasks group by status');
      return () => [pages.map((page) => page()), counts.all()];
    }
    case 'brief':
      return briefOf(database, asks.task);
  }
}

const columns = `id, title, assignee, status, priority, tenant, created_by, created_at, started_at, completed_at,
  workspace_kind, branch_name, consecutive_failures, current_run_id, block_kind, goal_mode,
  substr(body, 1, 200) as body_preview`;

/** What a card shows beside its own row. */
const beside = `(select count(*) from task_links where child_id = page.id) as parents,
  (select count(*) from task_comments where task_id = page.id) as comments,
  (select count(*) from task_attachments where task_id = page.id) as attachments,
  (select count(*) from task_links where parent_id = page.id) as children,
  (select count(*) from task_links l join tasks c on c.id = l.child_id
    where l.parent_id = page.id and c.status in ('done', 'archived')) as children_done,
  (select scheduled_at from andon_tasks where task_id = page.id) as scheduled_at,
  (select substr(summary, 1, 200) from task_runs where task_id = page.id and coalesce(summary, '') <> ''
    order by id desc limit 1) as latest_summary`;

function pageOf(database: DatabaseSync, status: Status, assigned: boolean): () => unknown[] {
  const isDone = status === 'done';
  const order = isDone ? 'completed_at desc, created_at, id' : 'priority desc, created_at, id';
  const found = `status = ?${isDone ? ' and completed_at is not null' : ''}${assigned ? " and assignee = 'worker'" : ''}`;
  const page = database.prepare(`select page.*, ${beside} from
    (select ${columns} from tasks where ${found} order by ${order} limit ${pageSize}) page`);
  return () => page.all(status);
}

function briefOf(database: DatabaseSync, task: string): () => unknown {
  const prepared = [
    'select * from tasks where id = ?',
    `select p.title, p.result, r.summary, r.metadata from task_links l join tasks p on p.id = l.parent_id
      left join task_runs r on r.id = (select id from task_runs where task_id = p.id and outcome = 'completed'
        order by ended_at desc, id desc limit 1)
      where l.child_id = ? and +p.status = 'done' order by p.id`,
    'select * from task_runs where task_id = ? and ended_at is not null order by started_at, id',
    'select * from task_attachments where task_id = ? order by id',
    'select * from task_comments where task_id = ? order by created_at, id',
    `select r.task_id, t.title, r.summary from task_runs r join tasks t on t.id = r.task_id
      where r.profile = 'worker' and r.outcome = 'completed' and r.task_id <> ? and r.summary is not null
      order by r.id desc limit 5`,
  ].map((text) => database.prepare(text));
  return () => prepared.map((statement) => statement.all(task));
}
