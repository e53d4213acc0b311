/**
 * Splits a line as a shell does: blanks part words, single quotes keep all, double quotes keep all but a backslash before a
 * quote or a backslash, and a backslash outside keeps what follows it. `undefined` when a quote is never closed.
 */
export function splitWords(line: string): string[] | undefined {
  const words: string[] = [];
  const piece = /\s+|'([^']*)'|"((?:[^"\\]|\\.)*)"|\\(.)|([^\s'"\\]+)|(.)/gsu;
  let word: string | undefined;
  for (const [, single, double, escaped, plain, stray] of line.matchAll(piece)) {
    if (stray !== undefined) return undefined;
    const text = single ?? double?.replaceAll(/\\(["\\])/g, '$1') ?? escaped ?? plain;
    if (text !== undefined) {
      word = (word ?? '') + text;
    } else if (word !== undefined) {
      words.push(word);
      word = undefined;
    }
  }
  return word === undefined ? words : [...words, word];
}
