import { setTimeout as pause } from 'node:timers/promises';
import { member } from '../crowd.ts';
import type { Fault } from '../fault.ts';
import { nothingIsLost } from '../ledger.ts';
import { anyOf } from '../random.ts';
import { stages } from '../stages.ts';

/** Many at a time, so that the others work on while one dies with the lock in its hands. */
const atOnce = 4;

export const killWriter: Fault = {
  name: 'kill -9 of a process that creates and completes',
  store: 'both',
  times: { short: 8, long: 250 },
  async inject(count, scene) {
    const notes: string[] = [];
    let injected = 0;
    for (const { kind, address, store } of await stages(scene)) {
      const crowd = [];
      while (crowd.length < count / 2) {
        const doomed = Array.from({ length: atOnce }, () => member(address, 'both', 60_000));
        crowd.push(...doomed);
        await Promise.all(
          doomed.map(async (one) => {
            await one.busy;
            await pause(anyOf(0, 150));
            one.kill();
            if ((await one.ended) === 'SIGKILL') injected += 1;
          }),
        );
      }
      const survivor = member(address, 'both', 200);
      await survivor.ended;
      const held = await nothingIsLost(store, [...crowd, survivor]);
      const faults = [...crowd, survivor].flatMap(({ faults }) => faults);
      if (faults.length > 0) throw new Error(`${kind}: ${faults[0]}`);
      notes.push(`${kind}: ${held} acknowledged writes, all there once`);
    }
    return { injected, note: notes.join('; ') };
  },
};
