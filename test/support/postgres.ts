import { Client } from 'pg';
import type { TestProject } from 'vitest/node';
import { startPostgres } from './postgres-server.ts';

declare module 'vitest' {
  interface ProvidedContext {
    /** The server of this run; each test makes its own databases on it. */
    readonly postgres: string;
  }
}

/**
 * Gives all tests of a run one PostgreSQL server: that of `ANDON_TEST_POSTGRES_URL`, or one that is started for the run.
 * Without a server the run fails; no test is left out.
 */
export default async function setup(project: TestProject): Promise<() => Promise<void>> {
  const given = process.env['ANDON_TEST_POSTGRES_URL'];
  if (given !== undefined) {
    await reach(given);
    project.provide('postgres', given);
    return async () => {};
  }
  const server = await startPostgres();
  project.provide('postgres', server.url);
  return () => server.end();
}

async function reach(url: string): Promise<void> {
  const client = new Client({ connectionString: url, connectionTimeoutMillis: 10_000 });
  try {
    await client.connect();
  } catch (cause) {
    throw new Error('The server of ANDON_TEST_POSTGRES_URL cannot be reached.', { cause });
  }
  await client.end();
}
