import { inChild } from './child.ts';
import type { Bench, Figure } from './row.ts';
import { spread } from './stats.ts';

/** One who does the same work as others: its module exports `work`, which gives what `turns` or `rotate` collects. */
export interface Contender<Name extends string> {
  readonly name: Name;
  readonly module: string;
  readonly input: unknown;
  /** Made anew before each round; it is not part of what is timed. */
  readonly prepare?: () => Promise<void>;
}

/** Microseconds for each operation, by contender, one for each round. */
export type Rounds<Name extends string> = ReadonlyMap<Name, readonly number[]>;

const wholeRounds = 7;
const quickRounds = 3;

/**
 * Lets the contenders take turns, each in a fresh process, with another one first in each round: whatever the machine does
 * meanwhile, it does to all of them. Gives what each answered, one for each round.
 */
export async function turns<Name extends string, Answer>(
  bench: Bench,
  contenders: readonly Contender<Name>[],
): Promise<ReadonlyMap<Name, readonly Answer[]>> {
  const answers = new Map<Name, Answer[]>();
  const rounds = bench.quick ? quickRounds : wholeRounds;
  const ours = contenders.filter(({ name }) => name.startsWith('Andon'));
  // A profile of all of them together would tell nothing.
  if (bench.profiles !== undefined && ours.length < contenders.length) return turns(bench, ours);
  for (let round = 0; round < rounds; round += 1) {
    const first = round % contenders.length;
    for (const { name, module, input, prepare } of [
      ...contenders.slice(first),
      ...contenders.slice(0, first),
    ]) {
      await prepare?.();
      const answer = await inChild<unknown, Answer>(bench, module, input);
      answers.set(name, [...(answers.get(name) ?? []), answer]);
    }
  }
  return answers;
}

/** The turns of contenders whose work gives microseconds for each operation. */
export const rotate = <Name extends string>(
  bench: Bench,
  contenders: readonly Contender<Name>[],
): Promise<Rounds<Name>> => turns<Name, number>(bench, contenders);

/** How many times as long `name` takes as `floor`, round by round. */
export function ratio<Name extends string>(
  rounds: Rounds<Name>,
  name: Name,
  floor: Name,
): Pick<Figure, 'value' | 'least' | 'most'> & { readonly unit: 'x' } {
  const floors = rounds.get(floor) ?? [];
  const ratios = (rounds.get(name) ?? []).map((time, round) => time / (floors[round] ?? Number.NaN));
  return { ...spread(ratios), unit: 'x' };
}

/** What each contender took, as figures without a goal. */
export const timesOf = <Name extends string>(rounds: Rounds<Name>, of: string): readonly Figure[] =>
  [...rounds].map(([name, times]) => ({ name: `${of}: ${name}`, ...spread(times), unit: 'µs' as const }));
