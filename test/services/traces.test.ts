import { spawn } from 'node:child_process';
import { existsSync, mkdirSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it, onTestFinished, vi } from 'vitest';
import { cgroupPath, linuxCgroups } from '../../src/services/cgroup.ts';
import type { Traces } from '../../src/services/world.ts';
import { nodeWorld } from '../../src/services/world-node.ts';
import { quiet } from '../support/quiet-log.ts';
import { temporaryFolder } from '../support/temporary-folder.ts';

const { processes } = nodeWorld({ log: quiet });
const mark = 'a-mark-that-nobody-has';
const found = async (traces: Traces): Promise<number[]> =>
  (await processes.tree(null, mark, traces)).map(({ pid }) => pid);

/** Runs a line in a shell without environment until the test ends; gives its process id once `ready` is there. */
async function background(line: string, ready: string): Promise<number> {
  const child = spawn('/bin/sh', ['-c', line], { env: {}, stdio: 'ignore', detached: true });
  onTestFinished(() => void child.kill('SIGKILL'));
  await vi.waitFor(() => expect(existsSync(ready)).toBe(true), { timeout: 10_000, interval: 5 });
  return Number(child.pid);
}

describe('a process that holds the file of a run', () => {
  it('is found by it, also through a link and when it is older than nobody', async () => {
    const folder = temporaryFolder();
    const held = join(folder, 'run', 'identity');
    mkdirSync(join(folder, 'run'));
    symlinkSync(join(folder, 'run'), join(folder, 'link'));
    const pid = await background(
      `exec 8>>${held}; : >${folder}/ready; exec /bin/sleep 60`,
      `${folder}/ready`,
    );
    expect(await found({ held })).toEqual([pid]);
    expect(await found({ held: join(folder, 'link', 'identity') })).toEqual([pid]);
    expect(await found({ held: join(folder, 'other') })).toEqual([]);
    const identity = (await processes.identify(pid)) ?? expect.fail('it is not there');
    expect(await found({ held, since: identity.start })).toEqual([pid]);
    expect(await found({ held, since: String(Number(identity.start) + 1) })).toEqual([]);
  });

  it('is not taken for one of the run when it only reads there, or writes another way', async () => {
    const folder = temporaryFolder();
    const held = join(folder, 'identity');
    writeFileSync(held, '');
    await background(`exec 8<${held} 7>>${held}; : >${folder}/ready; exec /bin/sleep 60`, `${folder}/ready`);
    expect(await found({ held })).toEqual([]);
  });
});

describe('a cgroup', () => {
  it('is that of /proc/self/cgroup, below the place where it is mounted', () => {
    const mounts = (root: string, place = '/sys/fs/cgroup') =>
      `30 1 0:28 / /sys rw - tmpfs tmpfs rw\n41 31 0:38 ${root} ${place} rw,relatime shared:9 - cgroup2 cgroup2 rw\n`;
    expect(cgroupPath('1:cpu:/x\n0::/user.slice/a\n', mounts('/'))).toBe('/sys/fs/cgroup/user.slice/a');
    expect(cgroupPath('0::/\n', mounts('/', '/a\\040b'))).toBe('/a b');
    expect(cgroupPath('0::/docker/x/y\n', mounts('/docker/x'))).toBe('/sys/fs/cgroup/y');
    expect(cgroupPath('0::/docker/x\n', mounts('/docker/x'))).toBe('/sys/fs/cgroup');
    expect(cgroupPath('0::/elsewhere\n', mounts('/docker/x'))).toBeUndefined();
    expect(cgroupPath('1:cpu:/x\n', mounts('/'))).toBeUndefined();
    expect(cgroupPath('0::/x\n', '')).toBeUndefined();
  });

  it('tells who is in it, is ended as a whole, and goes when it is empty; or it cannot be made here', async () => {
    const { cgroups } = processes;
    const path = await cgroups.make('andon-0123456789abcdef');
    // A user without a subtree of his own: everything else works without.
    if (path === undefined) return expect(await found({ cgroup: '/sys/fs/cgroup/andon-x' })).toEqual([]);
    onTestFinished(() => cgroups.remove(path));
    const folder = temporaryFolder();
    const pid = await background(
      `mkdir ${path}/inner; echo $$ >${path}/inner/cgroup.procs; : >${folder}/ready; exec /bin/sleep 60`,
      `${folder}/ready`,
    );
    expect(await found({ cgroup: path })).toEqual([pid]);
    await cgroups.remove(path);
    expect(existsSync(path)).toBe(true);
    // One that is no run's is nobody's to end.
    writeFileSync(join(path, 'inner', 'cgroup.procs'), String(pid));
    await cgroups.kill(join(path, 'inner'));
    expect(await found({ cgroup: path })).toEqual([pid]);
    await cgroups.kill(path);
    await vi.waitFor(async () => expect(await found({ cgroup: path })).toEqual([]));
    await cgroups.remove(path);
    expect(existsSync(path)).toBe(false);
  });

  it('is left by a gateway that was started in one, and its own runs get theirs beside it', async () => {
    const { cgroups } = processes;
    const path = await cgroups.make('andon-fedcba9876543210');
    if (path === undefined) return expect(await cgroups.leave()).toBeUndefined();
    onTestFinished(() => cgroups.remove(path));
    const folder = temporaryFolder();
    const script = `
      import { mkdirSync, writeFileSync } from 'node:fs';
      import { linuxCgroups } from '${join(process.cwd(), 'src/services/cgroup.ts')}';
      mkdirSync('${path}/inner');
      writeFileSync('${path}/inner/cgroup.procs', String(process.pid));
      const cgroups = linuxCgroups(process.pid);
      const own = await cgroups.make('andon-00000000000000aa');
      await cgroups.remove(own);
      await cgroups.kill('${path}');
      await cgroups.leave();
      writeFileSync('${folder}/told', own);`;
    const child = spawn(process.execPath, ['--input-type=module-typescript', '-e', script], {
      stdio: 'inherit',
    });
    await new Promise((resolve) => child.once('exit', resolve));
    expect(readFileSync(join(folder, 'told'), 'utf8')).toBe(join(path, '..', 'andon-00000000000000aa'));
    expect(existsSync(path)).toBe(true);
  });

  it('is asked for only once where it may not be made', async () => {
    const refused = linuxCgroups(1);
    expect(await refused.make('no/such/folder')).toBeUndefined();
    expect(await refused.make('andon-00000000000000bb')).toBeUndefined();
  });
});
