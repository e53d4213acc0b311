import { appendFileSync, mkdirSync, renameSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it, onTestFinished } from 'vitest';
import { until } from '../support/until.ts';
import { ended, place } from './command-line.ts';

/** A started command whose output so far can be looked at. */
function followed(child: ReturnType<ReturnType<typeof place>['start']>) {
  onTestFinished(() => void child.kill('SIGKILL'));
  let out = '';
  child.stdout.on('data', (bytes: Buffer) => {
    out += bytes.toString();
  });
  return {
    text: () => out,
    lines: () => out.split('\n').filter((line) => line !== ''),
    end: ended(child),
    child,
  };
}

describe('andon watch', () => {
  it('follows a board from now on, also one that is made only later, and ends well with Ctrl-C', async () => {
    const { start, create, run } = place();
    const watch = followed(start('watch', '--json'));
    // Until the first line is there nobody knows that it follows already.
    await until('the first line', async () => {
      await create('Before');
      return watch.lines().length > 0;
    });
    const id = await create('Observed', '--assignee', 'alice', '--tenant', 'acme');
    await run('complete', id, '--summary', 'seen');
    const events = await until('both events', () => {
      const all: unknown[] = watch.lines().map((line) => JSON.parse(line));
      const own = all.filter((event) => JSON.stringify(event).includes(id));
      return own.length === 2 && own;
    });
    expect(events).toMatchObject([
      { task_id: id, kind: 'created', title: 'Observed', assignee: 'alice', tenant: 'acme' },
      { task_id: id, kind: 'completed', payload: { summary: 'seen' } },
    ]);
    watch.child.kill('SIGINT');
    expect(await watch.end).toMatchObject({ code: 0, err: '' });
  });

  it('shows only the kinds, the profile and the tenant that were asked for', async () => {
    const { start, create, run } = place();
    await create('History is not shown', '--assignee', 'alice');
    const watch = followed(start('watch', '--kinds', 'completed, blocked', '--assignee', 'alice'));
    const finish = async (assignee: string) => {
      const id = await create('Work', '--assignee', assignee);
      await run('complete', id);
      return id;
    };
    await until('the first line', async () => {
      await finish('alice');
      return watch.lines().length > 0;
    });
    const other = await finish('bob');
    const last = await finish('alice');
    await until('the last task', () => watch.text().includes(last));
    expect(watch.text()).not.toContain(other);
    expect(watch.text()).not.toContain('History');
    for (const line of watch.lines())
      expect(line).toMatch(/^\d{4}-\d\d-\d\d \d\d:\d\d {2}t_\w+ {2}completed {2}@alice {2}Work/);
    watch.child.kill('SIGTERM');
    expect((await watch.end).code).toBe(0);
  });

  it('says nothing when its reader has left', async () => {
    const { start, create } = place();
    const watch = start('watch');
    const end = ended(watch);
    watch.stdout.destroy();
    let over = false;
    void end.then(() => {
      over = true;
    });
    await until('its end', async () => {
      if (!over) await create('Unread');
      return over;
    });
    expect(await end).toMatchObject({ code: 0, err: '' });
  });
});

describe('andon log', () => {
  async function logged(text: string) {
    const all = place();
    const id = await all.create('Loud');
    const path = join(all.home, 'kanban', 'logs', `${id}.log`);
    mkdirSync(join(path, '..'), { recursive: true });
    writeFileSync(path, text);
    return { ...all, id, path };
  }

  it('prints all of it, or its end from the beginning of a line', async () => {
    const { run, json, id, path } = await logged('first\nsecond é\nthird\n');
    expect((await run('log', id)).out).toBe('first\nsecond é\nthird\n');
    expect((await run('log', id, '--tail', '9')).out).toBe('third\n');
    expect((await run('log', id, '--tail', '3')).out).toBe('rd\n');
    expect((await run('log', id, '--tail', '999')).out).toContain('first');
    expect(await json('log', id, '--tail', '9', '--json')).toEqual({
      task_id: id,
      path,
      size: 22,
      text: 'third\n',
    });
  });

  it('follows what is appended, and a new log after a rotation', async () => {
    const { start, id, path } = await logged('old\n');
    const log = followed(start('log', id, '--follow'));
    await until('the old lines', () => log.text() === 'old\n');
    appendFileSync(path, 'new\n');
    await until('the new line', () => log.text() === 'old\nnew\n');
    renameSync(path, `${path}.1`);
    writeFileSync(path, 'rotated\n');
    await until('the new log', () => log.text() === 'old\nnew\nrotated\n');
    log.child.kill('SIGINT');
    expect(await log.end).toMatchObject({ code: 0, err: '' });
  });

  it('follows a log that is cut in place, also when it has grown again before anybody looked', async () => {
    const { start, id, path } = await logged('an old line\n');
    const log = followed(start('log', id, '--follow'));
    await until('the old line', () => log.text() === 'an old line\n');
    writeFileSync(path, '[cut]\n');
    await until('the mark', () => log.text().endsWith('\n[cut]\n'));
    writeFileSync(path, '[cut again] and longer than before\n');
    await until('the next', () => log.text().endsWith('\n[cut]\n[cut again] and longer than before\n'));
    appendFileSync(path, 'more\n');
    await until('the rest', () => log.text().endsWith('than before\nmore\n'));
    log.child.kill('SIGINT');
    expect(await log.end).toMatchObject({ code: 0, err: '' });
  });
});
