import { parentPort, workerData } from 'node:worker_threads';
import type { BoardId } from '../../domain/ids.ts';
import type { Kernel } from '../../kernel/kernel.ts';
import type { Home } from '../../services/home.ts';
import { openHomeKernel } from '../home-kernel.ts';
import type { Asked, Told } from './thread-kernel.ts';

/**
 * The thread on which a gateway's kernel lives, so that no lock and no fsync stops the gateway's event loop (design §2).
 * What crosses: a method's name and plain arguments one way, a result or a fault the other.
 */
const port = parentPort;
if (port === null) throw new Error('This file is the entry of a worker thread.');

const tell = (message: Told): void => port.postMessage(message);

function serve(kernel: Kernel): void {
  const methods = new Map<string, unknown>(Object.entries(kernel));
  const following = new Map<BoardId, () => void>();

  const answer = async (asked: Extract<Asked, { do: 'call' }>): Promise<void> => {
    try {
      const method = methods.get(asked.method);
      if (typeof method !== 'function') throw new Error(`The kernel has no method ${asked.method}.`);
      tell({ tell: 'value', id: asked.id, value: await method(asked.board, asked.input) });
    } catch (error) {
      const fault = error instanceof Error ? error : new Error(String(error));
      const code = 'code' in fault ? String(fault.code) : undefined;
      const cause = fault.cause === undefined ? undefined : String(fault.cause);
      tell({ tell: 'fault', id: asked.id, name: fault.name, message: fault.message, code, cause });
    }
  };

  const follow = (board: BoardId): void => {
    following.set(
      board,
      kernel.follow(board, () => tell({ tell: 'changed', board })),
    );
  };

  port?.on('message', (asked: Asked) => {
    switch (asked.do) {
      case 'call':
        void answer(asked);
        break;
      case 'follow':
        follow(asked.board);
        break;
      case 'unfollow':
        following.get(asked.board)?.();
        following.delete(asked.board);
        break;
      case 'close':
        void kernel.close().then(() => port.close());
        break;
    }
  });
}

// What is asked meanwhile waits in the port.
const { home, store } = workerData as { home: Home; store: string | undefined };
void openHomeKernel(home, { store }).then(serve);
