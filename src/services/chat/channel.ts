import { basename, isAbsolute, resolve, sep } from 'node:path';
import { buttonsOf, buttonWords, pressText } from '../../domain/button.ts';
import type { BoardId } from '../../domain/ids.ts';
import { digestOf, messageOf } from '../../domain/message.ts';
import type { DueDelivery } from '../../domain/view.ts';
import type { Channel } from '../webhook.ts';
import type { World } from '../world.ts';
import { type ChatButton, type ChatFile, type ChatPlatform, mostButtonBytes } from './platform.ts';

/** Larger files are left on the board. */
const mostBytes = 50 * 1024 * 1024;
const mostFiles = 10;

/** Tells a chat of an event: the words and buttons, which are recorded as sent, and then the files, which may fail. */
export const createChatChannel = (world: World, platform: ChatPlatform): Channel => ({
  platform: platform.name,
  send: async (board, delivery) => {
    const message = { text: messageOf(delivery), buttons: buttonsFor(board, delivery) };
    const sent = await platform.send(delivery, message);
    if (sent.ok) await sendArtifacts(world, platform, board, delivery);
    return sent;
  },
  sendDigest: async (board, deliveries) => {
    const [first] = deliveries;
    if (first === undefined) return { ok: true };
    const sent = await platform.send(first, { text: digestOf(deliveries) });
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
  if (delivery.event.kind !== 'completed' || delivery.reminder > 0) return;
  try {
    const files = await artifactsOf(world, delivery);
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

/**
 * The files that a completion names (contract §7.4). Only those inside the task's own workspace are sent: a worker names any
 * path it likes, and a chat is outside.
 */
async function artifactsOf({ files }: World, delivery: DueDelivery): Promise<ChatFile[]> {
  const workspace = delivery.workspace_path && (await files.realPath(delivery.workspace_path));
  if (!workspace) return [];
  const found = new Map<string, ChatFile>();
  for (const candidate of candidatesOf(delivery)) {
    const path = await files.realPath(isAbsolute(candidate) ? candidate : resolve(workspace, candidate));
    if (path === undefined || !path.startsWith(workspace + sep)) continue;
    const size = await files.size(path);
    if (size === undefined || size === 0 || size > mostBytes || found.size === mostFiles) continue;
    found.set(path, { name: basename(path), bytes: await files.readBytes(path) });
  }
  return [...found.values()];
}

function candidatesOf({ event, result }: DueDelivery): string[] {
  const { artifacts, summary } = event.payload ?? {};
  const named = Array.isArray(artifacts) ? artifacts.filter((each) => typeof each === 'string') : [];
  const words = `${typeof summary === 'string' ? summary : ''} ${result ?? ''}`;
  const mentioned = words.match(/(?<![^\s"'`(])\/[^\s"'`)]+/g) ?? [];
  return [...named, ...mentioned.map((path) => path.replace(/[.,;:!?]+$/, ''))];
}
