import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { temporaryFolder } from '../../support/temporary-folder.ts';
import type { SeenOnFullDisk } from '../disk-full-inside.ts';
import { type Fault, NotRun } from '../fault.ts';

export const diskFull: Fault = {
  name: 'disk full at create, complete, a log and backup',
  store: 'SQLite',
  times: { short: 1, long: 2 },
  async inject(count) {
    let note = '';
    for (let time = 0; time < count; time += 1) {
      const script = join(import.meta.dirname, '../disk-full-inside.ts');
      const args = ['-r', '-m', process.execPath, script, temporaryFolder()];
      const child = spawn('unshare', args, { stdio: ['ignore', 'pipe', 'pipe'] });
      const said = { out: '', err: '' };
      child.stdout.setEncoding('utf8').on('data', (text: string) => (said.out += text));
      child.stderr.setEncoding('utf8').on('data', (text: string) => (said.err += text));
      const [code] = await once(child, 'close').catch((cause: unknown) => {
        throw new NotRun('There is no unshare here.', { cause });
      });
      if (/NOT RUN|unshare: /.test(said.err)) throw new NotRun(said.err);
      if (code !== 0) throw new Error(said.err);
      const seen: SeenOnFullDisk = JSON.parse(said.out);
      note = `refused in a sentence: ${Object.keys(seen.refused).join(', ')}; reads, \`andon gc\` and the worker went on; ${seen.tasks} tasks done afterwards`;
    }
    return { injected: count, note };
  },
};
