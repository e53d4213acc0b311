import { Client } from 'pg';
import { describe, expect, it, onTestFinished, vi } from 'vitest';
import { asMillis, asSeconds, type TaskId } from '../../src/domain/ids.ts';
import { board, exited, leader, openBoard, profile, value } from '../support/board.ts';
import { stores } from '../support/stores.ts';

/**
 * How often a command waits for the server: on a network that costs more than all else. What is asked before an answer has
 * come travels with what was asked before it; so a question belongs to the journey after the last answer.
 */
function countJourneys(): (work: () => Promise<unknown>) => Promise<number> {
  let answered = 0;
  const send = Client.prototype.query;
  const spy = vi.spyOn(Client.prototype, 'query').mockImplementation(function (this: Client, ...asked) {
    const journey = answered + 1;
    const answer: unknown = Reflect.apply(send, this, asked);
    const note = (): void => {
      answered = Math.max(answered, journey);
    };
    Promise.resolve(answer).then(note, note);
    return answer;
  });
  onTestFinished(() => spy.mockRestore());
  return async (work) => {
    answered = 0;
    await work();
    return answered;
  };
}

/** A board on PostgreSQL with a task that has two finished parents and no children. */
async function prepared() {
  const postgres = stores.find(({ name }) => name === 'postgres');
  if (postgres === undefined) throw new Error('The tests know no PostgreSQL.');
  const opened = openBoard(postgres);
  const { create, done, kernel } = opened;
  const parents = [await create('First'), await create('Second')];
  for (const parent of parents) await done(parent);
  const id = await create('Work', { assignee: profile('ada'), parents });
  value(await kernel.raiseEpoch(board, leader));
  return { ...opened, parents, id, journeys: countJourneys() };
}

describe('on PostgreSQL a begin and one journey take, and nobody waits for the end of', () => {
  it('a look of the dispatcher', async () => {
    const { kernel, journeys } = await prepared();
    const asked = { assignees: [profile('ada')], unassigned: false, limit: 10 };
    expect(await journeys(async () => value(await kernel.dispatchView(board, asked)))).toBe(2);
  });

  it('the brief of a task with two finished parents', async () => {
    const { kernel, id: task_id, journeys } = await prepared();
    expect(await journeys(async () => value(await kernel.brief(board, { task_id })))).toBe(2);
  });
});

describe('on PostgreSQL at most four journeys take', () => {
  it('a new task with its key and two parents', async () => {
    const { create, parents, journeys } = await prepared();
    const more = { parents, idempotency_key: 'once', assignee: profile('ada') };
    expect(await journeys(() => create('Child', more))).toBeLessThanOrEqual(4);
    expect(await journeys(() => create('Child', more))).toBeLessThanOrEqual(4);
  });

  it('a claim from outside, its sign of life and its end', async () => {
    const { claim, kernel, id: task_id, journeys } = await prepared();
    expect(await journeys(() => claim(task_id))).toBe(3);
    const beat = { task_id, claim_lock: 'here:1', ttl_seconds: asSeconds(60), note: 'half way' };
    expect(await journeys(async () => value(await kernel.heartbeat(board, beat)))).toBeLessThanOrEqual(4);
    const end = { task_id, summary: 'Done.', result: 'Well done.' };
    expect(await journeys(async () => value(await kernel.complete(board, end)))).toBeLessThanOrEqual(4);
  });

  it('a start, what is learned of its process, the answer and the end of the process', async () => {
    const { start, reap, kernel, id: task_id, journeys } = await prepared();
    const started: Awaited<ReturnType<typeof start>>[] = [];
    expect(await journeys(async () => started.push(await start(task_id)))).toBe(3);
    const [claim] = started;
    if (claim === undefined) throw new Error('Nothing was started.');
    const { run_id } = claim;
    const identity = { pid: 4711, start: '1', boot: 'b' };
    const seen = { run_id, epoch: leader.epoch, identity, started_at: asMillis(1) };
    expect(await journeys(async () => value(await kernel.recordStart(board, seen)))).toBeLessThanOrEqual(4);
    const answer = { task_id, run_id, summary: 'Done.' };
    expect(await journeys(async () => value(await kernel.complete(board, answer)))).toBeLessThanOrEqual(4);
    expect(await journeys(() => reap(claim, exited(0)))).toBeLessThanOrEqual(4);
  });

  it('several starts together, as one', async () => {
    const { create, kernel, id, journeys } = await prepared();
    const { epoch } = leader;
    const ids = [id, await create('Second'), await create('Third')];
    const starts = ids.map((task_id, index) => ({
      ...{ task_id, claim_lock: `here:${index}`, ttl_seconds: asSeconds(60), workspace_path: null },
      ...{ host: 'here', runs_root: '/runs', mark: `mark${index}`, max_runtime_seconds: null },
      slot_free_since: asMillis(0),
    }));
    const started = async () => {
      const answers = value(await kernel.startRuns(board, { epoch, starts }));
      expect(answers.every(({ ok }) => ok)).toBe(true);
    };
    expect(await journeys(started)).toBe(3);
  });

  it('whatever else a worker or a person says', async () => {
    const { claim, kernel, id: task_id, journeys } = await prepared();
    const words = { author: 'ada', body: 'A word.' };
    expect(await journeys(async () => value(await kernel.comment(board, { task_id, ...words })))).toBe(4);
    const file = {
      filename: 'a.txt',
      stored_path: '/a.txt',
      key: 'once',
      content_type: null,
      size: 1,
      uploaded_by: null,
    };
    expect(await journeys(async () => value(await kernel.attach(board, { task_id, ...file })))).toBe(4);
    const edited = { task_id, title: 'Other words' };
    expect(await journeys(async () => value(await kernel.edit(board, edited)))).toBeLessThanOrEqual(4);
    await claim(task_id);
    const blocked = { task_id, reason: 'A question.', comment_as: 'ada' };
    expect(await journeys(async () => value(await kernel.block(board, blocked)))).toBeLessThanOrEqual(4);
    expect(await journeys(async () => value(await kernel.unblock(board, { task_id })))).toBeLessThanOrEqual(
      4,
    );
    expect(await journeys(async () => value(await kernel.archive(board, { task_id })))).toBeLessThanOrEqual(
      4,
    );
  });

  it('an end that lets children go, however many they are', async () => {
    const { create, done, task, id, journeys } = await prepared();
    const children: TaskId[] = [];
    for (const title of ['One', 'Two', 'Three']) children.push(await create(title, { parents: [id] }));
    expect(await journeys(() => done(id))).toBeLessThanOrEqual(4);
    for (const child of children) expect((await task(child)).status).toBe('ready');
  });
});
