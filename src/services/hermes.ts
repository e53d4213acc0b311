import { join } from 'node:path';
import { isFalsy } from '../domain/env.ts';
import type { HermesDispatcher } from '../domain/why.ts';
import type { Home } from './home.ts';
import { readYaml } from './strict-yaml.ts';
import type { World } from './world.ts';

/**
 * Finds a live Hermes gateway that dispatches on this home, so that Andon does not: two dispatchers on one board would
 * start and reclaim each other's work. It shows itself by the advisory lock that it holds on `kanban/.dispatcher.lock` for
 * its life or, in versions without that lock, by `gateway.pid` and the switch in its own `config.yaml`.
 */
export async function hermesDispatcher(
  home: Home,
  world: Pick<World, 'files' | 'processes' | 'self'>,
): Promise<HermesDispatcher | undefined> {
  const holders = await world.files.lockHolders(join(home.root, 'kanban', '.dispatcher.lock'));
  if (holders.length > 0) return { pid: holders.find((pid) => pid > 0) ?? null };
  const noted = parsePidFile(await world.files.read(join(home.root, 'gateway.pid')));
  if (noted === undefined || noted.pid === world.self.pid) return undefined;
  const found = await world.processes.identify(noted.pid);
  // A start of digits is the system's own mark, as Hermes notes it: another one is a process id that came round again.
  const reused =
    noted.start !== undefined && /^\d+$/.test(found?.start ?? '') && noted.start !== found?.start;
  if (found === undefined || reused) return undefined;
  return (await switchedOff(home, world)) ? undefined : { pid: noted.pid };
}

/** `{"pid": 4711, "start_time": 123456, …}`, or in older versions the number alone. */
function parsePidFile(text: string | undefined): { pid: number; start: string | undefined } | undefined {
  if (text === undefined) return undefined;
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    return undefined;
  }
  const record = typeof value === 'object' && value !== null ? { ...value } : { pid: value };
  const field = (name: string): number | undefined => {
    const found = Object.entries(record).find(([key]) => key === name)?.[1];
    return typeof found === 'number' && Number.isSafeInteger(found) && found > 0 ? found : undefined;
  };
  const pid = field('pid');
  return pid === undefined ? undefined : { pid, start: field('start_time')?.toString() };
}

/** Whether Hermes' own settings keep its gateway from dispatching; it does not either when it cannot read them (contract §5.1). */
async function switchedOff(home: Home, world: Pick<World, 'files'>): Promise<boolean> {
  const file = await readYaml(world.files, join(home.root, 'config.yaml'), 'config.yaml');
  if (file === undefined) return false;
  if (!file.ok) return true;
  const kanban = entry(file.value, 'kanban');
  const said = entry(kanban, 'dispatch_in_gateway');
  return said !== undefined && said !== null && isFalsy(String(said));
}

const entry = (value: unknown, name: string): unknown =>
  typeof value === 'object' && value !== null
    ? Object.entries(value).find(([key]) => key === name)?.[1]
    : undefined;
