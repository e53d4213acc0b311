import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it, type TestContext } from 'vitest';
import { z } from 'zod';
import type { TaskId } from '../../../src/domain/ids.ts';
import { type GatewayHome, gatewayHome } from '../../support/gateway-home.ts';
import { until } from '../../support/until.ts';
import { commandsWith } from '../bed/agent-process.ts';
import * as scripts from '../bed/scripts.ts';
import { programOf } from '../bed/turn.ts';
import { call, type Step, say } from '../model/script.ts';
import type { ScriptedRun } from '../model/scripted-run.ts';
import { type ModelServer, startModelServer } from '../model/server.ts';
import { versions } from '../versions.ts';

/** What a person sees: a profile names an agent, and a real gateway has it work on tasks. */

interface Case {
  /** The agent and its version, as in the table. */
  readonly name: string;
  readonly agent: string;
  readonly profile: Readonly<Record<string, unknown>>;
  /** Whether it tells what it has used. */
  readonly tells: boolean;
}

/** Stories of an agent that Andon knows by name. */
export const worksFor = (agent: string, pack: keyof typeof versions): void =>
  play({
    name: `${agent} ${versions[pack]}`,
    agent,
    profile: { driver: agent, command: [programOf(agent)] },
    tells: true,
  });

/** Stories of one that is driven by the Agent Client Protocol, with these arguments of its program. */
export const worksOverAcp = (agent: string, pack: keyof typeof versions, args: readonly string[]): void =>
  play({
    name: `${agent} ${args.join(' ')} ${versions[pack]}`,
    agent,
    profile: { driver: 'acp', command: [programOf(agent), ...args] },
    tells: false,
  });

/** Of a limit of requests a minute; the others wait, and the profile rests for a time of our own. */
const tellsReset = new Set(['gemini', 'copilot']);

function play({ name, agent, profile, tells }: Case): void {
  describe(name, () => {
    let server: ModelServer;
    let runs = 0;
    beforeAll(async () => {
      server = await startModelServer();
    });
    afterAll(() => server.close());

    /** A home with a gateway whose one profile is this agent, and a model that says what the script tells it. */
    const begin = async (test: TestContext, script: readonly Step[], more: Record<string, unknown> = {}) => {
      const model = server.run(`gateway-${++runs}`, script);
      const settings = { failure_limit: 2 };
      const worker = {
        ...profile,
        model: scripts.modelOf(agent),
        provider: { url: model.url, key_env: 'MODEL_API_KEY' },
        ...more,
      };
      const home = gatewayHome(test, {
        settings,
        workers: { agent: worker },
        env: { MODEL_API_KEY: model.key },
      });
      await home.gateway();
      return { home, model };
    };
    const log = (home: GatewayHome, task: TaskId): string =>
      readFileSync(join(home.root, 'kanban', 'logs', `${task}.log`), 'utf8');
    const outcomes = async (home: GatewayHome, task: TaskId) =>
      (await home.runs(task)).map(({ outcome }) => outcome);
    const transcript = async (home: GatewayHome, task: TaskId, run = 0) => {
      const dir = (await home.runs(task))[run]?.process?.dir ?? '';
      return readFileSync(join(dir, 'transcript.jsonl'), 'utf8');
    };

    it('gateway, usage: works on a task, and its secret stays with the board', async (test) => {
      const words = 'env > env.txt; cat /proc/$PPID/environ > parent.txt 2>&1; true';
      const { home, model } = await begin(test, [
        scripts.shell(agent, words),
        call('kanban_show', {}, { input: 1000, cached: 400, output: 50 }),
        call('kanban_complete', { summary: 'said hello' }),
        say('All done.'),
      ]);
      const task = await home.create('agent');
      const { task: done } = await home.reaches(task, 'done', 60_000);
      expect(await outcomes(home, task)).toEqual(['completed']);
      expect(model.problems).toEqual([]);
      const written = readFileSync(join(done.workspace_path ?? '', 'env.txt'), 'latin1');
      expect(written).toContain(`ANDON_TASK=${task}`);
      expect(written).not.toContain('ANDON_RUN_TOKEN');
      expect(readFileSync(join(done.workspace_path ?? '', 'parent.txt'), 'latin1')).not.toContain(
        'ANDON_RUN_TOKEN',
      );
      // Some tell of a call only when it has its answer.
      await until('it is told', async () => log(home, task).includes('› kanban_complete'), 20_000);
      await until(
        'it is written',
        async () => (await transcript(home, task)).includes('"kanban_complete"'),
        5000,
      );
      const [run] = await home.runs(task);
      expect(run?.process).toMatchObject({ session: expect.any(String), driver: profile['driver'] });
      if (tells) {
        await until(
          'its cost is noted',
          async () => (await home.andon('show', task)).includes('Spent: '),
          40_000,
        );
        const [{ input_tokens } = { input_tokens: 0 }] = JSON.parse(
          await home.andon('usage', task, '--json'),
        );
        expect(input_tokens).toBeGreaterThan(1000);
      }
    });

    it('question, resume: is blocked by its question, and goes on when it is answered', async (test) => {
      const { home, model } = await begin(test, [...scripts.asks.script, ...scripts.answered.script]);
      const task = await home.create('agent');
      await home.reaches(task, 'blocked', 60_000);
      await home.andon('comment', task, 'Blue, please.');
      await home.andon('unblock', task);
      await home.reaches(task, 'done', 60_000);
      expect(await outcomes(home, task)).toEqual(['blocked', 'completed']);
      const second = bodies(model).findLast((body) => body.includes('Blue, please.')) ?? '';
      expect(second).not.toBe('');
      // What it remembers itself stands beside what it is told.
      expect(second).toContain('I wait for an answer.');
    });

    it('nudge: ends without a word, is told once, and answers', async (test) => {
      const { home } = await begin(test, [...scripts.silent.script, ...scripts.answered.script]);
      const task = await home.create('agent');
      await home.reaches(task, 'done', 60_000);
      expect(await outcomes(home, task)).toEqual(['completed']);
    });

    it('draft: says nothing even then, and its last words are kept', async (test) => {
      const { home } = await begin(test, [say('It is blue.'), say('It is really blue.')], {});
      const task = await home.create('agent', '--max-retries', '1');
      const { comments } = await home.reaches(task, 'blocked', 60_000);
      expect(comments.map(({ body }) => body).join()).toContain('It is really blue.');
    });

    it('killed, resume: goes on after its whole process tree was killed in the middle', async (test) => {
      const word = `killed-${agent}-${process.pid}-${runs}`;
      const { home } = await begin(test, [
        scripts.shell(agent, scripts.endless(word)),
        ...scripts.answered.script,
      ]);
      const task = await home.create('agent');
      await until('the command runs', async () => (await commandsWith(word)).length > 0, 40_000);
      await home.andon('reclaim', task);
      await home.reaches(task, 'done', 60_000);
      expect(await commandsWith(word)).toEqual([]);
      expect((await outcomes(home, task)).at(-1)).toBe('completed');
    });

    it('gateway, refusal: does nothing beyond what it may, and completes its task', async (test) => {
      const { home } = await begin(
        test,
        [...scripts.forbidden(agent).script.slice(0, 1), ...scripts.answered.script],
        { may: 'read' },
      );
      home.write('precious/file', 'mine');
      const task = await home.create('agent', '--workspace', `dir:${join(home.root, 'precious', '..')}`);
      const { task: ended } = await home.reaches(task, 'done', 60_000);
      expect(ended.workspace_path).toBe(home.root);
      expect(home.read('precious/file')).toBe('mine');
    });

    if (tells) {
      it('gateway, limit recognised: costs no attempt, and its profile rests until the time that was named', async (test) => {
        const { home } = await begin(test, scripts.failing('rate_limit', { resetsIn: 3600 }).script, {
          silence: '40s',
        });
        const task = await home.create('agent');
        await until('its run ends', async () => (await outcomes(home, task)).some(Boolean), 110_000);
        const { task: waiting } = await home.show(task);
        expect(waiting.consecutive_failures, log(home, task)).toBe(0);
        expect(await home.why(task)).toBe('resting');
        const rests = z
          .array(z.object({ until: z.number() }))
          .parse(JSON.parse(await home.andon('rests', '--json')));
        const minutes = ((rests[0]?.until ?? 0) - Date.now()) / 60_000;
        if (tellsReset.has(agent)) expect(Math.round(minutes)).toBe(60);
        else expect(minutes).toBeGreaterThan(0);
      });

      it('provider down: costs no attempt, and why says so', async (test) => {
        const { home } = await begin(test, [], {
          provider: { url: 'http://127.0.0.1:9', key_env: 'MODEL_API_KEY' },
          silence: '40s',
          env: { CLAUDE_CODE_MAX_RETRIES: '1' },
        });
        const task = await home.create('agent');
        await until('its run ends', async () => (await outcomes(home, task)).some(Boolean), 110_000);
        const { task: waiting } = await home.show(task);
        expect(waiting.consecutive_failures, log(home, task)).toBe(0);
        expect(await home.why(task)).toBe('resting');
      });
    }

    if (profile['driver'] !== 'acp') {
      it('gateway, board missing: fails as such, whatever it says', async (test) => {
        // Its private configuration names a server that cannot be started.
        const program = join(mkdtempSync(join(tmpdir(), 'andon-no-board-')), agent);
        test.onTestFinished(() => rmSync(dirname(program), { recursive: true }));
        const spoil =
          `grep -rl bin/andon "$ANDON_HOME/kanban/sessions" | xargs -r sed -i s,bin/andon,bin/nothing,\n` +
          `exec '${programOf(agent)}' "$@"\n`;
        writeFileSync(program, `#!/bin/sh\n${spoil}`, { mode: 0o755 });
        const { home } = await begin(test, [say('There is no board.'), say('There is none.')], {
          command: [program],
        });
        const task = await home.create('agent', '--max-retries', '1');
        const { runs: all } = await home.reaches(task, 'blocked', 60_000);
        expect(all.at(-1)?.error).toMatch(/board/);
      });
    }

    it('wrong key: costs no attempt, and why says so', async (test) => {
      const { home } = await begin(test, scripts.failing('unauthorized').script);
      const task = await home.create('agent');
      await until('its run ends', async () => (await outcomes(home, task)).some(Boolean), 110_000);
      const { task: waiting } = await home.show(task);
      expect(waiting.consecutive_failures).toBe(0);
      expect(await home.andon('why', task)).toMatch(/does not accept its credentials/);
    });
  });
}

const bodies = (model: ScriptedRun): string[] => model.requests.map(({ body }) => body);
