import { join } from 'node:path';
import type { SessionInfo } from '@discordjs/ws';
import { z } from 'zod';
import { hashOf } from '../secret.ts';
import type { World } from '../world.ts';

/**
 * Where we are in the stream of events. Discord sends again what came after that place when a connection is taken up again within
 * some minutes, so it is kept in a file, for the next process too. It moves on past what is nothing to us, or is safe.
 */
export interface StreamPlace {
  /** Where the next connection begins; null begins anew, with what is said from then on. */
  session(): SessionInfo | null;
  /** Takes what the library knows of the connection. */
  update(session: SessionInfo | null): void;
  /** An event came; gives the function to call when it need not come again. */
  came(sequence: number): () => void;
  /** Resolves when the file tells all of this. */
  kept(): Promise<void>;
}

const fileSchema = z.object({
  /** Of the bot and server that it belongs to; nobody else's session is taken up. */
  of: z.string(),
  session: z.object({
    resumeURL: z.string(),
    sequence: z.int(),
    sessionId: z.string(),
    shardCount: z.int(),
    shardId: z.int(),
  }),
});

/** Milliseconds after which the file knows of an event: one that comes again meanwhile is heard with the same id. */
const lazily = 200;

/** Reads the place that the last process left, if there is one. `owner` tells bots apart and is kept as a hash only. */
export async function openPlace(
  { after, files, log }: Pick<World, 'after' | 'files' | 'log'>,
  folder: string,
  owner: string,
): Promise<StreamPlace> {
  const path = join(folder, 'place.json');
  await files.makeFolder(folder, 0o700);
  const of = hashOf(owner).slice(0, 16);
  let session = readFile(await files.read(path), of);
  /** The newest event that came on this session, and those that would be lost. */
  let newest = session?.sequence ?? 0;
  let pending = new Set<number>();
  let writing: Promise<void> | undefined;
  let isDirty = false;
  let forget: (() => void) | undefined;

  const safe = () => (pending.size === 0 ? newest : Math.min(...pending) - 1);
  const write = async (): Promise<void> => {
    while (isDirty) {
      isDirty = false;
      const text = session === null ? '' : JSON.stringify({ of, session: { ...session, sequence: safe() } });
      await files.write(path, `${text}\n`).catch((error: unknown) => {
        log.warn(`The place in Discord's stream could not be kept: ${String(error)}`);
      });
    }
    writing = undefined;
  };
  const keep = (): void => {
    isDirty = true;
    forget?.();
    forget = undefined;
    writing ??= write();
  };

  return {
    session: () => session,
    update: (next) => {
      const isNew = next?.sessionId !== session?.sessionId;
      session = next;
      if (!isNew) return;
      pending = new Set();
      newest = next?.sequence ?? 0;
      keep();
    },
    came: (sequence) => {
      const open = pending;
      open.add(sequence);
      newest = Math.max(newest, sequence);
      return () => {
        open.delete(sequence);
        forget ??= after(lazily, keep);
      };
    },
    kept: async () => {
      if (forget !== undefined) keep();
      await writing;
    },
  };
}

function readFile(text: string | undefined, of: string): SessionInfo | null {
  if (text === undefined || text.trim() === '') return null;
  try {
    const found = fileSchema.parse(JSON.parse(text));
    return found.of === of ? found.session : null;
  } catch {
    // A place that cannot be read is none: the stream begins anew.
    return null;
  }
}
