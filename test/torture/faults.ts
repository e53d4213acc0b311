import type { Fault } from './fault.ts';
import { backups } from './faults/backups.ts';
import { badWorkerFaults } from './faults/bad-workers.ts';
import { damageFaults } from './faults/damage.ts';
import { diskFull } from './faults/disk-full.ts';
import { gatewayFaults } from './faults/gateways.ts';
import { handles } from './faults/handles.ts';
import { killCommand } from './faults/kill-command.ts';
import { killGateway } from './faults/kill-gateway.ts';
import { killServer } from './faults/kill-server.ts';
import { killWorker } from './faults/kill-worker.ts';
import { killWriter } from './faults/kill-writer.ts';
import { lockedBoard } from './faults/locked-board.ts';
import { logFlood } from './faults/log-flood.ts';
import { memoryFaults } from './faults/memory.ts';
import { noPermission } from './faults/no-permission.ts';
import { powerCut } from './faults/power-cut.ts';
import { rawReads } from './faults/raw-reads.ts';
import { schemaDrift } from './faults/schema-drift.ts';
import { simulatedFaults } from './faults/simulated.ts';
import { stoppedWriter } from './faults/stopped-writer.ts';
import { storm } from './faults/storm.ts';
import { twoNames } from './faults/two-names.ts';

/** All faults, in the order of the table. */
export const faults: readonly Fault[] = [
  killWriter,
  killCommand,
  killGateway,
  killWorker,
  killServer,
  storm,
  rawReads,
  twoNames,
  backups,
  powerCut,
  diskFull,
  noPermission,
  ...damageFaults,
  schemaDrift,
  ...gatewayFaults,
  ...badWorkerFaults,
  lockedBoard,
  stoppedWriter,
  logFlood,
  ...memoryFaults,
  handles,
  ...simulatedFaults,
];
