import { join } from 'node:path';
import { asMillis, type BoardId, type Millis } from '../domain/ids.ts';
import type { Home } from './home.ts';
import type { Files } from './world.ts';

/** The backups of a board, files in `<root>/backups/<board>/` that are named by their time. */
export interface Backup {
  readonly path: string;
  readonly at: Millis;
  /** Made by a gateway, which removes it in time; one that somebody made stays. */
  readonly is_snapshot: boolean;
}

export const backupsFolder = (home: Home, board: BoardId): string => join(home.root, 'backups', board);

/** `2026-11-21T09-00-00.000Z.db`, with `.snapshot` before its end for one that a gateway makes. */
export const backupName = (at: Millis, kind: 'backup' | 'snapshot'): string =>
  `${new Date(at).toISOString().replaceAll(':', '-')}${kind === 'snapshot' ? '.snapshot' : ''}.db`;

const form = /^(\d{4}-\d\d-\d\dT)(\d\d)-(\d\d)-(\d\d\.\d{3}Z)(\.snapshot)?\.db$/;

/** The newest first. */
export async function backupsOf(
  home: Home,
  files: Pick<Files, 'names'>,
  board: BoardId,
): Promise<readonly Backup[]> {
  const folder = backupsFolder(home, board);
  const found = (await files.names(folder)).flatMap((name): Backup[] => {
    const [, day, hour, minute, rest, snapshot] = form.exec(name) ?? [];
    const at = Date.parse(`${day}${hour}:${minute}:${rest}`);
    if (Number.isNaN(at)) return [];
    return [{ path: join(folder, name), at: asMillis(at), is_snapshot: snapshot !== undefined }];
  });
  return found.sort((one, other) => other.at - one.at);
}
