import { onTestFinished } from 'vitest';
import { freshDatabase } from '../support/databases.ts';
import { type GatewayHome, gatewayHome } from '../support/gateway-home.ts';
import { until } from '../support/until.ts';
import { type Fault, type Line, NotRun, type Scene, type Suffered, type Verdict } from './fault.ts';

/** Makes a fault happen `wanted` times, asks the doctor of each home that it struck, and gives the line of the table. */
export async function suffer(fault: Fault, wanted: number): Promise<Line> {
  const homes: GatewayHome[] = [];
  const scene: Scene = {
    home: (options) => {
      const home = gatewayHome({ onTestFinished }, options);
      homes.push(home);
      return home;
    },
    database: freshDatabase,
  };
  const begun = performance.now();
  const { verdict, injected, note } = await judged(async () => {
    const suffered = await fault.inject(wanted, scene);
    for (const home of homes) await isClean(home);
    return suffered;
  }, wanted);
  const seconds = Math.round((performance.now() - begun) / 100) / 10;
  return { name: fault.name, store: fault.store, wanted, injected, verdict, seconds, note };
}

async function judged(
  work: () => Promise<Suffered>,
  wanted: number,
): Promise<Suffered & { readonly verdict: Verdict }> {
  try {
    const suffered = await work();
    return { ...suffered, verdict: suffered.injected < wanted ? 'NOT RUN' : 'held' };
  } catch (error) {
    const note = error instanceof Error ? error.message : String(error);
    return { injected: 0, note, verdict: error instanceof NotRun ? 'NOT RUN' : 'BROKEN' };
  }
}

/** A run that has just ended is recorded by its gateway a moment later; what stays is wrong. */
async function isClean(home: GatewayHome): Promise<void> {
  let said = '';
  const isContent = async (): Promise<boolean> => {
    const { code, out, err } = await home.run(['doctor', '--json']);
    said = out + err;
    return code === 0;
  };
  await until('andon doctor is content', isContent).catch((cause: unknown) => {
    throw new Error(`andon doctor is not content: ${said}`, { cause });
  });
}
