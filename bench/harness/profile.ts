import { readdirSync, readFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import { z } from 'zod';

const profileFile = z.object({
  nodes: z.array(
    z.object({
      id: z.number(),
      callFrame: z.object({ functionName: z.string(), url: z.string(), lineNumber: z.number() }),
    }),
  ),
  samples: z.array(z.number()),
  timeDeltas: z.array(z.number()),
});

const most = 25;

/** The functions in which the profiles of a folder spent most time themselves, as text; idle time is left out. */
export function summarise(folder: string): string {
  const spent = new Map<string, number>();
  let idle = 0;
  for (const file of readdirSync(folder).filter((name) => name.endsWith('.cpuprofile'))) {
    const { nodes, samples, timeDeltas } = profileFile.parse(
      JSON.parse(readFileSync(join(folder, file), 'utf8')),
    );
    const names = new Map(
      nodes.map(({ id, callFrame: { functionName, url, lineNumber } }) => [
        id,
        `${functionName || '(anonymous)'}${url === '' ? '' : ` ${basename(url)}:${lineNumber + 1}`}`,
      ]),
    );
    for (const [index, id] of samples.entries()) {
      const name = names.get(id) ?? '';
      const time = timeDeltas[index] ?? 0;
      if (name === '(idle)') idle += time;
      else spent.set(name, (spent.get(name) ?? 0) + time);
    }
  }
  const total = [...spent.values()].reduce((sum, time) => sum + time, 0);
  const lines = [...spent]
    .toSorted(([, one], [, other]) => other - one)
    .slice(0, most)
    .map(([name, time]) => `${((100 * time) / total).toFixed(1).padStart(5)} %  ${name}`);
  const seconds = (micros: number): string => `${(micros / 1e6).toFixed(2)} s`;
  return `${seconds(total)} busy, ${seconds(idle)} idle; share of the busy time by function (self)\n${lines.join('\n')}\n`;
}
