import { describe, expect, test } from 'vitest';
import { openBoard } from '../support/board.ts';
import { stores } from '../support/stores.ts';
describe.each(stores)('$name', (kind) => {
  test('x', async () => { const b = openBoard(kind); const t = await b.create('x'); await b.foreign(`update tasks set status='running'`); expect(t).toMatch(/^t_/)  });
});
