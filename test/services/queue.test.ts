import { describe, expect, it } from 'vitest';
import type { Limits } from '../../src/domain/admission.ts';
import { asMillis, asSeconds, parseBoardId } from '../../src/domain/ids.ts';
import { admitFrom, type Look, lookAt, survey } from '../../src/services/queue.ts';
import { type Board, board, openBoard, profile, value } from '../support/board.ts';
import { stores } from '../support/stores.ts';

const [ada, bob] = [profile('ada'), profile('bob')];

const limitsAt = (now: number, own: Partial<Limits> = {}): Limits => ({
  now: asMillis(now),
  max_in_progress: 3,
  max_in_progress_per_board: undefined,
  max_in_progress_per_profile: undefined,
  max_in_progress_per_tenant: undefined,
  profiles: new Map([ada, bob].map((name) => [name, { max_in_progress: undefined }])),
  problems: new Map(),
  default_assignee: null,
  dispatch_profiles: null,
  review_dispatch: true,
  host: 'here',
  rests: [],
  budgets: [],
  rate_limit_cooldown: asSeconds(300),
  priority_ageing_minutes: 30,
  board_weights: {},
  ...own,
});

const look = async ({ kernel }: Board): Promise<Look> => ({ board, seen: await lookAt(kernel, board) });
const fail = (_: unknown, error: unknown): never => {
  throw error;
};

/** What stands behind a page of tasks that cannot start must still be found. */
describe.each(stores)('what may start, read from $name', (kind) => {
  const admitted = async (on: Board, own: Partial<Limits> = {}) => {
    const { start } = await admitFrom(on.kernel, [await look(on)], limitsAt(on.clock.now(), own), fail);
    return start.map(({ ready: { task } }) => task.id);
  };

  it('is found behind a page of tasks that cannot start', async () => {
    const on = openBoard(kind);
    for (let number = 0; number < 101; number += 1) {
      const id = await on.create('Limited', { assignee: ada, priority: 5 });
      const { run_id } = await on.start(id, { mark: `m${number}` });
      // Its worker is not gone yet, and two never share a folder.
      value(await on.kernel.fail(board, { task_id: id, run_id, error: 'no', cause: 'task' }));
    }
    on.clock.advance(1);
    const last = await on.create('Behind', { assignee: ada });
    expect(await admitted(on, { max_in_progress: 999 })).toEqual([last]);
  });

  it('is not read of profiles, tenants and boards that are closed', async () => {
    const on = openBoard(kind);
    const busy = await on.create('Busy', { assignee: ada, tenant: 'acme' });
    await on.start(busy);
    const [alike, ofTenant, free] = [
      await on.create('Of the profile', { assignee: ada }),
      await on.create('Of the tenant', { assignee: bob, tenant: 'acme' }),
      await on.create('Free', { assignee: bob }),
    ];
    expect((await admitted(on, { max_in_progress: 9 })).toSorted()).toEqual(
      [alike, ofTenant, free].toSorted(),
    );
    const narrow = { max_in_progress_per_profile: 1, max_in_progress_per_tenant: 1 };
    expect(await admitted(on, narrow)).toEqual([free]);
    expect(await admitted(on, { max_in_progress: 1 })).toEqual([]);
    value(await on.kernel.pause(board, { scope: 'board', name: '', by: 'ada' }));
    expect(await admitted(on)).toEqual([]);
  });

  it('is told in a report with all that waits, also what nobody here can start', async () => {
    const on = openBoard(kind);
    const ready = await on.create('Ready', { assignee: ada });
    const free = await on.create('Nobody');
    const ghost = await on.create('Elsewhere', { assignee: profile('ghost') });
    const limits = limitsAt(on.clock.now());
    const { start, skip } = await survey(on.kernel, [await look(on)], limits);
    expect(start.map((one) => one.ready.task.id)).toEqual([ready]);
    const codes = new Map(skip.map((one) => [one.ready.task.id, one.obstacle.code]));
    expect(codes).toEqual(
      new Map([
        [free, 'unassigned'],
        [ghost, 'no_profile'],
      ]),
    );
  });

  it('leaves a board out that cannot be read, and goes on with the others', async () => {
    const on = openBoard(kind);
    const id = await on.create('Ready', { assignee: ada });
    const seen = await look(on);
    const broken: Look = { board: parseBoardId('broken') ?? board, seen: seen.seen };
    const kernel: typeof on.kernel = {
      ...on.kernel,
      dispatchView: async (of, filter) => {
        if (of === broken.board) throw new Error('The disk is gone.');
        return on.kernel.dispatchView(of, filter);
      },
    };
    const faults: unknown[] = [];
    const limits = limitsAt(on.clock.now());
    const { start } = await admitFrom(kernel, [broken, seen], limits, (of) => void faults.push(of));
    expect(start.map(({ ready }) => ready.task.id)).toEqual([id]);
    expect(faults).toEqual(['broken']);
  });
});
