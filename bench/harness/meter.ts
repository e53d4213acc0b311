import childProcess from 'node:child_process';
import { appendFileSync } from 'node:fs';
import { basename } from 'node:path';
import { monitorEventLoopDelay } from 'node:perf_hooks';
import { DatabaseSync, StatementSync } from 'node:sqlite';
import { isMainThread } from 'node:worker_threads';

/**
 * Loaded by Node before a gateway (`--import`), in each of its threads: writes what the gateway does to a file, one line for
 * each, behind its process id. So nothing of the bench is in the product. Times are of the clock that all processes share.
 *
 *   spawn NANOSECONDS ARGUMENT…       a `spawn()` has returned
 *   sql FILE TEXT                     a statement was run on a database
 *   loop P50 P99 MOST                 at the end: how late the event loop of the main thread was, in milliseconds
 */
const path = process.env['BENCH_METER'];
const kinds = new Set(process.env['BENCH_METER_KINDS']?.split(','));

function note(line: string): void {
  if (path !== undefined) appendFileSync(path, `${process.pid} ${line}\n`);
}

function meterSpawns(): void {
  const { spawn } = childProcess;
  Reflect.set(childProcess, 'spawn', (...given: unknown[]): unknown => {
    const child: unknown = Reflect.apply(spawn, childProcess, given);
    const at = process.hrtime.bigint();
    note(`spawn ${at} ${Array.isArray(given[1]) ? given[1].join(' ') : ''}`);
    return child;
  });
}

/** What is prepared is kept by the product, so its texts are learned when they are prepared. */
function meterStatements(): void {
  const texts = new WeakMap<object, string>();
  const fileOf = (database: DatabaseSync): string => basename(database.location() ?? 'memory');
  const { prepare, exec } = DatabaseSync.prototype;
  const told = (text: string): string => text.replaceAll(/\s+/g, ' ').trim();
  DatabaseSync.prototype.prepare = function (text) {
    const statement = prepare.call(this, text);
    texts.set(statement, `${fileOf(this)} ${told(text)}`);
    return statement;
  };
  DatabaseSync.prototype.exec = function (text) {
    note(`sql ${fileOf(this)} ${told(text)}`);
    exec.call(this, text);
  };
  for (const name of ['all', 'get', 'run'] as const) {
    const method = StatementSync.prototype[name];
    Reflect.set(StatementSync.prototype, name, function (this: StatementSync, ...given: unknown[]): unknown {
      note(`sql ${texts.get(this)}`);
      return Reflect.apply(method, this, given);
    });
  }
}

function meterLoop(): void {
  const delay = monitorEventLoopDelay({ resolution: 1 });
  delay.enable();
  const ms = (nanoseconds: number): string => (nanoseconds / 1e6).toFixed(2);
  process.on('exit', () =>
    note(`loop ${ms(delay.percentile(50))} ${ms(delay.percentile(99))} ${ms(delay.max)}`),
  );
}

if (kinds.has('sql')) meterStatements();
if (isMainThread && kinds.has('spawn')) meterSpawns();
if (isMainThread && kinds.has('loop')) meterLoop();
