import { Option } from '@commander-js/extra-typings';
import { asTaskId } from '../../../domain/ids.ts';
import { deliveryModes } from '../../../domain/place.ts';
import { subscriptionTable } from '../../render.ts';
import { Failure, granted } from '../failure.ts';
import { type Desk, onBoard } from '../on-board.ts';
import { say, sayJson } from '../output.ts';
import type { Program } from '../verb.ts';

/** Platforms of which the settings say where they reach. */
const checked = ['webhook', 'email', 'ntfy', 'desktop'];

/** A subscription to a place that `andon.yaml` does not know would never be delivered. */
async function requirePlace({ home }: Desk, platform: string, chat: string): Promise<void> {
  const { settingsOf, wrongPlace } = await import('../configuration.ts');
  const wrong = await wrongPlace(await settingsOf(home), platform, chat);
  if (wrong !== undefined) throw new Failure(wrong);
}

export function register(program: Program): void {
  program
    .command('notify-subscribe')
    .description('be told when a task is done, blocked, or in trouble')
    .argument('<id>', 'the task')
    .requiredOption('--platform <name>', 'where: webhook, email, ntfy, desktop, or a chat such as telegram')
    .requiredOption(
      '--chat-id <id>',
      'the name of a webhook in andon.yaml, an address, a topic, or the id of a chat',
    )
    .option('--thread-id <id>', 'a thread of that chat')
    .option('--user-id <id>', 'who asked')
    .option('--notifier-profile <name>', 'only the gateway of this profile delivers')
    .addOption(
      new Option(
        '--mode <mode>',
        'tell people, wake the agent of that chat, or both; the last word counts',
      ).choices(deliveryModes),
    )
    .option('--progress', 'also told of the notes that workers leave with their heartbeats')
    .option('--json', 'print the subscription as JSON')
    .addHelpText(
      'after',
      `
Examples (docs/notifications.md says what andon.yaml needs for each):
  andon notify-subscribe t_1a2b3c4d --platform webhook --chat-id ops
  andon notify-subscribe t_1a2b3c4d --platform email --chat-id ana@example.org
  andon notify-subscribe t_1a2b3c4d --platform ntfy --chat-id my-secret-topic
  andon notify-subscribe t_1a2b3c4d --platform desktop --chat-id here`,
    )
    .action((id, flags) =>
      onBoard(program, async (desk) => {
        const task_id = asTaskId(id);
        granted(await desk.kernel.show(desk.board, { task_id, events: 0 }));
        const platform = flags.platform.trim().toLowerCase();
        if (checked.includes(platform)) await requirePlace(desk, platform, flags.chatId.trim());
        const { subscription } = granted(
          await desk.kernel.subscribe(desk.board, {
            task_id,
            platform,
            chat_id: flags.chatId,
            thread_id: flags.threadId,
            user_id: flags.userId,
            notifier_profile: flags.notifierProfile,
            delivery_mode: flags.mode,
            notify_progress: flags.progress,
          }),
        );
        if (flags.json) sayJson(subscription);
        else say(`Subscribed ${platform} ${flags.chatId} to ${id}`);
      }),
    );

  program
    .command('notify-list')
    .description('list who is told of a task, or of every task')
    .argument('[id]', 'the task; all tasks unless said')
    .option('--json', 'print JSON')
    .action((id, { json }) =>
      onBoard(program, async ({ kernel, board, paint }) => {
        const task_id = id === undefined ? undefined : asTaskId(id);
        if (task_id !== undefined) granted(await kernel.show(board, { task_id, events: 0 }));
        const subscriptions = granted(await kernel.subscriptions(board, { task_id }));
        if (json) sayJson(subscriptions);
        else say(subscriptions.length === 0 ? '(no subscriptions)' : subscriptionTable(subscriptions, paint));
      }),
    );

  program
    .command('notify-unsubscribe')
    .description('be told no longer')
    .argument('<id>', 'the task')
    .requiredOption('--platform <name>', 'where')
    .requiredOption('--chat-id <id>', 'the chat')
    .option('--thread-id <id>', 'the thread of that chat', '')
    .option('--json', 'print JSON')
    .action((id, { platform, chatId, threadId, json }) =>
      onBoard(program, async ({ kernel, board }) => {
        const key = {
          task_id: asTaskId(id),
          platform: platform.trim().toLowerCase(),
          chat_id: chatId,
          thread_id: threadId,
        };
        granted(await kernel.unsubscribe(board, key));
        if (json) sayJson(key);
        else say(`Unsubscribed ${key.platform} ${chatId} from ${id}`);
      }),
    );
}
