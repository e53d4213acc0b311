import { enableCompileCache } from 'node:module';
import { join } from 'node:path';
import { unfit } from './runtime.ts';

/**
 * The entry, as small as it can be: what is loaded after the first line comes from the compile cache, this file itself
 * does not. The cache is the person's own, because code from a folder that everybody may write to would be a gift.
 */
const caches = process.env['XDG_CACHE_HOME'] ?? join(process.env['HOME'] ?? '/nonexistent', '.cache');
enableCompileCache(join(caches, 'andon', 'compiled'));

// A version shim may start another Node than the one `bin/andon` judged.
const fault = unfit(process.versions);
if (fault === undefined) {
  void import('./program.ts').then(({ run }) => run(process.argv.slice(2)));
} else {
  void import('./respawn.ts').then(({ respawn }) => respawn(fault, process.argv.slice(1)));
}
