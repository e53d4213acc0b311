import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { onTestFinished } from 'vitest';
import { type Env, type Home, openHome } from '../../src/services/home.ts';

/** A home of this test alone, with these files (paths below its root); it goes when the test ends. */
export function temporaryHome(files: Readonly<Record<string, string>> = {}, env: Env = {}): Home {
  const root = mkdtempSync(join(tmpdir(), 'andon-home-'));
  onTestFinished(() => rmSync(root, { recursive: true, force: true }));
  for (const [path, text] of Object.entries(files)) {
    mkdirSync(dirname(join(root, path)), { recursive: true });
    writeFileSync(join(root, path), text);
  }
  return openHome({ ...env, ANDON_HOME: root }, root);
}
