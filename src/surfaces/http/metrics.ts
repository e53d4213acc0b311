import { Counter, collectDefaultMetrics, Gauge, Histogram, Registry } from 'prom-client';
import { outcomes } from '../../domain/run.ts';
import type { Kernel } from '../../kernel/kernel.ts';
import { liveBoards } from '../../services/home.ts';
import type { Gateway } from './call.ts';
import type { Hub } from './live/hub.ts';
import { type EventReader, openReader, type Told } from './live/reader.ts';

/** What Prometheus is told: counted while things happen, or looked up when it asks. */
export interface HttpMetrics {
  readonly contentType: string;
  /** The text that is scraped. */
  text(): Promise<string>;
  request(
    about: { readonly method: string; readonly route: string; readonly status: number },
    seconds: number,
  ): void;
  /** The time that a question to the store took. */
  store(method: string, seconds: number): void;
  /** Begins to count what happens on the boards, until `close`. */
  watch(hub: Hub): Promise<void>;
  close(): void;
}

const quick = [0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 5];
const slow = [0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 15, 60, 300, 1800, 7200];

export function createMetrics(gateway: Gateway, streams: () => number): HttpMetrics {
  const { kernel, home, world } = gateway;
  const registry = new Registry();
  const registers = [registry];
  const requests = new Histogram({
    name: 'andon_http_request_seconds',
    help: 'HTTP requests by route, method and status; of a stream the time to its beginning.',
    labelNames: ['method', 'route', 'status'],
    buckets: quick,
    registers,
  });
  const asked = new Histogram({
    name: 'andon_store_seconds',
    help: 'Commands and questions of the HTTP side, by name, with the way to the kernel and back.',
    labelNames: ['method'],
    buckets: quick,
    registers,
  });
  const queued = new Histogram({
    name: 'andon_claim_latency_seconds',
    help: 'From ready to a free slot, for each run that was started.',
    buckets: slow,
    registers,
  });
  const startup = new Histogram({
    name: 'andon_start_latency_seconds',
    help: 'From a free slot to the start of the worker’s process.',
    buckets: slow,
    registers,
  });
  const ended = new Counter({
    name: 'andon_runs_ended_total',
    help: 'Runs that have ended, by outcome, since this gateway listens.',
    labelNames: ['outcome'],
    registers,
  });
  new Gauge({
    name: 'andon_streams',
    help: 'Event streams that are open.',
    registers,
    collect() {
      this.set(streams());
    },
  });
  new Gauge({
    name: 'andon_tasks',
    help: 'Tasks by board and status.',
    labelNames: ['board', 'status'],
    registers,
    async collect() {
      this.reset();
      for (const board of await liveBoards(home, world.files)) {
        const counts = await kernel.counts(board, {});
        for (const [status, amount] of Object.entries(counts.ok ? counts.value : {})) {
          this.set({ board, status }, amount);
        }
      }
    },
  });
  new Gauge({
    name: 'andon_tasks_waiting',
    help: 'Ready tasks by what keeps them from starting; told by a gateway that stands for the dispatcher.',
    labelNames: ['reason'],
    registers,
    async collect() {
      this.reset();
      for (const [reason, amount] of await waiting(gateway)) this.set({ reason }, amount);
    },
  });
  new Gauge({
    name: 'andon_deliveries',
    help: 'Messages by board and state.',
    labelNames: ['board', 'state'],
    registers,
    async collect() {
      this.reset();
      for (const board of await liveBoards(home, world.files)) {
        const counts = await kernel.deliveryCounts(board, {});
        for (const [state, amount] of Object.entries(counts.ok ? counts.value : {})) {
          this.set({ board, state }, amount);
        }
      }
    },
  });

  let isScraped = false;
  /** It looks at the event loop a hundred times a second, which nobody pays for who asks for no figures. */
  const watchProcess = (): void => {
    if (!isScraped) collectDefaultMetrics({ register: registry });
    isScraped = true;
  };
  let reader: EventReader | undefined;
  const counting = countRuns(kernel, {
    started: (queue, start) => {
      queued.observe(queue);
      startup.observe(start);
    },
    ended: (outcome) => ended.inc({ outcome }),
  });
  return {
    contentType: registry.contentType,
    text: async () => {
      watchProcess();
      for (const board of reader === undefined ? [] : await liveBoards(home, world.files)) {
        await reader?.add(board);
      }
      return registry.metrics();
    },
    request: ({ method, route, status }, seconds) =>
      requests.observe({ method, route, status: String(status) }, seconds),
    store: (method, seconds) => asked.observe({ method }, seconds),
    watch: async (hub) => {
      const boards = await liveBoards(home, world.files);
      const own = await openReader(hub, kernel, boards, { from: new Map(), wanted: counting.wanted });
      reader = own;
      void follow(own, counting.count, (error) => world.log.warn('Runs are counted no more.', { error }));
    },
    close: () => reader?.close(),
  };
}

async function waiting({ dispatcher }: Gateway): Promise<ReadonlyMap<string, number>> {
  const amounts = new Map<string, number>();
  const add = (reason: string): unknown => amounts.set(reason, (amounts.get(reason) ?? 0) + 1);
  const report = await dispatcher?.preview(0);
  for (const { obstacle } of report?.skipped ?? []) add(obstacle.code);
  for (const _ of report?.left ?? []) add('starting');
  return amounts;
}

async function follow(
  reader: EventReader,
  count: (event: Told) => Promise<void>,
  onFault: (error: unknown) => void,
): Promise<void> {
  try {
    for (;;) {
      const next = await reader.next();
      if (next.kind === 'end') return;
      if (next.kind === 'events') for (const event of next.events) await count(event);
    }
  } catch (error) {
    onFault(error);
  }
}

const endings: ReadonlySet<string> = new Set(outcomes);
const remembered = 1000;

/** Reads each run when it starts and when it ends, once: several events may tell of one end. */
function countRuns(
  kernel: Kernel,
  tell: {
    readonly started: (queueSeconds: number, startSeconds: number) => void;
    readonly ended: (outcome: string) => void;
  },
) {
  const told = new Set<string>();
  const isEnding = (kind: string): boolean => endings.has(kind);
  return {
    wanted: ({ kind, run_id }: Pick<Told, 'kind' | 'run_id'>): boolean =>
      run_id !== null && (kind === 'spawned' || isEnding(kind)),
    count: async ({ board, kind, run_id }: Told): Promise<void> => {
      const found = run_id === null ? undefined : await kernel.run(board, { run_id });
      if (!found?.ok) return;
      const { process, outcome } = found.value;
      if (kind === 'spawned') {
        if (process === null || process.started_at === null) return;
        const { ready_at, slot_at, started_at } = process;
        tell.started(Math.max(0, slot_at - ready_at) / 1000, Math.max(0, started_at - slot_at) / 1000);
        return;
      }
      const key = `${board}:${run_id}`;
      if (outcome === null || told.has(key)) return;
      told.add(key);
      const [oldest] = told;
      if (told.size > remembered && oldest !== undefined) told.delete(oldest);
      tell.ended(outcome);
    },
  };
}

/** A kernel whose every answer is timed. */
export const timedKernel = (
  kernel: Kernel,
  now: () => number,
  observe: (method: string, seconds: number) => void,
): Kernel =>
  new Proxy(kernel, {
    get: (target, name, self) => {
      const method: unknown = Reflect.get(target, name, self);
      if (typeof method !== 'function' || name === 'follow' || name === 'close') return method;
      return (...given: unknown[]) => {
        const begun = now();
        const answer: unknown = Reflect.apply(method, target, given);
        if (answer instanceof Promise) {
          const done = (): void => observe(String(name), (now() - begun) / 1000);
          answer.then(done, done);
        }
        return answer;
      };
    },
  });
