import { mkdirSync, readdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { createRequire, enableCompileCache } from 'node:module';
import { dirname, join } from 'node:path';
import { Script } from 'node:vm';
import { cacheFolder } from '../cache-folder.ts';
import { asksVersion, firstWord, quickWordOf } from './quick-words.ts';
import { type ProgramModule, start } from './start.ts';

/**
 * The entry of `dist`. It loads `quick.ts` or `program.ts` with the bytecode of its last run of the same verb. Node's own compile cache
 * keeps only what was compiled when a file was loaded and leaves out all functions compiled at their first call: with
 * it `andon list` took 0.3 of the floor longer (node, node:sqlite, open, one read).
 */

/** Which sources this was built from; written in by the build. V8 itself compares no more than the length of the text. */
declare const BUILD: string;

const cache = cacheFolder(process.env);
const argv = process.argv.slice(2);
const word = firstWord(argv) ?? (asksVersion(argv) ? 'version' : 'help');
const verb = /^[a-z][a-z-]*$/.test(word) ? word : 'help';
const bundle = quickWordOf(argv) !== undefined || asksVersion(argv) ? 'quick.cjs' : 'program.cjs';
const path = join(import.meta.dirname, bundle);
const saved = join(
  cache,
  'code',
  encodeURIComponent(import.meta.dirname),
  `${BUILD}-${process.version}-${process.arch}-${verb}`,
);

function readSaved(): Buffer | undefined {
  try {
    return readFileSync(saved);
  } catch {
    return undefined;
  }
}

/** By rename, so that nobody reads half of it; what older builds of this checkout left is removed. */
function save(bytecode: Buffer): void {
  const folder = dirname(saved);
  const draft = `${saved}.${process.pid}`;
  try {
    mkdirSync(folder, { recursive: true, mode: 0o700 });
    writeFileSync(draft, bytecode, { mode: 0o600 });
    renameSync(draft, saved);
    for (const name of readdirSync(folder)) if (!name.startsWith(BUILD)) rmSync(join(folder, name));
  } catch {
    // Only time is lost: the next run compiles again.
  }
}

async function load(): Promise<ProgramModule> {
  const cachedData = readSaved();
  // The build makes it one function, in ASCII only: nothing is decoded, and no second copy of it is made to wrap it.
  const script = new Script(readFileSync(path, 'latin1'), {
    filename: path,
    ...(cachedData && { cachedData }),
  });
  const module: { exports: ProgramModule } = { exports: { run: async () => {} } };
  const wrapper: (...scope: readonly unknown[]) => void = script.runInThisContext();
  wrapper(module.exports, createRequire(path), module, path, import.meta.dirname);
  const { run } = module.exports;
  if (cachedData !== undefined && script.cachedDataRejected !== true) return { run };
  return {
    async run(argv) {
      await run(argv);
      // A failed command may have run only half of its code, and a word that is no verb deserves no file.
      if (!process.exitCode) save(script.createCachedData());
    },
  };
}

// For the bundles that the program loads when a verb needs them.
enableCompileCache(join(cache, 'compiled'));
void start(load);
