import { onTestFinished } from 'vitest';
import type { Api } from './api.ts';

/** The same API behind a real socket of this machine. */
export async function listen(api: Api): Promise<{
  readonly url: string;
  fetch(path: string, init?: RequestInit & { readonly token?: string }): Promise<Response>;
}> {
  const url = await api.http.listen();
  onTestFinished(() => api.http.close());
  return {
    url,
    fetch: (path, { token = api.admin, headers, ...init } = {}) =>
      fetch(`${url}${path}`, { ...init, headers: { authorization: `Bearer ${token}`, ...headers } }),
  };
}
