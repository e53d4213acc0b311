import { describe, expect, it } from 'vitest';
import { gatewayHome } from '../support/gateway-home.ts';
import { until } from '../support/until.ts';

/** What is admitted, with real gateways and workers: limits, pauses, profiles that come later, the dry run. */

const waits = 'wait_for release; andon complete "$ANDON_TASK" --summary done';
const quick = 'andon complete "$ANDON_TASK" --summary done';

describe('limits', () => {
  it("a profile's own limit leaves its slots to others, and `why` names it", async ({ onTestFinished }) => {
    const workers = { quick, narrow: waits };
    const home = gatewayHome({ onTestFinished }, { settings: { max_in_progress: 8 }, workers });
    const profile = home.read('profiles/narrow/andon.yaml');
    home.write('profiles/narrow/andon.yaml', profile.replace('{', '{ "max_in_progress": 1,'));
    const first = await home.create('narrow', '--priority', '1');
    const second = await home.create('narrow');
    await home.gateway();
    await home.reaches(first, 'running');
    await home.reaches(await home.create('quick'), 'done');
    expect(await home.why(second)).toBe('profile_full');
    const dry = await home.json('dispatch', '--dry-run');
    expect(dry['skipped_per_profile_capped']).toEqual([{ task_id: second, assignee: 'narrow', current: 1 }]);
    home.write('release');
    await home.reaches(second, 'done');
  });
});

describe('slots', () => {
  it('are counted over all boards, and `why` counts so too', async ({ onTestFinished }) => {
    const home = gatewayHome(
      { onTestFinished },
      { settings: { max_in_progress: 1 }, workers: { quick, slow: waits } },
    );
    await home.andon('boards', 'create', 'other');
    await home.gateway();
    const first = await home.create('slow');
    await home.reaches(first, 'running');
    const made: unknown = JSON.parse(
      await home.andon('--board', 'other', 'create', 'Later', '--assignee', 'quick', '--json'),
    );
    const second = String(Object(made).id);
    expect(await home.json('--board', 'other', 'why', second)).toMatchObject({
      code: 'no_slot',
      sentence: 'All slots are taken (1/1).',
    });
    home.write('release');
    await until('the other board had its turn', async () => {
      const shown: unknown = JSON.parse(await home.andon('--board', 'other', 'show', second, '--json'));
      return Object(shown).task.status === 'done';
    });
  });
});

describe('a pause', () => {
  it('keeps a running gateway from starting anything, and ends by itself or by a word', async ({
    onTestFinished,
  }) => {
    const home = gatewayHome({ onTestFinished }, { workers: { quick } });
    await home.andon('init');
    await home.gateway();
    await home.andon('pause', '--reason', 'the graph is being built', '--for', '1h');
    const task = await home.create('quick');
    expect(await home.json('why', task)).toMatchObject({
      code: 'paused',
      sentence: expect.stringContaining('the graph is being built'),
    });
    const listed: unknown = JSON.parse(await home.andon('pause', '--list', '--json'));
    expect(listed).toMatchObject([{ board: 'default', scope: 'board', by: 'user', name: '' }]);
    await home.andon('pause', '--for', '1s');
    await home.reaches(task, 'done');
    await home.andon('pause', '--profile', 'quick');
    const next = await home.create('quick');
    expect(await home.why(next)).toBe('paused');
    await home.andon('resume', '--profile', 'quick');
    await home.reaches(next, 'done');
  });
});

describe('a profile', () => {
  it('that is defined while the gateway runs starts its waiting task within seconds', async ({
    onTestFinished,
  }) => {
    const home = gatewayHome({ onTestFinished }, { workers: { quick } });
    const task = await home.create('late');
    await home.gateway();
    await until('the task lacks its profile', async () => (await home.why(task)) === 'no_profile');
    home.write('profiles/late/notes');
    home.write('profiles/late/andon.yaml', home.read('profiles/quick/andon.yaml'));
    await home.reaches(task, 'done', 5000);
  });
});

describe('`andon dispatch`', () => {
  it('tells in a dry run what a pass would do and why not more, and changes nothing; a pass then does it', async ({
    onTestFinished,
  }) => {
    const home = gatewayHome(
      { onTestFinished },
      { settings: { max_in_progress: 1, default_assignee: 'quick' }, workers: { quick: waits } },
    );
    const free = await home.create('none', '--priority', '9');
    const ready = await home.create('quick', '--priority', '5');
    const outside = await home.create('outside');
    const before = await home.andon('list', '--json');
    const dry = await home.json('dispatch', '--dry-run');
    expect(dry).toMatchObject({
      dry_run: true,
      spawned: [{ task_id: free, assignee: 'quick', workspace: '', board: 'default' }],
      auto_assigned_default: [free],
      skipped_nonspawnable: [outside],
      skipped_unassigned: [],
      respawn_guarded: [],
      rate_limited: [],
      promoted: 0,
      reclaimed: 0,
    });
    expect(dry['skipped']).toMatchObject([
      { task_id: ready, code: 'no_slot', sentence: 'All slots are taken (1/1).' },
      { task_id: outside, code: 'no_profile' },
    ]);
    expect(await home.andon('list', '--json')).toBe(before);
    expect(await home.andon('dispatch', '--dry-run')).toContain(`${free}  would be started for quick`);
    expect(await home.json('dispatch', '--max', '1')).toMatchObject({
      dry_run: false,
      spawned: [{ task_id: free, workspace: expect.stringContaining(free) }],
      skipped: [{ task_id: ready, code: 'no_slot' }, { task_id: outside }],
    });
    home.write('release');
    await home.reaches(free, 'done');
    // The worker may live for a moment longer than its answer.
    const second = await until('a slot is free again', async () => {
      const report = await home.json('dispatch');
      return JSON.stringify(report['spawned']).includes(ready) && report;
    });
    expect(second).toMatchObject({ spawned: [{ task_id: ready }] });
    await home.reaches(ready, 'done');
  });

  it('tells what it would promote, wake and take back', async ({ onTestFinished }) => {
    const home = gatewayHome({ onTestFinished }, { workers: { quick } });
    const expired = await home.create('quick');
    await home.andon('claim', expired, '--ttl', '1');
    await until('the claim has run out', async () => {
      const dry = await home.json('dispatch', '--dry-run');
      return dry['reclaimed'] === 1;
    });
    expect(await home.json('dispatch', '--dry-run')).toMatchObject({
      would: [{ board: 'default', reclaim: [expired], promote: [], wake: [], settle: [] }],
    });
    expect((await home.show(expired)).task.status).toBe('running');
  });
});
