import { describe, expect, it } from 'vitest';
import {
  asEpoch,
  asEventId,
  asMillis,
  asProfileName,
  asRunId,
  asSeconds,
  asTaskId,
} from '../../src/domain/ids.ts';
import type { RunProcess } from '../../src/domain/run.ts';
import {
  eventText,
  icon,
  localTime,
  oneLine,
  type Paint,
  runTable,
  taskCard,
  taskLines,
} from '../../src/surfaces/render.ts';
import { runWith, taskWith } from '../support/samples.ts';

describe('a list', () => {
  it('is aligned, with icon, id, status, assignee, tenant and title', () => {
    const lines = taskLines([
      taskWith({ id: asTaskId('t_1'), status: 'ready', assignee: asProfileName('al'), title: 'One' }),
      taskWith({ id: asTaskId('t_22'), status: 'running', assignee: null, tenant: 'acme', title: 'Two' }),
    ]);
    expect(lines).toEqual(['▶ t_1   ready    al  One', '● t_22  running  -   [acme] Two']);
  });

  it('has the icons of the contract', () => {
    expect(
      (['todo', 'ready', 'running', 'scheduled', 'blocked', 'done', 'archived', 'triage'] as const).map(icon),
    ).toEqual(['◻', '▶', '●', '⏱', '⊘', '✓', '—', '?']);
  });

  it('lets no title move the cursor or break the line', () => {
    const [line] = taskLines([taskWith({ title: 'a\u001b[2Jb\nc' })]);
    expect(line).toMatch(/a\ufffd\[2Jb c$/);
  });

  it('paints the state', () => {
    const marked: Paint = (style, text) => `<${style}>${text}</>`;
    expect(taskLines([taskWith({ id: asTaskId('t_1'), status: 'done', title: 'x' })], marked)).toEqual([
      '<green>✓ t_1  done</>  coder  x',
    ]);
  });
});

describe('a card', () => {
  it('leaves out what is empty and keeps the lines of the body', () => {
    const card = taskCard(
      {
        task: taskWith({ id: asTaskId('t_1'), title: 'Title', body: 'one\n\ntwo' }),
        latest_summary: null,
        parents: [asTaskId('t_0')],
        children: [],
        comments: [],
        attachments: [],
        checkpoint: null,
        base_commit: null,
        saved_work: [],
        events: [],
        runs: [],
      },
      { code: 'unassigned', sentence: 'Nobody.', next: 'Assign it.', ids: [] },
    );
    expect(card).toContain('parents     t_0');
    expect(card).toContain('Why\n  Nobody. Assign it.');
    expect(card).toContain('Body\n  one\n\n  two');
    expect(card).not.toMatch(/children|Comments|Runs|tenant/);
  });
});

describe('runs', () => {
  const run = runWith({
    id: asRunId(7),
    task_id: asTaskId('t_1'),
    profile: asProfileName('al'),
    outcome: 'crashed',
    status: 'crashed',
    started_at: asSeconds(1),
    ended_at: asSeconds(66),
    error: 'it\nfell',
  });
  const process: RunProcess = {
    run_id: asRunId(7),
    task_id: asTaskId('t_1'),
    lane: 'work',
    epoch: asEpoch(1),
    host: 'here',
    dir: '/runs/7',
    mark: 'm',
    token_hash: null,
    pid: 1,
    pid_start: '1',
    boot: 'b',
    ready_at: asMillis(1000),
    slot_at: asMillis(1250),
    claimed_at: asMillis(1251),
    started_at: asMillis(1262),
    ended_at: null,
    gone_at: null,
    abandoned_at: null,
    exit_code: null,
    exit_signal: null,
    told_at: null,
    driver: null,
    driver_version: null,
    session: null,
    stop_at: null,
    stop_reason: null,
    stop_assignee: null,
    stop_parked_by: null,
  };

  it('show how long they queued and how long they took to start', () => {
    const [, line] = runTable([{ ...run, process }]).split('\n');
    expect(line).toMatch(/^7 +crashed +al +\S+ \S+ +1m 5s +250 ms +12 ms +it fell$/);
  });

  it('show a dash where nobody measured', () => {
    const [, line] = runTable([{ ...run, process: null }], undefined, true).split('\n');
    expect(line).toMatch(/^7 +t_1 +crashed +al +\S+ \S+ +1m 5s +- +- +it fell$/);
  });
});

describe('events and times', () => {
  it('say what a payload holds, without what is empty', () => {
    const text = eventText({
      id: asEventId(1),
      task_id: asTaskId('t_1'),
      run_id: asRunId(2),
      kind: 'created',
      payload: { assignee: 'al', parents: [], tenant: null, skills: ['x'] },
      created_at: asSeconds(0),
    });
    expect(text).toMatch(/^1970-01-01 \d\d:\d\d {2}created {2}run 2 {2}assignee=al skills=\["x"\]$/);
  });

  it('are local', () => {
    expect(localTime(asSeconds(1_795_000_000))).toMatch(/^2026-11-1\d \d\d:\d\d$/);
  });

  it('are cut to a length with a mark', () => {
    expect(oneLine('abcdef', 4)).toBe('abc…');
    expect(oneLine('😀😀', 2)).toBe('😀😀');
  });
});
