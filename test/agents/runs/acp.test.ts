import { execFileSync } from 'node:child_process';
import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { defaultBoard } from '../../../src/domain/ids.ts';
import { acpAgents } from '../../../src/services/agents/acp-agents.ts';
import { isAtLeast, type Order, versionIn } from '../../../src/services/agents/driver.ts';
import { usageOf } from '../../../src/services/agents/usage.ts';
import { until } from '../../support/until.ts';
import { type AcpOptions, startAcp } from '../bed/acp-session.ts';
import { commandsWith } from '../bed/agent-process.ts';
import { type Bed, type Claimed, openBed, value } from '../bed/board.ts';
import type { Situation } from '../bed/scripts.ts';
import * as scripts from '../bed/scripts.ts';
import { agentEnv, orderFor, programOf, secret, tellingBoard } from '../bed/turn.ts';
import { type ModelServer, startModelServer } from '../model/server.ts';
import { versions } from '../versions.ts';

const packs: Readonly<Record<string, keyof typeof versions>> = {
  gemini: '@google/gemini-cli',
  opencode: 'opencode-linux-x64',
  copilot: '@github/copilot',
  'claude-agent-acp': '@agentclientprotocol/claude-agent-acp',
  'codex-acp': '@agentclientprotocol/codex-acp',
};
const versionOf = (program: string): string => {
  const pack = packs[program];
  return pack === undefined ? '' : versions[pack];
};

describe.each(acpAgents.map((agent) => [`${agent.name} ${versionOf(agent.program)}`, agent] as const))(
  '%s',
  (_, agent) => {
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
      expect(server.strangers).toEqual([]);
    });
    const begin = async (
      { script, order }: Situation,
      given?: Claimed,
      more: Partial<Order> = {},
      options: AcpOptions = {},
    ) => {
      const claimed = given ?? (await bed.claim());
      const run = server.run(`acp-${++runs}`, script);
      const asked = orderFor(claimed, run, { ...scripts.order(agent), ...order, ...more });
      return { claimed, run, turn: await startAcp(agent, claimed, asked, options) };
    };
    const status = async ({ task }: Claimed) => (await bed.show(task)).task.status;

    it('start: tells its version', async () => {
      const output = execFileSync(programOf(agent.program), agent.probe.args, {
        encoding: 'utf8',
        env: agentEnv(await bed.claim(), {}),
        stdio: ['ignore', 'pipe', 'ignore'],
      });
      expect(versionIn(output)).toBe(versionOf(agent.program));
      expect(isAtLeast(versionOf(agent.program), agent.probe.least)).toBe(true);
    });

    it(`start, tools over MCP${agent.tells_tokens ? ', usage' : ''}: looks at its task and completes it`, async () => {
      const { claimed, run, turn } = await begin(scripts.works);
      await turn.ended;
      expect(await status(claimed), turn.errors()).toBe('done');
      expect(run.problems).toEqual([]);
      expect(turn.unknown).toEqual([]);
      expect(turn.events).toContainEqual({ type: 'text', text: 'All done.' });
      expect(turn.events).toContainEqual({ type: 'end', reason: 'finished' });
      if (agent.tells_tokens) expect(usageOf(turn.events).tokens.input).toBe(scripts.worksCost.input);
    });

    if (agent.resume !== 'none') {
      it('question, resume: is blocked by its question, and goes on in the same session when it is answered', async () => {
        const first = await begin(scripts.asks);
        await first.turn.ended;
        expect(await status(first.claimed)).toBe('blocked');
        value(await bed.kernel.unblock(defaultBoard, { task_id: first.claimed.task }));
        const session = first.turn.events.find((event) => event.type === 'session')?.id;
        const again = await bed.claim(first.claimed.task);
        const second = await begin(scripts.answered, again, { resume: session });
        await second.turn.ended;
        expect(await status(again), second.turn.errors()).toBe('done');
        const body = second.run.requests.find(({ ask }) => (ask?.tools.length ?? 0) > 0)?.body ?? '';
        expect(body.includes('Which colour?')).toBe(true);
      });
    }

    it('cancel: stops its turn in the middle of a command, and no process is left', async () => {
      const word = `acp-${agent.program}-${process.pid}-${runs}`;
      const script = [scripts.shell(agent.program, scripts.endless(word)), { say: 'Never.' }];
      const { turn } = await begin({ script });
      await until('the command runs', async () => (await commandsWith(word)).length > 0, 40_000);
      turn.cancel();
      await turn.ended;
      expect(turn.events.at(-1)).toEqual({ type: 'end', reason: 'cancelled' });
      expect(await commandsWith(word)).toEqual([]);
    });

    it('refusal: is asked for permission or refused outright, and what was not allowed is not done', async () => {
      const claimed = await bed.claim();
      const file = join(claimed.workspace, 'precious');
      await writeFile(file, 'mine');
      const { turn } = await begin(
        scripts.forbidden(agent.program),
        claimed,
        { may: 'read' },
        { allow: () => false },
      );
      await turn.ended;
      expect(await readFile(file, 'utf8')).toBe('mine');
    });

    it('secret: the board has it, and no command of the agent', async () => {
      const claimed = await bed.claim();
      const script = [scripts.shell(agent.program, 'env > env.txt'), ...scripts.answered.script];
      const order = orderFor(claimed, server.run(`acp-${++runs}`, script), scripts.order(agent));
      const turn = await startAcp(agent, claimed, { ...order, board: tellingBoard(order) });
      await turn.ended;
      const written = (name: string) => readFile(join(claimed.workspace, name), 'latin1');
      expect(await written('env.txt')).toContain(`ANDON_TASK=${claimed.task}`);
      expect(await written('env.txt')).not.toContain(secret);
      expect(await written('board.txt')).toContain(`ANDON_RUN_TOKEN=${secret}`);
      expect(await status(claimed)).toBe('done');
    });

    it('failures told: a wrong key', async () => {
      const { turn } = await begin(scripts.failing('unauthorized'));
      await until(
        'the wrong key is told',
        () => turn.events.some((event) => event.type === 'error' && event.kind === 'auth'),
        30_000,
      );
      await turn.ended;
    });

    // opencode and Codex wait for as long as they are told to, and say nothing meanwhile.
    const silent = agent.program === 'opencode' || agent.program === 'codex-acp';
    it(
      silent
        ? 'failures told: a limit that holds for an hour, by silence alone'
        : 'limit recognised: gives up at once when it holds for an hour',
      async () => {
        const { turn } = await begin(
          scripts.failing('rate_limit', { resetsIn: 3600 }),
          undefined,
          {},
          { limit: silent ? 6000 : 30_000 },
        );
        await turn.ended;
        expect(turn.events.some((event) => event.type === 'limit')).toBe(!silent);
      },
    );
  },
);
