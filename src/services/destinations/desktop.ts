import { messageOf } from '../../domain/message.ts';
import type { DueDelivery } from '../../domain/view.ts';
import type { Channel } from '../channel.ts';
import { faultText } from '../faults.ts';
import { findCommand } from '../find-command.ts';
import type { Env } from '../home.ts';
import type { World } from '../world.ts';

const timeout = 10_000;
const longestBody = 1000;
const longestTitle = 120;

type Command = readonly [string, ...string[]];

/**
 * Notifications on the desktop of this machine, by its own tool: `osascript` on macOS, `notify-send` elsewhere. `system` is the
 * name of the operating system, as Node has it. Whatever chat id a subscription has, they are shown here.
 */
export function createDesktopChannel(world: World, env: Env, system: string): Channel {
  return {
    platform: 'desktop',
    send: async (_, delivery) => {
      const command = commandOf(system, delivery);
      const [tool] = command;
      const path = await findCommand(world.files, tool, env['PATH'] ?? '', '/');
      if (path === undefined) return { ok: false, error: missing(tool), final: true };
      try {
        const { code, err } = await world.processes.run({ command, env, timeout });
        if (code === 0) return { ok: true };
        const said = err.trim().split('\n', 1).join('').slice(0, 200);
        const ended = code === null ? `took longer than ${timeout / 1000} s` : `ended with ${code}`;
        return { ok: false, error: `${tool} ${ended}${said === '' ? '.' : `: ${said}`}`, final: false };
      } catch (error) {
        return { ok: false, error: faultText(error), final: false };
      }
    },
  };
}

function missing(tool: string): string {
  const next =
    tool === 'notify-send'
      ? 'install it (Debian, Ubuntu: libnotify-bin; Fedora: libnotify), or take `desktop: true` out of andon.yaml'
      : 'take `desktop: true` out of andon.yaml';
  return `Desktop notifications need ${tool}, which is not on the PATH of the gateway; ${next}.`;
}

function commandOf(system: string, delivery: DueDelivery): Command {
  const title = cut(`Andon: ${delivery.title}`, longestTitle);
  const body = cut(messageOf(delivery), longestBody);
  if (system !== 'darwin') {
    // Servers read a few tags in the body.
    const plain = body.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;');
    return ['notify-send', '--app-name=Andon', `--urgency=${urgencyOf(delivery)}`, '--', title, plain];
  }
  const script = [
    'on run argv',
    'display notification (item 2 of argv) with title (item 1 of argv)',
    'end run',
  ];
  return ['osascript', ...script.flatMap((line) => ['-e', line]), '--', title, body];
}

/** `critical` stays on the screen until somebody clicks it. */
function urgencyOf({ event }: DueDelivery): 'low' | 'normal' | 'critical' {
  switch (event.kind) {
    case 'gave_up':
    case 'budget_exceeded':
      return 'critical';
    case 'failed':
    case 'crashed':
    case 'timed_out':
    case 'heartbeat':
      return 'low';
    default:
      return 'normal';
  }
}

const cut = (text: string, most: number): string => {
  const characters = [...text];
  return characters.length <= most ? text : `${characters.slice(0, most - 1).join('')}…`;
};
