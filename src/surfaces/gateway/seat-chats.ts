import { join } from 'node:path';
import { Readable } from 'node:stream';
import type { Attach } from '../../services/chat/attachments.ts';
import type { Chats } from '../../services/chat/start.ts';
import type { Gates } from '../../services/gates.ts';
import { boardPaths } from '../../services/home.ts';
import { attachOnce } from '../attach-file.ts';
import { bin } from './paths.ts';
import type { Seat } from './services.ts';

const noChats: Chats = {
  channels: [],
  broken: [],
  runners: () => [],
  receivers: new Map(),
  speak: async ({ place }) => ({
    ok: false,
    final: true,
    error: `This gateway is not connected to ${place.platform}.`,
  }),
};

/** The chat libraries are a bundle of their own: a gateway without a platform does not load them. */
export async function seatChats({ world, kernel, home, name, settings }: Seat, gates: Gates): Promise<Chats> {
  if (gates.notifier === 'none' || Object.keys(settings.chat).length === 0) {
    return noChats;
  }
  const { openChats } = await import('../../services/chat/start.ts');
  return openChats(world, { kernel, home, name, andon: join(bin, 'andon'), settings: settings.chat });
}

/** Keeps the files that are sent in chats where those of its board are. */
export const attachFrom =
  ({ kernel, home }: Seat): Attach =>
  (board, { bytes, ...file }) =>
    attachOnce(
      { kernel, board, root: boardPaths(home, board).attachments },
      { ...file, content: Readable.from([bytes]) },
    );
