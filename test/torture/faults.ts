import type { Fault } from './fault.ts';
import { gatewayFaults } from './faults/gateways.ts';
import { killCommand } from './faults/kill-command.ts';
import { killGateway } from './faults/kill-gateway.ts';
import { killWorker } from './faults/kill-worker.ts';
import { killWriter } from './faults/kill-writer.ts';
import { powerCut } from './faults/power-cut.ts';
import { rawReads } from './faults/raw-reads.ts';
import { simulatedFaults } from './faults/simulated.ts';
import { storm } from './faults/storm.ts';

/** All faults, in the order of the table. */
export const faults: readonly Fault[] = [
  killWriter,
  killCommand,
  killGateway,
  killWorker,
  storm,
  rawReads,
  powerCut,
  ...gatewayFaults,
  ...simulatedFaults,
];
