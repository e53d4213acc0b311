import { describe, expect, it } from 'vitest';
import { board, exited, openBoard, profile, value } from '../support/board.ts';
import { stores } from '../support/stores.ts';

/** A run's secret: whoever has only the environment of a worker is not that worker. */
describe.each(stores)('a run with a secret on $name', (kind) => {
  const token_hash = 'f00d';

  it('is answered for by its worker alone, whatever is asked', async () => {
    const { create, start, kernel, refused } = openBoard(kind);
    const task_id = await create('Secret', { assignee: profile('ada') });
    const { run_id } = await start(task_id, { token_hash });
    for (const proof of [undefined, 'beef']) {
      const by = { task_id, run_id, proof };
      const asks = [
        () => kernel.complete(board, by),
        () => kernel.block(board, { ...by, reason: 'x' }),
        () => kernel.schedule(board, by),
        () => kernel.heartbeat(board, by),
        () => kernel.requestReview(board, by),
        () => kernel.fail(board, { ...by, error: 'x', cause: 'task' }),
      ];
      for (const ask of asks) {
        const { sentence } = await refused('out_of_scope', ask);
        expect(sentence).toContain('does not have its token');
      }
    }
    value(await kernel.heartbeat(board, { task_id, run_id, proof: token_hash }));
    value(await kernel.complete(board, { task_id, run_id, proof: token_hash }));
  });

  it('is refused as superseded first, whatever its secret', async () => {
    const { create, start, reap, kernel, refused } = openBoard(kind);
    const task_id = await create('Again', { assignee: profile('ada') });
    const old = await start(task_id, { token_hash });
    await reap(old, exited(1));
    await start(task_id, { token_hash: 'c0de', mark: 'b' });
    await refused('stale_run', () =>
      kernel.complete(board, { task_id, run_id: old.run_id, proof: token_hash }),
    );
  });

  it('without one is believed by its number, as one of another program is', async () => {
    const { create, start, kernel } = openBoard(kind);
    const task_id = await create('Plain');
    const { run_id } = await start(task_id);
    value(await kernel.complete(board, { task_id, run_id }));
  });
});
