import { join } from 'node:path';
import type { BoardId, Millis } from '../domain/ids.ts';
import { fileTime, readFileTime } from './file-time.ts';
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
  `${fileTime(at)}${endings[kind]}`;

const endings = { backup: '.db', snapshot: '.snapshot.db' } as const;

/** The newest first. */
export async function backupsOf(
  home: Home,
  files: Pick<Files, 'names'>,
  board: BoardId,
): Promise<readonly Backup[]> {
  const folder = backupsFolder(home, board);
  const found = (await files.names(folder)).flatMap((name): Backup[] => {
    const { at, rest } = readFileTime(name) ?? {};
    if (at === undefined || (rest !== endings.backup && rest !== endings.snapshot)) return [];
    return [{ path: join(folder, name), at, is_snapshot: rest === endings.snapshot }];
  });
  return found.sort((one, other) => other.at - one.at);
}
