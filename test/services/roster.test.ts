import { chmodSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import type { Home } from '../../src/services/home.ts';
import { readRoster } from '../../src/services/roster.ts';
import { nodeWorld } from '../../src/services/world-node.ts';
import { quiet } from '../support/quiet-log.ts';
import { temporaryHome } from '../support/temporary-home.ts';

const world = nodeWorld({ log: quiet });

/** A home whose PATH has these programs. */
function homeWith(profiles: Record<string, string>, programs: Record<string, string>): Home {
  const files = Object.entries(profiles).map(([name, text]) => [`profiles/${name}/andon.yaml`, text]);
  const home = temporaryHome(Object.fromEntries(files));
  const bin = join(home.root, 'bin');
  mkdirSync(bin);
  for (const [name, body] of Object.entries(programs)) {
    writeFileSync(join(bin, name), `#!/bin/sh\n${body}\n`);
    chmodSync(join(bin, name), 0o755);
  }
  return { ...home, env: { ...home.env, PATH: bin } };
}

it('tells of each profile that cannot be started why, in one sentence', async () => {
  const home = homeWith(
    {
      good: 'driver: claude',
      old: 'driver: codex',
      mute: 'driver: gemini',
      missing: 'driver: opencode',
      elsewhere: 'driver: claude\ncommand: [/nowhere/claude]',
      any: 'driver: acp\ncommand: [goose, acp]',
      plain: 'command: [/bin/true]',
      empty: 'description: nobody',
      broken: 'comand: [x]',
    },
    {
      claude: 'echo "2.9.0 (Claude Code)"',
      codex: 'echo codex-cli 0.1.2',
      gemini: 'exit 0',
      goose: 'exit 1',
    },
  );
  const { startable, problems } = await readRoster(world, home);
  expect([...startable.keys()]).toEqual(['any', 'good', 'plain']);
  const bin = join(home.root, 'bin');
  expect(Object.fromEntries(problems)).toEqual({
    broken: expect.stringMatching(/^profiles\/broken\/andon\.yaml: there is no setting comand/),
    old: expect.stringMatching(
      `^${bin}/codex of the profile old is version 0\\.1\\.2, and Andon drives [\\d.]+ or newer; update it\\.$`,
    ),
    mute: `${bin}/gemini of the profile mute does not tell its version when it is asked with --version; is it the right program?`,
    missing:
      'The program "opencode" of the profile missing was not found; install it, or say where it is with command in profiles/missing/andon.yaml.',
    elsewhere:
      'The program "/nowhere/claude" of the profile elsewhere was not found; install it, or say where it is with command in profiles/elsewhere/andon.yaml.',
    empty: 'The profile empty has neither a driver nor a command; give it one in profiles/empty/andon.yaml.',
  });
});

it('asks a program for its version once, and again when its file has changed', async () => {
  const home = homeWith({ good: 'driver: claude' }, { claude: 'echo asked >> "$HOME/asked"; echo 2.9.0' });
  const asked = (): number =>
    readFileSync(join(home.root, 'agents/probe/asked'), 'utf8').split('\n').length - 1;
  await readRoster(world, home);
  await readRoster(world, home);
  expect(asked()).toBe(1);
  writeFileSync(join(home.root, 'bin/claude'), '#!/bin/sh\necho asked >> "$HOME/asked"; echo 0.0.1\n');
  expect((await readRoster(world, home)).problems.get('good')).toContain('is version 0.0.1');
  expect(asked()).toBe(2);
});
