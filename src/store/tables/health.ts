import { integer, rowOf } from '../columns.ts';
import { inspect, type Schema } from '../migrate.ts';
import { firstText, sql } from '../sql.ts';
import type { Connection } from '../sqlite/connection.ts';
import type { Shape } from '../sqlite/shape.ts';

const finding = sql(firstText);

/** What SQLite finds wrong with a file, and whether its tables are whole. On our own connection: nothing else may open it. */
export function faultsOf(connection: Connection, schema: Schema): string[] {
  const damage = damageIn(connection);
  const told = damage.map((line) => `${connection.path} is damaged: ${line.replace(/\.$/, '')}.`);
  const inIndexes = `The indexes of ${connection.path} are damaged, and nothing else is (${damage[0]}); \`andon doctor --fix\` builds them anew.`;
  return [
    ...(isOfIndexes(damage) ? [inIndexes] : told),
    ...(inspect(connection, schema) === 'behind'
      ? [`${connection.path} lacks tables, columns or indexes, and they cannot be added from here.`]
      : []),
  ];
}

const damageIn = (connection: Connection): string[] =>
  connection.all(finding`pragma integrity_check(20)`).filter((line) => line !== 'ok');

const frames = rowOf<{ log: number; checkpointed: number }>('(wal)', { log: integer, checkpointed: integer });

/** Bytes in the WAL that are not in the database yet. `noop` looks only; a SQLite that does not know it writes back what it can. */
export function unwrittenIn(connection: Connection): number {
  const [wal] = connection.all(sql(frames)`pragma wal_checkpoint(noop)`);
  const pageSize = Number(connection.value('pragma page_size'));
  return wal === undefined ? 0 : Math.max(0, wal.log - wal.checkpointed) * pageSize;
}

/** An index says nothing that its table does not say. */
const isOfIndexes = (damage: readonly string[]): boolean =>
  damage.length > 0 &&
  damage.every((line) =>
    /(missing from|entries in|entry in|values differ from|end-of-record.*of) index /.test(line),
  );

/** Builds all indexes anew when they alone are damaged, in one transaction; gives whether that was so. */
export function mendIndexes(connection: Connection): boolean {
  if (!isOfIndexes(damageIn(connection))) return false;
  connection.exec('begin immediate');
  try {
    connection.exec('reindex');
    connection.exec('commit');
    return true;
  } finally {
    connection.rollback();
  }
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
