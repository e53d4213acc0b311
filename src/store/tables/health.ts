import { inspect, type Schema } from '../migrate.ts';
import { sql } from '../sql.ts';
import type { Connection } from '../sqlite/connection.ts';
import type { Shape } from '../sqlite/shape.ts';

const finding = sql((row) => String(Object.values(row)[0]));

/** What SQLite finds wrong with a file, and whether its tables are whole. On our own connection: nothing else may open it. */
export function faultsOf(connection: Connection, schema: Schema): string[] {
  const damage = connection.all(finding`pragma quick_check(20)`).filter((line) => line !== 'ok');
  return [
    ...damage.map((line) => `${connection.path} is damaged: ${line.replace(/\.$/, '')}.`),
    ...(inspect(connection, schema) === 'behind'
      ? [`${connection.path} lacks tables, columns or indexes, and they cannot be added from here.`]
      : []),
  ];
}

/** Tables, indexes and columns that were not there before; a column that was rebuilt with another type counts. */
export function whatCameNew(before: Shape, after: Shape): string[] {
  const fresh: string[] = [];
  for (const [table, columns] of after.tables) {
    const old = before.tables.get(table);
    if (old === undefined) {
      fresh.push(table);
      continue;
    }
    for (const [column, { type }] of columns) {
      if (old.get(column)?.type !== type) fresh.push(`${table}.${column}`);
    }
  }
  return [...fresh, ...[...after.indexes].filter((name) => !before.indexes.has(name))];
}
