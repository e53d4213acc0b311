import { defaultBoard, type TaskId } from '../../src/domain/ids.ts';
import type { Dump } from '../support/dump.ts';
import type { Break } from './breaks.ts';
import type { Fault } from './faults.ts';
import { mischief } from './mischief.ts';
import { answerAll, type Crowd, comeLate, live } from './people.ts';
import { poisoned } from './poison.ts';
import type { Violation } from './scheduler.ts';
import type { Schemas } from './schemas.ts';
import { type Setting, setUp } from './setting.ts';
import { judge, unsettled } from './settlement.ts';

export interface Outcome {
  readonly seed: number;
  readonly steps: number;
  /** Commands and questions that kernels were asked. */
  readonly calls: number;
  /** Equal for equal runs. */
  readonly hash: string;
  readonly faults: ReadonlyMap<Fault, number>;
  readonly tasks: number;
  readonly runs: number;
  readonly messages: number;
  readonly violation: Violation | undefined;
  /** The newest steps, oldest first. */
  readonly tail: readonly string[];
}

export interface Asked {
  readonly schemas: Schemas;
  /** Steps for which faults go on; 350 unless said. */
  readonly steps?: number | undefined;
  readonly broken?: Break | undefined;
  /** How many of the newest steps are told; 40 unless said. */
  readonly tail?: number | undefined;
}

/** How long everything may take to settle once nothing goes wrong any more, and in how many steps. */
const patience = { milliseconds: 24 * 3_600_000, steps: 40_000 } as const;
/** Within this time a task that nothing holds is started. */
const promptly = 5000;

/** One run of one seed: some time with faults, then calm until all work is done, then the last judgement. */
export function simulate(seed: number, asked: Asked): Promise<Outcome> {
  const { schemas, steps = 350, broken = { what: 'nothing' }, tail = 40 } = asked;
  return poisoned(async () => {
    const setting = setUp(seed, { schemas, broken, tail });
    const { scheduler } = setting;
    try {
      await troubledTimes(setting, steps);
      await probe(setting);
      await close(setting);
    } catch (error) {
      scheduler.fail('the simulation goes on', error instanceof Error ? (error.stack ?? '') : String(error));
    } finally {
      setting.boards.close();
    }
    return tell(seed, setting);
  });
}

function tell(seed: number, { scheduler, faults, invariants, receiver }: Setting): Outcome {
  const count = (of: (all: Dump) => readonly unknown[]): number =>
    [...invariants.dumps.values()].reduce((sum, all) => sum + of(all).length, 0);
  return {
    seed,
    steps: scheduler.steps,
    calls: scheduler.calls,
    hash: scheduler.hash,
    faults: faults.counts,
    tasks: count((all) => all.tasks),
    runs: count((all) => all.task_runs),
    messages: receiver.arrivals.length,
    violation: scheduler.violation,
    tail: [...scheduler.tail],
  };
}

/** Goes on until `enough` says so, a rule is broken, or nobody has a turn any more. */
async function goOn({ scheduler, invariants }: Setting, enough: () => boolean): Promise<void> {
  while (scheduler.violation === undefined && !enough()) {
    if (!(await scheduler.step())) return;
    invariants.check();
  }
}

function crowdOf(setting: Setting, name: string): Crowd {
  const { scheduler, ledger, ids: boards } = setting;
  const actor = scheduler.actor(name);
  return { scheduler, ledger, boards, actor, kernel: setting.kernelFor(actor) };
}

/** People work while everything goes wrong; then nothing does any more, and all comes to an end. */
async function troubledTimes(setting: Setting, steps: number): Promise<void> {
  const { scheduler, faults, processes, gateways } = setting;
  const strike = mischief(scheduler, faults, processes, gateways);
  gateways.startAll();
  const people = crowdOf(setting, 'people');
  const deeds = scheduler.random.whole(3, 8);
  let left = false;
  const leave = (): void => {
    left = true;
  };
  scheduler.turn(people.actor, 'come', () => void live(people, deeds).then(leave));
  await goOn(setting, () => {
    strike();
    return scheduler.steps >= steps;
  });

  faults.end();
  scheduler.note('from here on nothing goes wrong');
  scheduler.settleClock();
  gateways.heal();
  if (scheduler.random.chance(0.9)) gateways.thin(1);
  const operator = crowdOf(setting, 'operator');
  scheduler.turn(operator.actor, 'comes', () => void answerAll(operator));
  await settle(setting, () => left);
}

/** Goes on until nothing is left to do. */
async function settle(setting: Setting, peopleLeft: () => boolean): Promise<void> {
  const { scheduler, invariants, processes } = setting;
  const until = { time: scheduler.time + patience.milliseconds, steps: scheduler.steps + patience.steps };
  let left: string[] = [];
  let looks = 0;
  await goOn(setting, () => {
    if (looks++ % 10 > 0) return false;
    const living = processes.all().filter(({ mark }) => mark !== undefined);
    left = [
      ...(peopleLeft() ? [] : ['people are still busy']),
      ...unsettled(invariants.dumps),
      ...living.map(({ actor }) => `${actor.name} lives`),
    ];
    return left.length === 0 || scheduler.time > until.time || scheduler.steps > until.steps;
  });
  if (left.length > 0) scheduler.fail('work ends', left.join('; '));
}

/** A task made on an idle board is started soon: the bell is heard. */
async function probe(setting: Setting): Promise<void> {
  const { scheduler, invariants } = setting;
  if (scheduler.violation) return;
  const late = crowdOf(setting, 'late guest');
  let made: { readonly id: TaskId; readonly at: number } | undefined;
  const note = (id: TaskId): void => {
    made = { id, at: scheduler.time };
  };
  scheduler.turn(late.actor, 'comes', () => void comeLate(late, note));
  const started = (): boolean =>
    invariants.dumps.get(defaultBoard)?.andon_runs.some((run) => run['task_id'] === made?.id) ?? false;
  await goOn(setting, () => made !== undefined && (started() || scheduler.time > made.at + promptly));
  if (!started())
    scheduler.fail('ready work starts soon', `${made?.id} was not started within ${promptly} ms`);
  await settle(setting, () => true);
}

/** All gateways are asked to stop; then nothing may be left over, and everything must have been told. */
async function close(setting: Setting): Promise<void> {
  const { scheduler, gateways, invariants, ledger, receiver, boards } = setting;
  if (scheduler.violation) return;
  gateways.thin(0);
  await goOn(setting, () => !gateways.anyAlive());
  const wrong = judge(invariants.dumps, ledger, receiver.arrivals, invariants.starts);
  for (const [rule, sentence] of wrong) scheduler.fail(rule, sentence);
  const held = boards.heldLeases();
  if (held.length > 0)
    scheduler.fail('nothing is left over', `the lease of ${held.join(', ')} was not given back`);
}
