import { homedir } from 'node:os';
import { hermesName } from '../../domain/why.ts';
import { hermesDispatcher } from '../../services/hermes.ts';
import { openHome } from '../../services/home.ts';
import { plainLog } from '../../services/logger.ts';
import type { PassReport } from '../../services/pass-report.ts';
import { loadSettings } from '../../services/settings.ts';
import { createTenure } from '../../services/tenure.ts';
import { nodeWorld } from '../../services/world-node.ts';
import { openHomeKernel } from '../home-kernel.ts';
import { thisMachine } from '../machine.ts';
import { seatDispatcher, seatGuard } from './services.ts';

export type Dispatched =
  | { readonly ok: true; readonly report: PassReport }
  | { readonly ok: false; readonly message: string };

/**
 * One pass of the dispatcher in this process (`andon dispatch`). It takes the lease for that pass; a dry run needs none,
 * writes nothing and tells what a pass would do.
 */
export async function dispatchOnce(options: {
  readonly most: number;
  readonly dryRun: boolean;
}): Promise<Dispatched> {
  const home = openHome(process.env, homedir());
  const world = nodeWorld({ log: plainLog((line) => process.stderr.write(line), Date.now, 'warn') });
  const loaded = await loadSettings(home, world.files, { machine: thisMachine() });
  if (!loaded.ok) return { ok: false, message: loaded.message };
  const kernel = await openHomeKernel(home, loaded.settings);
  const seat = { world, kernel, home, name: `dispatch-${world.self.pid}`, settings: loaded.settings };
  const { dispatcher, elector } = seatDispatcher(
    seat,
    seatGuard(seat, { onOpen: () => {}, onAside: async () => {} }),
    createTenure(world, kernel),
  );
  try {
    if (options.dryRun) return { ok: true, report: await dispatcher.preview(options.most) };
    const hermes = await hermesDispatcher(home, world);
    if (hermes !== undefined) {
      return {
        ok: false,
        message: `On this home ${hermesName(hermes)} dispatches; Andon starts nothing beside it.`,
      };
    }
    await elector.start();
    if (elector.epoch() === undefined) {
      const holder = elector.holder();
      const who = holder ? `The gateway ${holder.name} (pid ${holder.pid})` : 'Another gateway';
      return {
        ok: false,
        message: `${who} dispatches here; it starts what is ready by itself, so there is nothing to do.`,
      };
    }
    return { ok: true, report: await dispatcher.once(options.most) };
  } finally {
    await dispatcher.stop();
    await elector.stop();
    await kernel.close();
  }
}
