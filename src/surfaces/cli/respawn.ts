import { spawnSync } from 'node:child_process';
import { existsSync, realpathSync } from 'node:fs';
import { dirname, join } from 'node:path';

/**
 * Starts the same command again under the Node that `npm ci` brought, when this one is unfit; without it, says `fault`
 * and ends with 1. `entryAndArguments` is `process.argv` without the Node.
 */
export function respawn(fault: string, entryAndArguments: readonly string[]): void {
  const root = checkout(import.meta.dirname);
  const own = join(root, 'node_modules', '.bin', 'node');
  if (!existsSync(own) || realpathSync(own) === realpathSync(process.execPath)) {
    process.stderr.write(`andon: ${fault}; run \`npm ci\` in ${root} (Linux) or install a newer Node.\n`);
    process.exitCode = 1;
    return;
  }
  const { status, error } = spawnSync(own, [...entryAndArguments], { stdio: 'inherit' });
  if (error)
    process.stderr.write(`andon: ${own} did not start (${error.message}); run \`npm ci\` in ${root}.\n`);
  process.exitCode = status ?? 1;
}

/** The nearest folder upwards with a package.json: from `dist` or from the sources. */
function checkout(folder: string): string {
  const above = dirname(folder);
  return existsSync(join(folder, 'package.json')) || above === folder ? folder : checkout(above);
}
