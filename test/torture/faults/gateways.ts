import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { setTimeout as pause } from 'node:timers/promises';
import { expect } from 'vitest';
import { homeBoard } from '../../../src/domain/ids.ts';
import type { Gateway, GatewayHome } from '../../support/gateway-home.ts';
import { until } from '../../support/until.ts';
import type { Fault, Scene } from '../fault.ts';
import { eachDoneOnce } from '../work.ts';

/** A leader's lease in milliseconds (`services/elector.ts`). */
const lease = 60_000;

/** Many gateways on one home, of which the leading one is struck again and again: who takes over, and is any task run twice. */
function struck(many: number, what: Strike, times: Fault['times']): Fault {
  return {
    name: `${many} gateways, and the leading one is ${what.name}`,
    store: 'SQLite',
    times,
    inject: (count, scene) => strikeLeaders(scene, many, count, what),
  };
}

interface Strike {
  readonly name: string;
  /** Gives what brings it back; whoever is dead does not come back. */
  strike(gateway: Gateway, home: GatewayHome): Promise<(() => void) | undefined>;
}

const killed: Strike = {
  name: 'killed',
  strike: async (gateway) => {
    await gateway.crash();
    return undefined;
  },
};

/**
 * Stopped, and its lease is over: written past, so that nobody has to wait for a minute. Whoever is stopped in the midst of
 * a transaction keeps all others from writing until it goes on, as SQLite promises, so it is stopped between two.
 */
const stopped: Strike = {
  name: 'stopped past its lease',
  strike: async ({ pid }, home) => {
    const goOn = (): void => void process.kill(pid, 'SIGCONT');
    await until('it is stopped between two transactions', async () => {
      process.kill(pid, 'SIGSTOP');
      const isFree = ['kanban.db', 'kanban/andon.db'].every((name) => mayWrite(join(home.root, name)));
      if (!isFree) goOn();
      return isFree;
    });
    const database = new DatabaseSync(join(home.root, 'kanban/andon.db'));
    database.exec(
      "pragma busy_timeout = 5000; update andon_leases set expires_at = 0 where role = 'dispatcher'",
    );
    database.close();
    return goOn;
  },
};

/** Whether the write lock can be had; the other gateways hold it for a moment only. */
function mayWrite(path: string): boolean {
  const database = new DatabaseSync(path);
  try {
    database.exec('pragma busy_timeout = 500; begin immediate; rollback');
    return true;
  } catch {
    return false;
  } finally {
    database.close();
  }
}

const stoppedForLong: Strike = {
  name: 'stopped for longer than its lease of a minute',
  strike: async ({ pid }) => {
    process.kill(pid, 'SIGSTOP');
    await pause(lease + 2000);
    return () => void process.kill(pid, 'SIGCONT');
  },
};

async function leader(home: GatewayHome): Promise<number | undefined> {
  const found = await home.kernel.lease(homeBoard, { role: 'dispatcher' });
  return found.ok ? found.value.lease?.pid : undefined;
}

async function strikeLeaders(scene: Scene, many: number, count: number, what: Strike) {
  const home = scene.home({
    settings: { max_in_progress: 3, failure_limit: 1000 },
    env: { ANDON_CRASH_GRACE_SECONDS: '1' },
    workers: { quick: 'sleep 0.1; andon complete "$ANDON_TASK"' },
  });
  const running = new Map<number, Gateway>();
  const start = async (name: string): Promise<void> => {
    const gateway = await home.gateway({ name, leads: false });
    running.set(gateway.pid, gateway);
  };
  for (let number = 0; number < many; number += 1) await start(`gateway-${number}`);
  const tasks = [];
  let slowest = 0;
  let injected = 0;
  for (; injected < count; injected += 1) {
    const pid = await until('somebody leads', async () => {
      const found = await leader(home);
      return found !== undefined && running.has(found) && found;
    });
    const gateway = running.get(pid) ?? expect.fail('no such gateway');
    for (let number = 0; number < 4; number += 1) tasks.push(await home.create('quick'));
    const goOn = await what.strike(gateway, home);
    const begun = performance.now();
    await until('another one leads', async () => {
      const next = await leader(home);
      return next !== undefined && next !== pid;
    });
    slowest = Math.max(slowest, performance.now() - begun);
    const last = tasks.at(-1) ?? expect.fail('no task');
    await home.reaches(last, 'done', 30_000);
    if (goOn === undefined) {
      running.delete(pid);
      await start(gateway.name);
    } else {
      // It wakes up and believes that it leads: the epoch refuses whatever it writes.
      goOn();
      tasks.push(await home.create('quick'));
    }
  }
  await eachDoneOnce(home, tasks);
  for (const task of tasks) expect(home.starts(task)).toBe(1);
  for (const gateway of running.values()) await gateway.stop();
  return {
    injected,
    note: `${tasks.length} tasks, each started once; another one led after at most ${Math.round(slowest)} ms`,
  };
}

export const gatewayFaults: readonly Fault[] = [
  struck(2, killed, { short: 1, long: 5 }),
  struck(2, stopped, { short: 1, long: 5 }),
  struck(5, killed, { short: 0, long: 5 }),
  struck(5, stopped, { short: 0, long: 5 }),
  struck(2, stoppedForLong, { short: 0, long: 1 }),
];
