import { describe, expect, it } from 'vitest';
import { fillTemplates } from '../../src/services/command-templates.ts';
import { loadProfile, loadProfiles } from '../../src/services/profiles.ts';
import { nodeWorld } from '../../src/services/world-node.ts';
import { quiet } from '../support/quiet-log.ts';
import { temporaryHome } from '../support/temporary-home.ts';

const { files } = nodeWorld({ log: quiet });
const one = (text: string) =>
  loadProfile(temporaryHome({ 'profiles/coder/andon.yaml': text }), files, 'coder');

describe('a profile', () => {
  it('is its file', async () => {
    const text =
      'description: writes code\ncommand: [agent, "{task}", --brief, "{brief}"]\nenv: {A: b}\nmax_runtime: 15m\ntoolsets: [kanban]\nreview_skills: [security]\ngateway: {}\n';
    expect(await one(text)).toEqual({
      ok: true,
      profile: {
        name: 'coder',
        description: 'writes code',
        driver: 'command',
        command: ['agent', '{task}', '--brief', '{brief}'],
        may: 'everything',
        skills: [],
        silence_seconds: 900,
        env: { A: 'b' },
        pass_env: [],
        max_runtime_seconds: 900,
        toolsets: ['kanban'],
        review_skills: ['security'],
      },
    });
    expect(await one('command: [x]\nmax_runtime_seconds: 60')).toMatchObject({
      profile: { max_runtime_seconds: 60 },
    });
  });

  it.each([
    ['command: agent', 'command must be a list of texts: the program and its arguments, not "agent".'],
    ['command: []', 'command must be a list of texts: the program and its arguments, not [].'],
    ['command: [a, 1]', 'command.1 must be a list of texts: the program and its arguments, not 1.'],
    [
      'command: [a, "{id}"]',
      'command.1 must be free of templates but {task}, {workspace}, {brief}, not "{id}".',
    ],
    ['max_runtime: soon', 'max_runtime must be a length of time such as 90s, 15m, 2h or 1d, not "soon".'],
    ['max_runtime: [1]', 'max_runtime must be a length of time such as 90s, 15m, 2h or 1d, not [1].'],
    ['env: {A: 1}', 'env.A must be a text, not 1.'],
    ['max_runtime: 1m\nmax_runtime_seconds: 60', 'give either max_runtime or max_runtime_seconds, not both.'],
  ])('%s is refused in one sentence', async (text, sentence) => {
    expect(await one(text)).toEqual({
      ok: false,
      reason: 'broken',
      message: `profiles/coder/andon.yaml: ${sentence}`,
    });
  });

  it('is unknown without a file, and outside of its folder', async () => {
    const home = temporaryHome({ 'profiles/empty/note': '', 'andon.yaml': 'command: [x]' });
    for (const name of ['missing', 'empty', '..', '.', '../profiles/empty', '']) {
      expect(await loadProfile(home, files, name)).toMatchObject({ ok: false, reason: 'unknown' });
    }
  });

  it('of Hermes is driven by Hermes', async () => {
    const home = temporaryHome({ 'profiles/scribe/config.yaml': 'model: x' });
    expect(await loadProfile(home, files, 'scribe')).toMatchObject({
      ok: true,
      profile: { name: 'scribe', driver: 'hermes' },
    });
  });

  it('of an agent says which, with what model, and what it may', async () => {
    const text =
      'driver: claude\nmodel: opus\nprovider: {url: "https://models.example", key_env: KEY}\nmay: edit\nskills: [review]\nsilence: 5m\npass_env: [GH_TOKEN]';
    expect(await one(text)).toMatchObject({
      profile: {
        driver: 'claude',
        model: 'opus',
        provider: { url: 'https://models.example', key_env: 'KEY' },
        may: 'edit',
        skills: ['review'],
        silence_seconds: 300,
        pass_env: ['GH_TOKEN'],
      },
    });
  });

  it.each([
    [
      'driver: cloud',
      'driver must be one of command, hermes, claude, codex, gemini, opencode, copilot, acp, not "cloud".',
    ],
    ['driver: acp', 'driver acp needs the command that speaks the protocol, such as command: [goose, acp].'],
    ['command: [x]\nmay: read', 'may is for agents; name one with driver, or leave it out.'],
    [
      'driver: codex\ncommand: [codex, "{task}"]',
      'command has the template "{task}", which driver codex does not fill.',
    ],
    [
      'driver: codex\nprovider: {url: "file:///x", key_env: K}',
      'provider.url must be an http or https address, not "file:///x".',
    ],
  ])('that says %j is refused', async (text, sentence) => {
    expect(await one(text)).toEqual({
      ok: false,
      reason: 'broken',
      message: `profiles/coder/andon.yaml: ${sentence}`,
    });
  });
});

describe('all profiles', () => {
  it('are read although some are broken', async () => {
    const home = temporaryHome({
      'profiles/a/andon.yaml': 'command: [x]',
      'profiles/b/andon.yaml': 'comand: [x]',
      'profiles/default/andon.yaml': 'command: [x]',
      'profiles/Big/andon.yaml': 'command: [x]',
      'profiles/note.txt': '',
    });
    const { profiles, broken } = await loadProfiles(home, files);
    expect(profiles.map((profile) => profile.name)).toEqual(['a', 'default']);
    expect(broken).toEqual([
      { name: 'Big', message: expect.stringContaining("profiles/Big: a profile's name must be lower-case") },
      {
        name: 'b',
        message: expect.stringContaining('profiles/b/andon.yaml: there is no setting comand; accepted are'),
      },
    ]);
    expect(await loadProfiles(temporaryHome(), files)).toEqual({ profiles: [], broken: [] });
  });
});

describe('templates', () => {
  it("are filled in, and a shell's own variables are left alone", () => {
    const values = { task: 't_1', workspace: '/w', brief: '/b.md' };
    expect(
      fillTemplates(['x', '{task}:{task}', '@{brief}', '{}', '{Task}', '{{workspace}}'], values),
    ).toEqual(['x', 't_1:t_1', '@/b.md', '{}', '{Task}', '{/w}']);
    const variable = ['$', '{task}'].join('');
    expect(fillTemplates(['x', variable], values)).toEqual(['x', variable]);
    // A value is text, not a pattern.
    expect(fillTemplates(['{workspace}'], { ...values, workspace: '/$&/{task}' })).toEqual(['/$&/{task}']);
  });
});
