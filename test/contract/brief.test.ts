import { describe, expect, it } from 'vitest';
import { board, exited, openBoard, profile, value } from '../support/board.ts';
import { stores } from '../support/stores.ts';

/** Contract §9.4. */
describe.each(stores)('the worker brief on $name', (kind) => {
  it('a bare task is its heading and its facts', async () => {
    const { create, kernel } = openBoard(kind);
    const id = await create('Count');
    expect(value(await kernel.brief(board, { task_id: id }))).toBe(
      `# ${id}: Count\n\nAssignee: (nobody)\nStatus: ready\nWorkspace: scratch\n`,
    );
  });

  it('its sections stand in their order, and empty ones are left out', async () => {
    const { create, start, reap, kernel, foreign } = openBoard(kind);
    const ada = { assignee: profile('ada') };
    const earlier = await create('Earlier', ada);
    value(await kernel.complete(board, { task_id: earlier, summary: 'It went well.\nVery well.' }));
    const parent = await create('Parent');
    value(await kernel.complete(board, { task_id: parent, result: '42', metadata: { b: 2, a: 1 } }));
    const silent = await create('Silent');
    value(await kernel.complete(board, { task_id: silent }));
    const open = await create('Archived');
    const id = await create('Count', {
      ...ada,
      body: 'All files.',
      parents: [parent, silent, open],
      tenant: 'acme',
      max_runtime_seconds: 90,
      workspace_kind: 'worktree',
      workspace_path: '/tree',
      branch_name: 'census',
    });
    value(await kernel.archive(board, { task_id: open }));
    await reap(await start(id), exited(3));
    value(await kernel.comment(board, { task_id: id, author: 'b`o`b', body: 'Skip the images.' }));
    await foreign(`insert into task_attachments (task_id, filename, stored_path, content_type, size, created_at)
      values ('${id}', 'plan.pdf', '/files/plan.pdf', 'application/pdf', 2049, 1)`);
    const text = value(await kernel.brief(board, { task_id: id }));
    const headings = text.split('\n').filter((line) => line.startsWith('#'));
    const [first = '', second = ''] = [parent, silent].toSorted();
    const titles = { [parent]: 'Parent', [silent]: 'Silent' };
    expect(headings).toEqual([
      `# ${id}: Count`,
      '## Task',
      '## Attachments',
      '## Prior attempts on this task',
      '### Attempt 1: crashed (ada, 2026-11-21 09:00 UTC)',
      '## Parent task results',
      `### ${first}: ${titles[first]}`,
      `### ${second}: ${titles[second]}`,
      '## Recent work by @ada',
      '## Comment thread',
    ]);
    for (const line of [
      'Tenant: acme',
      `Workspace: worktree @ /jobs/${id}`,
      'Max runtime: 90 s',
      'Terminal timeout: 60 s',
      'Branch: census',
      '- plan.pdf (application/pdf, 3 KB): /files/plan.pdf',
      'Error: The worker exited with code 3.',
      '42',
      'Metadata: {"a":1,"b":2}',
      '(no result recorded)',
      `- ${earlier} Earlier: It went well.`,
      'comment from worker `bob` at 2026-11-21 09:00 UTC:',
      'Skip the images.',
    ]) {
      expect(text.split('\n')).toContain(line);
    }
  });

  it('long texts are cut, and what was left out is counted', async () => {
    const { create, claim, kernel } = openBoard(kind);
    const id = await create('Long', { body: '🙂'.repeat(8200) });
    for (let time = 0; time < 33; time += 1) {
      value(await kernel.comment(board, { task_id: id, author: 'ada', body: `${time} ${'x'.repeat(2050)}` }));
    }
    for (let time = 0; time < 12; time += 1) {
      await claim(id);
      value(await kernel.block(board, { task_id: id, reason: 'y'.repeat(4100) }));
      value(await kernel.unblock(board, { task_id: id }));
    }
    const text = value(await kernel.brief(board, { task_id: id }));
    expect(text).toContain(`${'🙂'.repeat(8192)}… [truncated, 8 chars omitted]`);
    expect(text).toContain('… [truncated, 4 chars omitted]');
    expect(text).toContain('(2 older omitted)\n### Attempt 3: blocked');
    expect(text).toContain('### Attempt 12: blocked');
    expect(text).toContain('(3 older omitted)\ncomment from worker `ada`');
    expect(text).not.toContain('\n2 xxx');
    expect(text).toContain('\n3 xxx');
  });
});
