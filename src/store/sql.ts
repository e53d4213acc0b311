/**
 * One SQL text for both databases: lower case, in a tag together with the decoder of its rows.
 *
 *   sql(taskRow)`select * from tasks where id = ${id}`
 *
 * Every `${value}` becomes a parameter, never text. What differs between the databases (placeholders, locking, clock)
 * is in the two adapters.
 */

export type Value = string | number | null;
/** A row as a driver hands it over, in the order of its statement's columns: integers may come as numbers, bigints or digits. */
export type RawRow = readonly unknown[];
/**
 * Told the names of a statement's columns once, reads each of its rows by position: a row of a task takes a third of the time
 * that it takes as an object of the driver's.
 */
export type Decoder<Row> = (columns: readonly string[]) => (row: RawRow) => Row;
export type NamedRow = Readonly<Record<string, unknown>>;

export interface Query<Row> {
  /** The text between the parameters; one more part than there are values. */
  readonly parts: readonly string[];
  readonly values: readonly Value[];
  readonly decode: Decoder<Row>;
}

export interface Fragment {
  readonly parts: readonly string[];
  readonly values: readonly Value[];
}

type Piece = Value | Fragment;

const isFragment = (piece: Piece): piece is Fragment => typeof piece === 'object' && piece !== null;
const isValue = (piece: Piece): piece is Value => !isFragment(piece);

function compose(texts: readonly string[], pieces: readonly Piece[]): Fragment {
  // The pieces of a template are one array for each place in the source, by which an adapter knows its statement again.
  if (pieces.every(isValue)) return { parts: texts, values: pieces };
  const parts = [texts[0] ?? ''];
  const values: Value[] = [];
  for (const [index, piece] of pieces.entries()) {
    const after = texts[index + 1] ?? '';
    if (!isFragment(piece)) {
      values.push(piece);
      parts.push(after);
      continue;
    }
    const [first = '', ...rest] = piece.parts;
    parts[parts.length - 1] += first;
    values.push(...piece.values);
    parts.push(...rest);
    parts[parts.length - 1] += after;
  }
  return { parts, values };
}

/** Rows by their names, as they are: for what is read seldom. */
export const named =
  <Row>(read: (row: NamedRow) => Row): Decoder<Row> =>
  (columns) =>
  (row) =>
    read(byName(columns, row));

/** The first value of each row, as text: what SQLite's own checks say. */
export const firstText: Decoder<string> =
  () =>
  ([value]) =>
    String(value);

/** The values under the names of their columns. */
export function byName(columns: readonly string[], row: RawRow): NamedRow {
  const values: Record<string, unknown> = {};
  for (const [at, name] of columns.entries()) values[name] = row[at];
  return values;
}

/** A query whose rows are decoded by `decode`. */
export const sql =
  <Row>(decode: Decoder<Row>) =>
  (texts: TemplateStringsArray, ...pieces: Piece[]): Query<Row> => ({ ...compose(texts, pieces), decode });

const noRow: Decoder<never> = () => {
  throw new Error('A statement that was said to give no rows gave one.');
};

/** A statement that gives no rows. */
export const command = sql(noRow);

/** The same query with other values; its text is composed once. */
export const bind = <Row>(query: Query<Row>, values: readonly Value[]): Query<Row> => ({ ...query, values });

/** A piece of a query: a condition, a list of columns. */
export const fragment = (texts: TemplateStringsArray, ...pieces: Piece[]): Fragment => compose(texts, pieces);

/** `?, ?, ?` for an `in (…)`; the caller sees to it that the list is neither empty nor over a few hundred. */
export const list = (values: readonly Value[]): Fragment => ({
  parts: ['', ...values.slice(1).map(() => ', '), ''].slice(0, values.length + 1),
  values,
});

/**
 * `limit …`, for at most so many rows. Not the bare parameter: SQLite plans by the value of one, and so prepares the whole
 * statement anew each time it is run (20 µs of a short one, 100 µs of a page of cards).
 */
export const upTo = (most: number): Fragment => fragment`limit ${most} + 0`;

/** Joins conditions with `and`; none of them is always true. */
export function every(conditions: readonly Fragment[]): Fragment {
  return conditions.reduce<Fragment>((all, next) => compose(['', ' and ', ''], [all, next]), fragment`1 = 1`);
}
