import { expect } from 'vitest';
import type { Api } from './api.ts';

/** The cookie of a browser that opened a link. */
export async function signedIn(api: Api, token = api.admin): Promise<string> {
  const { url } = await api.ask('POST', '/auth/codes', { token });
  const { pathname, search } = new URL(String(url));
  const answer = await api.fetch('GET', `${pathname}${search}`, { token: null });
  expect(answer.status).toBe(200);
  return answer.headers.get('set-cookie')?.split(';')[0] ?? '';
}
