import { type Table, tableText } from '../schema.ts';
import { named, sql } from '../sql.ts';
import type { Connection } from './connection.ts';
import { type Shape, spell } from './shape.ts';

/**
 * Gives a table the contract's definition and keeps its rows: set the old one aside, create, copy its columns, drop.
 * Columns that nobody here knows come behind the contract's own. A text id becomes the row's number, so that rows keep their order, and whatever named a run by its text
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
  for (const { name, definition } of unknownColumns(connection, table, old)) {
    connection.exec(`alter table ${table.name} add column ${name} ${definition}`);
    names.push(name);
    values.push(name);
  }
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

/** Another program's own columns of a table, quoted, as they were defined; `not null` needs a default to be added again. */
function unknownColumns(
  connection: Connection,
  table: Table,
  old: string,
): { readonly name: string; readonly definition: string }[] {
  const known = new Set(table.columns.map(([name]) => name));
  const columns = connection.all(
    sql(named((row) => row))`select * from pragma_table_info(${old}) order by cid`,
  );
  return columns
    .filter(({ name }) => !known.has(String(name)))
    .map(({ name, type, notnull, dflt_value: otherwise }) => ({
      name: `"${String(name).replaceAll('"', '""')}"`,
      definition: [
        String(type),
        otherwise === null ? '' : `${notnull === 1 ? 'not null ' : ''}default (${String(otherwise)})`,
      ].join(' '),
    }));
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
