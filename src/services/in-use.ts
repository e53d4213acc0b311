import type { BoardId } from '../domain/ids.ts';
import type { Kernel } from '../kernel/kernel.ts';
import type { Because } from './containment.ts';
import { messageOf, storeFault } from './faults.ts';
import { type FileReader, type Home, liveBoards } from './home.ts';

/**
 * The paths that work on any live board of a home still needs: those of one board, as just read, and those of all others,
 * because a `dir:` may name a folder that another board made. While a board cannot be asked its tasks might need anything,
 * and that is the answer.
 */
export async function inUseAnywhere(
  kernel: Pick<Kernel, 'inUse'>,
  files: FileReader,
  home: Home,
  here: { readonly board: BoardId; readonly in_use: readonly string[] },
): Promise<readonly string[] | Because> {
  const paths = [...here.in_use];
  for (const board of await liveBoards(home, files)) {
    if (board === here.board) continue;
    try {
      const found = await kernel.inUse(board, {});
      if (!found.ok) throw new Error(found.refusal.sentence);
      paths.push(...found.value);
    } catch (error) {
      if (storeFault(error) === undefined) throw error;
      return { because: `the board ${board} cannot tell whether its tasks need it: ${messageOf(error)}` };
    }
  }
  return paths;
}
