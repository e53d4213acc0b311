import { describe, expect, it, onTestFinished } from 'vitest';
import { type BoardId, defaultBoard } from '../../src/domain/ids.ts';
import { freshDatabase } from '../support/databases.ts';
import { note } from '../support/events.ts';
import { anotherProgram, openPostgres } from '../support/postgres-board.ts';
import { until } from '../support/until.ts';

const other = 'other' as BoardId;
const listening =
  "from pg_stat_activity where query ~ 'listen|snapshot' and pid <> pg_backend_pid() and datname = current_database()";

/** A follower that has had its first call and waits for the next. */
async function followed() {
  const url = await freshDatabase();
  const store = openPostgres(url);
  await note(store, 'start');
  let calls = 0;
  const end = store.follow(defaultBoard, () => {
    calls += 1;
  });
  onTestFinished(end);
  await until('the first look', () => calls > 0);
  calls = 0;
  return { url, store, program: await anotherProgram(url), calls: () => calls };
}

describe('a follower', () => {
  it('is woken by another client at once, once per commit, and by no other board', async () => {
    const { url, calls } = await followed();
    const writer = openPostgres(url);
    await note(writer, 'elsewhere', other);
    for (let number = 1; number <= 5; number += 1) {
      const before = performance.now();
      await note(writer, 'here');
      await until(`commit ${number}`, () => calls() === number, 3000);
      expect(performance.now() - before).toBeLessThan(1000);
    }
  });

  it('does not hear its own commits twice', async () => {
    const { url, store, calls } = await followed();
    for (let number = 1; number <= 30; number += 1) {
      await note(store, 'mine');
      await until('my commit', () => calls() >= number);
    }
    await note(openPostgres(url), 'theirs');
    await until('their commit', () => calls() > 30);
    expect(calls()).toBe(31);
  });

  it('whose session was cut hears of what was committed meanwhile, and then goes on', async () => {
    const { program, calls } = await followed();
    await program.query(
      `begin; select pg_terminate_backend(pid, 1000) ${listening};
       insert into b_1.task_events (task_id, kind, created_at) values ('t', 'unheard', 1); commit`,
    );
    await until('the commit without a notification', () => calls() > 0, 3000);
    await until(
      'it to listen again',
      async () => (await program.query(`select 1 ${listening}`)).rows.length > 0,
    );
    const before = calls();
    await program.query(`notify andon, 'somebody default'`);
    await until('a notification', () => calls() > before, 3000);
  });

  it('hears of a commit by a program that notifies nobody', async () => {
    const { program, calls } = await followed();
    await program.query("insert into b_1.task_events (task_id, kind, created_at) values ('t', 'quiet', 1)");
    await until('the look of every five seconds', () => calls() > 0, 8000);
  });
});
