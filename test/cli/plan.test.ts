import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { place } from './command-line.ts';

/** A card in triage; `create` makes one with `--triage`. */
const idea = (create: (...args: string[]) => Promise<string>) => create('Rough idea', '--triage');

describe('specify', () => {
  it('brings a card out of triage with words from flags or a file', async () => {
    const { home, run, create, write, json } = place();
    const id = await idea(create);
    write('body.md', 'Goal: a number.\n');
    const file = join(home, 'body.md');
    expect(await run('specify', id, '--title', 'Count', '--body-file', file)).toEqual({
      code: 0,
      out: `Specified ${id}  (ready)\n`,
      err: '',
    });
    expect(await json('show', id, '--json')).toMatchObject({
      task: { title: 'Count', body: 'Goal: a number.\n', status: 'ready' },
      comments: [{ author: 'user', body: 'Specified: changed title, body.' }],
    });
    const other = await idea(create);
    const { out } = await run('specify', other, '--body', 'More', '--author', 'boss', '--json');
    expect(JSON.parse(out)).toEqual({ task_id: other, ok: true, reason: '', new_title: 'Rough idea' });
    expect(out.trim().split('\n')).toHaveLength(1);
  });

  it('bad words are refused in one sentence', async () => {
    const { run, create } = place();
    const id = await create('Ready');
    expect((await run('specify', id, '--body', 'a', '--body-file', 'b')).code).toBe(2);
    expect((await run('specify', id)).code).toBe(1);
    const failed = await run('specify', id, '--json');
    expect(failed.code).toBe(1);
    expect(JSON.parse(failed.out)).toMatchObject({ task_id: id, ok: false, code: 'wrong_status' });
    const missing = await run('specify', id, '--body-file', 'nowhere.md');
    expect(missing).toMatchObject({ code: 1, err: expect.stringMatching(/nowhere\.md cannot be read/) });
  });
});

describe('decompose', () => {
  it('carries out a plan from a file', async () => {
    const { home, run, create, write, json } = place();
    const id = await idea(create);
    const plan = {
      tasks: [
        { title: 'Measure', assignee: 'Alice' },
        { title: 'Report', parents: [0] },
      ],
      root_assignee: 'carol',
    };
    write('plan.json', JSON.stringify(plan));
    const { code, out } = await run('decompose', id, '--plan', join(home, 'plan.json'), '--json');
    expect(code).toBe(0);
    const outcome = JSON.parse(out);
    expect(outcome).toMatchObject({ task_id: id, ok: true, fanout: true, new_title: 'Rough idea' });
    expect(outcome.child_ids).toHaveLength(2);
    expect(await json('list', '--json', '--sort', 'title')).toMatchObject([
      { title: 'Measure', status: 'ready', assignee: 'alice' },
      { title: 'Report', status: 'todo', assignee: null },
      { title: 'Rough idea', status: 'todo', assignee: 'carol' },
    ]);
  });

  it.each([
    ['{"tasks": [', /is not JSON: /],
    ['{"tasks": [{"title": "A", "parents": [3]}]}', /`tasks\.0\.parents\.0` .*, not 3\./],
    ['{"tasks": [{"title": "A", "parents": ["x"]}]}', /`tasks\.0\.parents\.0` must be a whole number/],
    ['{"tasks": [{"titel": "A"}]}', /`(titel|tasks\.0\.title)`/],
    ['{"tasks": [{"title": "A", "parents": [1]}, {"title": "B", "parents": [0]}]}', /in a circle/],
    ['[]', /must be an object/],
    ['{"tasks": []}', /`tasks` must name at least one task/],
  ])('a wrong plan is refused with its place, and nothing is made: %s', async (text, sentence) => {
    const { home, run, create, write, json } = place();
    const id = await idea(create);
    write('plan.json', text);
    const { code, out, err } = await run('decompose', id, '--plan', join(home, 'plan.json'));
    expect({ code, out }).toEqual({ code: 1, out: '' });
    expect(err).toMatch(sentence);
    expect(err.trim().split('\n')).toHaveLength(1);
    expect(await json('list', '--json')).toHaveLength(1);
  });

  it('leaves to the settings what a plan does not say', async () => {
    const { run, create, json, home, write } = place();
    write('andon.yaml', 'orchestrator_profile: lead\nauto_promote_children: false\n');
    const id = await create('Write the handbook', '--triage');
    write('plan.json', JSON.stringify({ tasks: [{ title: 'First' }] }));
    await run('decompose', id, '--plan', join(home, 'plan.json'));
    expect(await json('show', id, '--json')).toMatchObject({ task: { assignee: 'lead', status: 'todo' } });
    expect(await json('list', '--status', 'blocked', '--json')).toMatchObject([{ title: 'First' }]);
  });

  it('without a plan it is wrong usage; from standard input an empty one is not JSON', async () => {
    const { run, create } = place();
    const id = await idea(create);
    expect((await run('decompose', id)).code).toBe(2);
    expect((await run('decompose', id, '--plan', '-')).err).toContain('Standard input is not JSON');
  });
});

describe('swarm', () => {
  it('makes the cards, and answers the same ones for the same key', async () => {
    const { run, json } = place();
    const roles = ['--verifier', 'eve', '--synthesizer', 'sam', '--idempotency-key', 'k1'];
    const workers = ['--worker', 'Ada:Prices:web,files', '--worker', 'bob:Rivals'];
    const made = await run('swarm', 'Know the market', ...workers, ...roles);
    expect(made.out).toMatch(/^Made the swarm t_\w+\n {2}workers {6}t_\w+ t_\w+\n {2}verifier {5}t_\w+\n/);
    const ids = await json('swarm', 'Know the market', ...workers, ...roles, '--json');
    expect(Object.keys(ids as object)).toEqual(['root_id', 'worker_ids', 'verifier_id', 'synthesizer_id']);
    expect(await json('list', '--json', '--status', 'ready')).toMatchObject([
      { skills: expect.anything() },
      { skills: expect.anything() },
    ]);
    expect(await json('list', '--json', '--assignee', 'ada')).toMatchObject([
      { title: 'Prices', skills: ['web', 'files'] },
    ]);
  });

  it('a worker that is spelled wrong is wrong usage', async () => {
    const { run } = place();
    const roles = ['--verifier', 'eve', '--synthesizer', 'sam'];
    expect((await run('swarm', 'Goal', ...roles)).code).toBe(2);
    for (const worker of ['ada', 'ada:', ':Prices', 'a:b:c:d']) {
      expect((await run('swarm', 'Goal', '--worker', worker, ...roles)).code, worker).toBe(2);
    }
  });
});
