import { isOn } from '../domain/env.ts';
import { type BoardId, homeBoard } from '../domain/ids.ts';
import { createKernel } from '../kernel/create-kernel.ts';
import type { Kernel } from '../kernel/kernel.ts';
import { boardPaths, type Home, homeDb, storeAddress } from '../services/home.ts';
import { boardMigrations } from '../store/migrations/board.ts';
import { homeMigrations } from '../store/migrations/home.ts';
import { openSqliteStore } from '../store/sqlite/sqlite.ts';
import type { Store } from '../store/store.ts';

/**
 * Opens the kernel of a home, in this process: on its own SQLite files, or on the PostgreSQL database that `ANDON_STORE`
 * or `store:` of `andon.yaml` names. Opening touches neither.
 */
export async function openHomeKernel(
  home: Home,
  settings: { readonly store: string | undefined },
): Promise<Kernel> {
  return createKernel(await openHomeStore(home, storeAddress(home, settings)));
}

async function openHomeStore(home: Home, url: string | undefined): Promise<Store> {
  if (url === undefined) {
    const locate = (board: BoardId) => (board === homeBoard ? homeDb(home) : boardPaths(home, board).db);
    return openSqliteStore({ locate, allowsNetwork: isOn(home.env, 'ANDON_ALLOW_NETWORK_FS') });
  }
  // The driver is 20 ms of a start, and most homes never need it.
  const { openPostgresStore } = await import('../store/postgres/postgres.ts');
  return openPostgresStore({ url });
}

/** The newest change of our own tables that this Andon knows, of a board and of the home store. */
export const schemaVersions = {
  board: boardMigrations.at(-1)?.id ?? 0,
  home: homeMigrations.at(-1)?.id ?? 0,
} as const;
