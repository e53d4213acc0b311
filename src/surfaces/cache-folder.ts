import { join } from 'node:path';

/**
 * Where a person's own, disposable files go. Never a folder that others may write to: code and verdicts are taken from it.
 * `bin/andon` names the same one.
 */
export const cacheFolder = (env: Readonly<Record<string, string | undefined>>): string =>
  join(env['XDG_CACHE_HOME'] || join(env['HOME'] || '/dev/null', '.cache'), 'andon');
