/** The first line of a text, trimmed and cut to `most` characters; `null` when it says nothing. */
export const firstLine = (text: string | null, most: number): string | null => {
  const line = text?.trim().split('\n', 1).join('').trim() ?? '';
  return line === '' ? null : [...line].slice(0, most).join('');
};
