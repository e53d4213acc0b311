import { asMillis, type Millis } from '../domain/ids.ts';

/** A time as the beginning of a file's name: `2026-11-21T09-00-00.000Z`. Names in their order are times in theirs. */
export const fileTime = (at: Millis): string => new Date(at).toISOString().replaceAll(':', '-');

const form = /^(\d{4}-\d\d-\d\dT)(\d\d)-(\d\d)-(\d\d\.\d{3}Z)(.*)$/s;

/** The time that a name begins with and what follows it; nothing when it begins with none. */
export function readFileTime(name: string): { readonly at: Millis; readonly rest: string } | undefined {
  const [, day, hour, minute, second, rest = ''] = form.exec(name) ?? [];
  const at = Date.parse(`${day}${hour}:${minute}:${second}`);
  return Number.isNaN(at) ? undefined : { at: asMillis(at), rest };
}
