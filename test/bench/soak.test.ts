import { expect, it } from 'vitest';
import { draw } from '../../bench/soak/draw.ts';
import { soak } from '../../bench/soak/run.ts';
import type { Sample } from '../../bench/soak/sample.ts';
import { slope } from '../../bench/soak/summary.ts';

it.runIf(process.platform === 'linux')(
  'a short soak loses nothing, tells everything once, and is looked at all the time',
  async () => {
    const told: Sample[] = [];
    const { samples, tasks, messages, wrongs } = await soak({
      ...{ time: 8000, pairEvery: 1600, sampleEvery: 2000, sweepEvery: 3000, keep: 1500 },
      signal: new AbortController().signal,
      onSample: (sample) => told.push(sample),
    });
    expect(wrongs).toEqual([]);
    expect(tasks).toBeGreaterThan(3);
    expect(messages).toBeGreaterThan(tasks);
    expect(samples.length).toBeGreaterThan(1);
    expect(told).toEqual(samples);
    for (const sample of samples) {
      for (const name of ['rss', 'heap', 'page', 'files', 'wal', 'database'] as const) {
        expect(sample[name], name).toBeGreaterThan(0);
      }
    }
    const picture = draw(samples, 'Short');
    expect(picture).toContain('<title>Short</title>');
    expect(picture).not.toContain('NaN');
  },
  180_000,
);

it('the slope is by least squares, for each hour', () => {
  const sample = (at: number, rss: number) => ({ at, rss }) as Sample;
  const noisy = [sample(0, 1), sample(1800, 5), sample(3600, 3)];
  expect(slope(noisy, ({ rss }) => rss)).toBeCloseTo(2);
});
