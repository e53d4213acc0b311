import { type BoardId, homeBoard, type Millis } from '../domain/ids.ts';
import { boardMigrations } from './migrations/board.ts';
import { homeMigrations } from './migrations/home.ts';
import type { Migration } from './schema.ts';
import { command, named, sql } from './sql.ts';
import type { Connection } from './sqlite/connection.ts';
import { type Shape, shapeOf, spell } from './sqlite/shape.ts';
import { ensureSharedSchema, sharedSchemaIsWhole } from './sqlite/shared-schema.ts';
import { StoreFault } from './store.ts';

/** What a file must hold to be a board, or the home store. */
export interface Schema {
  readonly migrations: readonly Migration[];
  /** The shared tables too (contract §2). */
  readonly shared: boolean;
  /** The table without which there is nothing to read. */
  readonly mark: string;
}

export const schemaOf = (board: BoardId): Schema =>
  board === homeBoard
    ? { migrations: homeMigrations, shared: false, mark: 'andon_leases' }
    : { migrations: boardMigrations, shared: true, mark: 'tasks' };

/** `absent`: there are no tables to read. `behind`: something is missing that `bringUpToDate` adds. */
export type SchemaState = 'absent' | 'behind' | 'current';

/** Only reads. Throws when a newer Andon has changed the file in ways that this one does not know. */
export function inspect(connection: Connection, schema: Schema): SchemaState {
  const shape = shapeOf(connection);
  if (!shape.tables.has(schema.mark)) return 'absent';
  const pending = pendingMigrations(connection, schema, shape);
  if (pending.length > 0) return 'behind';
  return !schema.shared || sharedSchemaIsWhole(connection, shape) ? 'current' : 'behind';
}

/** Creates or completes all tables; must be called inside a write transaction, and changes nothing the second time. */
export function bringUpToDate(connection: Connection, schema: Schema, now: Millis): void {
  const pending = pendingMigrations(connection, schema, shapeOf(connection));
  if (schema.shared) ensureSharedSchema(connection, Math.floor(now / 1000));
  connection.exec(
    'create table if not exists andon_migrations (id integer primary key, name text not null, applied_at integer not null)',
  );
  for (const { id, name, statements } of pending) {
    for (const statement of statements) connection.exec(spell(statement));
    connection.run(
      command`insert into andon_migrations (id, name, applied_at) values (${id}, ${name}, ${now})`,
    );
  }
}

function pendingMigrations(connection: Connection, schema: Schema, shape: Shape): readonly Migration[] {
  if (!shape.tables.has('andon_migrations')) return schema.migrations;
  return notApplied(schema, connection.all(selectApplied), connection.path);
}

/** A change that `andon_migrations` says was made. */
export type Applied = Pick<Migration, 'id' | 'name'>;

export const selectApplied = sql(
  named((row): Applied => ({ id: Number(row['id']), name: String(row['name']) })),
)`select id, name from andon_migrations order by id`;

/** What is still to be done. Throws when a newer Andon has changed what is at `place` in ways that this one does not know. */
export function notApplied(schema: Schema, applied: readonly Applied[], place: string): readonly Migration[] {
  const newest = schema.migrations.at(-1)?.id ?? 0;
  const newer = applied.find(({ id }) => id > newest);
  if (newer !== undefined) {
    throw new StoreFault(
      'version',
      `${place} was written by a newer Andon (change ${newer.id}, “${newer.name}”; this one knows ${newest}): update Andon.`,
    );
  }
  const done = new Set(applied.map(({ id }) => id));
  return schema.migrations.filter(({ id }) => !done.has(id));
}
