import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { defaultBoard } from '../../../src/domain/ids.ts';
import { claudeTalk } from '../../../src/services/agents/claude-talk.ts';
import { codexServer } from '../../../src/services/agents/codex-server.ts';
import type { Order } from '../../../src/services/agents/driver.ts';
import type { AgentEvent } from '../../../src/services/agents/events.ts';
import { usageOf } from '../../../src/services/agents/usage.ts';
import { type Bed, type Claimed, openBed, value } from '../bed/board.ts';
import * as scripts from '../bed/scripts.ts';
import { orderFor, startTalk } from '../bed/turn.ts';
import { call, type Step } from '../model/script.ts';
import { type ModelServer, startModelServer } from '../model/server.ts';
import { versions } from '../versions.ts';

const dangerous = {
  'claude-talk': call('Bash', { command: 'curl localhost', description: 'Fetches a page' }),
  'codex-server': call('exec_command', {
    cmd: 'touch escaped',
    sandbox_permissions: 'require_escalated',
    justification: 'It needs more than the sandbox gives.',
  }),
};

const agents = [
  {
    name: 'claude',
    driver: claudeTalk,
    danger: dangerous['claude-talk'],
    version: versions['@anthropic-ai/claude-code'],
  },
  {
    name: 'codex',
    driver: codexServer,
    danger: dangerous['codex-server'],
    version: versions['@openai/codex'],
  },
];

describe.each(agents.map((agent) => [`${agent.name} ${agent.version}`, agent] as const))(
  '%s',
  (_, { driver, danger }) => {
    let bed: Bed;
    let server: ModelServer;
    let runs = 0;
    beforeAll(async () => {
      bed = await openBed();
      server = await startModelServer();
    });
    afterAll(async () => {
      await server.close();
      await bed.close();
    });
    const begin = async (script: readonly Step[], more: Partial<Order> = {}, given?: Claimed) => {
      const claimed = given ?? (await bed.claim());
      const run = server.run(`${driver.name}-${++runs}`, script);
      const order = orderFor(claimed, run, { ...scripts.order(driver), ...more });
      return { claimed, run, talk: await startTalk(driver, claimed, order, { limit: 30_000 }) };
    };
    const status = async ({ task }: Claimed) => (await bed.show(task)).task.status;
    const started = (event: AgentEvent) => event.type === 'tool' && event.stage === 'started';

    it('start, tools over MCP, usage: looks at its task and completes it', async () => {
      const { claimed, run, talk } = await begin(scripts.works.script);
      expect(await talk.ended, talk.process.errors()).toMatchObject({ overdue: false, left: [] });
      expect(await status(claimed)).toBe('done');
      expect(run.problems).toEqual([]);
      expect([...talk.unknown.keys()]).toEqual([]);
      expect(talk.events).toContainEqual(expect.objectContaining({ type: 'session', board: 'connected' }));
      expect(usageOf(talk.events).tokens).toMatchObject(scripts.worksCost);
    });

    it('question, resume: goes on in the same session when its question is answered', async () => {
      const first = await begin(scripts.asks.script);
      await first.talk.ended;
      expect(await status(first.claimed)).toBe('blocked');
      value(await bed.kernel.unblock(defaultBoard, { task_id: first.claimed.task }));
      const resume = first.talk.events.flatMap((event) =>
        event.type === 'session' ? (event.id ?? []) : [],
      )[0];
      const again = await bed.claim(first.claimed.task);
      const second = await begin(scripts.answered.script, { resume }, again);
      await second.talk.ended;
      expect(await status(again), second.talk.process.errors()).toBe('done');
      expect(second.run.requests[0]?.body.includes('Which colour?')).toBe(true);
    });

    it('refusal: asks, is refused, and goes on without', async () => {
      const { claimed, talk } = await begin([danger, ...scripts.answered.script], { may: 'edit' });
      const asked = await talk.event((event) => event.type === 'permission' && event.stage === 'asked');
      if (asked.type === 'permission') talk.say(talk.conversation.answer(asked.id, false));
      await talk.ended;
      expect(await status(claimed)).toBe('done');
      expect(talk.events).toContainEqual(expect.objectContaining({ type: 'tool', stage: 'failed' }));
    });

    it('steering: hears what it is told while it works', async () => {
      const wait = scripts.shell(driver.name, "node -e 'setTimeout(() => {}, 1500)'");
      const { run, talk } = await begin([wait, ...scripts.answered.script]);
      await talk.event(started);
      talk.say(talk.conversation.steer('Use the blue one.'));
      await talk.ended;
      expect(run.requests.at(-1)?.body.includes('Use the blue one.')).toBe(true);
    });

    it('cancel: stops its turn in the middle of a command and tells what it has cost', async () => {
      const word = `talk-${driver.name}-${process.pid}-${runs}`;
      const { talk } = await begin([scripts.shell(driver.name, scripts.endless(word)), { say: 'Never.' }]);
      await talk.event(started);
      talk.say(talk.conversation.cancel());
      const end = await talk.ended;
      expect(end.overdue).toBe(false);
      expect(talk.events).toContainEqual({ type: 'end', reason: 'cancelled' });
      expect(usageOf(talk.events).tokens.input).toBeGreaterThan(0);
    });

    it('limit recognised: tells that its quota is used up', async () => {
      const { talk } = await begin(scripts.failing('quota', { resetsIn: 3600 }).script);
      await talk.event((event) => event.type === 'limit');
      talk.process.signal('SIGKILL', 'group');
      await talk.ended;
      const ends = talk.events.flatMap((event) => (event.type === 'limit' ? (event.resets_at ?? []) : []));
      // With an API key Claude Code is told no time.
      if (driver === codexServer)
        expect(Math.abs((ends[0] ?? 0) - Date.now() - 3_600_000)).toBeLessThan(60_000);
    });
  },
);
