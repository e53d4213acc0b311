/** What several adapters need. */

/** Milliseconds for the content of a file. */
export const filePatience = 120_000;

export const cut = (text: string, longest: number): string =>
  text.length <= longest ? text : `${text.slice(0, longest - 1)}…`;

/** What an error says, in one line and without these secrets. */
export function faultText(error: unknown, secrets: readonly string[]): string {
  const said = error instanceof Error ? error.message : String(error);
  const [first = ''] = said.split('\n');
  return secrets.reduce((text, secret) => text.replaceAll(secret, '…'), first);
}

/** Fails without these secrets in its words. */
export async function discreet<Value>(work: Promise<Value>, secrets: readonly string[]): Promise<Value> {
  try {
    return await work;
  } catch (error) {
    // Not as its cause either: that is written to the log with it.
    throw new Error(faultText(error, secrets));
  }
}

/** Runs what has the same key one after the other, in the order in which it came. */
export function createTurns(): {
  take(key: string, work: () => Promise<void>): Promise<void>;
  /** Resolves when all that was taken until now has ended. */
  ended(): Promise<void>;
} {
  const last = new Map<string, Promise<void>>();
  return {
    take: (key, work) => {
      const turn = (last.get(key) ?? Promise.resolve()).then(work, work).finally(() => {
        if (last.get(key) === turn) last.delete(key);
      });
      last.set(key, turn);
      return turn;
    },
    ended: async () => void (await Promise.allSettled(last.values())),
  };
}

/** Resolves when the signal fires, or rejects with these words. */
export const fired = (signal: AbortSignal, words?: string): Promise<void> =>
  new Promise((resolve, reject) => {
    const end = (): void => (words === undefined ? resolve() : reject(new Error(words)));
    if (signal.aborted) end();
    else signal.addEventListener('abort', end, { once: true });
  });
