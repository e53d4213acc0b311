import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { type BoardId, defaultBoard, homeBoard } from '../../src/domain/ids.ts';
import { createKernel } from '../../src/kernel/create-kernel.ts';
import { openSqliteStore } from '../../src/store/sqlite/sqlite.ts';

/** The tables of a board and of the home store, as statements, taken once from a file that the product made. */
export interface Schemas {
  readonly board: string;
  readonly home: string;
}

export async function readSchemas(): Promise<Schemas> {
  const folder = mkdtempSync(join(tmpdir(), 'andon-simulation-'));
  const locate = (board: BoardId): string => join(folder, `${board}.db`);
  const store = openSqliteStore({ locate });
  const textOf = async (board: BoardId): Promise<string> => {
    await createKernel(store).init(board, {});
    const database = new DatabaseSync(locate(board), { readOnly: true });
    const rows = database
      .prepare(
        "select sql from sqlite_schema where sql is not null and name not like 'sqlite_%' order by rowid",
      )
      .all();
    database.close();
    return rows.map((row) => `${String(row['sql'])};`).join('\n');
  };
  try {
    return { board: await textOf(defaultBoard), home: await textOf(homeBoard) };
  } finally {
    await store.close();
    rmSync(folder, { recursive: true, force: true });
  }
}
