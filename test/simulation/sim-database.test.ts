import { expect, it } from 'vitest';
import { byName, type NamedRow } from '../../src/store/sql.ts';
import { inOrder } from '../../src/store/sqlite/connection.ts';
import { orders } from '../support/dump.ts';
import { readSchemas } from './schemas.ts';
import { type Prepared, SimDatabase } from './sim-database.ts';

const rowsOf = ({ statement, columns }: Prepared): NamedRow[] =>
  statement.all().map((row) => byName(columns, inOrder(row)));

/** What the invariants are told must be what the tables hold, however it came there. */
it('tells all rows in order, whatever statement wrote them, and nothing of the seed before', async () => {
  const { board } = await readSchemas();
  const database = SimDatabase.take(board);
  const empty = database.look();
  const run = (text: string): void => void database.prepare(text).statement.run();
  const steps = [
    "insert into task_events (task_id, kind, created_at) values ('t_2', 'created', 1), ('t_1', 'created', 2)",
    "insert into tasks (id, title, status, created_at) values ('t_2', 'B', 'ready', 1), ('t_10', 'C', 'todo', 1)",
    "insert into tasks (id, title, status, created_at) values ('t_1', 'A', 'ready', 2)",
    "update tasks set status = 'done' where status = 'ready'",
    "update tasks set id = 't_3' where id = 't_1'",
    'update task_events set id = 7 where id = 1',
    "insert into tasks (id, title, status, created_at) values ('t_3', 'D', 'todo', 3) on conflict (id) do update set title = 'E'",
    "replace into tasks (id, title, status, created_at) values ('t_2', 'F', 'todo', 4)",
    "with one as (select 't_10' as id) delete from tasks where id in (select id from one)",
    "insert into andon_runs (run_id, task_id, lane, epoch, host, dir, mark, ready_at, slot_at, claimed_at) values (9, 't_2', 'ready', 1, '', '', '', 0, 0, 0), (2, 't_2', 'ready', 1, '', '', '', 0, 0, 0)",
    'delete from task_events',
  ];
  for (const step of steps) {
    for (const end of ['rollback', 'commit']) {
      run('begin');
      run(step);
      run(end);
      const held = Object.entries(orders).map(([table, order]) => [
        table,
        rowsOf(database.prepare(`select * from ${table} order by ${order.join(', ')}`)),
      ]);
      expect(database.look(), `${step}; ${end}`).toMatchObject(Object.fromEntries(held));
    }
  }
  database.giveBack();
  const again = SimDatabase.take(board);
  expect(again.look()).toEqual(empty);
  again
    .prepare("insert into task_events (task_id, kind, created_at) values ('t_4', 'created', 1)")
    .statement.run();
  expect(again.look().task_events).toMatchObject([{ id: 1 }]);
  again.giveBack();
});
