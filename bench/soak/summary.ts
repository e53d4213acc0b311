import { z } from 'zod';
import { record } from '../harness/judge.ts';
import { median } from '../harness/stats.ts';
import type { SoakResult } from './run.ts';
import { type Sample, sample } from './sample.ts';

/** What `npm run soak` writes to `bench/results/soak.json`. */
export const soakRecord = z.object({
  date: z.string(),
  machine: record.shape.machine,
  minutes: z.number(),
  tasks: z.number(),
  messages: z.number(),
  wrongs: z.array(z.string()),
  samples: z.array(sample),
});
export type SoakRecord = z.infer<typeof soakRecord>;

/** Steepness by least squares of what each sample has, for each hour. */
export function slope(samples: readonly Sample[], of: (sample: Sample) => number): number {
  const mean = (values: readonly number[]): number =>
    values.reduce((sum, value) => sum + value, 0) / values.length;
  const [times, values] = [samples.map(({ at }) => at / 3600), samples.map(of)];
  const [time, value] = [mean(times), mean(values)];
  const spread = times.reduce((sum, each) => sum + (each - time) ** 2, 0);
  return times.reduce((sum, each, index) => sum + (each - time) * ((values[index] ?? 0) - value), 0) / spread;
}

const steady = [
  ['Memory of the gateway (RSS), MB', (one: Sample) => one.rss],
  ['of which its scripts use, MB', (one: Sample) => one.heap],
  ['Memory of the page’s scripts, MB', (one: Sample) => one.page],
  ['Open files of the gateway', (one: Sample) => one.files],
  ['WAL, MB', (one: Sample) => one.wal],
  ['Database, MB', (one: Sample) => one.database],
] as const;

const times = [
  ['Loop delay, 99 % in each interval, ms', (one: Sample) => one.loopP99],
  ['Loop delay, longest in each interval, ms', (one: Sample) => one.loopMax],
  ['From a create to its worker’s first line, ms', (one: Sample) => one.start],
  ['From a create to its card in the page, ms', (one: Sample) => one.card],
  ['CPU of the gateway, % of a core', (one: Sample) => one.cpu],
] as const;

const figure = (value: number): string =>
  value.toFixed(Math.abs(value) < 10 ? 2 : 1).replace(/^-(0\.0+)$/, '$1');

/** The table of a soak: how it was in the middle, at most and at the end, and where it goes in the second half. */
export function soakLines(result: Pick<SoakRecord, 'samples'>): readonly (readonly string[])[] {
  const { samples } = result;
  const second = samples.slice(Math.floor(samples.length / 2));
  const cells = (name: string, of: (one: Sample) => number | null, isSteady: boolean): string[] => {
    const values = samples.map(of).filter((value) => value !== null);
    const value = (one: Sample): number => of(one) ?? 0;
    return [
      name,
      figure(median(values)),
      figure(Math.max(...values)),
      isSteady ? figure(slope(second, value)) : '',
    ];
  };
  return [
    ...steady.map(([name, of]) => cells(name, of, true)),
    ...times.map(([name, of]) => cells(name, of, false)),
  ];
}

/** One sentence about what was judged. */
export const verdictSentence = ({ minutes, tasks, messages, wrongs }: Omit<SoakRecord, 'samples'>): string =>
  wrongs.length === 0
    ? `In ${Math.round(minutes * 10) / 10} minutes ${tasks.toLocaleString('en')} tasks were made in another process, started, and completed; ${messages.toLocaleString('en')} messages came, each once. Nothing was lost, and the board is sound.`
    : `${wrongs.length} ${wrongs.length === 1 ? 'thing was' : 'things were'} not as they must be: ${wrongs[0]}`;

/** The same as text for a terminal. */
export function soakText(result: SoakRecord): string {
  const head = ['', 'median', 'most', 'slope per hour, second half'];
  const lines = [head, ...soakLines(result)].map(([name = '', ...rest]) =>
    [name.padEnd(48), ...rest.map((cell) => cell.padStart(10))].join(''),
  );
  return [...lines, '', verdictSentence(result), ...result.wrongs.slice(1, 20)].join('\n');
}

export const soakRecordOf = (
  result: SoakResult,
  about: Pick<SoakRecord, 'date' | 'machine' | 'minutes'>,
): SoakRecord => soakRecord.parse({ ...about, ...result });
