import { join } from 'node:path';
import { asMillis, type Millis } from '../domain/ids.ts';
import type { Home } from './home.ts';
import type { World } from './world.ts';

/**
 * Who runs here: one file per gateway, `<root>/gateways/<name>.json`, outside `kanban/`, so that a gateway that is
 * switched off opens nothing there (design, "decided").
 */
export interface Presence {
  readonly name: string;
  readonly pid: number;
  readonly start: string;
  readonly boot: string;
  readonly host: string;
  readonly started_at: Millis;
  /** Whether it stands for these roles; who holds them is told by the leases. */
  readonly dispatcher: boolean;
  readonly notifier: boolean;
  /** Where it answers over HTTP, on its own machine. */
  readonly url: string | null;
}

export type Wanted = Pick<Presence, 'name' | 'dispatcher' | 'notifier'>;
export type Claimed =
  | { readonly ok: true; readonly presence: Presence }
  | { readonly ok: false; readonly holder: Presence };

const folderOf = (home: Home): string => join(home.root, 'gateways');
const pathOf = (home: Home, name: string): string => join(folderOf(home), `${name}.json`);

/** Becomes the gateway of this name, or tells who is. Of several that start at once exactly one succeeds. */
export async function claimPresence(home: Home, world: World, wanted: Wanted): Promise<Claimed> {
  await world.files.makeFolder(folderOf(home), 0o700);
  const presence: Presence = {
    ...wanted,
    ...world.self,
    host: world.hostname,
    started_at: world.now(),
    url: null,
  };
  const holder = await hold(world, pathOf(home, wanted.name), presence);
  return holder ? { ok: false, holder } : { ok: true, presence };
}

/** Says where the gateway answers over HTTP, or that it does not any more. */
export async function announceUrl(
  home: Home,
  world: World,
  presence: Presence,
  url: string | null,
): Promise<void> {
  const path = pathOf(home, presence.name);
  const found = parse(await world.files.read(path));
  if (!found || !isSame(found, presence)) return;
  await world.files.write(path, `${JSON.stringify({ ...presence, url }, null, 2)}\n`);
}

/** Ends a presence, if it is still ours. */
export async function releasePresence(home: Home, world: World, presence: Presence): Promise<void> {
  const path = pathOf(home, presence.name);
  const found = parse(await world.files.read(path));
  if (found && isSame(found, presence)) await world.files.remove(path);
}

/** The gateways of this home that run, by name. */
export async function liveGateways(home: Home, world: World): Promise<readonly Presence[]> {
  const live: Presence[] = [];
  for (const file of await world.files.names(folderOf(home))) {
    if (!file.endsWith('.json')) continue;
    const found = parse(await world.files.read(join(folderOf(home), file)));
    if (found && (await mayLive(world, found))) live.push(found);
  }
  return live;
}

/** Whether a text names its process as a presence does, and that process is provably dead. */
export async function isOfDead(world: World, text: string | undefined): Promise<boolean> {
  const holder = parse(text);
  return holder !== undefined && !(await mayLive(world, holder));
}

/** Each costs some file writes, about a millisecond. */
const mostTries = 1000;

/**
 * Writes `presence` at `path`, or gives the live one that stands there. A dead one's file is replaced only by whoever holds
 * the file's guard: a second file that is named after exactly that dead one and is held in the same way. So of two that
 * saw the same dead one, one waits for the other, looks again, and finds it alive; and a starter that dies while it holds
 * a guard is itself replaced by the same rule, one step deeper.
 */
async function hold(world: World, path: string, presence: Presence): Promise<Presence | undefined> {
  const { files } = world;
  const mine = `${JSON.stringify(presence, null, 2)}\n`;
  for (let tries = 1; ; tries++) {
    if (await files.create(path, mine)) return undefined;
    const text = await files.read(path);
    if (text === undefined) continue;
    const holder = parse(text);
    if (holder && (await mayLive(world, holder))) return holder;

    const guard = `${path}.after-${holder ? `${holder.pid}-${holder.start}` : 'broken'}`;
    const guardian = await hold(world, guard, presence);
    if (guardian) {
      // It works for a moment only, unless it was stopped in it.
      if (tries === mostTries) return guardian;
      continue;
    }
    try {
      if ((await files.read(path)) === text) {
        await files.write(path, mine);
        return undefined;
      }
    } finally {
      await files.remove(guard);
    }
  }
}

/**
 * Whether the process may live. Only its own machine can prove it dead; another boot of the same host is proof too. What
 * another host left counts as alive until somebody removes its file.
 */
async function mayLive(world: World, presence: Presence): Promise<boolean> {
  if (presence.boot !== world.self.boot) return presence.host !== world.hostname;
  return world.processes.alive(presence);
}

const isSame = (one: Presence, other: Presence): boolean =>
  one.pid === other.pid && one.start === other.start && one.boot === other.boot;

/** A presence, or `undefined` when there is none or the file holds something else. */
function parse(text: string | undefined): Presence | undefined {
  if (text === undefined) return undefined;
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    return undefined;
  }
  if (typeof value !== 'object' || value === null) return undefined;
  const field = (name: string): unknown => Object.entries(value).find(([key]) => key === name)?.[1];
  const [name, pid, start, boot, host] = ['name', 'pid', 'start', 'boot', 'host'].map(field);
  if (typeof name !== 'string' || typeof pid !== 'number' || typeof start !== 'string') return undefined;
  if (typeof boot !== 'string' || typeof host !== 'string') return undefined;
  return {
    name,
    pid,
    start,
    boot,
    host,
    started_at: asMillis(Number(field('started_at')) || 0),
    dispatcher: field('dispatcher') === true,
    notifier: field('notifier') === true,
    url: typeof field('url') === 'string' ? String(field('url')) : null,
  };
}
