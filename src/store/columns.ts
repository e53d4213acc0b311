import { byName, type Decoder, type RawRow } from './sql.ts';
import { StoreFault } from './store.ts';

/**
 * Reads columns of one table as typed values. A value that cannot be one is a fault that names table, row and column:
 * shared files are also written by others. Integers arrive as numbers, bigints or digits, as the driver likes it.
 */
export type Column<Value> = (value: unknown) => Value | Unreadable;

export const unreadable = Symbol('unreadable');
type Unreadable = typeof unreadable;

export const text: Column<string> = (value) => (typeof value === 'string' ? value : unreadable);

/** A branded text whose form nobody restricts. */
export const brandedText =
  <Value extends string>(brand: (value: string) => Value): Column<Value> =>
  (value) =>
    typeof value === 'string' ? brand(value) : unreadable;

export const oneOf =
  <Value extends string>(values: readonly Value[]): Column<Value> =>
  (value) =>
    values.find((known) => known === value) ?? unreadable;

/** The same, where any other text stands for `otherwise`. */
export const oneOfOr =
  <Value extends string>(values: readonly Value[], otherwise: Value): Column<Value> =>
  (value) =>
    typeof value === 'string' ? (values.find((known) => known === value) ?? otherwise) : unreadable;

export const integer: Column<number> = (value) => {
  const number = typeof value === 'bigint' || typeof value === 'string' ? Number(value) : value;
  return typeof number === 'number' && Number.isSafeInteger(number) ? number : unreadable;
};

export const integerAs =
  <Value extends number>(brand: (value: number) => Value): Column<Value> =>
  (value) => {
    const number = integer(value);
    return number === unreadable ? unreadable : brand(number);
  };

export const flag: Column<boolean> = (value) => {
  const number = integer(value ?? 0);
  return number === unreadable ? unreadable : number !== 0;
};

export const nullable =
  <Value>(column: Column<Value>): Column<Value | null> =>
  (value) =>
    value === null || value === undefined ? null : column(value);

export const withDefault =
  <Value>(column: Column<Value>, fallback: Value): Column<Value> =>
  (value) =>
    value === null || value === undefined ? fallback : column(value);

const isRecord = (value: unknown): value is Readonly<Record<string, unknown>> =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

function parseJson(value: unknown): unknown {
  if (typeof value !== 'string') return unreadable;
  try {
    return JSON.parse(value);
  } catch {
    return unreadable;
  }
}

export const jsonObject: Column<Readonly<Record<string, unknown>>> = (value) => {
  const parsed = parseJson(value);
  return isRecord(parsed) ? parsed : unreadable;
};

export const jsonStrings: Column<readonly string[]> = (value) => {
  const parsed = parseJson(value);
  return Array.isArray(parsed) && parsed.every((item) => typeof item === 'string') ? parsed : unreadable;
};

type Columns<Row> = { readonly [Name in keyof Row]: Column<Row[Name]> };

/** The decoder of a table's rows. `table` and the row's `id`, when it has one, are named when a value is unreadable. */
export function rowOf<Row extends object>(table: string, columns: Columns<Row>): Decoder<Row> {
  const names = Object.keys(columns) as (keyof Row & string)[];
  const readers = new WeakMap<readonly string[], (raw: RawRow) => Row>();
  const readerOf = (found: readonly string[]) => {
    const places = names.map((name) => ({ name, column: columns[name], at: found.lastIndexOf(name) }));
    return (raw: RawRow): Row => {
      const row: Partial<Row> = {};
      for (const { name, column, at } of places) {
        const value = column(raw[at]);
        if (value === unreadable) throw faultAt(table, found, raw, name);
        row[name] = value;
      }
      return row as Row;
    };
  };
  return (found) => {
    const known = readers.get(found);
    if (known !== undefined) return known;
    const reader = readerOf(found);
    readers.set(found, reader);
    return reader;
  };
}

function faultAt(table: string, columns: readonly string[], values: RawRow, name: string): StoreFault {
  const raw = byName(columns, values);
  if (!(name in raw)) {
    return new StoreFault(
      'schema',
      `Table ${table} has no column ${name}, which this Andon needs; \`andon migrate\` adds what it can.`,
    );
  }
  const id = raw['id'] ?? raw['task_id'] ?? raw['run_id'];
  return new StoreFault(
    'unreadable',
    `Table ${table}, row ${String(id)}: column ${name} holds ${JSON.stringify(raw[name]) ?? 'nothing'}, which is not a value of that column; \`andon doctor\` tells more.`,
  );
}

/** What two decoders read of the same row, made one. */
export const paired =
  <One, Other, Row>(
    one: Decoder<One>,
    other: Decoder<Other>,
    join: (one: One, other: Other) => Row,
  ): Decoder<Row> =>
  (columns) => {
    const [first, second] = [one(columns), other(columns)];
    return (raw) => join(first(raw), second(raw));
  };

/** The decoder of a single value that the query names `value`. */
export const single =
  <Value>(column: Column<Value>): Decoder<Value> =>
  (columns) => {
    const at = columns.lastIndexOf('value');
    return (raw) => {
      const value = column(raw[at]);
      if (value === unreadable) throw faultAt('(expression)', columns, raw, 'value');
      return value;
    };
  };

/** JSON for a column, or NULL for nothing; an empty object is nothing (contract §2.2). */
export const toJson = (value: object | null | undefined): string | null =>
  value === null || value === undefined || (!Array.isArray(value) && Object.keys(value).length === 0)
    ? null
    : JSON.stringify(value);
