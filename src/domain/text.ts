/** The first line of a text, trimmed and cut to `most` characters; `null` when it says nothing. */
export const firstLine = (text: string | null, most: number): string | null => {
  const line = text?.trim().split('\n', 1).join('').trim() ?? '';
  return line === '' ? null : [...line].slice(0, most).join('');
};

/** Somebody's words as the end of a sentence, after a colon; without any, `otherwise` ends it. */
export function saying(words: string | null | undefined, otherwise: string): string {
  const said = words?.trim() ?? '';
  if (said === '') return otherwise;
  return `: ${said}${/[.!?\u2026]$/.test(said) ? '' : '.'}`;
}
