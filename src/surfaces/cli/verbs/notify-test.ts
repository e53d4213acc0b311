import { join } from 'node:path';
import { placeText } from '../../../domain/place.ts';
import type { Tried } from '../../../services/destinations/try.ts';
import { bin } from '../../gateway/paths.ts';
import { Failure, usage } from '../failure.ts';
import { onHome } from '../on-board.ts';
import { say, sayJson, warn } from '../output.ts';
import { quietWorld } from '../quiet-world.ts';
import type { Program } from '../verb.ts';

export function register(program: Program): void {
  program
    .command('notify')
    .description('whether messages can reach people')
    .command('test')
    .description('send a test message everywhere that andon.yaml and subscriptions name, without a gateway')
    .argument('[platform]', 'only there: webhook, email, ntfy, desktop, telegram …')
    .argument('[chat]', 'only to this webhook, address, topic or chat, subscribed or not')
    .option('--thread-id <id>', 'a thread of that chat')
    .option('--json', 'print JSON')
    .addHelpText(
      'after',
      `
Examples:
  andon notify test
  andon notify test email ana@example.org`,
    )
    .action((platform, chat, { threadId, json }) => {
      if (threadId !== undefined && chat === undefined)
        throw usage('--thread-id goes with a platform and a chat.');
      return onHome(async ({ kernel, home, paint }) => {
        const { settingsOf } = await import('../configuration.ts');
        const { tryDestinations } = await import('../../../services/destinations/try.ts');
        const settings = await settingsOf(home);
        const tell = ({ ok, error, ...place }: Tried): void => {
          if (json) return;
          const where = place.chat_id === '' ? place.platform : placeText(place);
          say(ok ? `${paint('green', 'ok')}      ${where}` : `${paint('red', 'failed')}  ${where}: ${error}`);
        };
        const { tried, untried, platforms } = await tryDestinations(quietWorld(), {
          ...{ kernel, home, settings, tell },
          ...{ system: process.platform, andon: join(bin, 'andon') },
          ...{ platform: platform?.trim().toLowerCase(), chat_id: chat, thread_id: threadId },
        });
        if (json) sayJson(tried);
        for (const name of untried) {
          warn(`andon: Nobody is subscribed by ${name} yet; \`andon notify test ${name} CHAT\` tries one.`);
        }
        const failed = tried.filter(({ ok }) => !ok).length;
        if (failed > 0) throw new Failure(`${failed} of ${tried.length} messages did not arrive.`);
        if (tried.length === 0) throw new Failure(nothing(platform, platforms));
      });
    });
}

const nothing = (platform: string | undefined, platforms: readonly string[]): string =>
  platform !== undefined && platforms.includes(platform)
    ? 'No message was sent.'
    : platforms.length === 0 || platform === undefined
      ? 'No message was sent: andon.yaml names nobody to tell; docs/notifications.md shows how.'
      : `andon.yaml sets up ${platforms.join(', ')}, not ${platform}; docs/notifications.md shows how.`;
