import { t } from '../strings.ts';
import { createStore } from './store.ts';

/** What was not done, and why: the problem details of the API as an error. */
export class Refusal extends Error {
  override readonly name = 'Refusal';
  readonly code: string;
  readonly status: number;

  constructor(code: string, sentence: string, status: number) {
    super(sentence);
    this.code = code;
    this.status = status;
  }
}

/** How often the API has said that nobody is signed in here; a stream that is open says so much later. */
export const turnedAway = createStore(0);

type Method = 'GET' | 'POST' | 'PATCH' | 'DELETE';
export type Fields = Readonly<Record<string, unknown>>;

/** Asks the API; throws a `Refusal` for whatever is not done, also when the gateway cannot be reached. */
async function ask<Answer>(
  method: Method,
  path: string,
  init: Pick<RequestInit, 'body' | 'headers'>,
): Promise<Answer> {
  const answer = await fetch(`/api/v1${path}`, { ...init, method }).catch(() => undefined);
  if (answer === undefined) throw new Refusal('unreachable', t.unreachable, 0);
  const body = await answer.json().catch(() => undefined);
  if (answer.ok) return body;
  if (answer.status === 401) turnedAway.set((times) => times + 1);
  throw new Refusal(body?.code ?? 'fault', body?.detail ?? t.failed(answer.status), answer.status);
}

const json = (fields: Fields): Pick<RequestInit, 'body' | 'headers'> => ({
  body: JSON.stringify(fields),
  headers: { 'content-type': 'application/json' },
});

export const get = <Answer>(path: string): Promise<Answer> => ask('GET', path, {});
export const post = <Answer>(path: string, fields: Fields = {}): Promise<Answer> =>
  ask('POST', path, json(fields));
export const patch = <Answer>(path: string, fields: Fields, headers: Record<string, string> = {}) => {
  const { body, headers: own } = json(fields);
  return ask<Answer>('PATCH', path, body === undefined ? {} : { body, headers: { ...own, ...headers } });
};
export const remove = <Answer>(path: string): Promise<Answer> => ask('DELETE', path, {});
export const upload = <Answer>(path: string, file: File): Promise<Answer> =>
  ask('POST', path, {
    body: file,
    headers: { 'content-type': file.type === '' ? 'application/octet-stream' : file.type },
  });

/** `?a=1&b=2` of the fields that are there. */
export function query(fields: Readonly<Record<string, string | number | boolean | undefined>>): string {
  const given = Object.entries(fields).flatMap(([name, value]) =>
    value === undefined || value === '' ? [] : [[name, String(value)]],
  );
  return given.length === 0 ? '' : `?${new URLSearchParams(given)}`;
}
