import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { fileLog, plainLog } from '../../src/services/logger.ts';
import { temporaryHome } from '../support/temporary-home.ts';

const secrets = {
  token: 'SECRET',
  claim_lock: 'SECRET',
  run: { mark: 'SECRET', list: [{ webhook_secret: 'SECRET', id: 3 }] },
  headers: { Authorization: 'SECRET', 'webhook-signature': 'SECRET' },
  env: { ANY: 'SECRET' },
};

describe('a log', () => {
  it('in a file is JSON lines with the faults of its fields, and without secrets', async () => {
    const path = join(temporaryHome().root, 'gateway.log');
    const log = await fileLog(path);
    log.debug('not this');
    log.info('Started.', { task: 't_1', ...secrets });
    log.error('Failed.', { error: new Error('outer', { cause: new Error('inner') }) });
    const text = readFileSync(path, 'utf8');
    expect(text).not.toContain('SECRET');
    const [first, second, ...rest] = text
      .trim()
      .split('\n')
      .map((line): unknown => JSON.parse(line));
    expect(rest).toEqual([]);
    expect(first).toMatchObject({
      level: 'info',
      time: expect.stringMatching(/^\d{4}-.*Z$/),
      msg: 'Started.',
      task: 't_1',
      token: '[hidden]',
      run: { list: [{ id: 3 }] },
    });
    expect(second).toMatchObject({
      level: 'error',
      error: { message: 'outer', stack: expect.stringContaining('outer'), cause: { message: 'inner' } },
    });
  });

  it('on a terminal is plain lines', () => {
    const lines: string[] = [];
    const log = plainLog(
      (line) => lines.push(line),
      () => Date.UTC(2026, 0, 1, 12, 34, 56),
    );
    log.debug('not this');
    log.info('Started.', { task: 't_1', pid: 7, title: 'two words' });
    log.warn('Odd.', { error: new Error('a fault'), secret: 'SECRET' });
    expect(lines).toEqual([
      '12:34:56 Started. task=t_1 pid=7 title="two words"\n',
      '12:34:56 warn: Odd. error="a fault" secret=[hidden]\n',
    ]);
  });
});
