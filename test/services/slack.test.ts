import { expect, it, onTestFinished } from 'vitest';
import type { Said, SpokenFile } from '../../src/services/chat/platform.ts';
import { isOfSlack } from '../../src/services/chat/slack-files.ts';
import { openPlatform } from '../../src/services/chat/start.ts';
import { nodeWorld } from '../../src/services/world-node.ts';
import { foreignServer } from '../support/foreign-server.ts';
import { quiet } from '../support/quiet-log.ts';
import { fakeSlack } from '../support/slack-fake.ts';
import { temporaryFolder } from '../support/temporary-folder.ts';
import { until } from '../support/until.ts';

/** What Slack alone has; what every platform has is in `chat-conformance.test.ts`. */

const world = nodeWorld({ log: quiet });

async function hearing() {
  const root = temporaryFolder();
  const slack = await fakeSlack({ onTestFinished });
  const platform = await openPlatform(world, { root, env: slack.env }, 'slack', slack.settings);
  const heard: Said[] = [];
  const end = new AbortController();
  let connected = 0;
  let failure: string | undefined;
  const hear = async (said: Said): Promise<void> => void heard.push(said);
  const begun = (): void => {
    connected += 1;
  };
  platform.listen(end.signal, hear, begun).catch((error: unknown) => {
    failure = String(error);
  });
  onTestFinished(() => end.abort());
  await until('it is connected', () => connected === 1);
  return {
    ...{ slack, platform, heard },
    connected: () => connected,
    failure: () => failure,
    /** The words that were heard in a channel until now, each with its thread. */
    wordsIn: async (channel: string) => {
      slack.commands('that is all', channel);
      const said = () =>
        heard.flatMap((one) =>
          one.kind === 'spoken' && one.place.chat_id === channel ? [[one.text, one.place.thread_id]] : [],
        );
      await until('all is heard', () => said().at(-1)?.[0] === '/kanban that is all');
      return said().slice(0, -1);
    },
  };
}

it('a mention, a command and words to a profile are heard in a channel, each once, and nothing else', async () => {
  const { slack, wordsIn, heard } = await hearing();
  slack.writes('good morning, @ada is here', 'C1');
  slack.writes('<@U5> have a look', 'C1');
  slack.writes('<@U0BOT> list', 'C1');
  slack.writes('<@U0BOT> /kanban stats', 'C1', '1700000000.5');
  slack.writes(
    '@ada look at <https://example.org/a?b=1&amp;c|example.org> in <#C9|builds>',
    'C1',
    '1700000000.5',
  );
  slack.repeat();
  slack.commands('show "t_1"', 'C1');
  const said = await wordsIn('C1');
  expect(said.map(([text]) => text)).toEqual([
    '/kanban list',
    '/kanban stats',
    '@ada look at https://example.org/a?b=1&c in #builds',
    '/kanban show "t_1"',
  ]);
  const [first, second, third, command] = heard;
  // What is said in a channel opens a thread; a command is no message, so it has none.
  expect(first?.place.thread_id).toMatch(/^17000000\d\d\.000100$/);
  expect([second, third, command].map((one) => one?.place.thread_id)).toEqual([
    '1700000000.5',
    '1700000000.5',
    '',
  ]);
  await until('it is acknowledged', () => slack.acknowledged.length > 0);
  expect(slack.acknowledged).toContainEqual({ response_type: 'in_channel' });
});

it('alone with the bot everything is said to it', async () => {
  const { slack, wordsIn } = await hearing();
  slack.writes('list --status ready', 'D7');
  slack.writes('<@U0BOT> stats', 'D7');
  slack.writes('@ada Look', 'D7');
  expect(await wordsIn('D7')).toEqual([
    ['/kanban list --status ready', ''],
    ['/kanban stats', ''],
    ['@ada Look', ''],
  ]);
});

it('the next words in the thread of a question answer it, until it is answered', async () => {
  const { slack, platform, heard } = await hearing();
  const thread = '1700000000.5';
  const place = { platform: 'slack', chat_id: 'C1', thread_id: thread };
  await platform.send(place, { text: 'Left?', asks: true });
  const later = until('they are heard', () => heard.length === 2);
  slack.writes('this &amp; that', 'C1', thread);
  slack.writes('aside', 'C1', '1700000000.7');
  await later;
  const [answer, aside] = heard;
  expect(answer).toMatchObject({ replied: 'Left?', text: 'this & that' });
  expect(aside).toMatchObject({ replied: null, text: 'aside' });
  if (answer?.kind !== 'spoken') throw new Error('Something else was heard.');
  await answer.answered?.('user7 answered');
  const question = await slack.waitFor('it stands there', ({ text }) => text === 'Left?');
  expect(slack.edited(question)).toBe('Left?\n↳ user7 answered');
  slack.writes('thanks', 'C1', thread);
  await until('it is heard', () => heard.length === 3);
  expect(heard[2]).toMatchObject({ replied: null, text: 'thanks' });
});

it('a connection that Slack wants renewed is renewed, and another end of it is told', async () => {
  const { slack, wordsIn, connected, failure } = await hearing();
  slack.disconnect('refresh_requested');
  await until('it is connected again', () => connected() === 2);
  slack.writes('list', 'D7');
  expect(await wordsIn('D7')).toEqual([['/kanban list', '']]);
  expect(failure()).toBeUndefined();
  slack.disconnect('link_disabled');
  await until('it has ended', failure);
  expect(failure()).toBe('Error: Slack has ended the connection (link_disabled).');
});

const filesOf = (heard: readonly Said[]): SpokenFile[] =>
  heard.flatMap((one) => (one.kind === 'spoken' ? (one.files ?? []) : []));
const textOf = async (file: SpokenFile | undefined): Promise<string> =>
  new TextDecoder().decode(await file?.content(1000));

it('a mention with a file is heard once, whether or not Slack tells of it as a mention too', async () => {
  const { slack, wordsIn, heard } = await hearing();
  const file = { name: 'a.txt', text: 'A' };
  slack.shares(file, '<@U0BOT> create "Twice"', 'C1');
  slack.shares(file, '<@U0BOT> create "Once"', 'C1', undefined, true);
  slack.shares(file, 'a picture of mine', 'C1');
  const said = await wordsIn('C1');
  expect(said.map(([text]) => text)).toEqual(['/kanban create "Twice"', '/kanban create "Once"']);
  expect(filesOf(heard)).toHaveLength(2);
  expect(await Promise.all(filesOf(heard).map(textOf))).toEqual(['A', 'A']);
});

it('a file in a thread is for the task of the newest message of ours before it', async () => {
  const { slack, platform, heard } = await hearing();
  const place = { platform: 'slack', chat_id: 'C1', thread_id: '1700000000.5' };
  const file = { name: 'a.txt', text: 'A' };
  slack.shares(file, 'before', 'C1', place.thread_id);
  await until('it is heard', () => heard.length === 1);
  for (const text of ['Created t_11111111', 'Created t_22222222', '2 tasks: t_11111111 and t_22222222']) {
    expect(await platform.send(place, { text })).toEqual({ ok: true });
  }
  slack.writes('a word among people', 'C1', place.thread_id);
  slack.shares(file, '', 'C1', place.thread_id);
  slack.shares(file, '', 'C1', '1700000000.7');
  await until('all is heard', () => heard.length === 4);
  const replied = heard.map((one) => (one.kind === 'spoken' ? one.replied : undefined));
  expect(replied).toEqual([null, null, 't_22222222', null]);
});

it('a file of another workspace is asked for by its id; of one that cannot be had, people learn why', async () => {
  const { slack, wordsIn, heard } = await hearing();
  slack.shares({ name: 'shared.txt', text: 'S', bare: true }, '@ada look', 'C1');
  slack.shares({ name: 'link', text: '', url: null }, '@ada look', 'C1');
  slack.shares({ name: 'gone', text: '', refusal: 'file_deleted' }, '@ada look', 'C1');
  slack.shares({ name: 'a.txt', text: 'A', refusal: 'missing_scope' }, '@ada look', 'C1');
  await wordsIn('C1');
  const [shared, link, gone, unscoped] = filesOf(heard);
  expect(shared).toMatchObject({ name: 'shared.txt', type: 'text/plain', size: 1 });
  expect(await textOf(shared)).toBe('S');
  await expect(link?.content(1)).rejects.toThrow('Slack only links to it: send the file itself.');
  await expect(gone?.content(1)).rejects.toThrow('Slack answered file_deleted');
  await expect(unscoped?.content(1)).rejects.toThrow(
    'Slack answered missing_scope: add the scopes of the manifest and install the app again',
  );
});

it('the token is shown to Slack alone', async () => {
  const { slack, wordsIn, heard } = await hearing();
  const foreign = await foreignServer({ onTestFinished });
  slack.shares({ name: 'a.txt', text: 'A', url: foreign.file }, '@ada look', 'C1');
  slack.shares({ name: 'b.txt', text: 'B', led: foreign.file }, '@ada look', 'C1');
  await wordsIn('C1');
  const [elsewhere, led] = filesOf(heard);
  await expect(elsewhere?.content(100)).rejects.toThrow('It does not lie in Slack');
  await expect(led?.content(100)).rejects.toThrow('its server answered 302');
  expect(foreign.seen).toEqual([]);

  const api = 'https://slack.com/api/';
  expect(isOfSlack('https://files.slack.com/files-pri/T1-F1/download/a', api)).toBe(true);
  expect(isOfSlack('https://slack.com/files-pri/T1-F1/download/a', api)).toBe(true);
  for (const url of [
    ...['http://files.slack.com/a', 'https://files.slack.com:8443/a', 'https://evil.slack.com/a'],
    ...['https://files.slack.com.example.org/a', 'https://files.slack.com@example.org/a', '/a', 'file:///a'],
    ...['https://example.org/files.slack.com/a', 'https://xfiles.slack.com/a'],
  ]) {
    expect(isOfSlack(url, api), url).toBe(false);
  }
});
