import { constants, type Stats } from 'node:fs';
import { type FileHandle, lstat, open } from 'node:fs/promises';
import { codeOf } from './faults.ts';
import type { Pipe } from './pipe.ts';

/** What stands at the path, not following a link; `undefined` for nothing. */
async function look(path: string): Promise<Stats | undefined> {
  try {
    return await lstat(path);
  } catch (error) {
    if (codeOf(error) === 'ENOENT') return undefined;
    throw error;
  }
}

/** No reader, a full pipe, a reader that has left, nothing there any more. */
const nobody = new Set(['ENXIO', 'EAGAIN', 'EPIPE', 'ENOENT', 'ELOOP']);

/** The named pipe at a path. It is opened so that neither the opening nor a write ever waits for a reader. */
export function nodePipe(path: string): Pipe {
  let writer: FileHandle | undefined;
  const close = async (): Promise<void> => {
    const open_ = writer;
    writer = undefined;
    await open_?.close();
  };
  /** Kept open while somebody reads, so that a reader does not meet the end of the file after each line. */
  const opened = async (): Promise<FileHandle | undefined> => {
    if (writer !== undefined) return writer;
    const { O_WRONLY, O_NONBLOCK, O_NOFOLLOW } = constants;
    const found = await open(path, O_WRONLY | O_NONBLOCK | O_NOFOLLOW);
    if ((await found.stat()).isFIFO()) writer = found;
    else await found.close();
    return writer;
  };
  return {
    path,
    state: async () => {
      const found = await look(path);
      if (found === undefined) return 'absent';
      return found.isFIFO() ? 'pipe' : 'other';
    },
    offer: async (line) => {
      // A reader that has left is seen by the write; whoever reads now is behind another opening.
      for (let attempt = 0; attempt < 2; attempt += 1) {
        try {
          const to = await opened();
          if (to === undefined) return false;
          await to.write(line);
          return true;
        } catch (error) {
          const code = String(codeOf(error));
          if (!nobody.has(code)) throw error;
          if (code !== 'EPIPE') return false;
          await close();
        }
      }
      return false;
    },
    close,
  };
}
