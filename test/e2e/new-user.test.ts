import { spawn } from 'node:child_process';
import { resolve } from 'node:path';
import { describe, expect, it } from 'vitest';
import { gatewayHome } from '../support/gateway-home.ts';
import { until } from '../support/until.ts';

describe.concurrent('a first hour with Andon', () => {
  it.for(['home', 'a home with blanks, "quotes" & ümlauts'])(
    'works on a fresh home named %s',
    async (folder, { onTestFinished }) => {
      const home = gatewayHome({ onTestFinished }, { folder });
      expect(await home.andon('list')).toBe('(no matching tasks)\n');
      const begun = await home.andon('init');
      expect(begun).toContain(`Board default: ${home.root}/kanban.db`);
      expect(begun).toContain('No profiles yet');

      // The profile that `init` asked for.
      const script = 'echo "hello from $ANDON_TASK"; andon complete "$ANDON_TASK" --summary "greeted"';
      home.write('profiles/greeter/andon.yaml', `command: [sh, -c, ${JSON.stringify(script)}]\n`);
      expect(await home.andon('init')).toContain('Profiles: greeter');

      const first = await home.create('greeter');
      const second = await home.create('greeter', '--parent', first);
      const third = await home.create('greeter', '--parent', second, '--body', 'the last of three');
      expect(await home.why(first)).toBe('no_gateway');
      expect(await home.why(third)).toBe('waits_for_parents');
      expect(await home.andon('why', second)).toContain(`It waits for ${first} (ready).`);

      const watching = spawn(resolve('bin/andon'), ['watch', '--json'], { env: { ...home.env } });
      let seen = '';
      watching.stdout.setEncoding('utf8').on('data', (text: string) => (seen += text));
      onTestFinished(() => void watching.kill('SIGKILL'));
      // It shows what happens after it began; the comment tells when it has.
      await until('watch follows', async () => {
        await home.andon('comment', third, 'are you there?');
        return seen.includes('"commented"');
      });
      expect(await home.andon('gateway', 'start')).toMatch(
        /^The gateway default is running with pid \d+; its log is /,
      );
      await until('watch tells of the end', () =>
        seen.split('\n').some((line) => line.includes('"completed"') && line.includes(third)),
      );

      expect((await home.andon('list')).match(/✓ t_\w+ {2}done {2}greeter/g)).toHaveLength(3);
      const card = await home.andon('show', third);
      for (const part of ['the last of three', 'greeted', 'are you there?', 'completed', 'spawned']) {
        expect(card).toContain(part);
      }
      expect(await home.andon('log', third)).toBe(`hello from ${third}\nCompleted ${third}\n`);
      expect(await home.andon('runs', third)).toContain('completed');
      expect(await home.why(third)).toBe('done');
      const log = JSON.parse(home.read('gateways/default.log').split('\n')[0] ?? '');
      expect(log).toMatchObject({ level: 'info', msg: 'The gateway is running.' });
      expect(await home.andon('gateway', 'status')).toMatch(
        /^default {2}pid \d+ {2}up [\d hms]+ {2}dispatches\n$/,
      );
      expect(await home.andon('gateway', 'stop')).toContain('has stopped');

      watching.kill('SIGINT');
      await until('watch has ended', () => watching.exitCode === 0);
    },
  );

  it('says what a profile lacks, and goes on when it is there', async ({ onTestFinished }) => {
    const home = gatewayHome({ onTestFinished }, { settings: { dispatch_interval_seconds: 1 } });
    await home.gateway();
    const task = await home.create('late');
    expect(await home.why(task)).toBe('no_profile');
    home.write('profiles/late/andon.yaml', 'command: [sh, -c, "andon complete $ANDON_TASK"]\n');
    await home.reaches(task, 'done');
  });

  it('a question of a worker is answered by a comment and an unblock', async ({ onTestFinished }) => {
    const asks = `if andon context "$ANDON_TASK" | grep -q 'use blue'; then exec andon complete "$ANDON_TASK"; fi
      andon block "$ANDON_TASK" "which colour?"`;
    const home = gatewayHome({ onTestFinished }, { workers: { asks } });
    await home.gateway();
    const task = await home.create('asks');
    await home.reaches(task, 'blocked');
    expect(await home.andon('why', task)).toContain('which colour?');
    await home.andon('comment', task, 'use', 'blue');
    await home.andon('unblock', task);
    const { runs } = await home.reaches(task, 'done');
    expect(runs.map(({ outcome }) => outcome)).toEqual(['blocked', 'completed']);
  });
});
