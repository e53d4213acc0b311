import type { Fields, Files, Shown } from './chat-fake.ts';

/** What Discord answers to what it does not take. */
export class Refused extends Error {
  readonly status: number;
  readonly code: number;
  constructor(status: number, code: number, message: string) {
    super(message);
    this.status = status;
    this.code = code;
  }
}

const mebibyte = 1024 * 1024;

export function textOf({ content = '' }: Fields): string {
  const text = String(content);
  if (text.length > 2000 || text === '') throw new Refused(400, 50035, 'Invalid Form Body');
  return text;
}

/** What people see of a text: marks of emphasis are not among it, unless they are escaped; an address stays as it is. */
export const seenIn = (content: string): string =>
  content
    .split(/(https?:\/\/[^\s<]+)/)
    .map((part, index) =>
      index % 2 === 1
        ? part
        : part
            .replace(/^(\s*)(?:#{1,3}|>|-) /gm, '$1')
            .replace(
              /\\([^0-9A-Za-z\s])|(\*\*|__|~~|\|\||[*_`])(.+?)\2|<@!?\w+>/g,
              (all, escaped, mark, inner) =>
                escaped === undefined ? (mark === undefined ? `@${all.length}` : inner) : escaped,
            ),
    )
    .join('');

export function checkFiles(files: Files): void {
  const isTooMuch = files.length > 10 || files.some(({ text }) => text.length > 10 * mebibyte);
  if (isTooMuch) throw new Refused(413, 40005, 'Request entity too large');
}

export function buttonsOf({ components }: Fields): Shown['buttons'] {
  const rows = (components ?? []) as { components: { label: string; custom_id: string }[] }[];
  const buttons = rows.flatMap((row) => row.components);
  const isTooMuch =
    rows.length > 5 ||
    rows.some((row) => row.components.length > 5 || row.components.length === 0) ||
    buttons.some(({ label, custom_id }) => label.length > 80 || custom_id.length > 100) ||
    new Set(buttons.map(({ custom_id }) => custom_id)).size < buttons.length;
  if (isTooMuch) throw new Refused(400, 50035, 'Invalid Form Body');
  return buttons.map(({ label, custom_id }) => ({ label, data: custom_id }));
}
