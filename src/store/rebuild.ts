import type { Connection } from './connection.ts';
import { type Table, tableText } from './schema.ts';
import { type Shape, spell } from './shape.ts';

/**
 * Gives a table the contract's definition and keeps its rows: set the old one aside, create, copy the columns that both
 * have, drop. A text id becomes the row's number, so that rows keep their order, and whatever named a run by its text
 * follows. The old indexes go with the old table; the caller creates them anew.
 */
export function rebuildTable(connection: Connection, table: Table, shape: Shape): void {
  const old = `andon_old_${table.name}`;
  const present = shape.tables.get(table.name);
  const counted = table.columns.find(([, definition]) => definition === '{identity}')?.[0];
  connection.exec(`alter table ${table.name} rename to ${old}`);
  connection.exec(spell(tableText(table)));
  const columns = table.columns.filter(([name]) => name !== counted && present?.has(name));
  const names = columns.map(([name]) => name);
  const values = columns.map(([name, definition]) => copied(name, definition));
  if (counted !== undefined) {
    names.unshift(counted);
    values.unshift('rowid');
  }
  connection.exec(
    `insert into ${table.name} (${names.join(', ')}) select ${values.join(', ')} from ${old} order by rowid`,
  );
  if (table.name === 'task_runs') {
    for (const reference of ['tasks.current_run_id', 'task_events.run_id'])
      renumber(connection, reference, old);
  }
  connection.exec(`drop table ${old}`);
}

/**
 * A drifted table may hold NULL where the contract has none, and text where it has a number. What may be NULL is copied as
 * it is: an event's run is still named by its text until the runs have their numbers.
 */
function copied(name: string, definition: string): string {
  if (!definition.includes('not null')) return name;
  const isNumber = definition.startsWith('integer');
  const fallback = /default (.+)$/.exec(definition)?.[1] ?? (isNumber ? '0' : "''");
  return `coalesce(${isNumber ? `cast(${name} as integer)` : name}, ${fallback})`;
}

function renumber(connection: Connection, reference: string, old: string): void {
  const [table = '', column = ''] = reference.split('.');
  connection.exec(`
    update ${table} set ${column} = (select o.rowid from ${old} o where o.id = ${reference})
    where ${column} is not null`);
}
