import type { ErrorEvent, LimitEvent } from './events.ts';

/** What a failed request of the model was, by the status of its answer; without a status nobody answered. */
export function failureOf(
  status: number | undefined,
  message: string,
  retrying: boolean,
): LimitEvent | ErrorEvent {
  const error = (kind: ErrorEvent['kind']): ErrorEvent => ({ type: 'error', kind, message, retrying });
  const limit = (kind: LimitEvent['kind']): LimitEvent => ({ type: 'limit', kind, retrying });
  switch (status) {
    case undefined:
      return error('network');
    case 401:
    case 403:
      return error('auth');
    case 402:
      return limit('quota');
    case 429:
      return limit('rate');
    case 503:
    case 529:
      return limit('overloaded');
    default:
      return error(status >= 500 ? 'provider' : 'agent');
  }
}

/** When a limit is lifted, from words such as `retry in 20s` or `try again in 3600s`; `now` in milliseconds. */
export function resetIn(text: string, now: number): number | undefined {
  const [, seconds] = /\b(?:retry|again)(?: \w+)? in (\d+(?:\.\d+)?) ?s\b/i.exec(text) ?? [];
  return seconds === undefined ? undefined : now + Math.round(Number(seconds) * 1000);
}
