import { constants } from 'node:fs';
import { open } from 'node:fs/promises';
import { userInfo } from 'node:os';
import { codeOf } from './faults.ts';
import type { Terminal } from './terminal.ts';

const device = /^\/dev\/(?:pts\/\d+|tty[\w.-]+)$/;

/** The terminals of this machine that are this user's own. */
export const nodeTerminal: Terminal = {
  write: async (path, text) => {
    if (!device.test(path)) return 'gone';
    const { O_WRONLY, O_NONBLOCK, O_NOCTTY, O_NOFOLLOW } = constants;
    try {
      const to = await open(path, O_WRONLY | O_NONBLOCK | O_NOCTTY | O_NOFOLLOW);
      try {
        const found = await to.stat();
        if (!found.isCharacterDevice() || found.uid !== userInfo().uid) return 'gone';
        await to.write(text);
        return 'written';
      } finally {
        await to.close();
      }
    } catch (error) {
      // Somebody holds its output (Ctrl-S).
      return codeOf(error) === 'EAGAIN' ? 'held' : 'gone';
    }
  },
};
