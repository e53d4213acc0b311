import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { thisMachine } from './harness/judge.ts';
import { draw } from './soak/draw.ts';
import { soak } from './soak/run.ts';
import type { Sample } from './soak/sample.ts';
import { soakRecordOf, soakText } from './soak/summary.ts';

/**
 * Lets a board work at a steady rate with everything on: a gateway, real workers, the page in a browser, notifications,
 * snapshots, and somebody who sweeps up. It looks at all of it all the time, and in the end compares the board with what
 * it knows from outside.
 *
 *   npm run soak -- [--minutes N] [--every SECONDS]
 *
 * It makes tasks for so many minutes (30) and looks each 5 seconds. Writes `bench/results/soak.json` and `docs/soak.svg`; ends
 * with 1 when something was lost, came twice or broke. Ctrl-C ends all that it started, and writes nothing. Linux only.
 */
const { values } = parseArgs({
  options: { minutes: { type: 'string', default: '30' }, every: { type: 'string', default: '5' } },
});

function number(name: 'minutes' | 'every'): number {
  const value = Number(values[name]);
  if (value > 0 && Number.isFinite(value)) return value;
  throw new Error(`--${name} takes a number above 0, not "${values[name]}".`);
}

const round = (value: number | null): string => (value === null ? '-' : String(Math.round(value)));

const progress = (one: Sample): string =>
  `${round(one.at).padStart(5)} s  ${one.made} made, ${one.done} done, ${one.onBoard} on the board; ` +
  `gateway ${round(one.rss)} MB, ${one.files} files, ${round(one.cpu)} % CPU, loop ${one.loopP99.toFixed(1)}/${one.loopMax.toFixed(1)} ms; ` +
  `page ${one.page.toFixed(1)} MB; WAL ${one.wal.toFixed(1)} MB, database ${one.database.toFixed(1)} MB; ` +
  `start ${round(one.start)} ms, card ${round(one.card)} ms`;

async function main(): Promise<number> {
  const [minutes, every] = [number('minutes'), number('every')];
  const ending = new AbortController();
  for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => ending.abort());
  const result = await soak({
    time: minutes * 60_000,
    pairEvery: 2000,
    sampleEvery: every * 1000,
    sweepEvery: 20_000,
    keep: 60_000,
    signal: ending.signal,
    onSample: (sample) => console.log(progress(sample)),
  });
  if (ending.signal.aborted) return 130;
  const date = new Date().toISOString().slice(0, 10);
  const record = soakRecordOf(result, { date, machine: thisMachine(), minutes });
  mkdirSync(join(import.meta.dirname, 'results'), { recursive: true });
  writeFileSync(join(import.meta.dirname, 'results', 'soak.json'), `${JSON.stringify(record)}\n`);
  const title = `${minutes} minutes of a board with everything on: memory, files, sizes, delays over time`;
  writeFileSync(join(import.meta.dirname, '..', 'docs', 'soak.svg'), draw(record.samples, title));
  console.log(`\n${soakText(record)}`);
  return record.wrongs.length === 0 ? 0 : 1;
}

try {
  process.exitCode = await main();
} catch (error) {
  console.error(error instanceof Error ? error.message : error);
  process.exitCode = 1;
}
