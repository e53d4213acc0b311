import { describe, expect, it, onTestFinished } from 'vitest';
import { claude } from '../../../src/services/agents/claude.ts';
import { openBed } from '../bed/board.ts';
import * as scripts from '../bed/scripts.ts';
import { orderFor, startTurn } from '../bed/turn.ts';
import { startModelServer } from '../model/server.ts';
import { versions } from '../versions.ts';
import { behaves } from './behaviour.ts';
import { worksFor } from './stories.ts';

behaves(claude, '@anthropic-ai/claude-code');
worksFor('claude', '@anthropic-ai/claude-code');

describe(`claude ${versions['@anthropic-ai/claude-code']}`, () => {
  it('limit recognised: a subscription that is used up tells when it is lifted, and gives up at once', async () => {
    const [bed, server] = [await openBed(), await startModelServer()];
    onTestFinished(async () => {
      await server.close();
      await bed.close();
    });
    const claimed = await bed.claim();
    const run = server.run('subscription', scripts.failing('quota', { resetsIn: 3600 }).script);
    const order = { ...orderFor(claimed, run, scripts.order(claude)), provider: undefined };
    const env = { ANTHROPIC_BASE_URL: run.url, CLAUDE_CODE_OAUTH_TOKEN: run.key };
    const turn = await startTurn(claude, claimed, order, { env });
    expect(await turn.ended).toMatchObject({ code: 1, overdue: false });
    expect(run.steps).toBe(1);
    const limit = turn.events.find((event) => event.type === 'limit');
    expect(limit).toMatchObject({ kind: 'quota', retrying: false });
    expect(Math.abs((limit?.resets_at ?? 0) - Date.now() - 3_600_000)).toBeLessThan(60_000);
  });
});
