import { describe, expect, it } from 'vitest';
import { moment } from '../../src/surfaces/cli/moment.ts';
import { place } from './command-line.ts';

describe('a time', () => {
  // The tests run in any zone: what is local is compared as local.
  const now = new Date(2026, 10, 21, 12, 30);
  const at = (text: string) => moment(text, now);

  it.each<[string, Date]>([
    ['14:05', new Date(2026, 10, 21, 14, 5)],
    ['9:00', new Date(2026, 10, 22, 9)],
    ['2026-11-22', new Date(2026, 10, 22)],
    ['2026-11-22 07:15', new Date(2026, 10, 22, 7, 15)],
    ['2026-11-22T07:15:30', new Date(2026, 10, 22, 7, 15, 30)],
    ['2026-11-22T07:15Z', new Date(Date.UTC(2026, 10, 22, 7, 15))],
    ['2026-11-22 07:15:00+02:00', new Date(Date.UTC(2026, 10, 22, 5, 15))],
  ])('is read from %s', (text, time) => {
    expect(at(text)).toBe(time.getTime());
  });
  it.each([
    '',
    'tomorrow',
    '25:00',
    '12:60',
    '2026-02-30',
    '2026-11-22 24:30',
    '1795251600',
    '14',
    '2026-11-22T07',
  ])('is not %j', (text) => {
    expect(() => at(text)).toThrow(/must be a time/);
  });
});

describe('putting off', () => {
  it('until a time, for a while or without an end; several at once', async () => {
    const { run, create, json } = place();
    const [one, two] = [await create('One'), await create('Two')];
    expect((await run('schedule', one, 'after', 'lunch', '--in', '2h', '--ids', two)).out).toBe(
      `Scheduled ${one}\nScheduled ${two}\n`,
    );
    expect((await run('why', one)).out).toMatch(/It is scheduled for .*UTC \(in (2h|1h 59m)\)/);
    expect(await json('show', one, '--json')).toMatchObject({
      task: { status: 'scheduled' },
      comments: [{ body: 'SCHEDULED: after lunch' }],
    });
    expect((await run('unblock', one)).out).toBe(`Unblocked ${one}  (ready)\n`);
    expect((await run('create', 'Later', '--at', '2999-01-01')).out).toMatch(/\(scheduled, assignee=-\)/);
  });

  it('is refused for the past, and for two times', async () => {
    const { run, create } = place();
    const id = await create('One');
    const past = await run('schedule', id, '--at', '2020-01-01 10:00');
    expect(past).toMatchObject({ code: 1, out: '' });
    expect(past.err).toMatch(/^andon: Task .* in the past; name a later time\.\n$/);
    expect((await run('schedule', id, '--at', 'soon')).code).toBe(2);
    expect((await run('schedule', id, '--at', '14:05', '--in', '1h')).code).toBe(2);
    expect((await run('create', 'X', '--in', '1h', '--triage')).code).toBe(1);
  });
});

describe('blocking by a kind', () => {
  it('twice brings the task into triage, from where promote brings it back', async () => {
    const { run, create, json } = place();
    const id = await create('Deploy');
    expect((await run('block', id, 'no', 'key', '--kind', 'capability')).out).toBe(`Blocked ${id}\n`);
    expect((await run('why', id)).out).toMatch(/by a missing capability: no key/);
    await run('unblock', id);
    expect((await run('block', id, 'still', '--kind', 'capability')).out).toBe(`Blocked ${id}  (triage)\n`);
    expect((await run('why', id)).out).toMatch(/2 times in a row by a missing capability: still/);
    expect((await run('block', id, '--kind', 'boredom')).code).toBe(2);
    expect(await json('promote', id, 'fixed', '--json')).toEqual({
      task_id: id,
      promoted: true,
      dry_run: false,
      forced: false,
      reason: 'fixed',
      error: null,
    });
  });
});

describe('a checkpoint', () => {
  it('is shown by the card, and is in the brief of the next attempt', async () => {
    const { run, create, json } = place();
    const id = await create('Translate');
    expect((await run('checkpoint', id, 'early')).code).toBe(1);
    await run('claim', id);
    const said = ['Chapters', '1 to 3.', '--data', '{"next": 4}'];
    expect((await run('checkpoint', id, ...said)).out).toBe(`Checkpoint of ${id}\n`);
    expect((await run('checkpoint', id, 'x', '--data', '[4]')).code).toBe(2);
    expect((await run('show', id)).out).toMatch(
      /Last checkpoint\n.* run \d+\n {4}Chapters 1 to 3\.\n {4}\{"next":4\}/,
    );
    expect(await json('show', id, '--json')).toMatchObject({
      checkpoint: { text: 'Chapters 1 to 3.', data: { next: 4 } },
    });
    await run('reclaim', id);
    expect((await run('context', id)).out).toMatch(/## Last checkpoint[\s\S]*Chapters 1 to 3\./);
  });
});

describe('promoting', () => {
  it('says per task what came of it, and with --dry-run what would', async () => {
    const { run, create } = place();
    const parent = await create('Parent');
    const [child, other] = [
      await create('Child', '--parent', parent),
      await create('Other', '--initial-status', 'blocked'),
    ];
    const tried = await run('promote', child, '--ids', other, '--dry-run', '--json');
    expect(tried.code).toBe(1);
    expect(JSON.parse(tried.out)).toMatchObject([
      { task_id: child, promoted: false, dry_run: true, error: `Task ${child} waits for ${parent}.` },
      { task_id: other, promoted: false, dry_run: true, error: null },
    ]);
    const done = await run('promote', child, '--ids', other);
    expect(done).toMatchObject({ code: 1, out: `Promoted ${other}\n` });
    expect((await run('promote', child, '--force')).out).toBe(`Promoted ${child}\n`);
  });
});

describe('reviewing', () => {
  it('goes to the reviewer and back', async () => {
    const { run, create } = place();
    const id = await create('Fix', '--assignee', 'ada');
    expect((await run('request-review', id, '--reviewer', 'Bea', '--summary', 'Done.')).code).toBe(0);
    expect((await run('show', id)).out).toMatch(/status\s+\S review[\s\S]*assignee\s+bea/);
    expect((await run('why', id)).out).toMatch(/review/);
    expect((await run('request-changes', id, 'not', 'yet')).out).toBe(
      `Requested changes of ${id}  (ready)\n`,
    );
    expect((await run('show', id)).out).toMatch(/assignee\s+ada/);
    expect((await run('request-changes', id)).code).toBe(1);
    await run('request-review', id);
    expect((await run('reopen-review', id)).out).toBe(`Reopened ${id}  (ready)\n`);
    expect((await run('request-review', id, '--reviewer', 'none')).code).toBe(2);
  });
});

describe('editing', () => {
  it('changes words, and the result of a done task', async () => {
    const { run, create, json } = place();
    const id = await create('Draft');
    expect((await run('edit', id, '--title', 'Final', '--priority', '2')).out).toBe(`Edited ${id}\n`);
    expect((await run('edit', id, '--result', '42')).code).toBe(1);
    await run('complete', id);
    expect((await run('edit', id, '--result', '42', '--summary', 'All.', '--metadata', '{"n":1}')).code).toBe(
      0,
    );
    expect(await json('show', id, '--json')).toMatchObject({
      task: { title: 'Final', priority: 2, result: '42' },
      latest_summary: 'All.',
    });
    expect((await run('edit', id)).code).toBe(2);
    expect((await run('edit', id, '--summary', 'x')).code).toBe(2);
  });
});

describe('taking back', () => {
  it('frees a claim without a process at once, and gives it to another', async () => {
    const { run, create } = place();
    const id = await create('Work', '--assignee', 'ada');
    expect((await run('reclaim', id)).code).toBe(1);
    await run('claim', id);
    expect((await run('reassign', id, 'bea')).code).toBe(1);
    expect((await run('reassign', id, 'bea', '--reclaim')).out).toBe(`Reassigned ${id} to bea  (ready)\n`);
    await run('claim', id);
    expect((await run('reclaim', id, '--reason', 'Asleep.')).out).toBe(`Reclaimed ${id}  (ready)\n`);
  });
});

describe('creating', () => {
  it('takes goals, triage and worktrees with their branch', async () => {
    const { create, json, run } = place();
    const id = await create('Feature', '--workspace', 'worktree:~/wt', '--branch', 'feature/1');
    expect(await json('show', id, '--json')).toMatchObject({
      task: { workspace_kind: 'worktree', workspace_path: '~/wt', branch_name: 'feature/1' },
    });
    expect((await run('create', 'Idea', '--triage')).out).toMatch(/\(triage, /);
    expect((await run('create', 'Goal', '--goal', '--goal-max-turns', '3')).code).toBe(0);
    expect((await run('create', 'X', '--goal-max-turns', '0')).code).toBe(2);
    expect((await run('create', 'X', '--branch', 'b')).code).toBe(1);
    expect((await run('create', 'X', '--workspace', 'scratch:/x')).code).toBe(2);
    expect((await run('create', 'X', '--workspace', 'worktree')).code).toBe(0);
  });
});
