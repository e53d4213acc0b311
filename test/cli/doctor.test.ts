import { appendFileSync, existsSync, mkdirSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { Client } from 'pg';
import { describe, expect, it } from 'vitest';
import { freshDatabase } from '../support/databases.ts';
import { place } from './command-line.ts';

interface Report {
  readonly ok: boolean;
  readonly findings: readonly Finding[];
}

interface Finding {
  readonly level: string;
  readonly about: string;
  readonly sentence: string;
}

const examined = async (run: ReturnType<typeof place>['run']) => {
  const { code, out } = await run('doctor', '--json');
  const report: Report = JSON.parse(out);
  return { code, ...report };
};

function foreign(home: string, text: string): void {
  const database = new DatabaseSync(join(home, 'kanban.db'));
  database.exec(text);
  database.close();
}

describe('doctor', () => {
  it('finds nothing wrong in a sound home, nor in one that was never made, and makes nothing', async () => {
    const { run, create } = place();
    const never = await examined(run);
    expect(never).toMatchObject({ code: 0, ok: true });
    expect(never.findings[0]).toMatchObject({ level: 'note', about: 'home' });
    await create('One');
    const { code, ok, findings } = await examined(run);
    expect([code, ok]).toEqual([0, true]);
    expect(findings).toMatchObject([{ level: 'note', about: 'gateways' }]);
    const { out } = await run('doctor');
    expect(out).toContain('`andon gateway start` starts one.');
    expect(out).toContain('Nothing is wrong in');
  });

  it('tells of commits that wait to be written back, and not of a long WAL from which all were', async () => {
    const { run, create, home } = place();
    await create('One');
    const [reader, writer] = [1, 2].map(() => new DatabaseSync(join(home, 'kanban.db')));
    if (reader === undefined || writer === undefined) throw new Error('Neither opened.');
    reader.exec('begin');
    reader.prepare('select count(*) from tasks').get();
    writer.exec('create table bulk (data)');
    for (let row = 0; row < 20; row += 1) writer.exec('insert into bulk values (zeroblob(1000000))');
    const waiting = await examined(run);
    expect(waiting.code).toBe(1);
    expect(waiting.findings.filter(({ level }) => level === 'wrong')).toMatchObject([
      { about: 'board default', sentence: expect.stringMatching(/^\d+ MiB in .* wait to be written back/) },
    ]);
    reader.exec('rollback');
    writer.exec('pragma wal_checkpoint(passive)');
    expect(statSync(join(home, 'kanban.db-wal')).size).toBeGreaterThan(16 * 1024 * 1024);
    expect(await examined(run)).toMatchObject({ code: 0, ok: true });
    reader.close();
    writer.close();
  });

  it('tells of broken settings and profiles, and looks at the rest all the same', async () => {
    const { run, write, create, home } = place();
    const id = await create('One');
    write('andon.yaml', 'max_in_progres: 3\n');
    write('profiles/alice/andon.yaml', 'comand: [x]\n');
    foreign(home, `update tasks set consecutive_failures = -2 where id = '${id}'`);
    const { code, findings } = await examined(run);
    expect(code).toBe(1);
    const about = findings.filter(({ level }) => level === 'wrong').map((each) => each.about);
    expect(about).toEqual(['settings', 'profile alice', 'board default']);
    expect(findings.find((each) => each.about === 'settings')?.sentence).toContain('max_in_progres');
  });

  it('tells of subscriptions that nobody delivers, and of webhooks that nobody defined', async () => {
    const { run, create, write } = place();
    const hook = '{url: "https://example.org/hook", secret_env: SECRET}';
    write('andon.yaml', `webhooks: {ops: ${hook}, dev: ${hook}}\n`);
    const id = await create('Followed');
    await run('notify-subscribe', id, '--platform', 'webhook', '--chat-id', 'ops');
    const own = ['--chat-id', 'dev', '--notifier-profile', 'alice'];
    await run('notify-subscribe', id, '--platform', 'webhook', ...own);
    write('andon.yaml', `webhooks: {dev: ${hook}}\n`);
    const { code, findings } = await examined(run);
    expect(code).toBe(1);
    const said = findings.map(({ sentence }) => sentence).join('\n');
    expect(said).toContain('delivers the 1 subscription of nobody in particular');
    expect(said).toContain('delivers the 1 subscription of the profile alice');
    expect(said).toContain('Subscriptions name webhook ops. The chat id of a webhook must be one that');
  });

  it('tells of claims that nobody frees and runs whose process is gone, while no gateway runs', async () => {
    const { run, create, home } = place();
    const id = await create('Stale');
    await run('claim', id);
    foreign(
      home,
      `update tasks set claim_expires = 1 where id = '${id}';
       insert into andon_runs (run_id, task_id, lane, epoch, host, dir, mark, pid, pid_start, boot, ready_at, slot_at, claimed_at)
         values (77, 't_gone', 'work', 1, '${(await import('node:os')).hostname()}', '/r', 'm', 4711, '1', 'another boot', 1, 1, 1)`,
    );
    const { findings } = await examined(run);
    const said = findings.map(({ sentence }) => sentence).join('\n');
    expect(said).toContain(`The claim of task ${id} has run out`);
    expect(said).toContain('Run 77 of task t_gone has no process any more (pid 4711)');
  });

  it('tells once for each place that a database server does not answer', async () => {
    const { runWith } = place();
    const { code, out } = await runWith({ ANDON_STORE: 'postgres://a:b@127.0.0.1:9/x' }, 'doctor', '--json');
    expect(code).toBe(1);
    const { findings }: Report = JSON.parse(out);
    const wrong = findings.filter(({ level }) => level === 'wrong');
    expect(wrong.map(({ about }) => about)).toEqual(['home store', 'board default']);
    expect(wrong.every(({ sentence }) => sentence.includes('does not answer'))).toBe(true);
  });

  it('looks at a database server likewise, and mends there what is safe', async () => {
    const { runWith, home } = place();
    const url = await freshDatabase();
    const onServer = (...words: string[]) => runWith({ ANDON_STORE: url }, ...words);
    await onServer('create', 'One');
    const client = new Client(url);
    await client.connect();
    const found = await client.query(
      "select table_schema from information_schema.tables where table_name = 'tasks'",
    );
    const schema = String(found.rows[0].table_schema);
    await client.query(`delete from "${schema}".tasks`);
    await client.end();

    const before = JSON.parse((await onServer('doctor', '--json')).out);
    expect(before).toMatchObject({ ok: true, boards: [] });
    expect(before.findings).toContainEqual(
      expect.objectContaining({ about: 'board default', sentence: expect.stringMatching(/belong to tasks/) }),
    );
    const { code, out } = await onServer('doctor', '--fix', '--json');
    expect(code).toBe(0);
    const { done, failed, findings } = JSON.parse(out);
    expect(failed).toEqual([]);
    expect(done).toEqual([
      expect.stringMatching(/^board default: removed \d+ rows that belonged to nothing/),
    ]);
    expect(findings.map(({ level }: Finding) => level)).not.toContain('wrong');
    expect(existsSync(join(home, 'kanban'))).toBe(false);
  });

  it('tells of a damaged database', async () => {
    const { run, create, home } = place();
    await create('One');
    const file = join(home, 'kanban', 'boards', 'broken', 'kanban.db');
    mkdirSync(join(home, 'kanban', 'boards', 'broken'), { recursive: true });
    appendFileSync(
      file,
      'This is not a database, but it is long enough to be taken for the head of one.'.repeat(20),
    );
    const { code, findings } = await examined(run);
    expect(code).toBe(1);
    expect(findings.some(({ about, level }) => about === 'board broken' && level === 'wrong')).toBe(true);
  });
});

describe('migrate', () => {
  it('tells what came new, once, and makes no board that is not there', async () => {
    const { run, json, home } = place();
    expect(await json('migrate', '--json')).toEqual([
      { board: 'default', added: null },
      { board: '~home', added: null },
    ]);
    await run('init');
    foreign(home, 'drop index andon_runs_open');
    expect(await run('migrate')).toEqual({
      code: 0,
      out: 'default: added andon_runs_open\n~home: not made yet; its first write makes it\n',
      err: '',
    });
    expect((await run('migrate')).out).toContain('default: up to date');
  });
});
