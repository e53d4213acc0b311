import type { BoardId } from '../domain/ids.ts';
import type { Kernel } from '../kernel/kernel.ts';

/**
 * Ends what a service keeps of boards that are no longer among `open`, and has their files closed: a removed board must not
 * live on as open descriptors, and its folder may be wanted elsewhere.
 */
export async function letGo(
  kernel: Kernel,
  known: Map<BoardId, { readonly unfollow: () => void }>,
  open: readonly BoardId[],
): Promise<void> {
  for (const [board, { unfollow }] of known) {
    if (open.includes(board)) continue;
    unfollow();
    known.delete(board);
    await kernel.release(board);
  }
}
