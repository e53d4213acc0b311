import { join } from 'node:path';
import { asMillis, type BoardId, type Millis, parseBoardId } from '../domain/ids.ts';
import type { Home } from './home.ts';
import { liveGateways } from './presence.ts';
import type { World } from './world.ts';

/** A board that a gateway does not work on, because its database is broken. */
export interface SetAside {
  readonly board: BoardId;
  readonly reason: string;
  readonly since: Millis;
  /** Where the copy of a corrupt file is. */
  readonly copy: string | null;
}

/**
 * Which boards a gateway has set aside is a file beside its presence, `<root>/gateways/<name>.aside`, so that others can
 * tell. It names its process as a presence does, and counts while that lives.
 */
const pathOf = (home: Home, name: string): string => join(home.root, 'gateways', `${name}.aside`);

export async function writeAside(
  home: Home,
  world: World,
  name: string,
  boards: readonly SetAside[],
): Promise<void> {
  if (boards.length === 0) return world.files.remove(pathOf(home, name));
  const said = { name, ...world.self, host: world.hostname, boards };
  await world.files.write(pathOf(home, name), `${JSON.stringify(said, null, 2)}\n`);
}

/** What the gateways of this home have set aside. */
export async function readAside(
  home: Home,
  world: World,
): Promise<readonly (SetAside & { readonly gateway: string })[]> {
  const found: (SetAside & { gateway: string })[] = [];
  for (const { name, pid, start } of await liveGateways(home, world)) {
    const said = parse(await world.files.read(pathOf(home, name)));
    if (said?.['pid'] !== pid || said['start'] !== start || !Array.isArray(said['boards'])) continue;
    for (const entry of said['boards']) {
      const { board, reason, since, copy } = isRecord(entry) ? entry : {};
      const id = parseBoardId(String(board));
      if (id === undefined || typeof reason !== 'string') continue;
      const at = asMillis(Number(since) || 0);
      found.push({
        gateway: name,
        board: id,
        reason,
        since: at,
        copy: typeof copy === 'string' ? copy : null,
      });
    }
  }
  return found;
}

function parse(text: string | undefined): Readonly<Record<string, unknown>> | undefined {
  try {
    const value: unknown = JSON.parse(text ?? '');
    return isRecord(value) ? value : undefined;
  } catch {
    return undefined;
  }
}

const isRecord = (value: unknown): value is Readonly<Record<string, unknown>> =>
  typeof value === 'object' && value !== null;
