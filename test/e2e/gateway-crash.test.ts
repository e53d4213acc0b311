import { describe, expect, it } from 'vitest';
import { gatewayHome, kindsOf, world } from '../support/gateway-home.ts';
import { until } from '../support/until.ts';

/** Each waits for the file `end`, then ends in its own way. */
const endings = {
  completes: 'wait_for end; andon complete "$ANDON_TASK" --summary "worked on"',
  fails: 'wait_for end; exit 3',
  silent: 'wait_for end; exit 0',
  killed: 'wait_for end; kill -9 $$',
  limited: 'wait_for end; exit 75',
  // The launcher too, so that nobody is left who could say how it ended.
  vanishes: 'wait_for end; kill -9 0',
};
type Ending = keyof typeof endings;

describe.concurrent('kill -9 of a gateway while its workers run', () => {
  it.for([
    ['go on and end while no gateway runs', false],
    ['go on and end under the next gateway', true],
  ] as const)('workers %s, and their outcomes are right', async ([, underTheNext], { onTestFinished }) => {
    const home = gatewayHome(
      { onTestFinished },
      {
        settings: { max_in_progress: 8, failure_limit: 1 },
        workers: { ...endings, child: 'andon complete "$ANDON_TASK"' },
      },
    );
    const names = Object.keys(endings) as Ending[];
    const ids = await Promise.all(names.map((name) => home.create(name)));
    const taskOf = (name: Ending) => ids[names.indexOf(name)] ?? expect.fail(name);
    const child = await home.create('child', '--parent', taskOf('completes'));

    const first = await home.gateway();
    await until('all workers run', () => home.ledger().length === names.length);
    await first.crash();
    if (underTheNext) await home.gateway();
    home.write('end');
    if (!underTheNext) {
      // What a worker says itself needs no gateway; of the others only the run folders know.
      await home.reaches(taskOf('completes'), 'done');
      await until('all workers are gone', async () => {
        const runs = (await Promise.all(ids.map((id) => home.runs(id)))).flat();
        // By their marks: the gateway may have died before it wrote down who they are.
        const trees = await Promise.all(
          runs.map(({ process }) => world.processes.tree(null, process?.mark ?? 'none')),
        );
        return trees.every((tree) => tree.length === 0);
      });
      expect((await home.show(taskOf('fails'))).task.status).toBe('running');
      await home.gateway();
    }

    await home.reaches(child, 'done');
    await home.reaches(taskOf('limited'), 'ready');
    for (const name of ['fails', 'silent', 'killed', 'vanishes'] as const) {
      await home.reaches(taskOf(name), 'blocked');
    }
    const ends = await Promise.all(
      names.map(async (name) => {
        const [run, ...more] = await home.runs(taskOf(name));
        expect(more).toEqual([]);
        await until(`the process of ${name} is gone`, async () => {
          const [now] = await home.runs(taskOf(name));
          return now?.process?.gone_at !== null;
        });
        const process = (await home.runs(taskOf(name)))[0]?.process;
        return [name, [run?.outcome, process?.exit_code, process?.exit_signal]];
      }),
    );
    expect(Object.fromEntries(ends)).toEqual({
      completes: ['completed', 0, null],
      fails: ['crashed', 3, null],
      silent: ['crashed', 0, null],
      killed: ['crashed', null, 9],
      limited: ['rate_limited', 75, null],
      vanishes: ['crashed', null, null],
    });
    expect(kindsOf(await home.show(taskOf('silent')))).toContain('protocol_violation');
    const errors = async (name: Ending) => (await home.show(taskOf(name))).task.last_failure_error;
    expect(await errors('fails')).toContain('code 3');
    expect(await errors('killed')).toContain('signal 9');

    expect(
      home
        .ledger()
        .map(({ task }) => task)
        .sort(),
    ).toEqual([...ids, child].sort());
  });

  it('no task runs twice and none is lost, whenever gateways are killed', async ({ onTestFinished }) => {
    const home = gatewayHome(
      { onTestFinished },
      {
        settings: { max_in_progress: 6, failure_limit: 50 },
        // A claim whose launcher never came to life is taken back after this.
        env: { ANDON_CRASH_GRACE_SECONDS: '1' },
        workers: {
          steady: 'echo >>"$ANDON_HOME/work-$ANDON_TASK"; andon complete "$ANDON_TASK"',
        },
      },
    );
    const tasks = await Promise.all(Array.from({ length: 24 }, () => home.create('steady')));
    for (const enough of [1, 5, 9, 13, 17]) {
      const gateway = await home.gateway();
      // In the midst of starting some and settling others.
      await until(`${enough} workers were started`, () => home.ledger().length >= enough);
      await gateway.crash();
    }
    await home.gateway();
    for (const task of tasks) await home.reaches(task, 'done', 20_000);

    const runs = home.ledger().map(({ run }) => run);
    expect(runs).toHaveLength(new Set(runs).size);
    for (const task of tasks) {
      const completed = (await home.runs(task)).filter(({ outcome }) => outcome === 'completed');
      expect(completed).toHaveLength(1);
      expect(home.starts(task)).toBe(1);
    }
  });
});
