import { enableCompileCache } from 'node:module';
import { join } from 'node:path';
import { cacheFolder } from './cache-folder.ts';
import { unfit } from './runtime.ts';

/**
 * The entry, as small as it can be: what is loaded after the first line comes from the compile cache, this file itself
 * does not.
 */
enableCompileCache(join(cacheFolder(process.env), 'compiled'));

// A version shim may start another Node than the one `bin/andon` judged.
const fault = unfit(process.versions);
if (fault === undefined) {
  void import('./program.ts').then(({ run }) => run(process.argv.slice(2)));
} else {
  void import('./respawn.ts').then(({ respawn }) => respawn(fault, process.argv.slice(1)));
}
