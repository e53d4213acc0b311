import { writeFileSync } from 'node:fs';
import { monitorEventLoopDelay } from 'node:perf_hooks';
import { isMainThread } from 'node:worker_threads';

// Loaded into a gateway before its own code: at SIGUSR2 it writes how late its event loop came, and begins anew.
if (isMainThread) {
  const delay = monitorEventLoopDelay({ resolution: 5 });
  delay.enable();
  process.on('SIGUSR2', () => {
    const milliseconds = (nanoseconds: number): number => Math.round(nanoseconds / 10_000) / 100;
    const told = { p99: milliseconds(delay.percentile(99)), max: milliseconds(delay.max) };
    writeFileSync(`${process.env['ANDON_HOME']}/loop-${process.pid}.json`, JSON.stringify(told));
    delay.reset();
  });
}
