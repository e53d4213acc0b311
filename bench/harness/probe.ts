import { readFileSync, writeFileSync } from 'node:fs';
import { monitorEventLoopDelay } from 'node:perf_hooks';
import { isMainThread } from 'node:worker_threads';

// Loaded into a gateway before its own code: at SIGUSR2 it does what the file `probe-ask` of the home says, and answers beside it.
const resolution = 2;

function stayBusy(): void {
  const end = performance.now() + 50;
  while (performance.now() < end);
}

if (isMainThread) {
  const home = String(process.env['ANDON_HOME']);
  const delay = monitorEventLoopDelay({ resolution });
  delay.enable();
  process.on('SIGUSR2', () => {
    const [id = '', what = ''] = readFileSync(`${home}/probe-ask`, 'utf8').split(' ');
    if (what === 'collect') globalThis.gc?.();
    const { rss, heapUsed, external } = process.memoryUsage();
    const late = Math.max(0, delay.max / 1e6 - resolution);
    writeFileSync(`${home}/probe-answer-${id}`, JSON.stringify({ rss, used: heapUsed + external, late }));
    delay.reset();
    // A while after: the first time after it began anew is not counted.
    if (what === 'busy') setTimeout(stayBusy, 50);
  });
}
