import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { expect, it } from 'vitest';
import { place } from './command-line.ts';

it('diagnostics tells what looks wrong and what to do, by severity and by task', async () => {
  const { run, create, json, home, write } = place();
  expect((await run('diag')).out).toBe('(nothing looks wrong)\n');
  const idea = await create('Idea', '--triage');
  const stranded = await create('Stranded', '--assignee', 'ada');
  const database = new DatabaseSync(join(home, 'kanban.db'));
  database.exec(`update task_events set created_at = created_at - 4000 where task_id = '${stranded}'`);
  database.close();
  const all = await json('diagnostics', '--json');
  expect(all).toMatchObject({ count: 2 });
  expect(await json('diag', '--severity', 'error', '--json')).toMatchObject({
    count: 1,
    diagnostics: [
      {
        task_id: stranded,
        task_title: 'Stranded',
        task_status: 'ready',
        task_assignee: 'ada',
        diagnostics: [
          {
            kind: 'stranded_in_ready',
            severity: 'error',
            actions: [
              { kind: 'cli_hint', payload: { command: `andon why ${stranded}` }, suggested: true },
              {},
              {},
            ],
          },
        ],
      },
    ],
  });
  const { out } = await run('diag', '--task', idea);
  expect(out).toContain(`andon specify ${idea}`);
  expect(out).not.toContain(stranded);
  expect((await run('diag', '--task', 't_00000000')).code).toBe(1);
  expect((await run('diag', '--severity', 'bad')).code).toBe(2);
  write('andon.yaml', 'diagnostics: {stranded_threshold_seconds: 5000}\n');
  expect(await json('diagnostics', '--json')).toMatchObject({ count: 1 });
});
