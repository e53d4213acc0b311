export type SqliteVerdict = { readonly ok: true } | { readonly ok: false; readonly sentence: string };

/** Backports of the fix to older lines: the first safe patch of each. */
const backports: Readonly<Record<string, number>> = { '3.50': 7, '3.44': 6 };

/**
 * Whether an SQLite of this version may hold a board. Before 3.51.3 a write that overlaps a checkpoint can lose
 * committed pages (the "WAL-reset" bug); 3.52.0 was withdrawn by its makers. The launcher asks the same question of a
 * Node it has found.
 */
export function sqliteVerdict(version: string | undefined): SqliteVerdict {
  const match = /^(\d+)\.(\d+)\.(\d+)$/.exec(version ?? '');
  if (!match)
    return {
      ok: false,
      sentence: `SQLite's version is not readable: ${version ?? 'this Node has no SQLite'}.`,
    };
  const [, major = '', minor = '', patch = ''] = match;
  const [line, ofLine] = [Number(minor), Number(patch)];
  const backport = backports[`${major}.${minor}`];
  const fixed =
    Number(major) === 3 &&
    (line > 51 || (line === 51 && ofLine >= 3) || (backport !== undefined && ofLine >= backport));
  if (fixed && version !== '3.52.0') return { ok: true };
  return {
    ok: false,
    sentence:
      `SQLite ${version} can lose committed data; 3.51.3 or newer is needed ` +
      '(or 3.50.7+, 3.44.6+, and not the withdrawn 3.52.0): use Node 24.15 or newer.',
  };
}
