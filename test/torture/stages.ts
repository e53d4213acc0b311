import { join } from 'node:path';
import type { Store } from '../../src/store/store.ts';
import type { GatewayHome } from '../support/gateway-home.ts';
import { openPostgres } from '../support/postgres-board.ts';
import { openFile } from '../support/stores.ts';
import type { Scene } from './fault.ts';

/** The board `default` of a home of its own, in one of the two databases. */
export interface Stage {
  readonly kind: 'SQLite' | 'PostgreSQL';
  /** Where another process finds the board. */
  readonly address: string;
  readonly store: Store;
  readonly home: GatewayHome;
}

export async function stages(scene: Scene): Promise<readonly Stage[]> {
  const home = scene.home();
  const path = join(home.root, 'kanban.db');
  const url = await scene.database();
  const other = scene.home({ env: { ANDON_STORE: url } });
  return [
    { kind: 'SQLite', address: path, store: openFile(path), home },
    { kind: 'PostgreSQL', address: url, store: openPostgres(url), home: other },
  ];
}
