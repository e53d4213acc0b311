import { type AddressInfo, createServer, connect as dial } from 'node:net';
import { inspect } from 'node:util';
import { Client } from 'pg';
import { afterAll, beforeAll, describe, expect, it, onTestFinished } from 'vitest';
import { defaultBoard } from '../../src/domain/ids.ts';
import { openPostgresStore } from '../../src/store/postgres/postgres.ts';
import { named, sql } from '../../src/store/sql.ts';
import { StoreFault } from '../../src/store/store.ts';
import { insertEvent, kinds, note } from '../support/events.ts';
import { anotherProgram, changed, openPostgres } from '../support/postgres-board.ts';
import { type PostgresProcess, startPostgres } from '../support/postgres-server.ts';
import { until } from '../support/until.ts';

/** A server of this file alone, which may be stopped and can tell a wrong password. */
let server: PostgresProcess;
beforeAll(async () => {
  server = await startPostgres();
});
afterAll(() => server.end());

let made = 0;
/** A fresh database on it. */
async function database(more = ''): Promise<string> {
  made += 1;
  const client = new Client(server.url);
  await client.connect();
  await client.query(`create database d${made} template template0 ${more}`);
  await client.end();
  return changed(server.url, { pathname: `d${made}` });
}

/** What a write to this address fails with. */
async function failure(url: string): Promise<StoreFault> {
  try {
    await note(openPostgres(url), 'never');
  } catch (error) {
    if (error instanceof StoreFault) return error;
    throw error;
  }
  throw new Error('The write succeeded.');
}

describe('an address that leads nowhere', () => {
  it.each([
    [
      'the server is down',
      { port: '1' },
      /^PostgreSQL at 127\.0\.0\.1:1\/postgres does not answer: .*ECONNREFUSED/,
    ],
    [
      'the password is wrong',
      { password: 'hunter2-wrong' },
      /does not let “postgres” in: correct the user or password/,
    ],
    [
      'there is no such database',
      { pathname: 'nowhere' },
      /\/nowhere: there is no such database\. Create it/,
    ],
  ])('%s: one sentence names the place, and no error holds the password', async (_, parts, sentence) => {
    const url = changed(server.url, parts);
    const fault = await failure(url);
    expect(fault.code).toBe('io');
    expect(fault.message).toMatch(sentence);
    expect(inspect(fault, { depth: Number.POSITIVE_INFINITY, showHidden: true })).not.toContain(
      new URL(url).password,
    );
  });

  it.each(['localhost/andon', 'postgres://me:hunter2@host:port/db', 'mysql://me:hunter2@host/db'])(
    'that cannot be read is refused, and not repeated: %s',
    (url) => {
      const opening = () => openPostgresStore({ url });
      expect(opening).toThrow('expected postgres://user:password@host:port/database');
      try {
        opening();
      } catch (error) {
        expect(inspect(error, { depth: Number.POSITIVE_INFINITY })).not.toContain('hunter2');
      }
    },
  );
});

describe('a board that cannot be used', () => {
  it('is read where it cannot be written, and says so', async () => {
    const url = await database();
    await note(openPostgres(url), 'kept');
    const program = await anotherProgram(url);
    await program.query(`alter database d${made} set default_transaction_read_only = on`);
    const store = openPostgres(url);
    expect(await kinds(store)).toEqual(['kept']);
    await expect(note(store, 'never')).rejects.toMatchObject({ code: 'readonly' });
  });

  it('names the column that somebody has removed, and works when it is back', async () => {
    const url = await database();
    const store = openPostgres(url);
    await note(store, 'kept');
    const program = await anotherProgram(url);
    await program.query('alter table b_1.task_events rename column kind to was_kind');
    await expect(note(store, 'never')).rejects.toMatchObject({
      code: 'schema',
      message: expect.stringContaining('"kind"'),
    });
    await program.query('alter table b_1.task_events rename column was_kind to kind');
    await note(store, 'after');
    expect(await kinds(store)).toEqual(['kept', 'after']);
  });

  it('whose tables another Andon has just changed fails once and then works', async () => {
    const url = await database();
    const store = openPostgres(url);
    const all = () =>
      store.read(defaultBoard, (reader) => reader.all(sql(() => String)`select * from task_events`));
    await note(store, 'kept');
    await all();
    await (await anotherProgram(url)).query('alter table b_1.task_events add column more text');
    await expect(all()).rejects.toMatchObject({
      code: 'schema',
      message: expect.stringContaining('Try again'),
    });
    expect(await all()).toHaveLength(1);
  });
});

it('text is ordered byte by byte, whatever the order of the database', async () => {
  const store = openPostgres(await database("locale_provider icu icu_locale 'en-US'"));
  for (const kind of ['b', 'A', 'ä', 'a', 'B']) await note(store, kind);
  const sorted = await store.read(defaultBoard, (reader) =>
    reader.all(sql(named((row) => String(row['kind'])))`select kind from task_events order by kind, id`),
  );
  expect(sorted).toEqual(['A', 'B', 'a', 'b', 'ä']);
});

/** Passes everything on, until a message with this text comes from the client: that one is kept, and the line cut. */
async function cutAt(url: string, text: string): Promise<string> {
  const { hostname, port } = new URL(url);
  const proxy = createServer((near) => {
    const far = dial(Number(port), hostname);
    far.pipe(near);
    near.on('data', (chunk) => {
      if (chunk.includes(text)) far.destroy();
      else far.write(chunk);
    });
    far.on('close', () => near.destroy()).on('error', () => {});
    near.on('close', () => far.destroy()).on('error', () => {});
  });
  await new Promise<void>((ready) => proxy.listen(0, '127.0.0.1', ready));
  onTestFinished(() => void proxy.close());
  return changed(url, { port: String((proxy.address() as AddressInfo).port) });
}

describe('a connection that is lost', () => {
  it('during the commit: the error says that nobody knows', async () => {
    const url = await database();
    await note(openPostgres(url), 'before');
    const store = openPostgres(await cutAt(url, "default'; commit"));
    const fault = await note(store, 'perhaps').catch((error: unknown) => error);
    expect(fault).toMatchObject({
      code: 'io',
      message: expect.stringContaining('whether it was kept is unknown'),
    });
    expect(await kinds(openPostgres(url))).toEqual(['before']);
  });

  it('before the commit: it says that nothing was written', async () => {
    const url = await database();
    await note(openPostgres(url), 'before');
    const store = openPostgres(await cutAt(url, 'insert into task_events'));
    const fault = await note(store, 'never').catch((error: unknown) => error);
    expect(fault).toMatchObject({ code: 'io', message: expect.stringContaining('nothing was written') });
  });

  it('because the server is restarted: reads and writes say so, then go on; followers too', async () => {
    const url = await database();
    const store = openPostgres(url);
    let calls = 0;
    store.follow(defaultBoard, () => {
      calls += 1;
    });
    await note(store, 'before');
    await until('the first call', () => calls > 0);
    await server.order('stop');
    const name = `PostgreSQL at 127.0.0.1:${new URL(url).port}/d${made}`;
    const down = { code: 'io', message: expect.stringContaining(name) };
    await expect(note(store, 'never')).rejects.toMatchObject(down);
    await expect(kinds(store)).rejects.toMatchObject(down);
    await server.order('start');
    await store.write(defaultBoard, (tx) => insertEvent(tx, 'after'));
    expect(await kinds(store)).toEqual(['before', 'after']);
    calls = 0;
    await note(openPostgres(url), 'theirs');
    await until('the follower to hear again', () => calls > 0);
  });
});
