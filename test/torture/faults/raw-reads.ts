import { join } from 'node:path';
import { openFile } from '../../support/stores.ts';
import { temporaryFolder } from '../../support/temporary-folder.ts';
import { member } from '../crowd.ts';
import { type Fault, NotRun } from '../fault.ts';
import { nothingIsLost } from '../ledger.ts';

/**
 * The storm's own control: with raw reads of the files brought back by a test flag it must fail, else it proves nothing.
 * The ruined board is in no home, for no doctor could be content with it.
 */
export const rawReads: Fault = {
  name: 'the same storm with raw reads brought back must fail',
  store: 'SQLite',
  times: { short: 1, long: 2 },
  async inject(count) {
    const ruins: string[] = [];
    for (let round = 0; ruins.length < count; round += 1) {
      if (round === 3 * count) throw new Error(`In ${round} storms with raw reads nothing was lost.`);
      const path = join(temporaryFolder(), 'kanban.db');
      const roles = ['worker', 'worker', 'worker', 'visitor', 'visitor', 'maker'] as const;
      const crowd = roles.map((role) => member(path, role, 2500, { ANDON_TORTURE_RAW_READS: '1' }));
      await Promise.all(crowd.map(({ ended }) => ended));
      const reads = crowd.reduce((sum, one) => sum + one.rawReads, 0);
      if (reads === 0) throw new NotRun('No raw read was made.');
      const ruin = crowd.flatMap((one) => one.faults)[0] ?? (await lossOf(path, crowd));
      if (ruin !== undefined) ruins.push(`after at most ${reads} raw reads: ${ruin}`);
    }
    return { injected: ruins.length, note: `it failed, as it must, ${ruins[0]}` };
  },
};

async function lossOf(path: string, crowd: Parameters<typeof nothingIsLost>[1]): Promise<string | undefined> {
  try {
    await nothingIsLost(openFile(path), crowd);
    return undefined;
  } catch (error) {
    return error instanceof Error ? error.message.split('\n')[0] : String(error);
  }
}
