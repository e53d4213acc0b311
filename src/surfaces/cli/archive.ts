import type { Summary } from '../../domain/view.ts';
import { storeAddress } from '../../services/home.ts';
import type { HomeArchive } from '../home-archive.ts';
import { localTime } from '../render.ts';
import { countsText } from '../render-boards.ts';
import { soundSettings } from '../sound-settings.ts';
import { Failure } from './failure.ts';
import type { Desk } from './on-board.ts';

/** The backups of a home; fails where its boards are not files. */
export async function archiveOf({ home }: Desk): Promise<HomeArchive> {
  if (storeAddress(home, await soundSettings(home)) !== undefined) {
    throw new Failure(
      'The boards of this home are in PostgreSQL: back them up and bring them back with its own tools, pg_dump and pg_restore.',
    );
  }
  const { openHomeArchive } = await import('../home-archive.ts');
  return openHomeArchive(home);
}

/** `12 tasks (3 ready, 9 done), newest event 2026-11-21 09:00`. */
export function summaryText({ counts, newest_event }: Summary): string {
  const total = Object.values(counts).reduce((sum, count) => sum + count, 0);
  const tasks = total === 0 ? 'no tasks' : `${total} task${total === 1 ? '' : 's'} (${countsText(counts)})`;
  const newest = newest_event === null ? 'no event' : `newest event ${localTime(newest_event)}`;
  return `${tasks}, ${newest}`;
}
