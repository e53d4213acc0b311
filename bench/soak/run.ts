import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { defaultBoard } from '../../src/domain/ids.ts';
import { fakeNtfy } from '../../test/support/ntfy-fake.ts';
import { until } from '../../test/support/until.ts';
import { webhookReceiver } from '../../test/support/webhook-receiver.ts';
import { startBrowser } from '../../test/web/chromium.ts';
import { startWeb, type Web } from '../../test/web/web.ts';
import { median } from '../harness/stats.ts';
import { createLedger, type Ledger } from './ledger.ts';
import type { Made } from './maker.ts';
import { type Looker, watchCards } from './page.ts';
import { cleanUp, createReader, type Inboxes, liveOnTheBoard } from './people.ts';
import { workers } from './plan.ts';
import { megabytesOf, metricsOf, processFigures, type Sample } from './sample.ts';

export interface SoakOptions {
  /** All in milliseconds: how long tasks are made, how often a pair is made, how often everything is looked at. */
  readonly time: number;
  readonly pairEvery: number;
  readonly sampleEvery: number;
  /** How often the board is swept, and for how long a finished task stays on it. */
  readonly sweepEvery: number;
  readonly keep: number;
  /** Ends it early: what was started ends, and nothing is judged. */
  readonly signal: AbortSignal;
  onSample(sample: Sample): void;
}

export interface SoakResult {
  readonly samples: readonly Sample[];
  readonly tasks: number;
  readonly messages: number;
  readonly snapshots: number;
  /** Sentences about what was lost, came twice, or broke; none when all is well. */
  readonly wrongs: readonly string[];
}

const secret = `whsec_${Buffer.from('a secret of this soak, long enough').toString('base64')}`;
/** For what is under way when no more tasks are made. */
const patience = 90_000;

/** Lets a real gateway work with everything on, looks at it all the time, and judges in the end. Linux only. */
export async function soak(options: SoakOptions): Promise<SoakResult> {
  const ends: (() => unknown)[] = [];
  const test = {
    onTestFinished: (end: unknown) => void (typeof end === 'function' && ends.unshift(() => end())),
  };
  const troubles: string[] = [];
  try {
    const inboxes = { receiver: await webhookReceiver(test, secret), ntfy: await fakeNtfy(test) };
    const browser = await startBrowser({ endsAtSignals: false });
    ends.unshift(() => browser.close());
    const web = await startWeb(browser, homeOptions(inboxes), (trouble) => troubles.push(`Page: ${trouble}`));
    ends.unshift(() => web.end());
    // Everything of the board is in sight, so that each card is drawn.
    const page = await web.open('#/board/default', { viewport: { width: 2500, height: 1400 } });
    const result = await live(web, inboxes, await watchCards(page), options);
    return { ...result, wrongs: [...result.wrongs, ...troubles, ...inboxes.receiver.faults] };
  } finally {
    for (const end of ends) await end();
  }
}

const homeOptions = ({ receiver, ntfy }: Inboxes) => ({
  settings: {
    http: { port: 0, requests_per_second: 1000 },
    webhooks: { soak: { url: receiver.url('/soak'), secret_env: 'SOAK_SECRET' } },
    ntfy: { server: ntfy.url, token_env: 'NTFY_TOKEN' },
    snapshot_interval_minutes: 1,
    snapshot_keep: 3,
    snapshot_keep_days: 0,
    trash_retention_days: 0,
  },
  workers,
  env: { SOAK_SECRET: secret, NTFY_TOKEN: ntfy.token },
});

async function live(web: Web, inboxes: Inboxes, looker: Looker, options: SoakOptions): Promise<SoakResult> {
  const { home } = web;
  const ledger = createLedger(Date.now);
  const over = new AbortController();
  const signal = AbortSignal.any([options.signal, over.signal]);
  const maker = startMaker(join(home.root, 'kanban.db'), options.pairEvery, ledger);
  const read = createReader(inboxes, ledger);
  const { sweepEvery: every, keep: age } = options;
  // Whoever fails ends it all at once.
  const failed = Promise.withResolvers<never>();
  const others = [liveOnTheBoard(web, read, signal), cleanUp(web, ledger, { every, age, signal })];
  for (const other of [...others, maker.ended]) other.catch(failed.reject);
  failed.promise.catch(() => {});
  try {
    const look = createLook(web, ledger, looker);
    const samples: Sample[] = [];
    const begun = performance.now();
    while (performance.now() < begun + options.time && !options.signal.aborted) {
      const next = begun + (samples.length + 1) * options.sampleEvery;
      const wait = pause(Math.max(0, next - performance.now()), undefined, { signal }).catch(() => {});
      await Promise.race([wait, failed.promise]);
      const sample = await look();
      samples.push(sample);
      options.onSample(sample);
    }
    await maker.end();
    if (!options.signal.aborted) await Promise.race([calm(ledger), failed.promise]);
    over.abort();
    await Promise.all(others);
    await look();
    read();
    return { samples, ...(await judge(web, inboxes, ledger, options.signal)) };
  } finally {
    over.abort();
    await maker.end();
    await Promise.allSettled(others);
  }
}

function startMaker(path: string, every: number, ledger: Ledger) {
  const child: ChildProcess = fork(join(import.meta.dirname, 'maker.ts'), [path, String(every)]);
  child.on('message', (made: Made) => ledger.made(made));
  const ended = once(child, 'exit').then(([code, signal]: unknown[]) => {
    if (code !== 0) throw new Error(`Whoever makes the tasks ended with ${String(code ?? signal)}.`);
  });
  return {
    ended,
    end: async (): Promise<void> => {
      if (child.exitCode === null && child.signalCode === null && child.connected) child.send('end');
      await ended.catch(() => {});
    },
  };
}

/** What is under way comes to its end; what does not is told by the judgement. */
const calm = (ledger: Ledger): Promise<unknown> =>
  until('nothing is under way', () => ledger.open() === 0, patience).catch(() => {});

/** Looks at everything once; latencies are those since the last look. */
function createLook(web: Web, ledger: Ledger, looker: Looker): () => Promise<Sample> {
  const { home, url } = web;
  const pid = Number(JSON.parse(home.read('gateways/default.json')).pid);
  const token = home.read('gateways/token').trim();
  const path = join(home.root, 'kanban.db');
  const begun = performance.now();
  let [startsRead, last] = [0, { at: begun, cpu: processFigures(pid).cpu }];

  const newStarts = (): number[] => {
    const lines = home.read('starts').split('\n').slice(startsRead, -1);
    startsRead += lines.length;
    return lines.flatMap((line) => {
      const [task = '', at = ''] = line.split(' ');
      ledger.started(task, Number(at));
      const account = ledger.find(task);
      const isFirst = account?.parent === null && account.starts.length === 1;
      return isFirst ? [Number(at) - account.at] : [];
    });
  };
  const newCards = async (): Promise<number[]> =>
    (await looker.seen()).flatMap(([task, at]) => {
      const account = ledger.find(task);
      return account === undefined ? [] : [at - account.at];
    });
  const middle = (times: readonly number[]) => (times.length === 0 ? null : median(times));
  const worst = (times: readonly number[]) => (times.length === 0 ? null : Math.max(...times));

  return async () => {
    const { p99, max, heap } = await metricsOf(url, token);
    const { rss, files, cpu } = processFigures(pid);
    const [starts, cards] = [newStarts(), await newCards()];
    const now = performance.now();
    const share = (100 * (cpu - last.cpu)) / ((now - last.at) / 1000);
    last = { at: now, cpu };
    const accounts = ledger.accounts();
    return {
      at: (now - begun) / 1000,
      ...{ rss, heap, files, page: await looker.heap() },
      ...{ wal: megabytesOf(`${path}-wal`), database: megabytesOf(path) },
      ...{ loopP99: p99, loopMax: max, cpu: share },
      ...{ start: middle(starts), startWorst: worst(starts), card: middle(cards), cardWorst: worst(cards) },
      made: accounts.length,
      done: accounts.filter(({ settledAt }) => settledAt !== undefined).length,
      onBoard: accounts.filter(({ purged }) => !purged).length,
    };
  };
}

/** Compares the board with what is known from outside. */
async function judge(
  { home }: Web,
  { receiver, ntfy }: Inboxes,
  ledger: Ledger,
  signal: AbortSignal,
): Promise<Omit<SoakResult, 'samples'>> {
  const accounts = ledger.accounts();
  const board = await home.kernel.list(defaultBoard, { include_archived: true });
  const there = new Map(board.ok ? board.value.map(({ id, status }) => [String(id), status]) : []);
  const wrongs = [...ledger.wrongs()];
  for (const { id, purged } of accounts) {
    const status = there.get(id);
    const due = purged ? undefined : 'done';
    if (status !== due) wrongs.push(`Task ${id} is ${status ?? 'gone'}, not ${due ?? 'gone'}.`);
  }
  for (const id of there.keys()) {
    if (ledger.find(id) === undefined) wrongs.push(`Nobody has made task ${id}.`);
  }
  wrongs.push(...(await home.kernel.health(defaultBoard)).map((sentence) => `Board: ${sentence}`));
  const unsound = await home.kernel.unsound(defaultBoard, {});
  if (unsound.ok) wrongs.push(...unsound.value.map((found) => `Board: ${JSON.stringify(found)}`));
  const folder = join(home.root, 'backups', defaultBoard);
  const names = existsSync(folder) ? readdirSync(folder) : [];
  return {
    tasks: accounts.length,
    messages: receiver.received('/soak').length + ntfy.received('soak').length,
    snapshots: names.filter((name) => name.endsWith('.snapshot.db')).length,
    wrongs: signal.aborted ? ['It was ended before its time, so nothing was judged.'] : wrongs,
  };
}
