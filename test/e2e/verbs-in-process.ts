import { homedir } from 'node:os';
import { defaultBoard } from '../../src/domain/ids.ts';
import { createKernel } from '../../src/kernel/create-kernel.ts';
import { boardPaths, openHome } from '../../src/services/home.ts';
import { openSqliteStore } from '../../src/store/sqlite/sqlite.ts';
import { run } from '../../src/surfaces/cli/program.ts';
import { ownLocks } from '../support/locks.ts';

/**
 * Runs every verb in this process, in which a kernel has the board open, and tells its parent after which of them the
 * process held other locks than before.
 */
export interface Told {
  /** Verbs after which the locks were others, with both. */
  readonly changed: readonly unknown[];
  readonly verbs: readonly (string | undefined)[];
}

const home = openHome(process.env, homedir());
const { db } = boardPaths(home, defaultBoard);
const kernel = createKernel(openSqliteStore({ locate: () => db }));

const made = async (title: string): Promise<string> => {
  const created = await kernel.create(defaultBoard, { title });
  if (!created.ok) throw new Error(created.refusal.sentence);
  return created.value.task.id;
};
await kernel.init(defaultBoard, {});
const [one, two, three] = [await made('One'), await made('Two'), await made('Three')];
const lines: string[][] = [
  ['init'],
  ['create', 'Four', '--assignee', 'quick'],
  ['create', 'Five', '--json'],
  ['list', '--json'],
  ['show', one],
  ['why', one],
  ['link', one, two],
  ['unlink', one, two],
  ['assign', one, 'quick'],
  ['comment', one, 'a', 'word'],
  ['claim', one],
  ['heartbeat', one, '--note', 'here'],
  ['block', one, 'because'],
  ['unblock', one],
  ['complete', two, '--summary', 'done'],
  ['archive', two],
  ['context', one],
  ['runs'],
  ['log', one],
  ['dispatch', '--dry-run'],
  ['dispatch'],
  ['log', three],
  ['notify-list'],
  ['notify-subscribe', three, '--platform', 'test', '--chat-id', 'c'],
  ['notify-unsubscribe', three, '--platform', 'test', '--chat-id', 'c'],
  ['gateway', 'status'],
  ['swarm', 'A goal', '--worker', 'quick:Part', '--verifier', 'quick', '--synthesizer', 'quick'],
  ['stats'],
  ['assignees'],
  ['diagnostics'],
  ['gc', '--dry-run'],
  ['gc', '--event-retention-days', '0'],
  ['purge', two],
  ['delete', three],
  ['migrate'],
  ['doctor'],
];
const changed: unknown[] = [];
const before = ownLocks(db);
for (const line of lines) {
  await kernel.list(defaultBoard, {});
  await run(line);
  const after = ownLocks(db);
  if (after.join() !== before.join()) changed.push({ line, before, after });
}
await kernel.close();
const verbs = lines.map(([verb]) => verb);
const told: Told = { changed: before.length === 0 ? ['No lock was held at all.'] : changed, verbs };
process.send?.(told);
process.exitCode = 0;
process.disconnect?.();
