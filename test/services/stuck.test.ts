import { describe, expect, it } from 'vitest';
import type { Started } from '../../src/domain/admission.ts';
import { asMillis, asProfileName, defaultBoard } from '../../src/domain/ids.ts';
import { createStuckWatch } from '../../src/services/stuck.ts';
import type { LogFields } from '../../src/services/world.ts';
import { quiet } from '../support/quiet-log.ts';
import { taskWith } from '../support/samples.ts';

/** Contract §5.13, with the meaning of §0: six intervals in which a task could have started, and none did. */

const interval = 10_000;
const ready = { task: taskWith(), ready_at: asMillis(0), lingering: false, last_run: null };
const admitted: readonly Started[] = [{ board: defaultBoard, ready, profile: asProfileName('coder') }];

function watch() {
  let now = 0;
  const warnings: (LogFields | undefined)[] = [];
  const world = {
    monotonic: () => asMillis(now),
    log: { ...quiet, warn: (_: string, fields?: LogFields) => void warnings.push(fields) },
  };
  const note = createStuckWatch(world, interval);
  return {
    warnings,
    /** A pass so many intervals after the last one. */
    pass: (intervals: number, could: readonly Started[], started = 0) => {
      now += intervals * interval;
      note({ admitted: could, started });
    },
  };
}

describe('a dispatcher is stuck', () => {
  it('when for six intervals a task could have started and none did; it is said once in five minutes', () => {
    const { pass, warnings } = watch();
    for (let time = 0; time < 6; time += 1) pass(1, admitted);
    expect(warnings).toEqual([]);
    pass(1, admitted);
    expect(warnings).toEqual([{ intervals: 6, tasks: ['default/t_00000001'] }]);
    for (let time = 0; time < 29; time += 1) pass(1, admitted);
    expect(warnings).toHaveLength(1);
    pass(1, admitted);
    expect(warnings).toHaveLength(2);
  });
  it('not by many passes in a short time, as each commit asks for one', () => {
    const { pass, warnings } = watch();
    for (let time = 0; time < 500; time += 1) pass(0.01, admitted);
    expect(warnings).toEqual([]);
  });
  it('not when something starts now and then, nor while whatever waits has an obstacle', () => {
    const { pass, warnings } = watch();
    for (let time = 0; time < 40; time += 1) pass(1, admitted, time % 5 === 0 ? 1 : 0);
    for (let time = 0; time < 40; time += 1) pass(1, []);
    for (let time = 0; time < 40; time += 1) pass(1, time % 4 === 0 ? [] : admitted);
    expect(warnings).toEqual([]);
  });
});
