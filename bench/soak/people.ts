import { setTimeout as pause } from 'node:timers/promises';
import { defaultBoard, type TaskId } from '../../src/domain/ids.ts';
import type { FakeNtfy } from '../../test/support/ntfy-fake.ts';
import type { Receiver } from '../../test/support/webhook-receiver.ts';
import type { Web } from '../../test/web/web.ts';
import type { Ledger } from './ledger.ts';

/** What the signs of a push on the phone mean. */
const words: Readonly<Record<string, string>> = {
  white_check_mark: 'completed',
  raised_hand: 'blocked',
  warning: 'failed',
};

export interface Inboxes {
  readonly receiver: Receiver;
  readonly ntfy: FakeNtfy;
}

/** Notes what came since the last call; gives the tasks that wait for an answer. */
export function createReader({ receiver, ntfy }: Inboxes, ledger: Ledger): () => readonly string[] {
  let [hooks, pushes] = [0, 0];
  return () => {
    const fresh = [
      ...receiver
        .received('/soak')
        .slice(hooks)
        .map(({ id, type, data }) => ({
          id,
          word: type.replace('task.', ''),
          task: String(data['task_id']),
        })),
      ...ntfy
        .received('soak')
        .slice(pushes)
        .map(({ sequence_id: id, tags, title }) => ({
          id,
          word: words[tags[0] ?? ''] ?? String(tags[0]),
          task: /\((t_\w+)\)$/.exec(title)?.[1] ?? title,
        })),
    ];
    hooks = receiver.received('/soak').length;
    pushes = ntfy.received('soak').length;
    for (const { id, word, task } of fresh) ledger.told(task, word, id);
    return fresh.filter(({ word }) => word === 'blocked').map(({ task }) => task);
  };
}

/** Somebody who answers questions, talks, and looks at the board over HTTP until `signal`; throws what went wrong. */
export async function liveOnTheBoard(
  web: Web,
  read: () => readonly string[],
  signal: AbortSignal,
): Promise<void> {
  const board = `/boards/${defaultBoard}`;
  for (let round = 0; !signal.aborted; round += 1) {
    for (const task of read()) {
      await web.api('POST', `${board}/tasks/${task}/comments`, { body: 'The left one.' });
      await web.api('POST', `${board}/tasks/${task}/unblock`, {});
      await web.api('GET', `${board}/tasks/${task}`);
    }
    if (round % 4 === 0) await web.api('GET', `${board}/columns`);
    if (round % 8 === 0) await web.api('GET', `${board}/events?limit=50`);
    await pause(250, undefined, { signal }).catch(() => {});
  }
}

/**
 * Somebody who takes what is done for a while off the board, deletes it for good and sweeps up what nobody needs; as often
 * as `every` says, until `signal`.
 */
export async function cleanUp(
  web: Web,
  ledger: Ledger,
  { every, age, signal }: { readonly every: number; readonly age: number; readonly signal: AbortSignal },
): Promise<void> {
  const { home } = web;
  const isDone = async (id: TaskId): Promise<boolean> => (await home.show(id)).task.status === 'done';
  for (;;) {
    await pause(every, undefined, { signal }).catch(() => {});
    if (signal.aborted) return;
    const old = ledger.settled(age);
    for (const id of old) {
      if (!(await isDone(id))) throw new Error(`Task ${id} was told as completed and is not done.`);
    }
    if (old.length > 0) {
      await home.andon('archive', ...old);
      await home.andon('purge', ...old);
      ledger.purged(old);
    }
    await home.andon('gc', '--event-retention-days', '0', '--log-retention-days', '0');
  }
}
