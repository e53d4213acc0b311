import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import type { Fault, Scene } from '../fault.ts';

/** What the heap may grow by between the first half of the time and the second: noise of a collector. */
const most = 1.5 * 2 ** 20;

/** The heap of a gateway over minutes of virtual time, with so many tasks in each. */
const flat = (name: string, perMinute: number): Fault => ({
  name: `memory of ${name} gateway, in virtual minutes`,
  store: 'SQLite',
  times: { short: perMinute > 0 ? 4 : 0, long: 60 },
  async inject(count, scene) {
    const heaps = await measured(scene, count, perMinute);
    const begun = heaps.slice(Math.floor(count / 4), Math.floor(count / 2));
    const rest = heaps.slice(Math.floor(count / 2));
    const mean = (all: readonly number[]): number => all.reduce((sum, one) => sum + one, 0) / all.length;
    const grown = mean(rest) - mean(begun);
    const note = `heap ${megabytes(mean(begun))} MB, later ${megabytes(mean(rest))} MB; ${count * perMinute} tasks`;
    if (grown > most) throw new Error(note);
    return { injected: heaps.length, note };
  },
});

const megabytes = (bytes: number): string => (bytes / 2 ** 20).toFixed(1);

async function measured(scene: Scene, minutes: number, perMinute: number): Promise<number[]> {
  const script = join(import.meta.dirname, '../memory-process.ts');
  const args = ['--expose-gc', script, scene.home().root, String(minutes), String(perMinute)];
  const child = spawn(process.execPath, args, { stdio: ['ignore', 'pipe', 'inherit'] });
  let out = '';
  child.stdout.setEncoding('utf8').on('data', (text: string) => (out += text));
  const [code] = await once(child, 'close');
  if (code !== 0) throw new Error(`The process ended with ${code}.`);
  return JSON.parse(out);
}

export const memoryFaults: readonly Fault[] = [flat('an idle', 0), flat('a busy', 60)];
