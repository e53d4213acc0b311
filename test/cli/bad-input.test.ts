import { existsSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { place } from './command-line.ts';

/** One sentence, from us, without a stack. */
const oneSentence = /^andon: [^\n]+\n$/;

describe('wrong usage ends with 2 and one sentence, and makes no board', () => {
  it.each([
    ['an unknown verb', ['creat', 'x'], /Did you mean create/],
    ['a word that every object knows', ['constructor'], /unknown command/],
    ['a missing title', ['create'], /title.*andon create --help/],
    ['an unknown flag', ['list', '--statuss', 'done'], /--statuss/],
    ['a malformed board', ['--board', 'No Board!', 'list'], /a-z, 0-9/],
    ['a blank board', ['--board', '', 'list'], /a-z, 0-9/],
    ['an unknown status', ['list', '--status', 'finished'], /todo/],
    ['an unknown order', ['list', '--sort', 'size'], /priority/],
    ['a priority that is no number', ['create', 'x', '--priority', 'high'], /whole number/],
    ['a bad duration', ['create', 'x', '--max-runtime', '5 apples'], /15m/],
    ['no retries at all', ['create', 'x', '--max-retries', '0'], /at least 1/],
    ['an unknown workspace', ['create', 'x', '--workspace', 'cloud'], /scratch, dir:<path>/],
    ['a workspace without its path', ['create', 'x', '--workspace', 'dir:'], /scratch, dir:<path>/],
    ['a bad initial status', ['create', 'x', '--initial-status', 'done'], /blocked/],
    ['metadata that is not JSON', ['complete', 't_1', '--metadata', '{x'], /JSON object/],
    ['metadata that is a list', ['complete', 't_1', '--metadata', '[1]'], /JSON object/],
    ['one summary for several tasks', ['complete', 't_1', 't_2', '--summary', 's'], /one task/],
    ['one metadata for several tasks', ['complete', 't_1', 't_2', '--metadata', '{}'], /one task/],
    ['a comment cut to nothing', ['comment', 't_1', 'x', '--max-len', '0'], /at least 1/],
    ['a comment without words', ['comment', 't_1'], /words/],
    ['half a run filter', ['runs', '--state-type', 'status'], /both or neither/],
    ['half a run filter of show', ['show', 't_1', '--state-name', 'done'], /both or neither/],
    ['a subscription without a platform', ['notify-subscribe', 't_1', '--chat-id', 'x'], /--platform/],
    ['a subscription without a chat', ['notify-subscribe', 't_1', '--platform', 'webhook'], /--chat-id/],
    ['an unknown shell', ['completion', 'tcsh'], /bash, zsh, fish/],
    ['the old daemon', ['daemon', '--interval', '5'], /andon gateway start.*dispatch_in_gateway/],
  ])('%s', async (_, args, expected) => {
    const { home, run } = place();
    const { code, out, err } = await run(...args);
    expect(err).toMatch(oneSentence);
    expect(err).toMatch(expected);
    expect({ code, out }).toEqual({ code: 2, out: '' });
    expect(existsSync(home)).toBe(false);
  });
});

describe('a failed operation ends with 1 and one sentence, and leaves the board as it was', () => {
  it.each([
    ['an unknown task', ['show', 't_00000000'], /t_00000000/],
    ['why of an unknown task', ['why', 't_00000000'], /t_00000000/],
    ['a claim of an unknown task', ['claim', 't_00000000'], /t_00000000/],
    ['a comment on an unknown task', ['comment', 't_00000000', 'x'], /t_00000000/],
    ['the context of an unknown task', ['context', 't_00000000'], /t_00000000/],
    ['the log of an unknown task', ['log', 't_00000000'], /t_00000000/],
    ['the runs of an unknown task', ['runs', 't_00000000'], /t_00000000/],
    ['a heartbeat of an unknown task', ['heartbeat', 't_00000000'], /t_00000000/],
    ['a blank title', ['create', '   '], /title/],
    ['an unknown parent', ['create', 'x', '--parent', 't_00000000'], /t_00000000/],
    ['an unknown board', ['--board', 'nowhere', 'list'], /No board nowhere/],
    [
      'a subscription to an unknown task',
      ['notify-subscribe', 't_00000000', '--platform', 'webhook', '--chat-id', 'x'],
      /t_00000000/,
    ],
  ])('%s', async (_, args, expected) => {
    const { run, json, create } = place();
    await create('The only one');
    const { code, out, err } = await run(...args);
    expect(err).toMatch(oneSentence);
    expect(err).toMatch(expected);
    expect({ code, out }).toEqual({ code: 1, out: '' });
    expect(await json('list', '--json')).toMatchObject([{ title: 'The only one', status: 'ready' }]);
  });

  it('says what is wrong with a link', async () => {
    const { run, create } = place();
    const [parent, child] = [await create('Parent'), await create('Child')];
    expect((await run('link', parent, parent)).err).toMatch(oneSentence);
    await run('link', parent, child);
    const cycle = await run('link', child, parent);
    expect(cycle.code).toBe(1);
    expect(cycle.err).toMatch(oneSentence);
  });

  it('says why a task cannot be claimed, and that nobody runs it', async () => {
    const { run, create } = place();
    const id = await create('Once');
    expect((await run('heartbeat', id)).code).toBe(1);
    await run('claim', id);
    const again = await run('claim', id);
    expect(again.code).toBe(1);
    expect(again.err).toMatch(/running/);
  });

  it('says which webhooks there are', async () => {
    const { run, create } = place();
    const id = await create('Tell me');
    const { code, err } = await run('notify-subscribe', id, '--platform', 'webhook', '--chat-id', 'ops');
    expect(code).toBe(1);
    expect(err).toMatch(/andon\.yaml.*there are none yet.*ops/);
  });

  it('says that a task has no log', async () => {
    const { run, create } = place();
    expect(await run('log', await create('Quiet'))).toMatchObject({
      code: 1,
      err: expect.stringMatching(/no log/),
    });
  });
});

describe('a broken andon.yaml', () => {
  it.each([
    ['not YAML', 'webhooks: [', /andon\.yaml/],
    ['an unknown key', 'max_in_progres: 3\n', /max_in_progres/],
    ['a bad value', 'max_in_progress: many\n', /max_in_progress/],
  ])('(%s) stops every command with its path before the board is touched', async (_, text, expected) => {
    const { home, run, write } = place();
    write('andon.yaml', text);
    for (const args of [['list'], ['create', 'x'], ['init']]) {
      const { code, out, err } = await run(...args);
      expect(err).toMatch(oneSentence);
      expect(err).toContain(`${home}/andon.yaml`);
      expect(err).toMatch(expected);
      expect({ code, out }).toEqual({ code: 1, out: '' });
    }
    expect(existsSync(`${home}/kanban.db`)).toBe(false);
  });

  it('is noticed although the one before it was good, and forgiven when it is mended', async () => {
    const { run, write } = place();
    write('andon.yaml', 'max_in_progress: 3\n');
    expect((await run('list')).code).toBe(0);
    expect((await run('list')).code).toBe(0);
    write('andon.yaml', 'max_in_progress: x\n');
    expect((await run('list')).code).toBe(1);
    write('andon.yaml', 'max_in_progress: 4\n');
    expect((await run('list')).code).toBe(0);
  });
});
