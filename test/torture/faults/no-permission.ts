import { spawnSync } from 'node:child_process';
import { chmodSync, existsSync, readdirSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { expect } from 'vitest';
import { withoutPrivileges } from '../../support/another-process.ts';
import type { Fault } from '../fault.ts';

const andon = resolve('bin/andon');
const writes: readonly (readonly string[])[] = [
  ['create', 'Never'],
  ['complete', 'TASK'],
  ['backup'],
  ['gateway', 'run'],
];

/** A home that may be read and not written, and one that may not even be read, for a process to which permissions apply. */
export const noPermission: Fault = {
  name: 'home that may not be written, or not be read',
  store: 'SQLite',
  times: { short: 1, long: 2 },
  async inject(count, scene) {
    let refused = 0;
    for (let time = 0; time < count; time += 1) {
      const home = scene.home();
      const task = await home.create('nobody');
      await home.andon('complete', task);
      const kept = await home.create('nobody');
      await home.kernel.close();
      const run = (...args: readonly string[]) => {
        const [program = '', ...rest] = [...withoutPrivileges, andon, ...args];
        const options = { env: { ...home.env }, encoding: 'utf8', timeout: 20_000 } as const;
        return spawnSync(program, rest, options);
      };
      const isRefused = (args: readonly string[]): void => {
        const { status, stderr } = run(...args.map((arg) => (arg === 'TASK' ? kept : arg)));
        expect(stderr, args.join(' ')).toMatch(/^(\d\d:.*\n)*andon: [^\n]+\n$/);
        expect(status, args.join(' ')).toBe(1);
        refused += 1;
      };
      const folders = [home.root, join(home.root, 'kanban')].filter((folder) => existsSync(folder));
      const files = readdirSync(home.root);
      for (const folder of folders) chmodSync(folder, 0o555);
      chmodSync(join(home.root, 'kanban.db'), 0o444);
      try {
        for (const args of writes) isRefused(args);
        const list = run('list');
        expect([list.status, list.stderr]).toEqual([0, '']);
        expect(list.stdout).toContain(kept);
        expect(readdirSync(home.root)).toEqual(files);
        chmodSync(home.root, 0);
        for (const args of [['list'], ...writes]) isRefused(args);
      } finally {
        for (const folder of folders) chmodSync(folder, 0o755);
        chmodSync(join(home.root, 'kanban.db'), 0o644);
      }
      expect(readdirSync(home.root)).toEqual(files);
    }
    return {
      injected: count,
      note: `${refused} writes and reads refused in a sentence, nothing made, reads go on where they may`,
    };
  },
};
