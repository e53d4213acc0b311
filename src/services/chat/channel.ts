import { buttonsOf, buttonWords, pressText } from '../../domain/button.ts';
import type { BoardId } from '../../domain/ids.ts';
import { digestOf, messageOf } from '../../domain/message.ts';
import type { DueDelivery } from '../../domain/view.ts';
import { artifactsOf } from '../artifacts.ts';
import type { Channel } from '../channel.ts';
import type { World } from '../world.ts';
import { type ChatButton, type ChatPlatform, mostButtonBytes } from './platform.ts';

/** Larger files are left on the board, and so are more at once than a gateway should hold in memory. */
const most = { bytes: 50 * 1024 * 1024, total: 50 * 1024 * 1024, files: 10 };

/** Tells a chat of an event: the words and buttons, which are recorded as sent, and then the files, which may fail. */
export const createChatChannel = (world: World, platform: ChatPlatform): Channel => ({
  platform: platform.name,
  send: async (board, delivery) => {
    const key = `${board} ${delivery.task_id} ${delivery.id}`;
    const message = { text: messageOf(delivery), buttons: buttonsFor(board, delivery), key };
    const sent = await platform.send(delivery, message);
    if (sent.ok) await sendArtifacts(world, platform, board, delivery);
    return sent;
  },
  sendDigest: async (board, deliveries) => {
    const [first] = deliveries;
    if (first === undefined) return { ok: true };
    // With another message in it, it is another one.
    const key = `${board} ${deliveries.map(({ id }) => id).join(' ')}`;
    const sent = await platform.send(first, { text: digestOf(deliveries), key });
    if (!sent.ok) return sent;
    for (const delivery of deliveries) await sendArtifacts(world, platform, board, delivery);
    return sent;
  },
});

async function sendArtifacts(
  world: World,
  platform: ChatPlatform,
  board: BoardId,
  delivery: DueDelivery,
): Promise<void> {
  try {
    const { files } = await artifactsOf(world, delivery, most);
    if (files.length > 0) await platform.sendFiles(delivery, files);
  } catch (error) {
    const fields = { board, task: delivery.task_id, error: String(error) };
    world.log.warn('A message arrived without its files.', fields);
  }
}

function buttonsFor(board: BoardId, { event, reminder, task_id }: DueDelivery): ChatButton[] {
  return buttonsOf(event.kind, reminder).flatMap((button) => {
    const press = { button, task_id, event_id: event.id, board, assignee: null };
    const data = pressText(press, mostButtonBytes);
    return data === undefined ? [] : [{ label: buttonWords[button].label, data }];
  });
}
