import { Option } from '@commander-js/extra-typings';
import { asTaskId } from '../../../domain/ids.ts';
import { deliveryModes } from '../../../domain/place.ts';
import { subscriptionTable } from '../../render.ts';
import { Failure, granted } from '../failure.ts';
import { type Desk, onBoard } from '../on-board.ts';
import { say, sayJson } from '../output.ts';
import type { Program } from '../verb.ts';

/** A webhook's chat id is its name in `andon.yaml`; a subscription to another would never be delivered. */
async function requireWebhook({ home }: Desk, chat: string): Promise<void> {
  const { settingsOf } = await import('../configuration.ts');
  const { webhooks } = await settingsOf(home);
  if (Object.hasOwn(webhooks, chat)) return;
  const names = Object.keys(webhooks);
  const known = names.length === 0 ? 'there are none yet' : `there are ${names.join(', ')}`;
  throw new Failure(
    `The chat id of a webhook must be one that \`webhooks:\` in ${home.root}/andon.yaml names (${known}), not ${chat}.`,
  );
}

export function register(program: Program): void {
  program
    .command('notify-subscribe')
    .description('be told when a task is done, blocked, or in trouble')
    .argument('<id>', 'the task')
    .requiredOption('--platform <name>', 'where: webhook, or a platform of `chat:` such as telegram')
    .requiredOption('--chat-id <id>', 'for a webhook: its name in andon.yaml')
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
Example, with \`webhooks: {ops: {url: https://…, secret_env: OPS_SECRET}}\` in andon.yaml:
  andon notify-subscribe t_1a2b3c4d --platform webhook --chat-id ops`,
    )
    .action((id, flags) =>
      onBoard(program, async (desk) => {
        const task_id = asTaskId(id);
        granted(await desk.kernel.show(desk.board, { task_id, events: 0 }));
        const platform = flags.platform.trim().toLowerCase();
        if (platform === 'webhook') await requireWebhook(desk, flags.chatId);
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
