import { Client } from 'pg';
import { onTestFinished } from 'vitest';
import type { Millis } from '../../src/domain/ids.ts';
import { openPostgresStore } from '../../src/store/postgres/postgres.ts';
import type { Store } from '../../src/store/store.ts';

/** A store on this database; closed when the test ends. */
export function openPostgres(url: string, lockTimeout?: number): Store {
  const store = openPostgresStore(
    lockTimeout === undefined ? { url } : { url, lockTimeout: lockTimeout as Millis },
  );
  onTestFinished(() => store.close());
  return store;
}

/** A session of another program on this database; closed when the test ends. */
export async function anotherProgram(url: string, name = 'psql'): Promise<Client> {
  const client = new Client({ connectionString: url, application_name: name });
  client.on('error', () => {});
  await client.connect();
  onTestFinished(() => client.end());
  return client;
}

/** The same address with parts of it changed. */
export function changed(url: string, parts: Partial<Pick<URL, 'port' | 'pathname' | 'password'>>): string {
  return Object.assign(new URL(url), parts).href;
}
