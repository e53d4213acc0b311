import { readdir, readFile } from 'node:fs/promises';

/** What Linux says of a process in `/proc`; elsewhere, or when it may not be looked at, only that. */

/** The kernel counts in hundredths of a second and pages of 4 KiB on every machine that Node runs on. */
const ticks = 100;
const page = 4096;

const states: Readonly<Record<string, string>> = {
  R: 'running',
  S: 'sleeping',
  D: 'disk-sleep',
  T: 'stopped',
  Z: 'zombie',
};

/** `started` and `now` are Unix seconds. */
export async function inspectProcess(pid: number, started: number, now: number): Promise<object> {
  const folder = `/proc/${pid}`;
  try {
    const stat = await readFile(`${folder}/stat`, 'utf8');
    // The name in parentheses may hold anything; what counts stands behind it.
    const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
    const [state = '', ...rest] = fields;
    const at = (index: number): number => Number(rest[index - 4] ?? 0);
    const spent = (at(14) + at(15)) / ticks;
    const command = await readFile(`${folder}/cmdline`, 'utf8');
    return {
      cpu_percent: Math.round((spent / Math.max(1, now - started)) * 1000) / 10,
      memory_rss_bytes: at(24) * page,
      memory_vms_bytes: at(23),
      num_threads: at(20),
      num_fds: (await readdir(`${folder}/fd`)).length,
      status: states[state] ?? state,
      create_time: started,
      cmdline: command.split('\0').filter((part) => part !== ''),
    };
  } catch (error) {
    return { error: error instanceof Error ? error.message : String(error) };
  }
}
