import { describe, expect, it } from 'vitest';
import type { CreateTask } from './command.ts';
import { checkCreate, placement } from './create.ts';
import { asMillis, asSeconds } from './ids.ts';

const wrongIn = (own: Partial<CreateTask>) => checkCreate({ title: 'Count', ...own });

describe('a new task is sound', () => {
  it.each<Partial<CreateTask>>([
    {},
    { workspace_kind: 'dir', workspace_path: '/srv/repository' },
    { workspace_kind: 'dir', workspace_path: '~/repository' },
    { workspace_kind: 'scratch', workspace_path: ' ' },
    { workspace_kind: 'worktree', branch_name: 'fix/17' },
    { skills: [] },
    { skills: ['review', 'testing'] },
    { max_retries: 1, max_runtime_seconds: 1, priority: -3 },
  ])('with %o', (own) => {
    expect(wrongIn(own)).toBeUndefined();
  });
});

describe('a new task is refused', () => {
  it('without a title', () => {
    expect(wrongIn({ title: ' \n' })).toMatchObject({ code: 'blank_text' });
  });
  it.each<[string, RegExp, Partial<CreateTask>]>([
    ['a dir workspace without its path', /needs its path/, { workspace_kind: 'dir' }],
    ['a dir workspace with a blank path', /needs its path/, { workspace_kind: 'dir', workspace_path: ' ' }],
    ['a relative path', /absolute.*"here"/, { workspace_kind: 'dir', workspace_path: 'here' }],
    ['a branch without a worktree', /worktree workspace only/, { branch_name: 'main' }],
    ['a blank branch', /not blank/, { workspace_kind: 'worktree', branch_name: ' ' }],
    ['a branch like a flag', /"-f"/, { workspace_kind: 'worktree', branch_name: '-f' }],
    ['a branch with white space', /"a b"/, { workspace_kind: 'worktree', branch_name: 'a b' }],
    ['no retries', /max_retries .* from 1, not 0/, { max_retries: 0 }],
    ['half a second', /max_runtime_seconds .* not 0\.5/, { max_runtime_seconds: 0.5 }],
    ['no turns', /goal_max_turns .* from 1, not 0/, { goal_max_turns: 0 }],
    ['no wait', /scheduled_in_seconds .* from 1, not 0/, { scheduled_in_seconds: asSeconds(0) }],
    ['two times', /not both/, { scheduled_at: asMillis(1), scheduled_in_seconds: asSeconds(1) }],
    ['a time in triage', /waits for a person/, { scheduled_at: asMillis(1), triage: true }],
    [
      'a time for a blocked one',
      /waits for a person/,
      { scheduled_at: asMillis(1), initial_status: 'blocked' },
    ],
    ['a broken priority', /priority is a whole number/, { priority: 1.5 }],
  ])('for %s', (_, sentence, own) => {
    expect(wrongIn(own)).toMatchObject({ code: 'invalid_input', sentence: expect.stringMatching(sentence) });
  });
  it('for every skill with a comma at once', () => {
    expect(wrongIn({ skills: ['a,b', 'fine', 'c,d'] })?.sentence).toContain('a,b | c,d');
  });
  it('for words that nobody knows, as a program without types may send', () => {
    const cloud: CreateTask = JSON.parse('{"title":"Count","workspace_kind":"cloud"}');
    expect(checkCreate(cloud)?.sentence).toBe('A workspace is scratch, worktree, dir, not "cloud".');
    const done: CreateTask = JSON.parse('{"title":"Count","initial_status":"done"}');
    expect(checkCreate(done)?.sentence).toBe('A new task is running or blocked, not "done".');
  });
});

describe('a new task begins', () => {
  it.each<[string, boolean, Parameters<typeof placement>[0]]>([
    ['ready', false, {}],
    ['ready', false, { initial_status: 'running', triage: false }],
    ['todo', true, {}],
    ['triage', true, { triage: true }],
    ['scheduled', true, { scheduled_at: asMillis(1) }],
    ['scheduled', false, { scheduled_in_seconds: asSeconds(1) }],
    ['blocked', true, { initial_status: 'blocked', triage: true }],
  ])('%s, when it waits for a parent: %s, and says %o', (status, waits, input) => {
    expect(placement(input, waits)).toBe(status);
  });
});
