import {
  asEpoch,
  asMillis,
  asProfileName,
  asSeconds,
  defaultBoard,
  type TaskId,
} from '../../src/domain/ids.ts';
import { createKernel } from '../../src/kernel/create-kernel.ts';
import { openPostgresStore } from '../../src/store/postgres/postgres.ts';
import type { Work } from '../harness/child.ts';
import { countRoundTrips } from '../harness/round-trips.ts';

export const counted = ['create', 'claim', 'heartbeat', 'complete', 'start a run'] as const;
export type Counted = (typeof counted)[number];

const leader = { role: 'dispatcher', epoch: asEpoch(1) } as const;

/** Counts on the wire how often each command waits for the server, when its connection and statements are known there. */
export const work: Work<{ readonly url: string }, Readonly<Record<Counted, number>>> = async ({ url }) => {
  const way = await countRoundTrips(url);
  const kernel = createKernel(openPostgresStore({ url: way.url }));
  const waits = new Map<Counted, number>();
  const count = async <Value>(
    name: Counted,
    command: Promise<{ readonly ok: true; readonly value: Value } | { readonly ok: false }>,
  ): Promise<Value> => {
    const answer = await command;
    if (!answer.ok) throw new Error(`The command that was counted, ${name}, was refused.`);
    waits.set(name, way.taken());
    return answer.value;
  };
  const create = async (): Promise<TaskId> => {
    const input = { title: 'Count', assignee: asProfileName('worker') };
    return (await count('create', kernel.create(defaultBoard, input))).task.id;
  };
  const claim = { claim_lock: 'bench:1', ttl_seconds: asSeconds(900), workspace_path: null } as const;
  await kernel.raiseEpoch(defaultBoard, leader);
  // The second time round counts: the first one connects and prepares.
  for (let time = 0; time < 2; time += 1) {
    const [one, other] = [await create(), await create()];
    way.taken();
    const { run_id } = await count('claim', kernel.claim(defaultBoard, { ...claim, task_id: one }));
    await count('heartbeat', kernel.heartbeat(defaultBoard, { task_id: one, run_id, claim_lock: 'bench:1' }));
    await count('complete', kernel.complete(defaultBoard, { task_id: one, run_id, summary: 'It is done.' }));
    await count(
      'start a run',
      kernel.startRuns(defaultBoard, {
        epoch: leader.epoch,
        starts: [
          {
            ...{ ...claim, task_id: other, host: 'here', runs_root: '/runs', mark: 'mark' },
            ...{ max_runtime_seconds: null, slot_free_since: asMillis(0) },
          },
        ],
      }),
    );
  }
  await kernel.close();
  await way.close();
  const of = (name: Counted): number => waits.get(name) ?? Number.NaN;
  return {
    create: of('create'),
    claim: of('claim'),
    heartbeat: of('heartbeat'),
    complete: of('complete'),
    'start a run': of('start a run'),
  };
};
