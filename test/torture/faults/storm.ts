import type { Gateway } from '../../support/gateway-home.ts';
import { member } from '../crowd.ts';
import type { Fault } from '../fault.ts';
import { nothingIsLost } from '../ledger.ts';
import { stages } from '../stages.ts';

/** What killed the boards of the nearest system within two seconds: workers, gateways and commands on one file. */
export const storm: Fault = {
  name: 'storm of 8 processes, in seconds',
  store: 'both',
  times: { short: 4, long: 120 },
  async inject(count, scene) {
    const notes: string[] = [];
    for (const { kind, address, store, home } of await stages(scene)) {
      const gateways: Gateway[] = [];
      for (const name of ['one', 'two']) gateways.push(await home.gateway({ name, leads: false }));
      const milliseconds = (count / 2) * 1000;
      const roles = ['worker', 'worker', 'worker', 'visitor', 'visitor', 'maker'] as const;
      const crowd = roles.map((role) => member(address, role, milliseconds));
      await Promise.all(crowd.map(({ ended }) => ended));
      const faults = crowd.flatMap((one) => one.faults);
      if (faults.length > 0) throw new Error(`${kind}: ${faults.length} faults: ${faults[0]}`);
      const held = await nothingIsLost(store, crowd);
      const least = Math.min(...crowd.map((one) => one.created.length + one.done.length));
      if (least === 0) throw new Error(`${kind}: a process starved.`);
      for (const gateway of gateways) await gateway.stop();
      notes.push(`${kind}: ${held} acknowledged writes, each there once; the slowest process made ${least}`);
    }
    return { injected: count, note: notes.join('; ') };
  },
};
