import { DatabaseSync, type SQLOutputValue, type StatementSync } from 'node:sqlite';
import type { NamedRow } from '../../src/store/sql.ts';
import { type Dump, orders } from '../support/dump.ts';
import { SimTable } from './sim-table.ts';

/** A statement that gives its rows as arrays, and the names of their values. */
export interface Prepared {
  readonly statement: StatementSync;
  readonly columns: readonly string[];
}

function inArrays(statement: StatementSync): Prepared {
  statement.setReturnArrays(true);
  return { statement, columns: statement.columns().map(({ name }) => name) };
}

/** Databases that no seed uses any more, empty, by their schema. */
const spare = new Map<string, SimDatabase[]>();

/**
 * A database in memory, its compiled statements, and what was written to it. To make the tables and to compile the
 * statements took an eighth of a seed's time, so the next seed gets the same database, emptied.
 */
export class SimDatabase {
  /** Counts the rows that are written, also by what is rolled back later. */
  changes = 0;
  readonly #schema: string;
  readonly #database = new DatabaseSync(':memory:');
  readonly #statements = new Map<string, Prepared>();
  readonly #byParts = new WeakMap<readonly string[], Prepared>();
  readonly #tables: readonly SimTable[];
  readonly #deletions: readonly StatementSync[];
  #seen: Record<string, readonly NamedRow[]> = {};

  /** An empty database of a schema, whose holder gives it back. */
  static take(schema: string): SimDatabase {
    return spare.get(schema)?.pop() ?? new SimDatabase(schema);
  }

  private constructor(schema: string) {
    this.#schema = schema;
    this.#database.exec(schema);
    const order = new Map<string, readonly string[]>(Object.entries(orders));
    const named = this.#database.prepare("select name from sqlite_schema where type = 'table'").all();
    const names = named.map((row) => String(row['name']));
    this.#deletions = names.map((name) => this.#database.prepare(`delete from ${name}`));
    // SQLite's own table, which keeps the ids that were given, takes no trigger.
    const tables = names.filter((name) => !name.startsWith('sqlite_'));
    this.#tables = tables.map((name) => {
      const row = inArrays(this.#database.prepare(`select * from ${name} where rowid = ?`));
      return new SimTable(name, row, order.get(name) ?? []);
    });
    this.#watch();
    this.#begin();
  }

  /** Nothing is known of any table but that it is empty. */
  #begin(): void {
    for (const table of this.#tables) table.forget();
    this.#seen = Object.fromEntries(this.#tables.map(({ name }) => [name, []]));
  }

  /** SQLite tells of each row that it writes: no statement has to be understood for that. */
  #watch(): void {
    const note = (table: SQLOutputValue, before: SQLOutputValue, after: SQLOutputValue): null => {
      this.#tables[Number(table)]?.written.add(Number(before)).add(Number(after));
      this.changes += 1;
      return null;
    };
    this.#database.function('note', note);
    // Else a row that a `replace` throws out would go without a word.
    this.#database.exec('pragma recursive_triggers = on');
    const kinds = [
      ['insert', 'new', 'new'],
      ['update', 'old', 'new'],
      ['delete', 'old', 'old'],
    ] as const;
    for (const [index, { name }] of this.#tables.entries())
      for (const [kind, before, after] of kinds)
        this.#database.exec(`
          create temp trigger note_${kind}_${name} after ${kind} on main.${name}
          begin select note(${index}, ${before}.rowid, ${after}.rowid); end`);
  }

  prepare(text: string): Prepared {
    const known = this.#statements.get(text);
    if (known !== undefined) return known;
    const prepared = inArrays(this.#database.prepare(text));
    this.#statements.set(text, prepared);
    return prepared;
  }

  /** The statement of a query; most queries have their parts from one place in the source, and are known by them. */
  statement(parts: readonly string[]): Prepared {
    const known = this.#byParts.get(parts);
    if (known !== undefined) return known;
    const prepared = this.prepare(parts.join('?'));
    this.#byParts.set(parts, prepared);
    return prepared;
  }

  /** All rows of a board; only what was written since the last look is read again. */
  look(): Dump {
    const rows = { ...this.#seen };
    for (const table of this.#tables) if (table.written.size > 0) rows[table.name] = table.read();
    this.#seen = rows;
    return rows as Dump;
  }

  /** Nobody may use it from here on. */
  giveBack(): void {
    // Whoever left a transaction open was in the middle of something, and may come back to it.
    if (this.#database.isTransaction) {
      this.#database.close();
      return;
    }
    for (const deletion of this.#deletions) deletion.run();
    this.#begin();
    spare.set(this.#schema, [...(spare.get(this.#schema) ?? []), this]);
  }
}
