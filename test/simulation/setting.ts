import { type BoardId, defaultBoard, parseBoardId } from '../../src/domain/ids.ts';
import { createKernel } from '../../src/kernel/create-kernel.ts';
import type { Kernel } from '../../src/kernel/kernel.ts';
import { boardPaths } from '../../src/services/home.ts';
import type { Service } from '../../src/services/service.ts';
import { Bells } from './bells.ts';
import type { Break } from './breaks.ts';
import { Faults } from './faults.ts';
import { agent, home, seatGateway } from './gateway.ts';
import { Gateways } from './gateways.ts';
import { Invariants } from './invariants.ts';
import { Ledger } from './ledger.ts';
import { seededRandom } from './random.ts';
import { Receiver } from './receiver.ts';
import { type Actor, Scheduler } from './scheduler.ts';
import type { Schemas } from './schemas.ts';
import { SimFiles } from './sim-files.ts';
import { type SimProcess, SimProcesses } from './sim-processes.ts';
import { SimBoards } from './sim-store.ts';
import { launch } from './sim-workers.ts';
import { simWorld } from './sim-world.ts';
import { type Rewrite, watched } from './watched.ts';
import { Writes } from './writes.ts';

/** Everything that one run is made of. */
export interface Setting {
  readonly scheduler: Scheduler;
  readonly faults: Faults;
  readonly processes: SimProcesses;
  readonly gateways: Gateways;
  readonly receiver: Receiver;
  readonly boards: SimBoards;
  readonly invariants: Invariants;
  readonly ledger: Ledger;
  readonly ids: readonly BoardId[];
  /** A kernel of somebody who is no gateway and no worker. */
  kernelFor(actor: Actor): Kernel;
}

const slots = 2;
const second = parseBoardId('second') ?? defaultBoard;

/** One machine with its boards and gateways, as the seed wants it; nothing runs yet. */
export function setUp(
  seed: number,
  { schemas, broken, tail }: { readonly schemas: Schemas; readonly broken: Break; readonly tail: number },
): Setting {
  const random = seededRandom(seed);
  const scheduler = new Scheduler(random, tail);
  const faults = new Faults(scheduler, broken.often ?? []);
  const processes = new SimProcesses(scheduler, faults, broken.idsAlone ?? false);
  const bells = new Bells(scheduler, faults, broken.deaf ?? false);
  const files = new SimFiles(scheduler);
  files.put(agent, '#!/bin/sh\n');
  const ledger = new Ledger();
  const ids = random.chance(0.7) ? [defaultBoard] : [defaultBoard, second];
  const names = ['gateway-a', 'gateway-b', 'gateway-c'].slice(0, random.pick([1, 2, 2, 3]));

  const parts = { scheduler, faults, processes, bells };
  const gateways = new Gateways(parts, names, (process, name) => furnish(process, name));
  const { crashInStep } = gateways;
  const writes = new Writes(scheduler, () => gateways.disturb());
  const receiver = new Receiver(scheduler, faults, crashInStep, gateways);
  const boards = new SimBoards({
    scheduler,
    faults,
    followers: bells,
    schemas,
    observer: writes,
    crash: crashInStep,
    disturbed: () => gateways.disturb(),
  });
  const invariants = new Invariants({
    ...{ scheduler, writes, files, processes, slots },
    look: (board) => boards.look(board),
  });

  const kernelFor = (actor: Actor, rewrite?: Rewrite): Kernel =>
    watched(createKernel(boards.storeFor(actor, broken.store)), actor, () => scheduler.countCall(), rewrite);
  const workerKernel = (actor: Actor): Kernel => kernelFor(actor, broken.worker?.(invariants.holder));
  const shop = { ...parts, files, ledger, latched: broken.latched ?? true, kernelFor: workerKernel };
  const boardOf = (bell: string): BoardId => {
    const board = ids.find((id) => boardPaths(home, id).bell === bell);
    if (board === undefined) throw new Error(`No board has the bell ${bell}.`);
    return board;
  };
  const machine = {
    scheduler,
    files,
    processes,
    receiver,
    launch: (request: Parameters<typeof launch>[1]) => {
      gateways.workerStarts();
      return launch(shop, request);
    },
    stopsBeforeSpawn: (by: SimProcess) => gateways.freezeBeforeSpawn(by),
    watchBell: (path: string, by: SimProcess, listener: () => void) =>
      bells.follow(boardOf(path), by.actor, listener),
    onSignal: (by: SimProcess, to: SimProcess) => {
      if (to.role === 'stranger' || to.role === 'gateway')
        scheduler.fail('only its own are signalled', `${by.actor.name} sent a signal to ${to.actor.name}`);
    },
    onLog: (by: SimProcess, level: string, message: string) => {
      scheduler.note(`${by.actor.name} ${level}: ${message}`);
      if (level === 'error' && !/locked by|disk is full/.test(message))
        scheduler.fail('only injected faults', `${by.actor.name}: ${message}`);
    },
  };
  const furnish = (process: SimProcess, name: string): Service[] => {
    const world = simWorld(machine, process);
    const kernel = kernelFor(process.actor, broken.gateway?.(writes));
    return seatGateway(broken.world?.(world) ?? world, kernel, name, { boards: ids, slots });
  };
  return { scheduler, faults, processes, gateways, receiver, boards, invariants, ledger, ids, kernelFor };
}
