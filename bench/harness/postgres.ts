import { Client } from 'pg';
import { startPostgres } from '../../test/support/postgres-server.ts';

/** A server of one's own, with the settings that PostgreSQL has by itself: what it acknowledged is on the disk. */
export interface DurablePostgres {
  /** Makes an empty database; gives its address. */
  database(name: string): Promise<string>;
  end(): Promise<void>;
}

/** Starts a server, which goes with this process however that ends. */
export async function startDurablePostgres(): Promise<DurablePostgres> {
  const server = await startPostgres(true);
  return {
    database: async (name) => {
      const client = new Client({ connectionString: server.url });
      await client.connect();
      await client.query(`create database ${client.escapeIdentifier(name)}`);
      await client.end();
      return Object.assign(new URL(server.url), { pathname: `/${name}` }).href;
    },
    end: () => server.end(),
  };
}
