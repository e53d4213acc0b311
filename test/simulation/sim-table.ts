import { byName, type NamedRow } from '../../src/store/sql.ts';
import type { Prepared } from './sim-database.ts';

/** The rows of one table as they stood when they were read last; reads again those that were written since. */
export class SimTable {
  readonly name: string;
  /** The `rowid`s that were written since they were read, also by what was rolled back. */
  readonly written = new Set<number>();
  readonly #row: Prepared;
  readonly #order: readonly string[];
  readonly #known = new Map<number, NamedRow>();

  /** `row` gives the row of a `rowid`; the columns of `order` say which comes first. */
  constructor(name: string, row: Prepared, order: readonly string[]) {
    this.name = name;
    this.#row = row;
    this.#order = order;
  }

  /** All rows, in order. */
  read(): readonly NamedRow[] {
    for (const id of this.written) {
      const values: unknown = this.#row.statement.get(id);
      if (Array.isArray(values)) this.#known.set(id, byName(this.#row.columns, values));
      else this.#known.delete(id);
    }
    this.written.clear();
    return [...this.#known.values()].sort((one, other) => this.#compare(one, other));
  }

  /** Another seed begins, whose table is empty. */
  forget(): void {
    this.written.clear();
    this.#known.clear();
  }

  #compare(one: NamedRow, other: NamedRow): number {
    for (const column of this.#order) {
      const [left, right] = [one[column], other[column]];
      if (left !== right) return isLess(left, right) ? -1 : 1;
    }
    return 0;
  }
}

/** As SQLite orders numbers among each other, and texts of ASCII. */
const isLess = (left: unknown, right: unknown): boolean =>
  typeof left === 'number' && typeof right === 'number' ? left < right : String(left) < String(right);
