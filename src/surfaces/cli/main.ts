import { enableCompileCache } from 'node:module';
import { join } from 'node:path';
import { cacheFolder } from '../cache-folder.ts';
import { start } from './start.ts';

// The entry of a checkout that was not built. Before anything else is loaded, so that its types are stripped only once.
enableCompileCache(join(cacheFolder(process.env), 'compiled'));
void start(() => import('./program.ts'));
