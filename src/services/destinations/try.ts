import { asEventId, asMillis, asTaskId, type BoardId, defaultBoard, toSeconds } from '../../domain/ids.ts';
import { type Place, placeText } from '../../domain/place.ts';
import type { DueDelivery } from '../../domain/view.ts';
import type { Kernel } from '../../kernel/kernel.ts';
import type { Channel } from '../channel.ts';
import { type Home, liveBoards } from '../home.ts';
import type { Settings } from '../settings.ts';
import type { World } from '../world.ts';

/** Sends a test message wherever a gateway with these settings would send, without one. */
export interface TryOptions {
  readonly kernel: Kernel;
  readonly home: Home;
  readonly settings: Settings;
  /** The name of the operating system, as Node has it. */
  readonly system: string;
  /** The `andon` command. */
  readonly andon: string;
  /** The only platform that is tried, and the only chat of it. */
  readonly platform?: string | undefined;
  readonly chat_id?: string | undefined;
  readonly thread_id?: string | undefined;
  /** Called as each is known. */
  readonly tell: (tried: Tried) => void;
}

/** What became of one test message. */
export interface Tried extends Place {
  readonly ok: boolean;
  /** Why it did not arrive. */
  readonly error: string | null;
}

export interface Trial {
  readonly tried: readonly Tried[];
  /** Platforms that are set up, but of which no chat is known. */
  readonly untried: readonly string[];
  /** Those that are set up. */
  readonly platforms: readonly string[];
}

/** One platform after the other's messages go out side by side; those of one platform one by one. */
export async function tryDestinations(world: World, options: TryOptions): Promise<Trial> {
  const { platform, tell } = options;
  const { channels, broken } = await openAll(world, options);
  const isWanted = (name: string): boolean => platform === undefined || name === platform;
  const isBroken = (name: string): boolean => broken.some((one) => one.platform === name);
  const wanted = channels.filter(({ platform: name }) => isWanted(name) && !isBroken(name));
  const places = await placesOf(world, options, wanted);
  const tried = broken.filter((one) => isWanted(one.platform));
  tried.forEach(tell);
  const attempt = async (channel: Channel, place: Place): Promise<void> => {
    const sent = await channel.send(defaultBoard, testDelivery(place, world));
    const one = { ...place, ok: sent.ok, error: sent.ok ? null : sent.error };
    tried.push(one);
    tell(one);
  };
  await Promise.all(
    wanted.map(async (channel) => {
      for (const place of places.filter((one) => one.platform === channel.platform))
        await attempt(channel, place);
    }),
  );
  return {
    tried,
    untried: wanted
      .map((channel) => channel.platform)
      .filter((name) => !places.some((place) => place.platform === name)),
    platforms: channels.map((each) => each.platform),
  };
}

/** The channels of a gateway with these settings, and the chats of which none could be made, with the reason. */
async function openAll(
  world: World,
  { kernel, home, settings, system, andon }: TryOptions,
): Promise<{ readonly channels: readonly Channel[]; readonly broken: Tried[] }> {
  const { openChats } = await import('../chat/start.ts');
  const { openDestinations } = await import('./open.ts');
  const chats = await openChats(world, { kernel, home, name: 'default', andon, settings: settings.chat });
  const broken = chats.broken.map(({ name, reason }) => ({
    ...{ platform: name, chat_id: '', thread_id: '' },
    ...{ ok: false, error: reason },
  }));
  const destinations = await openDestinations(world, { env: home.env, settings, system });
  return { channels: [...destinations, ...chats.channels], broken };
}

/** The chat that was named; else all that the settings and the subscriptions of all boards name. */
async function placesOf(
  { files }: World,
  { kernel, home, settings, chat_id, thread_id = '' }: TryOptions,
  wanted: readonly Channel[],
): Promise<readonly Place[]> {
  if (chat_id !== undefined) return wanted.map(({ platform }) => ({ platform, chat_id, thread_id }));
  const own = [
    ...Object.keys(settings.webhooks).map((name) => ({ platform: 'webhook', chat_id: name, thread_id: '' })),
    ...(settings.desktop ? [{ platform: 'desktop', chat_id: 'here', thread_id: '' }] : []),
  ];
  const subscribed: Place[] = [];
  for (const board of await liveBoards(home, files)) subscribed.push(...(await subscribedTo(kernel, board)));
  const known = new Map<string, Place>();
  for (const place of [...own, ...subscribed.filter(({ platform }) => !ownPlatforms.includes(platform))]) {
    known.set(placeText(place), place);
  }
  return [...known.values()].filter(({ platform }) =>
    wanted.some((channel) => channel.platform === platform),
  );
}

/** Of these the settings name all there are. */
const ownPlatforms = ['webhook', 'desktop'];

async function subscribedTo(kernel: Kernel, board: BoardId): Promise<readonly Place[]> {
  const found = await kernel.subscriptions(board, {});
  if (!found.ok) throw new Error(found.refusal.sentence);
  return found.value.map(({ platform, chat_id, thread_id }) => ({ platform, chat_id, thread_id }));
}

/** No task has this id, and no other delivery this number. */
function testDelivery(place: Place, world: World): DueDelivery {
  const now = world.now();
  const task_id = asTaskId('t_00000000');
  const event_id = asEventId(0);
  return {
    ...place,
    id: now,
    task_id,
    event_id,
    reminder: 0,
    state: 'pending',
    attempts: 0,
    next_try_at: now,
    last_error: null,
    created_at: now,
    sent_at: null,
    delivery_mode: 'notify',
    delivery_metadata: null,
    last_ping_event_id: event_id,
    event: {
      id: event_id,
      task_id,
      run_id: null,
      kind: 'test',
      payload: null,
      created_at: toSeconds(asMillis(now)),
    },
    title: 'Andon can reach you here',
    assignee: null,
    result: null,
    workspace_path: null,
    spent: null,
  };
}
