import { createHmac } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { asTaskId } from '../../src/domain/ids.ts';
import { gatewayHome } from '../support/gateway-home.ts';
import { until } from '../support/until.ts';

const word = 'a secret word of this test';

describe('an event that GitHub posts to a gateway', () => {
  it('is worked on, once, also when it comes again after the gateway has died', async (test) => {
    const github = {
      ...{ secret_env: 'GITHUB_WORD', signature: 'github', when: { action: 'opened' } },
      ...{ title: '{{issue.title}}', body: '{{issue.body}}', assignee: 'ada' },
    };
    const home = gatewayHome(test, {
      settings: { http: { port: 0 }, hooks: { github } },
      workers: { ada: 'andon complete "$ANDON_TASK" --summary "Mended."' },
      env: { GITHUB_WORD: word },
    });
    const post = async (id: string, body: object, key = word) => {
      const url = await until('the gateway says where it answers', () => {
        const text = home.read('gateways/default.json');
        const found: unknown = text === '' ? null : JSON.parse(text).url;
        return typeof found === 'string' && found;
      });
      const text = JSON.stringify(body);
      const answer = await fetch(`${url}/hooks/github`, {
        method: 'POST',
        body: text,
        headers: {
          'content-type': 'application/json',
          'x-github-delivery': id,
          'x-github-event': 'issues',
          'x-hub-signature-256': `sha256=${createHmac('sha256', key).update(text).digest('hex')}`,
        },
      });
      return { status: answer.status, body: (await answer.json()) as Record<string, unknown> };
    };
    const issue = { action: 'opened', issue: { title: 'Broken login', body: 'It says no.' } };

    const first = await home.gateway();
    expect(await post('d-1', issue, 'guessed')).toMatchObject({
      status: 401,
      body: { code: 'bad_signature' },
    });
    expect(await post('d-0', { ...issue, action: 'closed' })).toMatchObject({ body: { task_id: null } });
    const made = await post('d-1', issue);
    expect(made).toMatchObject({ status: 201, body: { created: true } });
    const task = asTaskId(String(made.body['task_id']));
    const view = await home.reaches(task, 'done', 20_000);
    expect(view.task).toMatchObject({
      title: 'Broken login',
      body: 'It says no.',
      created_by: 'hook:github',
    });

    await first.crash();
    const second = await home.gateway();
    // The dead one's address is gone once the new one has told its own.
    await until('the new one answers', () =>
      home.read('gateways/default.json').includes(`"pid": ${second.pid},`),
    );
    const again = await post('d-1', issue);
    expect(again).toEqual({ status: 200, body: { task_id: task, created: false } });
    expect(home.starts(task)).toBe(1);
    expect([first.said(), second.said()].join('\n')).not.toContain(word);
  });
});
