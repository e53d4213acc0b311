import { setTimeout as pause } from 'node:timers/promises';
import { asProfileName, defaultBoard, type TaskId } from '../../src/domain/ids.ts';
import { createKernel } from '../../src/kernel/create-kernel.ts';
import { openSqliteStore } from '../../src/store/sqlite/sqlite.ts';
import { type Kind, kinds, type Platform, platforms } from './plan.ts';

/** A task that was acknowledged; `at` by the clock of the machine, in milliseconds. */
export interface Made {
  readonly id: TaskId;
  readonly parent: TaskId | null;
  readonly kind: Kind;
  readonly platform: Platform;
  readonly at: number;
}

/**
 * Another process that makes tasks, two at a time, of which the second waits for the first: `maker DATABASE EVERY`, with so
 * many milliseconds between two pairs. Each task is told to its parent when it is acknowledged. Any message ends it.
 */
async function make(path: string, every: number): Promise<void> {
  const kernel = createKernel(openSqliteStore({ locate: () => path }));
  const until = new AbortController();
  process.once('message', () => until.abort());
  process.once('disconnect', () => until.abort());
  const begun = performance.now();
  let parent: TaskId | null = null;
  for (let number = 0; !until.signal.aborted; number += 1) {
    const kind = kinds[number % kinds.length] ?? 'quick';
    const turn = Math.floor(number / 2) + Math.floor(number / kinds.length);
    const platform = platforms[turn % platforms.length] ?? 'webhook';
    const made = await kernel.create(defaultBoard, {
      title: `Piece ${number} of a long day`,
      assignee: asProfileName(kind),
      parents: parent === null ? [] : [parent],
      subscribe: { platform, chat_id: 'soak' },
    });
    if (!made.ok) throw new Error(made.refusal.sentence);
    const { id } = made.value.task;
    process.send?.({ id, parent, kind, platform, at: Date.now() } satisfies Made);
    parent = parent === null ? id : null;
    const next = begun + (number + 1) * (every / 2);
    await pause(Math.max(0, next - performance.now()), undefined, { signal: until.signal }).catch(() => {});
  }
  await kernel.close();
  if (process.connected) process.disconnect();
}

const [path = '', every = ''] = process.argv.slice(2);
await make(path, Number(every));
