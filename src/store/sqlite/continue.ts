import { command, named, sql } from '../sql.ts';
import type { Connection } from './connection.ts';

/** How one board becomes the continuation of another whose place it takes. */

/** Where the counters of an unreadable board may have been: nobody makes a million events between two backups. */
const unknownAhead = 1_000_000;

const counterRow = sql(named((row) => ({ name: String(row['name']), seq: Number(row['seq']) })));
const epochRow = sql(named((row) => ({ role: String(row['role']), epoch: Number(row['epoch']) })));
const nameRow = sql(named((row) => String(row['name'])));

/**
 * Raises the counters of `board` to those of `before`, so that no number is handed out twice, and its epochs to those that
 * roles have been led with. Without `before` nobody knows where its counters were. In one transaction.
 */
export function continueFrom(
  board: Connection,
  before: Connection | undefined,
  epochs: ReadonlyMap<string, number>,
): void {
  const counters = before?.all(counterRow`select name, seq from sqlite_sequence order by name`);
  const fences =
    before && hasFences(before)
      ? before.all(epochRow`select role, epoch from andon_fence order by role`)
      : [];
  const counted = board.all(
    nameRow`select name from sqlite_schema where type = 'table' and sql like '%autoincrement%' order by name`,
  );
  board.exec('begin immediate');
  try {
    for (const name of counted) {
      const [own] = board.all(counterRow`select name, seq from sqlite_sequence where name = ${name}`);
      const least = counters ? (counters.find((counter) => counter.name === name)?.seq ?? 0) : unknownAhead;
      const seq = counters ? Math.max(own?.seq ?? 0, least) : (own?.seq ?? 0) + least;
      board.run(command`delete from sqlite_sequence where name = ${name}`);
      board.run(command`insert into sqlite_sequence (name, seq) values (${name}, ${seq})`);
    }
    for (const [role, epoch] of [...epochs, ...fences.map((fence) => [fence.role, fence.epoch] as const)]) {
      board.run(command`
        insert into andon_fence (role, epoch) values (${role}, ${epoch})
        on conflict (role) do update set epoch = max(epoch, excluded.epoch)`);
    }
    board.exec('commit');
  } catch (error) {
    board.rollback();
    throw error;
  }
}

const hasFences = (connection: Connection): boolean =>
  connection.value("select count(*) from sqlite_schema where name = 'andon_fence'") === 1;

/** Gives `draft` the page size of `board`, without which its pages would not fit, and the journal mode that somebody chose. */
export function takeForm(draft: Connection, board: Connection): void {
  const form = (connection: Connection, pragma: string) => String(connection.value(`pragma ${pragma}`));
  const [size, mode] = [form(board, 'page_size'), form(board, 'journal_mode')];
  if (form(draft, 'page_size') === size && form(draft, 'journal_mode') === mode) return;
  draft.exec('pragma journal_mode = delete');
  draft.exec(`pragma page_size = ${size}`);
  draft.exec('vacuum');
  draft.exec(`pragma journal_mode = ${mode}`);
}
