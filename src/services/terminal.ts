import { messageOf } from '../domain/message.ts';
import type { ProcessIdentity } from '../domain/run.ts';
import type { Metadata } from '../domain/task.ts';
import type { DueDelivery } from '../domain/view.ts';
import type { Kernel } from '../kernel/kernel.ts';
import type { Channel, Sent } from './channel.ts';
import type { World } from './world.ts';

/**
 * Tells the terminal that a task was made in (contract §7.5): chat `cli-<pid>` of the platform `cli`, by the process that
 * leads the session there. Each terminal is told of its own tasks alone. One that is closed has its subscription ended, and
 * what it was not told stays among the deliveries with the reason.
 */
export interface Terminal {
  /** `held`: it takes nothing now. `gone`: there is no such terminal of this user. */
  write(path: string, text: string): Promise<'written' | 'held' | 'gone'>;
}

export const terminalPlatform = 'cli';

/** Which terminal of which machine, kept with the subscription. */
export interface TerminalAddress {
  readonly tty: string;
  readonly host: string;
  readonly leader: ProcessIdentity;
}

export const terminalSubscriber = ({ tty, host, leader }: TerminalAddress) => ({
  platform: terminalPlatform,
  chat_id: `cli-${leader.pid}`,
  delivery_metadata: { tty, host, pid: leader.pid, start: leader.start, boot: leader.boot },
});

function addressIn(metadata: Metadata | null): TerminalAddress | undefined {
  const { tty, host, pid, start, boot } = metadata ?? {};
  if (typeof tty !== 'string' || typeof host !== 'string' || typeof pid !== 'number') return undefined;
  if (typeof start !== 'string' || typeof boot !== 'string') return undefined;
  return { tty, host, leader: { pid, start, boot } };
}

export function createTerminalChannel(world: World, kernel: Kernel, terminal: Terminal): Channel {
  const write = async (delivery: DueDelivery): Promise<Sent | 'gone'> => {
    const address = addressIn(delivery.delivery_metadata);
    if (address === undefined) return 'gone';
    if (address.host !== world.hostname) {
      return { ok: false, final: true, error: `Its terminal is one of the machine ${address.host}.` };
    }
    // Another shell may have that number, or that terminal, by now.
    if (!(await world.processes.alive(address.leader))) return 'gone';
    const outcome = await terminal.write(address.tty, `\r\n${plain(messageOf(delivery))}\r\n`);
    if (outcome === 'held') return { ok: false, final: false, error: 'Its terminal takes nothing now.' };
    return outcome === 'written' ? { ok: true } : 'gone';
  };
  return {
    platform: terminalPlatform,
    send: async (board, delivery) => {
      const sent = await write(delivery);
      if (sent !== 'gone') return sent;
      const { task_id, platform, chat_id, thread_id } = delivery;
      await kernel.unsubscribe(board, { task_id, platform, chat_id, thread_id });
      return { ok: false, final: true, error: 'Its terminal is closed.' };
    },
  };
}

/** A worker's words must not steer a terminal. */
const plain = (text: string): string =>
  // biome-ignore lint/suspicious/noControlCharactersInRegex: they are what is taken out.
  text.replaceAll(/[\u0000-\u0009\u000b-\u001f\u007f-\u009f]/g, ' ').replaceAll('\n', '\r\n');
