import type { Faults } from './faults.ts';
import type { Gateways } from './gateways.ts';
import type { Scheduler } from './scheduler.ts';
import type { SimProcess, SimProcesses } from './sim-processes.ts';

const hour = 3_600_000;

/** What goes wrong between two steps, by nobody's fault. */
export function mischief(
  scheduler: Scheduler,
  faults: Faults,
  processes: SimProcesses,
  gateways: Gateways,
): () => void {
  const { random } = scheduler;
  /** Ids of launchers that have been seen: the ones worth taking again. */
  const launchers = new Set<number>();
  const victims = (role: SimProcess['role']): SimProcess[] =>
    processes.all().filter((process) => process.role === role && process.actor.frozen === false);

  const takeAgain = (): void => {
    const free = [...launchers].filter((pid) => processes.isFree(pid));
    if (free.length === 0 || !faults.happens('process id reused')) return;
    const stranger = processes.start({
      name: 'stranger',
      role: 'stranger',
      leads: true,
      pid: random.pick(free),
    });
    const life = random.whole(1000, 60_000);
    scheduler.turn(stranger.actor, 'ends by itself', () => processes.exit(stranger, 'code 0'), life);
  };

  return () => {
    if (!faults.on) return;
    const living = gateways.running();
    if (living.length > 0) {
      if (faults.happens('gateway crash')) gateways.crash(random.pick(living));
      else if (faults.happens('gateway stopped past its lease')) gateways.freeze(random.pick(living));
      else if (faults.happens('gateway leaves')) gateways.leave(random.pick(living));
    }
    if (faults.happens('clock jump')) {
      scheduler.turnClock(random.whole(-3 * hour, 3 * hour));
      gateways.disturb();
    }
    for (const launcher of victims('launcher')) launchers.add(launcher.identity.pid);
    const workers = victims('worker');
    if (workers.length > 0 && faults.happens('worker killed')) processes.kill(random.pick(workers));
    const running = victims('launcher');
    if (running.length > 0 && faults.happens('launcher killed')) processes.kill(random.pick(running));
    takeAgain();
    if (faults.happens('reboot')) gateways.reboot();
  };
}
