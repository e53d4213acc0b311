import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { gatewayHome } from '../../support/gateway-home.ts';
import * as scripts from '../bed/scripts.ts';
import { programOf } from '../bed/turn.ts';
import { call, say } from '../model/script.ts';
import { type ModelServer, startModelServer } from '../model/server.ts';
import { versions } from '../versions.ts';

let server: ModelServer;
let runs = 0;
beforeAll(async () => {
  server = await startModelServer();
});
afterAll(() => server.close());

describe(`claude ${versions['@anthropic-ai/claude-code']}`, () => {
  it('kit: tries a profile on a throw-away board, and tells what passes', async (test) => {
    const model = server.run(`kit-${++runs}`, [
      call('kanban_complete', { summary: 'pong' }),
      say('Done.'),
      ...scripts.asks.script,
      call('kanban_complete', { summary: 'blue' }),
      say('Done.'),
      scripts.shell('claude', scripts.endless(`kit-${process.pid}`)),
      say('Never.'),
    ]);
    const worker = {
      driver: 'claude',
      command: [programOf('claude')],
      model: scripts.modelOf('claude'),
      provider: { url: model.url, key_env: 'MODEL_API_KEY' },
    };
    const home = gatewayHome(test, { workers: { agent: worker }, env: { MODEL_API_KEY: model.key } });
    const { out, err } = await home.run(['agents', 'test', 'agent']);
    expect(err).toBe('');
    expect(out.replaceAll(/\d+\.\d s/g, 'N s')).toBe(
      '✓ starts, reads its task and completes it (N s)\n' +
        '✓ asks by blocking, and goes on with the answer (N s)\n' +
        '✓ can be stopped in the middle (N s)\n',
    );
  });
});
