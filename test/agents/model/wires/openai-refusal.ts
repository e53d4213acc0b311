import type { Refusal, RefusalKind } from '../wire.ts';

/** The errors of OpenAI, which both of its wires share. */
export function openaiRefusal(kind: RefusalKind, resetsAt: number): Refusal {
  const seconds = Math.max(1, Math.round((resetsAt - Date.now()) / 1000));
  const error = (status: number, type: string, code: string | null, message: string, more: object = {}) => ({
    status,
    body: { error: { message, type, param: null, code, ...more } },
    headers: {},
  });
  switch (kind) {
    case 'rate_limit':
      return {
        ...error(
          429,
          'requests',
          'rate_limit_exceeded',
          `Rate limit reached for requests. Please try again in ${seconds}s.`,
        ),
        headers: {
          'retry-after': String(seconds),
          'x-ratelimit-limit-requests': '50',
          'x-ratelimit-remaining-requests': '0',
          'x-ratelimit-reset-requests': `${seconds}s`,
        },
      };
    case 'quota':
      return {
        ...error(429, 'usage_limit_reached', null, 'The usage limit has been reached', {
          plan_type: 'plus',
          resets_at: Math.round(resetsAt / 1000),
        }),
        headers: {
          'x-codex-primary-used-percent': '100',
          'x-codex-primary-window-minutes': '300',
          'x-codex-primary-reset-at': String(Math.round(resetsAt / 1000)),
        },
      };
    case 'overloaded':
      return error(503, 'server_error', 'server_is_overloaded', 'The server is overloaded.');
    case 'server':
      return error(500, 'server_error', null, 'The server had an error while processing your request.');
    case 'unauthorized':
      return error(401, 'invalid_request_error', 'invalid_api_key', 'Incorrect API key provided.');
  }
}
