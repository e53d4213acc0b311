import { createHash } from 'node:crypto';
import { cp, readdir, readFile, writeFile } from 'node:fs/promises';
import { join, relative } from 'node:path';
import { promisify } from 'node:util';
import { gzip } from 'node:zlib';
import { build } from 'vite';

/** Builds the web board, or takes the one that is there: a change of the program does not change the page (3 s). */

const root = join(import.meta.dirname, '..');
const pageSources = join(root, 'web');
const pressed = promisify(gzip);

/** A hash of everything that the page is made of. */
async function pageHash(): Promise<string> {
  const inside = await readdir(pageSources, { recursive: true, withFileTypes: true });
  const files = inside.filter((entry) => entry.isFile()).map((entry) => join(entry.parentPath, entry.name));
  const hash = createHash('sha256');
  for (const file of [...files, join(root, 'package-lock.json'), import.meta.filename].sort()) {
    hash
      .update(`${relative(root, file)}\0`)
      .update(await readFile(file))
      .update('\0');
  }
  return hash.digest('hex');
}

/** Puts the page into the folder `fresh`; `known` is that of an earlier build, if there is one. */
export async function buildPageInto(fresh: string, known: string): Promise<void> {
  const hash = await pageHash();
  const built = await readFile(join(known, 'sources.sha256'), 'utf8').catch(() => '');
  if (built.trim() === hash) return cp(known, fresh, { recursive: true });
  await build({
    configFile: join(pageSources, 'vite.config.ts'),
    root: pageSources,
    logLevel: 'warn',
    build: { outDir: fresh, emptyOutDir: true },
  });
  await writeFile(join(fresh, 'shell.json'), JSON.stringify(await filesOf(fresh)));
  await press(fresh);
  await writeFile(join(fresh, 'sources.sha256'), `${hash}\n`);
}

/** What the service worker keeps, as paths of the page's own server. */
async function filesOf(folder: string): Promise<readonly string[]> {
  const inside = await readdir(folder, { recursive: true, withFileTypes: true });
  return inside
    .filter((entry) => entry.isFile() && !['index.html', 'worker.js'].includes(entry.name))
    .map((entry) => `/${relative(folder, join(entry.parentPath, entry.name))}`)
    .sort();
}

/** Beside each script and style lies the same, pressed: a gateway sends it as it is. */
async function press(folder: string): Promise<void> {
  const inside = await readdir(folder, { recursive: true });
  for (const path of inside
    .filter((name) => /\.(js|css|svg)$/.test(name))
    .map((name) => join(folder, name))) {
    await writeFile(`${path}.gz`, await pressed(await readFile(path), { level: 9 }));
  }
}
