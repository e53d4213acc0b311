import { type BoardId, defaultBoard } from '../../src/domain/ids.ts';
import { command, named, sql } from '../../src/store/sql.ts';
import type { Reader, Store, Tx } from '../../src/store/store.ts';

/** The smallest thing to write to a board and to find again: an event with a kind of the test's own. */

export const insertEvent = async (tx: Tx, kind: string): Promise<void> => {
  await tx.run(
    command`insert into task_events (task_id, kind, created_at) values ('t_00000001', ${kind}, ${Math.floor(tx.now / 1000)})`,
  );
};

export const selectKinds = (reader: Reader): Promise<string[]> =>
  reader.all(sql(named((row) => String(row['kind'])))`select kind from task_events order by id`);

export const note = (store: Store, kind: string, board: BoardId = defaultBoard): Promise<void> =>
  store.write(board, (tx) => insertEvent(tx, kind));

export const kinds = (store: Store, board: BoardId = defaultBoard): Promise<string[]> =>
  store.read(board, selectKinds);
