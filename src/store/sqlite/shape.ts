import { type NamedRow, named, sql } from '../sql.ts';
import type { Connection } from './connection.ts';

/** What an SQLite file holds now: columns with their types by table, and the names of its indexes. */
export interface Shape {
  readonly tables: ReadonlyMap<string, ReadonlyMap<string, { readonly type: string; readonly key: boolean }>>;
  readonly indexes: ReadonlySet<string>;
}

/** SQLite's spelling of a key that counts up; AUTOINCREMENT, because a cursor must never meet an id twice. */
export const identity = 'integer primary key autoincrement';
export const spell = (text: string): string => text.replaceAll('{identity}', identity);

/** A column of what SQLite says of its own tables. */
export const text = (row: NamedRow, name: string): string => String(row[name]);

export function shapeOf(connection: Connection): Shape {
  const tables = new Map<string, Map<string, { type: string; key: boolean }>>();
  const columnRow = sql(
    named((row) => ({
      table: text(row, 'owner'),
      name: text(row, 'name'),
      type: text(row, 'type').toLowerCase(),
      key: row['pk'] !== 0,
    })),
  );
  const columns = connection.all(columnRow`
    select s.name as owner, c.name, c.type, c.pk
    from sqlite_schema s join pragma_table_info(s.name) c
    where s.type = 'table' order by s.name, c.cid`);
  for (const { table, name, type, key } of columns) {
    const known = tables.get(table) ?? new Map();
    tables.set(table, known.set(name, { type, key }));
  }
  const indexes = connection.all(
    sql(named((row) => text(row, 'name')))`select name from sqlite_schema where type = 'index' order by name`,
  );
  return { tables, indexes: new Set(indexes) };
}
