import { homedir } from 'node:os';
import { readRunOrder } from '../../services/agents/run-order.ts';
import { runAgent } from '../../services/agents/runner.ts';
import { openHome } from '../../services/home.ts';
import { plainLog } from '../../services/logger.ts';
import { loadProfile } from '../../services/profiles.ts';
import { nodeWorld } from '../../services/world-node.ts';
import { settingsOf } from '../cli/configuration.ts';
import { bin } from '../gateway/paths.ts';
import { openHomeKernel } from '../home-kernel.ts';

/**
 * The worker of an agent's run: `agent.cjs ORDER`, where ORDER is the file that its executor wrote. Its standard output is the
 * task's log.
 */
async function main(path: string | undefined): Promise<number> {
  const print = (line: string): void => void process.stdout.write(`${line}\n`);
  const world = nodeWorld({ log: plainLog(print, Date.now) });
  const text = path && (await world.files.read(path));
  if (!path || !text)
    throw new Error(`There is no order ${path ?? ''}; a gateway writes it for the run of an agent.`);
  const order = readRunOrder(text);
  // The secret in it is needed once.
  await world.files.remove(path);
  const home = openHome(process.env, process.env['HOME'] || homedir());
  const loaded = await loadProfile(home, world.files, order.profile);
  if (!loaded.ok) throw new Error(loaded.message);
  const settings = await settingsOf(home);
  const kernel = await openHomeKernel(home, settings);
  try {
    const stopping = new Promise<void>((resolve) => {
      process
        .once('SIGTERM', () => resolve())
        .once('SIGINT', () => resolve())
        .once('SIGHUP', () => resolve());
    });
    return await runAgent(world, kernel, order, {
      home,
      profile: loaded.profile,
      prices: settings.prices,
      bin,
      print,
      stopping,
    });
  } finally {
    await kernel.close();
  }
}

main(process.argv[2]).then(
  (code) => {
    process.exitCode = code;
  },
  (error: unknown) => {
    process.stdout.write(`andon: ${error instanceof Error ? error.message : String(error)}\n`);
    process.exitCode = 1;
  },
);
