import { existsSync, readdirSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { z } from 'zod';

/** What is looked at every few seconds. Times in milliseconds, sizes in MB, unless a name says otherwise. */
export const sample = z.object({
  /** Seconds since the beginning. */
  at: z.number(),
  /** The memory of the gateway's process, and what its scripts use of that. */
  rss: z.number(),
  heap: z.number(),
  /** What the scripts of the page use after a collection. */
  page: z.number(),
  files: z.number(),
  wal: z.number(),
  database: z.number(),
  /** How late the gateway's main loop came since the last look. */
  loopP99: z.number(),
  loopMax: z.number(),
  /** From the acknowledged create of a task without parents to the first line of its worker; none when nothing started. */
  start: z.number().nullable(),
  startWorst: z.number().nullable(),
  /** From the acknowledged create to its card in the page. */
  card: z.number().nullable(),
  cardWorst: z.number().nullable(),
  /** Of a core, in percent. */
  cpu: z.number(),
  made: z.number(),
  done: z.number(),
  onBoard: z.number(),
});
export type Sample = z.infer<typeof sample>;

const mega = 1024 * 1024;
/** The tick of `/proc/PID/stat`, on every Linux. */
const ticks = 100;
/** How often prom-client's histogram looks at the loop; what it tells holds that time. */
const betweenLooks = 10;

export const megabytesOf = (path: string): number =>
  (statSync(path, { throwIfNoEntry: false })?.size ?? 0) / mega;

/** What the system says of a process (Linux only); `cpu` in seconds since it began. */
export function processFigures(pid: number): { rss: number; files: number; cpu: number } {
  const folder = join('/proc', String(pid));
  if (!existsSync(folder)) throw new Error(`The process ${pid} has ended.`);
  const rss = Number(/VmRSS:\s+(\d+)/.exec(readFileSync(join(folder, 'status'), 'utf8'))?.[1]) / 1024;
  const stat = readFileSync(join(folder, 'stat'), 'utf8');
  const [user = 0, system = 0] = stat
    .slice(stat.lastIndexOf(')') + 2)
    .split(' ')
    .slice(11, 13)
    .map(Number);
  return { rss, files: readdirSync(join(folder, 'fd')).length, cpu: (user + system) / ticks };
}

/** The loop delay since the last scrape and the heap, of the gateway's metrics. */
export async function metricsOf(
  url: string,
  token: string,
): Promise<{ p99: number; max: number; heap: number }> {
  const answer = await fetch(`${url}/metrics`, { headers: { authorization: `Bearer ${token}` } });
  if (!answer.ok) throw new Error(`The gateway's metrics: ${answer.status}`);
  const text = await answer.text();
  const value = (name: string): number =>
    Number(new RegExp(`^${name} (\\S+)$`, 'm').exec(text)?.[1] ?? Number.NaN);
  const late = (name: string): number => Math.max(0, value(name) * 1000 - betweenLooks);
  return {
    p99: late('nodejs_eventloop_lag_p99_seconds'),
    max: late('nodejs_eventloop_lag_max_seconds'),
    heap: value('nodejs_heap_size_used_bytes') / mega,
  };
}
