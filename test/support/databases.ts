import { randomBytes } from 'node:crypto';
import { Client } from 'pg';
import { afterAll, inject, onTestFinished } from 'vitest';

/** To make and drop databases with; one for all tests of a file. */
let administrator: Promise<Client> | undefined;

afterAll(async () => (await administrator)?.end());

async function ask(text: string): Promise<void> {
  administrator ??= connect();
  await (await administrator).query(text);
}

async function connect(): Promise<Client> {
  const client = new Client(inject('postgres'));
  await client.connect();
  return client;
}

/**
 * The address of an empty database of this test alone, which goes when the test ends, whoever is still in it. One costs
 * 10 ms on a server without fsync and 4 ms to drop; with `wal_log` instead of `file_copy` 30 ms.
 */
export async function freshDatabase(): Promise<string> {
  const name = `andon_test_${randomBytes(6).toString('hex')}`;
  onTestFinished(() => ask(`drop database if exists ${name} with (force)`));
  await ask(`create database ${name} template template0 strategy file_copy`);
  const url = new URL(inject('postgres'));
  url.pathname = name;
  return url.href;
}
