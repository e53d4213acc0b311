import type { z } from 'zod';
import type { FileReader } from './home.ts';

export type Zod = typeof z;
export type Read<Value> =
  | { readonly ok: true; readonly value: Value }
  | { readonly ok: false; readonly message: string };

/** The text of a YAML file as plain values; `undefined` when there is no file, `{}` when it is empty. */
export async function readYaml(
  files: FileReader,
  path: string,
  label: string,
): Promise<Read<unknown> | undefined> {
  let text: string | undefined;
  try {
    text = await files.read(path);
  } catch (error) {
    return { ok: false, message: `${label}: it cannot be read (${reason(error)}).` };
  }
  if (text === undefined) return undefined;
  // Most homes have no such file, and every command asks: the parser is loaded for those that have one.
  const { parse } = await import('yaml');
  try {
    return { ok: true, value: parse(text) ?? {} };
  } catch (error) {
    return { ok: false, message: `${label}: it is not valid YAML (${reason(error)}).` };
  }
}

const reason = (error: unknown): string =>
  (error instanceof Error ? error.message : String(error)).split('\n')[0]?.replace(/[.:]+$/, '') ?? '';

/**
 * Checks values against a schema whose own messages say what is accepted ("a whole number from 1"), and gives the first
 * fault as one sentence: where, what is accepted, what was given. `at` is where in the file the values stand.
 */
export function check<Value>(
  schema: z.ZodType<Value>,
  value: unknown,
  label: string,
  at: readonly string[] = [],
): Read<Value> {
  const result = schema.safeParse(value, { reportInput: true });
  if (result.success) return { ok: true, value: result.data };
  const [issue] = result.error.issues;
  if (!issue) return { ok: false, message: `${label}: it is not valid.` };
  const path = [...at, ...issue.path];
  if (issue.code === 'unrecognized_keys') {
    const key = [...path, issue.keys[0]].join('.');
    return { ok: false, message: `${label}: there is no setting ${key}; ${issue.message}.` };
  }
  const given = issue.input === undefined ? 'nothing' : shorten(JSON.stringify(issue.input));
  const what = path.length === 0 ? 'the file' : path.join('.');
  return { ok: false, message: `${label}: ${what} must be ${issue.message}, not ${given}.` };
}

const shorten = (text: string): string => (text.length > 60 ? `${text.slice(0, 57)}…` : text);

/** The kinds of values that settings are made of, each with the words for what it accepts. */
export function kinds(z: Zod) {
  const strict = <Shape extends z.ZodRawShape>(shape: Shape) => {
    const keys = Object.keys(shape).join(', ');
    return z.strictObject(shape, {
      error: (issue) => (issue.code === 'unrecognized_keys' ? `accepted are ${keys}` : `a map of ${keys}`),
    });
  };
  const whole = (least: number) => {
    const error = `a whole number from ${least}`;
    return z.int({ error }).min(least, { error });
  };
  return {
    strict,
    whole,
    yesNo: z.boolean({ error: 'true or false' }),
    text: z.string({ error: 'a text' }),
    line: z
      .string({ error: 'a text that is not blank' })
      .trim()
      .min(1, { error: 'a text that is not blank' }),
  };
}
