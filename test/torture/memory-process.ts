import { join } from 'node:path';
import { asSeconds, defaultBoard } from '../../src/domain/ids.ts';
import { createKernel } from '../../src/kernel/create-kernel.ts';
import { openHome } from '../../src/services/home.ts';
import { loadSettings } from '../../src/services/settings.ts';
import { nodeWorld } from '../../src/services/world-node.ts';
import { openSqliteStore } from '../../src/store/sqlite/sqlite.ts';
import { seatServices } from '../../src/surfaces/gateway/services.ts';
import { quiet } from '../support/quiet-log.ts';
import { virtualTime } from '../support/virtual-time.ts';

/**
 * The services of a real gateway on a real board for so many minutes of virtual time: `memory-process ROOT MINUTES TASKS`,
 * with so many tasks made, claimed, discussed and completed each minute. Prints the heap in bytes after each minute.
 */
const [root = '', minutes = '0', perMinute = '0'] = process.argv.slice(2);
const home = openHome({ ANDON_HOME: root, PATH: process.env['PATH'] }, root);
const world = virtualTime(nodeWorld({ log: quiet }));
const locate = (board: string): string =>
  join(root, board === defaultBoard ? 'kanban.db' : `kanban/${board}.db`);
const kernel = createKernel(openSqliteStore({ locate, now: world.now }));
const loaded = await loadSettings(home, world.files, { machine: { cores: 2, memory: 2 ** 33 } });
if (!loaded.ok) throw new Error(loaded.message);
const gates = { dispatcher: true, notifier: 'all', bySettings: true, reason: null } as const;
const services = await seatServices(
  { world, kernel, home, name: 'default', settings: loaded.settings },
  gates,
  async () => {},
);
for (const service of services) await service.start();

async function lifeOfATask(): Promise<void> {
  const made = await kernel.create(defaultBoard, { title: 'A task' });
  if (!made.ok) throw new Error(made.refusal.sentence);
  const task_id = made.value.task.id;
  const claim = { task_id, claim_lock: 'here:1', ttl_seconds: asSeconds(900), workspace_path: null };
  const claimed = await kernel.claim(defaultBoard, claim);
  if (!claimed.ok) throw new Error(claimed.refusal.sentence);
  await kernel.comment(defaultBoard, { task_id, body: 'Half of it.', author: 'me' });
  await kernel.complete(defaultBoard, { task_id, run_id: claimed.value.run_id });
}

const heaps: number[] = [];
for (let minute = 0; minute < Number(minutes); minute += 1) {
  for (let amount = 0; amount < Number(perMinute); amount += 1) await lifeOfATask();
  await world.pass(60_000, 50);
  globalThis.gc?.();
  heaps.push(process.memoryUsage().heapUsed);
}
for (const service of services.toReversed()) await service.stop();
await kernel.close();
process.stdout.write(JSON.stringify(heaps));
process.exit();
