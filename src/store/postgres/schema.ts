import { escapeIdentifier } from 'pg';
import { asMillis, type BoardId, homeBoard, type Millis } from '../../domain/ids.ts';
import { notApplied, type Schema, type SchemaState, selectApplied } from '../migrate.ts';
import { indexText, type Migration, sharedIndexes, sharedTables, tableText } from '../schema.ts';
import { command, named, sql } from '../sql.ts';
import { StoreFault } from '../store.ts';
import { nameOf } from './faults.ts';
import type { PostgresSession } from './session.ts';

/** Where a board lives: a schema of its own, so that no statement needs a column for the board. */
export interface Place {
  readonly board: BoardId;
  /** Also the number of its lock. */
  readonly id: number;
  readonly schema: string;
}

export const sayWhere = ({ address }: PostgresSession, { board }: Place): string =>
  `${nameOf(address)} (board ${board})`;

/** The first number of all our advisory locks (“ando”), which keeps them apart from other programs'. */
export const lockClass = 0x61_6e_64_6f;
/** Number of the lock under which boards are made; boards count from 1. Lock order: this one, then the board's. */
const registry = 0;

const oldest = 140_000;

/** Refuses a server that is too old to be tried. `version` is its `server_version_num`. */
export function refuseOldServer(version: number, place: string): void {
  if (version >= oldest) return;
  throw new StoreFault(
    'version',
    `${place} is version ${Math.floor(version / 10_000)}; 14 or newer is needed: update the server.`,
  );
}

/** Where the board is, or the server's time when it was never made. Only reads. */
export async function findPlace(session: PostgresSession, board: BoardId): Promise<Place | Millis> {
  const [server] = await session.all(
    sql(
      named((row) => ({
        version: Number(row['version']),
        registered: row['registered'] === true,
        now: asMillis(Number(row['now'])),
      })),
    )`
      select current_setting('server_version_num') as version, to_regclass('andon.boards') is not null as registered,
        floor(extract(epoch from clock_timestamp()) * 1000) as now`,
  );
  if (server === undefined) throw new Error(`${nameOf(session.address)} gave no answer to a question.`);
  refuseOldServer(server.version, nameOf(session.address));
  return (server.registered ? await registered(session, board) : undefined) ?? server.now;
}

async function registered(session: PostgresSession, board: BoardId): Promise<Place | undefined> {
  const placeRow = sql(named((row) => ({ board, id: Number(row['id']), schema: String(row['schema']) })));
  const [place] = await session.all(placeRow`select id, schema from andon.boards where slug = ${board}`);
  return place;
}

/**
 * Registers the board and makes its empty schema, unless somebody was quicker; must be called inside a transaction, and
 * takes the registry's lock, then the board's.
 */
export async function makePlace(session: PostgresSession, board: BoardId): Promise<Place> {
  await session.exec(`
    select pg_advisory_xact_lock(${lockClass}, ${registry});
    create schema if not exists andon;
    create table if not exists andon.boards (
      ${spell('id {identity},\n slug text not null unique,\n schema text not null unique')}
    )`);
  const place = (await registered(session, board)) ?? (await register(session, board));
  await session.exec(
    `select pg_advisory_xact_lock(${lockClass}, ${place.id}); set local search_path = ${escapeIdentifier(place.schema)}`,
  );
  return place;
}

/**
 * Frees the board's name: its row goes under the name `_archived/<as>`, which is no slug and so is asked for by nobody, or
 * its schema is dropped. Must be called inside a transaction, and takes the registry's lock, then the board's: a writer that
 * waited for the latter then finds that the place is no longer the board's. Does nothing when the board is not registered.
 */
export async function retirePlace(
  session: PostgresSession,
  board: BoardId,
  as: string | null,
): Promise<void> {
  await session.exec(`select pg_advisory_xact_lock(${lockClass}, ${registry})`);
  const place = await registered(session, board);
  if (place === undefined) return;
  await session.exec(`select pg_advisory_xact_lock(${lockClass}, ${place.id})`);
  if (as === null) {
    await session.exec(`drop schema if exists ${escapeIdentifier(place.schema)} cascade`);
    await session.run(command`delete from andon.boards where id = ${place.id}`);
  } else {
    await session.run(command`update andon.boards set slug = ${`_archived/${as}`} where id = ${place.id}`);
  }
}

async function register(session: PostgresSession, board: BoardId): Promise<Place> {
  const [id] = await session.all(
    sql(
      named((row) => Number(row['id'])),
    )`select nextval(pg_get_serial_sequence('andon.boards', 'id')) as id`,
  );
  if (id === undefined) throw new Error(`${nameOf(session.address)} gave no number for the board ${board}.`);
  const schema = board === homeBoard ? 'andon' : `b_${id}`;
  await session.run(command`insert into andon.boards (id, slug, schema) values (${id}, ${board}, ${schema})`);
  if (board !== homeBoard) await session.exec(`create schema ${escapeIdentifier(schema)}`);
  return { board, id, schema };
}

/**
 * Only reads, in a transaction whose search path is the board's schema. Throws when a newer Andon has changed the board
 * in ways that this one does not know.
 */
export async function inspect(
  session: PostgresSession,
  place: Place,
  schema: Schema,
): Promise<Exclude<SchemaState, 'absent'>> {
  const missing = await missingFrom(session, place, schema);
  return missing.statements.length === 0 && missing.migrations.length === 0 ? 'current' : 'behind';
}

/**
 * Creates or completes all tables; must be called inside a write transaction whose search path is the board's schema, and
 * changes nothing the second time. No program of another kind writes here, so there is nothing to rebuild or to make up for.
 */
export async function bringUpToDate(
  session: PostgresSession,
  place: Place,
  schema: Schema,
  now: Millis,
): Promise<void> {
  const { statements, migrations } = await missingFrom(session, place, schema);
  const texts = [
    ...statements,
    'create table if not exists andon_migrations (id integer primary key, name text not null, applied_at integer not null)',
    ...migrations.flatMap((migration) => migration.statements),
  ];
  await session.exec(texts.map(spell).join(';\n'));
  for (const { id, name } of migrations) {
    await session.run(
      command`insert into andon_migrations (id, name, applied_at) values (${id}, ${name}, ${now})`,
    );
  }
}

interface Missing {
  /** What completes the shared tables. */
  readonly statements: readonly string[];
  readonly migrations: readonly Migration[];
}

async function missingFrom(session: PostgresSession, place: Place, schema: Schema): Promise<Missing> {
  const names = await namesIn(session, place);
  const migrations = names.has('andon_migrations')
    ? notApplied(schema, await session.all(selectApplied), sayWhere(session, place))
    : schema.migrations;
  return { statements: schema.shared ? missingShared(names) : [], migrations };
}

/** Tables first, then columns, then the indexes on them (contract §2.3). */
function missingShared(names: ReadonlySet<string>): readonly string[] {
  const [made, unmade] = [
    sharedTables.filter(({ name }) => names.has(name)),
    sharedTables.filter(({ name }) => !names.has(name)),
  ];
  return [
    ...unmade.map(tableText),
    ...made.flatMap((table) =>
      table.columns
        .filter(([column]) => !names.has(`${table.name}.${column}`))
        .map(([column, definition]) => `alter table ${table.name} add column ${column} ${definition}`),
    ),
    ...sharedIndexes.filter(({ name }) => !names.has(name)).map(indexText),
  ];
}

/** Tables and indexes by their names, columns as `table.column`. */
export async function namesIn(session: PostgresSession, { schema }: Place): Promise<ReadonlySet<string>> {
  const names = await session.all(sql(named((row) => String(row['name'])))`
    select c.relname as name from pg_class c join pg_namespace n on n.oid = c.relnamespace where n.nspname = ${schema}
    union all
    select c.relname || '.' || a.attname as name from pg_attribute a join pg_class c on c.oid = a.attrelid
      join pg_namespace n on n.oid = c.relnamespace
      where n.nspname = ${schema} and c.relkind = 'r' and a.attnum > 0 and not a.attisdropped
    order by name`);
  return new Set(names);
}

/**
 * PostgreSQL's spelling of a definition: every integer has 64 bits, and text is compared byte by byte as SQLite does, or
 * lists would be in another order on every server. A column may be called `text`.
 */
const spell = (text: string): string =>
  text
    .replaceAll('{identity}', 'bigint generated by default as identity primary key')
    .replaceAll(/\binteger\b/g, 'bigint')
    .replaceAll(/\btext\b(?! text\b)/g, 'text collate "C"');
