import { execFileSync } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, readFileSync, renameSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { type Browser, chromium } from 'playwright-core';

/**
 * The browser of the tests. It comes packed from npm and is unpacked once (1.7 s), into a folder that only its version names:
 * two that unpack at once each do so for themselves, and the first to finish is kept.
 */

const root = join(import.meta.dirname, '..', '..');
const cache = join(root, 'node_modules', '.cache');

const unpacker =
  "import('@sparticuz/chromium').then(({ default: packed }) => packed.executablePath()).then((path) => console.log(path))";

function unpacked(): string {
  const text = readFileSync(join(root, 'node_modules/@sparticuz/chromium/package.json'), 'utf8');
  const folder = join(cache, `chromium-${String(JSON.parse(text).version)}`);
  const path = join(folder, 'chromium');
  if (existsSync(path)) return path;
  mkdirSync(cache, { recursive: true });
  const draft = mkdtempSync(join(cache, 'unpacking-'));
  execFileSync(process.execPath, ['-e', unpacker], { cwd: root, env: { ...process.env, TMPDIR: draft } });
  try {
    renameSync(draft, folder);
  } catch {
    rmSync(draft, { recursive: true, force: true });
  }
  return path;
}

/**
 * The package's own arguments switch off what is tested here: the policy of a page, and the walls between sites. Whoever
 * ends a process that has things of its own to end says so, as otherwise the browser ends that at Ctrl-C.
 */
export const startBrowser = ({ endsAtSignals = true } = {}): Promise<Browser> =>
  chromium.launch({
    executablePath: unpacked(),
    args: ['--no-sandbox', '--disable-gpu'],
    ...{ handleSIGINT: endsAtSignals, handleSIGTERM: endsAtSignals },
  });
