import { DatabaseSync } from 'node:sqlite';
import { describe, expect, it } from 'vitest';
import { gatewayHome } from '../support/gateway-home.ts';
import { until } from '../support/until.ts';

/** A backup is brought back while a real gateway and its workers are at work on the board. */

const workers = {
  quick: 'andon complete "$ANDON_TASK"',
  waits:
    'wait_for end; andon complete "$ANDON_TASK" && echo >"$ANDON_HOME/accepted"; echo >"$ANDON_HOME/answered"',
};

describe.concurrent('restoring under a gateway', () => {
  it('is taken up at once, without a restart, and work goes on', async ({ onTestFinished }) => {
    const home = gatewayHome({ onTestFinished }, { workers });
    const gateway = await home.gateway();
    const first = await home.create('quick');
    await home.reaches(first, 'done');
    await home.andon('backup');
    const second = await home.create('quick');
    await home.reaches(second, 'done');
    const runs = await home.runs(second);

    const { kept } = await home.json('restore', 'latest', '--yes');
    expect(await home.andon('list')).toMatch(new RegExp(`${first}`));
    expect(await home.andon('list')).not.toMatch(new RegExp(`${second}`));
    const third = await home.create('quick');
    await home.reaches(third, 'done');
    expect((await home.runs(third))[0]?.id).toBeGreaterThan(runs[0]?.id ?? 0);
    const database = new DatabaseSync(String(kept));
    expect(database.prepare('select count(*) as amount from tasks').get()).toEqual({ amount: 2 });
    database.close();
    expect(gateway.said()).not.toMatch(/error/i);
    await gateway.stop();
  });

  it('is refused while a worker lives; forced, what that worker answers is refused', async ({
    onTestFinished,
  }) => {
    const home = gatewayHome({ onTestFinished }, { workers });
    const gateway = await home.gateway();
    await home.andon('backup');
    const task = await home.create('waits');
    await until('its worker runs', () => home.starts(task) === 1);
    const [run] = await home.runs(task);

    const plan = await home.andon('restore', 'latest');
    expect(plan).toMatch(new RegExp(`process of run ${run?.id} lives: --force is needed`));
    const refused = await home.run(['restore', 'latest', '--yes']);
    expect(refused.code).toBe(1);
    expect(refused.err).toMatch(
      new RegExp(`^andon: While the process of run ${run?.id} lives.*--force\\.\n$`),
    );
    expect(await home.andon('list')).toContain(task);

    await home.andon('restore', 'latest', '--yes', '--force');
    home.write('end');
    await until('it has answered', () => home.has('answered'));
    expect(home.has('accepted')).toBe(false);
    expect(await home.andon('list')).not.toContain(task);
    await home.reaches(await home.create('quick'), 'done');
    await gateway.stop();
  });

  it('while people write all the time loses none of their tasks', async ({ onTestFinished }) => {
    const home = gatewayHome({ onTestFinished }, { workers });
    const gateway = await home.gateway();
    await home.andon('backup');
    const made: string[] = [];
    let restored = false;
    const people = [1, 2, 3].map(async () => {
      for (let count = 0; count < 6 || !restored; count += 1) made.push(await home.create('nobody'));
    });
    await until('some are there', () => made.length >= 3);
    const { kept } = await home.json('restore', 'latest', '--yes');
    restored = true;
    await Promise.all(people);
    const database = new DatabaseSync(String(kept));
    const before = database
      .prepare('select id from tasks')
      .all()
      .map((row) => String(row['id']));
    database.close();
    const after = JSON.parse(await home.andon('list', '--json')).map((task: { id: string }) => task.id);
    expect([...before, ...after].sort()).toEqual(made.sort());
    expect(before.length).toBeGreaterThan(0);
    await gateway.stop();
  });
});
