import { execFile } from 'node:child_process';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { describe, expect, it } from 'vitest';
import { type BoardId, defaultBoard } from '../../src/domain/ids.ts';
import { lockClass, refuseOldServer } from '../../src/store/postgres/schema.ts';
import { command, named, sql } from '../../src/store/sql.ts';
import type { Store } from '../../src/store/store.ts';
import { freshDatabase } from '../support/databases.ts';
import { insertEvent, kinds, note } from '../support/events.ts';
import { anotherProgram, openPostgres } from '../support/postgres-board.ts';
import { until } from '../support/until.ts';

const other = 'other' as BoardId;
/** The first board that is made has the number 1. */
const lockIt = `select pg_advisory_lock(${lockClass}, 1)`;

const eventsAfter = (store: Store, after: number): Promise<number[]> =>
  store.read(defaultBoard, (reader) =>
    reader.all(
      sql(named((row) => Number(row['id'])))`select id from task_events where id > ${after} order by id`,
    ),
  );

describe('eight writers at once', () => {
  it('whoever follows the ids of events misses none', async () => {
    const url = await freshDatabase();
    const [reader, ...writers] = Array.from({ length: 9 }, () => openPostgres(url));
    if (!reader) throw new Error('No reader.');
    const each = 40;
    const writing = Promise.all(
      writers.map(async (store, writer) => {
        for (let number = 0; number < each; number += 1) {
          await store.write(defaultBoard, async (tx) => {
            await insertEvent(tx, `${writer} ${number} first`);
            await insertEvent(tx, `${writer} ${number} second`);
          });
        }
      }),
    );
    let written = false;
    const end = writing.finally(() => {
      written = true;
    });
    const seen: number[] = [];
    for (let last = false; !last; ) {
      last = written;
      seen.push(...(await eventsAfter(reader, seen.at(-1) ?? 0)));
    }
    await end;
    expect(seen).toEqual(await allIds(reader));
  });
});

const allIds = (store: Store): Promise<number[]> =>
  store.read(defaultBoard, (reader) =>
    reader.all(sql(named((row) => Number(row['id'])))`select id from task_events order by id`),
  );

describe('a board that is made', () => {
  it('by several stores at once is one board', async () => {
    const url = await freshDatabase();
    const all = Array.from({ length: 6 }, () => openPostgres(url));
    await Promise.all(all.map((store, number) => note(store, `${number}`)));
    await Promise.all(all.map((store) => note(store, 'other', other)));
    for (const store of all) expect(await kinds(store)).toHaveLength(6);
    const program = await anotherProgram(url);
    const { rows } = await program.query('select slug, schema from andon.boards order by slug');
    expect(rows.map(({ slug }) => slug)).toEqual(['default', 'other']);
    expect(new Set(rows.map(({ schema }) => schema)).size).toBe(2);
  });

  it('is not made by questions', async () => {
    const url = await freshDatabase();
    const store = openPostgres(url);
    expect(await kinds(store)).toEqual([]);
    expect(await store.exists(other)).toBe(false);
    const program = await anotherProgram(url);
    const { rows } = await program.query("select nspname from pg_namespace where nspname !~ '^(pg_|info)'");
    expect(rows).toEqual([{ nspname: 'public' }]);
  });

  it('by an older Andon gets what it lacks, also when it is only read', async () => {
    const url = await freshDatabase();
    await note(openPostgres(url), 'kept');
    const program = await anotherProgram(url);
    await program.query(
      'alter table b_1.tasks drop column block_kind, drop column status; drop index b_1.idx_events_run; drop table b_1.task_comments',
    );
    const store = openPostgres(url);
    expect(await kinds(store)).toEqual(['kept']);
    await store.read(defaultBoard, (reader) =>
      reader.all(
        sql(
          () => String,
        )`select block_kind, status from tasks union all select body, author from task_comments`,
      ),
    );
    const { rows } = await program.query(
      "select count(*) from pg_indexes where schemaname = 'b_1' and indexname in ('idx_events_run', 'idx_tasks_status')",
    );
    expect(rows).toEqual([{ count: '2' }]);
  });

  it('by a newer Andon is refused', async () => {
    const url = await freshDatabase();
    await note(openPostgres(url), 'kept');
    const program = await anotherProgram(url);
    await program.query("insert into b_1.andon_migrations values (99, 'from the future', 0)");
    const store = openPostgres(url);
    const refusal = {
      code: 'version',
      message: expect.stringMatching(/^PostgreSQL at .*newer Andon.*from the future/),
    };
    await expect(kinds(store)).rejects.toMatchObject(refusal);
    await expect(note(store, 'never')).rejects.toMatchObject(refusal);
  });

  it('on a server that is too old is refused', () => {
    expect(() => refuseOldServer(130_012, 'PostgreSQL at here')).toThrow(
      'is version 13; 14 or newer is needed',
    );
    expect(() => refuseOldServer(140_000, 'PostgreSQL at here')).not.toThrow();
  });
});

describe('while another session holds the board', () => {
  const locked = async () => {
    const url = await freshDatabase();
    await note(openPostgres(url), 'before');
    const holder = await anotherProgram(url, 'a stuck program');
    const { rows } = await holder
      .query(`select pg_backend_pid() as pid; ${lockIt}`)
      .then((all) => [all].flat()[0] ?? { rows: [] });
    return { url, holder, pid: Number(rows[0]?.pid) };
  };

  it('a write gives up at its deadline and names the holder, and those behind it do not wait longer', async () => {
    const { url, pid } = await locked();
    const store = openPostgres(url, 200);
    const before = performance.now();
    const writes = await Promise.allSettled(Array.from({ length: 10 }, () => note(store, 'never')));
    expect(performance.now() - before).toBeLessThan(1500);
    for (const write of writes) {
      expect(write).toMatchObject({
        reason: {
          code: 'busy',
          message: expect.stringMatching(
            `locked by the server's process ${pid}, “a stuck program” for \\d+ ms`,
          ),
        },
      });
    }
  });

  it('reads and other boards go on, however many writers wait', async () => {
    const { url, holder } = await locked();
    const store = openPostgres(url);
    const waiting = Array.from({ length: 30 }, (_, number) => note(store, `${number}`));
    expect(await kinds(store)).toEqual(['before']);
    await note(store, 'elsewhere', other);
    await holder.query(lockIt.replace('lock', 'unlock'));
    await Promise.all(waiting);
    expect(await kinds(store)).toHaveLength(31);
  });

  it('a store that is closed does not wait for it', async () => {
    const { url } = await locked();
    const store = openPostgres(url);
    const waiting = note(store, 'never').catch((error: Error) => error.message);
    const program = await anotherProgram(url);
    await until('the write to wait', async () => {
      const { rows } = await program.query("select 1 from pg_stat_activity where wait_event_type = 'Lock'");
      return rows.length > 0;
    });
    const before = performance.now();
    await store.close();
    expect(await waiting).toBe('The store is closed.');
    expect(performance.now() - before).toBeLessThan(1000);
  });
});

describe('a transaction', () => {
  it('that swallowed a failed statement is not reported as kept', async () => {
    const store = openPostgres(await freshDatabase());
    await note(store, 'before');
    const swallowing = store.write(defaultBoard, async (tx) => {
      await insertEvent(tx, 'never');
      await tx.change(command`insert into task_events (task_id) values (${null})`).catch(() => {});
    });
    await expect(swallowing).rejects.toThrow('violates not-null constraint');
    expect(await kinds(store)).toEqual(['before']);
  });

  it('whose session is ended in the middle has written nothing, and the next one works', async () => {
    const store = openPostgres(await freshDatabase());
    await note(store, 'before');
    const cut = store.write(defaultBoard, async (tx) => {
      await insertEvent(tx, 'never');
      await tx.all(sql(() => String)`select pg_terminate_backend(pg_backend_pid())`);
    });
    await expect(cut).rejects.toMatchObject({
      code: 'io',
      message: expect.stringContaining('nothing was written'),
    });
    await note(store, 'after');
    expect(await kinds(store)).toEqual(['before', 'after']);
  });

  it('takes its time from the server', async () => {
    const url = await freshDatabase();
    const program = await anotherProgram(url);
    const now = await openPostgres(url).write(defaultBoard, async (tx) => tx.now);
    const { rows } = await program.query('select extract(epoch from clock_timestamp()) * 1000 as now');
    expect(Number(rows[0].now) - now).toBeGreaterThanOrEqual(0);
    expect(Number(rows[0].now) - now).toBeLessThan(5000);
  });

  it('may ask many questions of different lengths', async () => {
    const store = openPostgres(await freshDatabase());
    await note(store, 'one');
    for (let length = 1; length <= 600; length += 1) {
      const query = {
        parts: [`select ${'id + '.repeat(length)} 0 as n from task_events`],
        values: [],
        decode: () => Number,
      };
      await store.read(defaultBoard, (reader) => reader.all(query));
    }
    expect(await kinds(store)).toEqual(['one']);
  });
});

describe('a store that is only used', () => {
  it('does not keep its process alive', async () => {
    const url = await freshDatabase();
    const store = join(import.meta.dirname, '../../src/store/postgres/postgres.ts');
    const script = `
      import { openPostgresStore } from ${JSON.stringify(store)};
      const store = openPostgresStore({ url: process.argv[1] });
      await store.write('default', async () => {});
      const end = store.follow('default', () => {
        end();
        console.log('followed');
      });`;
    const run = promisify(execFile)(process.execPath, ['--input-type=module', '-e', script, url], {
      timeout: 10_000,
    });
    expect((await run).stdout).toBe('followed\n');
  });
});
