import { indexText, sharedIndexes, sharedTables, type Table, tableText } from '../schema.ts';
import { command, named, sql } from '../sql.ts';
import type { Connection } from './connection.ts';
import { rebuildTable } from './rebuild.ts';
import { type Shape, shapeOf, spell, text } from './shape.ts';

/**
 * True when nothing of the shared schema is missing or drifted and every running task has its run. Only reads. Old event
 * kinds are not looked for: that would walk the whole log at every opening, and only a file that lacks something else
 * was written by a version which minted them.
 */
export const sharedSchemaIsWhole = (connection: Connection, shape: Shape): boolean =>
  sharedTables.every((table) => missingColumns(table, shape).length === 0 && !hasDrifted(table, shape)) &&
  sharedIndexes.every(({ name }) => shape.indexes.has(name)) &&
  runningWithoutRun(connection).length === 0;

/**
 * Brings the shared tables to the contract (§2.4), whatever version wrote them; must be called inside a write
 * transaction. Repeating it changes nothing. Columns that nobody here knows are left alone.
 *
 * The order is the contract's but for one step: drifted tables are rebuilt before the indexes and the synthesised runs,
 * because a run cannot be given a number while `task_runs.id` is text.
 */
export function ensureSharedSchema(connection: Connection, nowSeconds: number): void {
  const found = shapeOf(connection);
  for (const table of sharedTables) {
    if (!found.tables.has(table.name)) connection.exec(spell(tableText(table)));
  }
  for (const table of sharedTables) addColumns(connection, table, found);
  const complete = shapeOf(connection);
  for (const table of sharedTables) {
    if (hasDrifted(table, complete)) rebuildTable(connection, table, complete);
  }
  const { indexes } = shapeOf(connection);
  for (const index of sharedIndexes) {
    if (!indexes.has(index.name)) connection.exec(indexText(index));
  }
  synthesiseRuns(connection, nowSeconds);
  renameOldKinds(connection);
}

const missingColumns = (table: Table, shape: Shape) => {
  const present = shape.tables.get(table.name);
  return table.columns.filter(([name]) => !present?.has(name));
};

/** What a new column takes over from the one it replaced (contract §2.4, steps 3 and [LATER]). */
const inheritance: Readonly<Record<string, { readonly from?: string; readonly statement: string }>> = {
  'tasks.consecutive_failures': {
    from: 'spawn_failures',
    statement: 'update tasks set consecutive_failures = coalesce(spawn_failures, 0)',
  },
  'tasks.last_failure_error': {
    from: 'last_spawn_error',
    statement: 'update tasks set last_failure_error = last_spawn_error',
  },
  'kanban_notify_subs.delivery_mode': {
    statement: "update kanban_notify_subs set delivery_mode = 'notify+wake' where platform <> 'tui'",
  },
};

function addColumns(connection: Connection, table: Table, found: Shape): void {
  const present = found.tables.get(table.name);
  if (present === undefined) return;
  for (const [name, definition] of missingColumns(table, found)) {
    connection.exec(`alter table ${table.name} add column ${name} ${definition}`);
    const heir = inheritance[`${table.name}.${name}`];
    if (heir && (heir.from === undefined || present.has(heir.from))) connection.exec(heir.statement);
  }
}

/** Early versions gave some tables text ids and a text cursor (contract §2.4, step 8). */
function hasDrifted(table: Table, shape: Shape): boolean {
  const present = shape.tables.get(table.name);
  const integers = table.columns.filter(
    ([name, definition]) => definition === '{identity}' || name === 'last_event_id',
  );
  return integers.some(([name, definition]) => {
    const column = present?.get(name);
    return column?.type !== 'integer' || (definition === '{identity}' && !column.key);
  });
}

const runningWithoutRun = (connection: Connection): readonly string[] =>
  connection.all(
    sql(named((row) => text(row, 'id')))`
      select id from tasks where status = 'running' and current_run_id is null order by id`,
  );

function synthesiseRuns(connection: Connection, nowSeconds: number): void {
  for (const task of runningWithoutRun(connection)) {
    const [run] = connection.all(sql(named((row) => Number(row['id'])))`
      insert into task_runs (task_id, profile, step_key, status, claim_lock, claim_expires, worker_pid,
        max_runtime_seconds, last_heartbeat_at, started_at)
      select id, assignee, current_step_key, 'running', claim_lock, claim_expires, worker_pid,
        max_runtime_seconds, last_heartbeat_at, coalesce(started_at, ${nowSeconds})
      from tasks where id = ${task}
      returning id`);
    if (run !== undefined)
      connection.run(command`update tasks set current_run_id = ${run} where id = ${task}`);
  }
}

/** Contract §2.4, step 7: three kinds that had other names once. */
function renameOldKinds(connection: Connection): void {
  connection.exec(`
    update task_events set kind = case kind
      when 'ready' then 'promoted' when 'priority' then 'reprioritized' else 'gave_up' end
    where kind in ('ready', 'priority', 'spawn_auto_blocked')`);
}
