/**
 * How a text is made of an event that came from elsewhere: `{{issue.title}}` stands for the field `title` of the field `issue`,
 * and a number for a place in a list (`labels.0.name`).
 */

/** The value at a path; `undefined` when there is none. Only what the event itself holds is found. */
export function fieldAt(event: unknown, path: string): unknown {
  let value = event;
  for (const name of path.split('.')) {
    if (typeof value !== 'object' || value === null || !Object.hasOwn(value, name)) return undefined;
    value = Reflect.get(value, name);
  }
  return value;
}

/** A template with its fields filled in: a missing one or null is empty, a list or an object is written as JSON. */
export const fillTemplate = (template: string, event: unknown): string =>
  template.replaceAll(placeholder, (_, path: string) => wordsOf(fieldAt(event, path)));

const placeholder = /\{\{\s*([^{}\s]+)\s*\}\}/g;

/** Whether every pair of braces in it names a field. */
export const isTemplate = (text: string): boolean => !/\{\{|\}\}/.test(text.replaceAll(placeholder, ''));

/** Which events are meant: for each path the values of which it has one. */
export type EventFilter = Readonly<Record<string, readonly string[]>>;

/** The first path whose value is none of those that are wanted; nothing when the event is meant. */
export const missedBy = (filter: EventFilter, event: unknown): string | undefined =>
  Object.entries(filter).find(([path, wanted]) => !wanted.includes(wordsOf(fieldAt(event, path))))?.[0];

function wordsOf(value: unknown): string {
  if (value === undefined || value === null) return '';
  return typeof value === 'object' ? JSON.stringify(value) : String(value);
}
