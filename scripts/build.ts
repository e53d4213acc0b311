import { createHash } from 'node:crypto';
import { copyFile, mkdir, readdir, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { join, relative } from 'node:path';
import { build, type Plugin } from 'esbuild';
import { buildPageInto } from './build-web.ts';

/**
 * Bundles the sources into `dist`: Node strips the types of a hundred files in six times the time it needs for one
 * bundle, and CommonJS starts 5 to 8 ms sooner than modules do.
 */

const root = join(import.meta.dirname, '..');
const sources = join(root, 'src');

/**
 * File names of `dist` and what is in them. `cli` only loads `quick`, for the verbs that people type
 * most, or `program`, with the bytecode of its last run. A source named
 * here is a file of its own when another one imports it with `import(…)`: what the usual command does not need stays
 * unread.
 */
const bundles: Readonly<Record<string, string>> = {
  agent: 'surfaces/agent/main.ts',
  agents: 'services/agents/probe.ts',
  cli: 'surfaces/cli/packed.ts',
  program: 'surfaces/cli/program.ts',
  quick: 'surfaces/cli/quick.ts',
  configuration: 'surfaces/cli/configuration.ts',
  gateway: 'surfaces/gateway/main.ts',
  control: 'surfaces/gateway/control.ts',
  dispatch: 'surfaces/gateway/dispatch-once.ts',
  'kernel-thread': 'surfaces/gateway/kernel-thread.ts',
  examine: 'surfaces/gateway/examine.ts',
  'home-archive': 'surfaces/home-archive.ts',
  http: 'surfaces/http/service.ts',
  chat: 'services/chat/start.ts',
  'chat-discord': 'services/chat/discord.ts',
  'chat-slack': 'services/chat/slack.ts',
  'chat-telegram': 'services/chat/telegram.ts',
  destinations: 'services/destinations/open.ts',
  email: 'services/destinations/email.ts',
  mcp: 'surfaces/mcp/main.ts',
  postgres: 'store/postgres/postgres.ts',
};

/**
 * Packages of which each is a file of its own too, read when somebody needs it: they are 27 ms. (Inlined, zod would also be
 * evaluated too late for those that import it in the usual way: "ZodLazy is not a constructor".)
 */
const packages = ['yaml', 'zod'];
/** Another name of the same package. */
const aliases: Readonly<Record<string, string>> = { 'zod/v4': 'zod' };

/** Files of packages that are bundled instead of those that Node would take. */
const builds: Readonly<Record<string, string>> = {
  // On the platform's own fetch: the other one brings an HTTP client of its own, half of the bundle and 12 MB of memory.
  '@discordjs/rest': join(root, 'node_modules', '@discordjs', 'rest', 'dist', 'web.js'),
  // The other one asks for the address of its module, which a bundle has not.
  '@discordjs/ws': join(root, 'node_modules', '@discordjs', 'ws', 'dist', 'index.js'),
};

const entryPoints: Readonly<Record<string, string>> = {
  ...Object.fromEntries(Object.entries(bundles).map(([name, source]) => [name, join(sources, source)])),
  ...Object.fromEntries(packages.map((name) => [name, name])),
};

/** Leaves a dynamic import of another bundle, and any import of those packages, as a `require` of its file. */
const separateBundles: Plugin = {
  name: 'separate bundles',
  setup(builder) {
    const names = new Map(Object.entries(entryPoints).map(([name, path]) => [path, name]));
    builder.onResolve({ filter: /.*/ }, ({ kind, resolveDir, path }) => {
      const wanted = aliases[path] ?? path;
      const separate = kind === 'dynamic-import' || (kind !== 'entry-point' && packages.includes(wanted));
      if (!separate) return undefined;
      const name = names.get(wanted.startsWith('.') ? join(resolveDir, wanted) : wanted);
      return name === undefined ? undefined : { path: `./${name}.cjs`, external: true };
    });
  },
};

/**
 * Loads these of Node's own modules when something of theirs is used, and not with the bundle: `crypto` takes 5 ms and
 * `child_process` 3 of a start that has 10, and a list needs none of them.
 */
const lateBuiltins: Plugin = {
  name: 'late builtins',
  setup(builder) {
    builder.onResolve(
      { filter: /^(node:)?(crypto|child_process|os|timers\/promises)$/ },
      ({ path, namespace }) =>
        namespace === 'late' ? undefined : { path: path.replace(/^(?!node:)/, 'node:'), namespace: 'late' },
    );
    builder.onLoad({ filter: /.*/, namespace: 'late' }, async ({ path }) => {
      const names = Object.keys(await import(path)).filter((name) => name !== 'default');
      const getters = names.map((name) => `get ${name}() { return builtin().${name} }`);
      return {
        contents: `const builtin = () => require('${path}'); module.exports = { ${getters.join(', ')} };`,
      };
    });
  },
};

/** A hash of everything that `dist` is made of; a test compares it with `dist/sources.sha256`. */
export async function sourcesHash(): Promise<string> {
  const inside = await readdir(sources, { recursive: true, withFileTypes: true });
  const files = inside
    .filter((entry) => entry.isFile() && !entry.name.endsWith('.test.ts'))
    .map((entry) => join(entry.parentPath, entry.name));
  const all = [...files, join(root, 'package.json'), join(root, 'package-lock.json'), import.meta.filename];
  const hash = createHash('sha256');
  for (const file of all.sort()) {
    hash
      .update(`${relative(root, file)}\0`)
      .update(await readFile(file))
      .update('\0');
  }
  return hash.digest('hex');
}

/**
 * Makes a bundle one function of its scope, as `packed.ts` wants it, which reads it byte by byte: esbuild escapes what is not
 * ASCII in strings, but not in regular expressions.
 */
async function wrap(path: string): Promise<void> {
  const text = await readFile(path, 'utf8');
  const found = /[^\n]{0,40}[\u0080-\uffff]/.exec(text)?.[0];
  if (found !== undefined)
    throw new Error(`${path} must be ASCII; write the last character of “${found}” as \\u….`);
  await writeFile(path, `(function (exports, require, module, __filename, __dirname) {${text}\n})`);
}

/** Builds into `dist`, which is replaced as a whole: no command meets half of it. */
export async function buildInto(dist: string): Promise<void> {
  const fresh = `${dist}.${process.pid}`;
  const hash = await sourcesHash();
  await mkdir(fresh, { recursive: true });
  await build({
    entryPoints,
    outdir: fresh,
    outExtension: { '.js': '.cjs' },
    bundle: true,
    platform: 'node',
    format: 'cjs',
    target: 'node24',
    minify: true,
    // `import()` loads Node's module loader; `require` does not.
    supported: { 'dynamic-import': false },
    define: {
      BUILD: JSON.stringify(hash.slice(0, 16)),
      'import.meta.dirname': '__dirname',
      'import.meta.filename': '__filename',
    },
    alias: builds,
    legalComments: 'none',
    logLevel: 'warning',
    plugins: [separateBundles, lateBuiltins],
  });
  for (const name of ['program.cjs', 'quick.cjs']) await wrap(join(fresh, name));
  await copyFile(join(sources, 'services', 'launcher.sh'), join(fresh, 'launcher.sh'));
  await buildPageInto(join(fresh, 'web'), join(root, 'dist', 'web'));
  await writeFile(join(fresh, 'sources.sha256'), `${hash}\n`);
  // Two renames: a command that starts meanwhile misses `dist` for microseconds, not for a removal.
  const old = `${fresh}.old`;
  await rename(dist, old).catch(() => {});
  await rename(fresh, dist);
  await rm(old, { recursive: true, force: true });
}

if (import.meta.main) await buildInto(join(root, 'dist'));
