import { execFileSync } from 'node:child_process';
import { readdir, readFile, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { defaultBoard } from '../../../src/domain/ids.ts';
import { type Driver, isAtLeast, type Order, versionIn } from '../../../src/services/agents/driver.ts';
import type { AgentEvent } from '../../../src/services/agents/events.ts';
import { usageOf } from '../../../src/services/agents/usage.ts';
import { until } from '../../support/until.ts';
import { commandsWith } from '../bed/agent-process.ts';
import { type Bed, type Claimed, openBed, value } from '../bed/board.ts';
import type { Situation } from '../bed/scripts.ts';
import * as scripts from '../bed/scripts.ts';
import {
  agentEnv,
  orderFor,
  prepare,
  programOf,
  secret,
  startTurn,
  type Turn,
  tellingBoard,
} from '../bed/turn.ts';
import type { ScriptedRun } from '../model/scripted-run.ts';
import { type ModelServer, startModelServer } from '../model/server.ts';
import { versions } from '../versions.ts';

/** What every agent must do on the board, with the real program and a scripted model. */
export function behaves(driver: Driver, pack: keyof typeof versions): void {
  describe(`${driver.name} ${versions[pack]}`, () => {
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

    const begin = async ({ script, order }: Situation, given?: Claimed, more: Partial<Order> = {}) => {
      const claimed = given ?? (await bed.claim());
      const run = server.run(`${driver.name}-${++runs}`, script);
      const asked = orderFor(claimed, run, { ...scripts.order(driver), ...order, ...more });
      return { claimed, run, order: asked, turn: await startTurn(driver, claimed, asked) };
    };
    const status = async ({ task }: Claimed) => (await bed.show(task)).task.status;
    const again = async ({ task }: Claimed): Promise<Claimed> => {
      value(await bed.kernel.unblock(defaultBoard, { task_id: task }));
      return bed.claim(task);
    };

    it('start: tells its version', async () => {
      const claimed = await bed.claim();
      const launch = driver.launch(orderFor(claimed, server.run(`${driver.name}-${++runs}`, [])));
      await prepare(launch.files);
      const output = execFileSync(programOf(driver.program), driver.probe.args, {
        encoding: 'utf8',
        env: agentEnv(claimed, launch.env),
        stdio: ['ignore', 'pipe', 'ignore'],
      });
      expect(versionIn(output)).toBe(versions[pack]);
      expect(isAtLeast(versionIn(output) ?? '', driver.probe.least)).toBe(true);
    });

    it(`start, tools over MCP, usage${driver.abilities.tells_money ? ', money' : ''}: looks at its task and completes it`, async () => {
      const { claimed, run, order, turn } = await begin(scripts.works);
      const end = await turn.ended;
      expect(end, turn.process.errors()).toMatchObject({ code: 0, overdue: false, left: [] });
      expect(await status(claimed)).toBe('done');
      expectClean(run, turn);

      expect(turn.events).toContainEqual({ type: 'text', text: 'All done.' });
      for (const name of ['kanban_show', 'kanban_complete']) {
        expect(turn.events).toContainEqual(
          expect.objectContaining({ type: 'tool', stage: 'started', name, board: true }),
        );
      }
      expect(turn.events).toContainEqual({ type: 'end', reason: 'finished' });
      if (driver.abilities.tells_board && driver.name !== 'codex' && driver.name !== 'gemini') {
        expect(turn.events).toContainEqual(expect.objectContaining({ board: 'connected' }));
      }
      if (driver.abilities.chooses_session) expect(sessionOf(turn)).toBe(order.session);
      expect(usageOf(turn.events).tokens).toMatchObject(scripts.worksCost);
      if (driver.abilities.tells_money) {
        expect(usageOf(turn.events).cost_usd).toBeGreaterThan(0);
      }
      // Its real home has nothing of it; what Andon and shared caches leave there is none of its own.
      const foreign = (await readdir(claimed.home)).filter(
        (name) => !['agent', 'brief.md', '.cache'].includes(name),
      );
      expect(foreign).toEqual([]);
    });

    it('question, resume: is blocked by its question, and goes on in the same session when it is answered', async () => {
      const first = await begin(scripts.asks);
      expect((await first.turn.ended).code).toBe(0);
      expect(await status(first.claimed)).toBe('blocked');
      const session = sessionOf(first.turn);

      const second = await begin(scripts.answered, await again(first.claimed), { resume: session });
      expect((await second.turn.ended).code, second.turn.process.errors()).toBe(0);
      expect(await status(second.claimed)).toBe('done');
      expect(sessionOf(second.turn)).toBe(session);
      expectClean(second.run, second.turn);
      expect(knows(second.run, 'Which colour?')).toBe(true);
    });

    it('cancel, resume: ends in the middle of a command, leaves no process, and can go on', async () => {
      const word = `endless-${driver.name}-${process.pid}-${runs}`;
      const first = await begin({
        script: [scripts.shell(driver.name, scripts.endless(word)), { say: 'Never.' }],
      });
      await until('the command runs', async () => (await commandsWith(word)).length > 0, 40_000);
      first.turn.process.signal(driver.cancel.signal, 'group');
      const end = await first.turn.ended;
      expect(end.overdue).toBe(false);
      expect(end.took).toBeLessThan(50_000);
      expect(await commandsWith(word)).toEqual([]);
      if (driver.cancel.tells_usage) expect(usageOf(first.turn.events).tokens.input).toBeGreaterThan(0);

      const session = sessionOf(first.turn) ?? first.order.session;
      const second = await begin(scripts.answered, first.claimed, { resume: session });
      expect((await second.turn.ended).code, second.turn.process.errors()).toBe(0);
      expect(await status(second.claimed)).toBe('done');
      expect(knows(second.run, first.order.prompt)).toBe(true);
    });

    it('limit recognised: tells that its provider takes no more, whether it waits or gives up', async () => {
      const { claimed, turn } = await begin(scripts.failing('rate_limit', { resetsIn: 3600 }));
      const isLimit = (event: AgentEvent) => event.type === 'limit' && event.kind === 'rate';
      await until('a limit is told', () => turn.events.some(isLimit), 40_000);
      turn.process.signal('SIGKILL', 'group');
      await turn.ended;
      const limit = turn.events.find((event) => event.type === 'limit');
      if (driver.abilities.tells_reset && driver.name !== 'claude') {
        const soon = (limit?.resets_at ?? 0) - Date.now();
        expect(soon).toBeGreaterThan(3_500_000);
        expect(soon).toBeLessThan(3_700_000);
      }
      expect(await status(claimed)).toBe('running');
    });

    it('failures told: a wrong key', async () => {
      const { turn } = await begin(scripts.failing('unauthorized'));
      const isAuth = (event: AgentEvent) => event.type === 'error' && event.kind === 'auth';
      await until('the wrong key is told', () => turn.events.some(isAuth), 40_000);
      turn.process.signal('SIGKILL', 'group');
      await turn.ended;
    });

    it('failures told: an end without a word to the board, mended by one more word in the same session', async () => {
      const first = await begin(scripts.silent);
      expect((await first.turn.ended).code).toBe(0);
      expect(await status(first.claimed)).toBe('running');
      expect(first.turn.events.filter((event) => event.type === 'tool')).toEqual([]);

      const prompt = 'You ended without a word to the board: complete or block your task.';
      const order = { resume: sessionOf(first.turn), prompt };
      const second = await begin(scripts.answered, first.claimed, order);
      expect((await second.turn.ended).code).toBe(0);
      expect(await status(second.claimed)).toBe('done');
      expect(knows(second.run, 'I think all is well.')).toBe(true);
    });

    it('failures told: a session that is not there', async () => {
      const resume = driver.name === 'opencode' ? 'ses_0000000000000000000000000' : crypto.randomUUID();
      const { turn } = await begin({ script: [] }, undefined, { resume });
      expect((await turn.ended).code).not.toBe(0);
      expect(turn.events).toContainEqual(expect.objectContaining({ type: 'error', kind: 'session' }));
    });

    const missing = driver.abilities.tells_board
      ? 'board missing: is told before the run is trusted'
      : 'failures told: not that the board is missing, which the board itself must notice';
    it(missing, async () => {
      const { order } = await begin({ script: [{ say: 'Nothing to do.' }] });
      const lost = scripts.boardMissing(order);
      const { turn } = await begin({ ...lost, script: [{ say: 'There is no board.' }] });
      await turn.ended;
      const told = turn.events.some(
        (event) =>
          (event.type === 'session' && event.board === 'failed') ||
          (event.type === 'error' && event.kind === 'board'),
      );
      expect(told).toBe(driver.abilities.tells_board);
    });

    it('refusal: whoever may only read changes nothing, and can still answer its task', async () => {
      const claimed = await bed.claim();
      const file = join(claimed.workspace, 'precious');
      await writeFile(file, 'mine');
      const { script } = scripts.forbidden(driver.name);
      const { run, turn } = await begin(
        { script: [...script.slice(0, 1), ...scripts.answered.script] },
        claimed,
        { may: 'read' },
      );
      await turn.ended;
      expect(await readFile(file, 'utf8')).toBe('mine');
      // One that is not even offered a shell has said its last word already.
      if (run.steps > 1) expect(await status(claimed)).toBe('done');
    });

    it('secret: the board has it, and no command of the agent', async () => {
      const claimed = await bed.claim();
      const words = 'env > env.txt; cat /proc/$PPID/environ > parent.txt 2>&1; true';
      const script = [scripts.shell(driver.name, words), ...scripts.answered.script];
      const run = server.run(`${driver.name}-${++runs}`, script);
      const order = orderFor(claimed, run, scripts.order(driver));
      const turn = await startTurn(driver, claimed, { ...order, board: tellingBoard(order) });
      await turn.ended;
      const written = (name: string) => readFile(join(claimed.workspace, name), 'latin1');
      expect(await written('env.txt')).toContain(`ANDON_TASK=${claimed.task}`);
      expect(await written('env.txt')).not.toContain(secret);
      expect(await written('parent.txt')).not.toContain(secret);
      expect(await written('board.txt')).toContain(`ANDON_RUN_TOKEN=${secret}`);
      expect(await status(claimed)).toBe('done');
      for (const { path } of driver.launch(order).files) {
        expect((await stat(path)).mode & 0o077, path).toBe(0);
      }
    });
  });
}

const sessionOf = ({ events }: Turn): string | undefined =>
  events.flatMap((event) => (event.type === 'session' ? (event.id ?? []) : []))[0];

/** Whether the first request of the work brought these words along. */
const knows = (run: ScriptedRun, words: string): boolean =>
  run.requests.find(({ ask }) => (ask?.tools.length ?? 0) > 0)?.body.includes(words) ?? false;

function expectClean(run: ScriptedRun, turn: Turn): void {
  expect(run.problems).toEqual([]);
  expect(run.done).toBe(true);
  expect(Object.fromEntries(turn.unknown)).toEqual({});
}
