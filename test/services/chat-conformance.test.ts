import { describe, expect, it, type TestContext } from 'vitest';
import type { Place } from '../../src/domain/place.ts';
import type { ChatPlatform, Pressed, Said, Spoken } from '../../src/services/chat/platform.ts';
import { openPlatform } from '../../src/services/chat/start.ts';
import { nodeWorld } from '../../src/services/world-node.ts';
import type { ChatFake, OpenFake, Shown } from '../support/chat-fake.ts';
import { chatPlatforms } from '../support/chat-platforms.ts';
import { quiet } from '../support/quiet-log.ts';
import { temporaryFolder } from '../support/temporary-folder.ts';
import { until } from '../support/until.ts';

/** What every adapter of a chat platform does (`src/services/chat/platform.ts`), against the platform's own protocol. */

const world = nodeWorld({ log: quiet });
/** Longer than an adapter waits for a platform that hangs. */
const patience = 60_000;

interface Scene {
  readonly chat: ChatFake;
  /** The thread of the group. */
  readonly place: Place;
  /** An adapter as a gateway of this home opens it; the second one stands for a gateway that came after the first. */
  readonly open: (env?: Readonly<Record<string, string>>) => Promise<ChatPlatform>;
}

interface Ear {
  readonly heard: readonly Said[];
  readonly connected: () => number;
  /** What became of hearing: nothing yet, `over`, or the words of the error. */
  readonly end: () => string | undefined;
  readonly stop: () => void;
}

async function scene(test: Pick<TestContext, 'onTestFinished'>, fake: OpenFake): Promise<Scene> {
  const chat = await fake(test);
  const root = temporaryFolder(test);
  return {
    chat,
    place: { platform: chat.name, chat_id: chat.group, thread_id: chat.thread },
    open: (env = chat.env) => openPlatform(world, { root, env }, chat.name, chat.settings),
  };
}

/** Hears; what is heard is done as soon as `done` is. */
function listen(
  { onTestFinished }: Pick<TestContext, 'onTestFinished'>,
  platform: ChatPlatform,
  done: Promise<void> = Promise.resolve(),
): Ear {
  const heard: Said[] = [];
  const controller = new AbortController();
  const stop = (): void => controller.abort();
  let connected = 0;
  let end: string | undefined;
  const hear = async (said: Said): Promise<void> => {
    heard.push(said);
    await done;
  };
  const begun = (): void => {
    connected += 1;
  };
  platform.listen(controller.signal, hear, begun).then(
    () => {
      end = 'over';
    },
    (error: unknown) => {
      end = String(error);
    },
  );
  onTestFinished(stop);
  return { heard, connected: () => connected, end: () => end, stop };
}

/** The same, once it is connected. */
async function ear(
  test: Pick<TestContext, 'onTestFinished'>,
  platform: ChatPlatform,
  done?: Promise<void>,
): Promise<Ear> {
  const hearing = listen(test, platform, done);
  await until('it is connected', () => hearing.connected() > 0);
  return hearing;
}

const spokenIn = ({ heard }: Ear, words: string): Promise<Spoken> =>
  until(`${words} is heard`, () => heard.find((said) => said.kind === 'spoken' && said.text === words)).then(
    (said) => (said.kind === 'spoken' ? said : fail()),
  );
const pressedIn = ({ heard }: Ear): Promise<Pressed> =>
  until('a press is heard', () => heard.find((said) => said.kind === 'pressed')).then((said) =>
    said.kind === 'pressed' ? said : fail(),
  );
const fail = (): never => {
  throw new Error('Something else was heard.');
};
const isText =
  (text: string) =>
  (shown: Shown): boolean =>
    shown.text === text;

describe.each(chatPlatforms)('the adapter of $name', ({ fake }) => {
  it.concurrent('hears who says what and where, once', async (test) => {
    const { chat, place, open } = await scene(test, fake);
    const hearing = await ear(test, await open());
    chat.says('/kanban list');
    chat.says('/kanban stats', { user: 8, where: 'alone' });
    const alone = { ...place, chat_id: chat.aloneWith(8), thread_id: '' };
    expect(await spokenIn(hearing, '/kanban list')).toMatchObject({
      ...{ place, replied: null, alone: false },
      user: { id: chat.idOf(7), name: 'user7' },
    });
    expect(await spokenIn(hearing, '/kanban stats')).toMatchObject({ place: alone, alone: true });
    chat.says('@ada Look\nclosely at <b> & "c"');
    await spokenIn(hearing, '@ada Look\nclosely at <b> & "c"');
    expect(hearing.heard).toHaveLength(3);
    // In the order in which they were said.
    const words = ['one', 'two', 'three', 'four', 'five'].map((word) => `@ada ${word}`);
    for (const word of words) chat.says(word);
    await spokenIn(hearing, '@ada five');
    const later = hearing.heard.slice(3);
    expect(later.map((said) => (said.kind === 'spoken' ? said.text : fail()))).toEqual(words);
    expect(new Set(hearing.heard.map(({ id }) => id)).size).toBe(8);
    hearing.stop();
    await until('it has ended', () => hearing.end() === 'over');
  });

  it.concurrent('hears once more, with the same id, what it had not done when it died', async (test) => {
    const { chat, open } = await scene(test, fake);
    const first = await ear(test, await open(), new Promise<void>(() => {}));
    chat.says('/kanban list');
    const { id } = await spokenIn(first, '/kanban list');
    first.stop();
    const second = await ear(test, await open());
    expect((await spokenIn(second, '/kanban list')).id).toBe(id);
    chat.says('/kanban stats');
    await spokenIn(second, '/kanban stats');
    second.stop();
    await until('it has ended', () => second.end() === 'over');
    // What it has done it has done.
    const third = await ear(test, await open());
    chat.says('/kanban inbox');
    await spokenIn(third, '/kanban inbox');
    const ids = third.heard.map((said) => said.id);
    expect(ids).not.toContain(id);
  });

  it.concurrent('hears other chats while what was said in one is not done', async (test) => {
    const { chat, open } = await scene(test, fake);
    const hearing = await ear(test, await open(), new Promise<void>(() => {}));
    chat.says('/kanban list');
    const { id } = await spokenIn(hearing, '/kanban list');
    chat.says('/kanban stats', { user: 8, where: 'alone' });
    await spokenIn(hearing, '/kanban stats');
    chat.says('/kanban inbox', { user: 9, where: 'alone' });
    await spokenIn(hearing, '/kanban inbox');
    expect(hearing.heard.filter((said) => said.id === id)).toHaveLength(1);
    expect(hearing.heard).toHaveLength(3);
  });

  it.concurrent('says in a thread what it was given, to the letter, and cuts what is too long', async (test) => {
    const { chat, place, open } = await scene(test, fake);
    const platform = await open();
    const text = '✔ *bold* _x_ `y` <@U1> <b>&amp;</b> & @here\nhttps://example.org';
    expect(await platform.send(place, { text })).toEqual({ ok: true });
    expect(await platform.send({ ...place, thread_id: '' }, { text: 'outside' })).toEqual({ ok: true });
    expect(await platform.send(place, { text: 'x'.repeat(50_000) })).toEqual({ ok: true });
    const [inside, outside, long] = chat.shown(chat.group);
    expect(inside).toMatchObject({ text, thread: chat.thread, kind: 'text', buttons: [] });
    expect(outside).toMatchObject({ text: 'outside', thread: '' });
    expect(long?.text).toMatch(/^x{1000,}\s?…(?: \(cut; .*\))?$/);
  });

  it.concurrent('has buttons, tells who pressed one, and puts the outcome in their place', async (test) => {
    const { chat, place, open } = await scene(test, fake);
    const platform = await open();
    const hearing = await ear(test, platform);
    const data = 'unblock 3 t_1a2b3c4d a-board-with-a-name-of-some-length-000';
    const buttons = [
      { label: 'Unblock', data },
      { label: 'Stop', data: 'stop 3 t_1a2b3c4d' },
    ];
    expect(await platform.send(place, { text: 'Is it <done>?', buttons })).toEqual({ ok: true });
    const shown = await chat.waitFor('it is shown', isText('Is it <done>?'));
    expect(shown.buttons).toEqual(buttons);
    chat.presses(8, shown, 'Unblock');
    const pressed = await pressedIn(hearing);
    expect(pressed).toMatchObject({ data, place, user: { id: chat.idOf(8), name: 'user8' } });
    await pressed.answer('Not you.', false);
    expect(chat.told()).toEqual(['Not you.']);
    expect(chat.edited(shown)).toBeUndefined();
    await pressed.answer('user8 unblocked it', true);
    expect(chat.edited(shown)).toBe('Is it <done>?\n↳ user8 unblocked it');
  });

  it.concurrent('asks for words and knows them, after a restart too', async (test) => {
    const { chat, place, open } = await scene(test, fake);
    const first = await open();
    const hearing = await ear(test, first);
    const text = 'Left & right?\n[answer 3 t_1a2b3c4d]';
    expect(await first.send(place, { text, asks: true })).toEqual({ ok: true });
    const question = await chat.waitFor('it is asked', isText(text));
    hearing.stop();
    await until('it has ended', () => hearing.end() === 'over');

    const later = await ear(test, await open());
    chat.says('the left one', { answers: question });
    const reply = await spokenIn(later, 'the left one');
    expect(reply).toMatchObject({ replied: text, place });
    await reply.answered?.('user7 answered');
    // It is no answer any more, but where somebody replies to that message again.
    chat.says('@ada thanks');
    expect(await spokenIn(later, '@ada thanks')).toMatchObject({ replied: null });
  });

  it.concurrent('brings files into the thread', async (test) => {
    const { chat, place, open } = await scene(test, fake);
    const bytes = (text: string) => new TextEncoder().encode(text);
    await (await open()).sendFiles(place, [
      { name: 'a.txt', bytes: bytes('It is A.') },
      { name: 'b.md', bytes: bytes('It is B.') },
    ]);
    expect(chat.shown()).toMatchObject([
      { file: 'a.txt', text: 'It is A.', thread: chat.thread, chat: chat.group },
      { file: 'b.md', text: 'It is B.', thread: chat.thread, chat: chat.group },
    ]);
    chat.fail('file', { status: 500 });
    const lost = (await open()).sendFiles(place, [{ name: 'c.txt', bytes: bytes('C') }]);
    await expect(lost).rejects.toThrow();
  });

  it.concurrent('hears what files people send, and has their content, after a restart too', async (test) => {
    const { chat, place, open } = await scene(test, fake);
    const first = await ear(test, await open(), new Promise<void>(() => {}));
    chat.sends({ name: 'a plan.txt', text: 'Make it <blue> & "round".' }, '@ada fix this');
    const { files: before = [] } = await spokenIn(first, '@ada fix this');
    expect(before).toMatchObject([{ name: 'a plan.txt', type: 'text/plain', size: 25 }]);
    first.stop();
    const hearing = await ear(test, await open());
    const said = await spokenIn(hearing, '@ada fix this');
    expect(said).toMatchObject({ place, replied: null });
    const [file] = said.files ?? [];
    expect(file?.id).toBe(before[0]?.id);
    const text = async (most: number) => new TextDecoder().decode(await file?.content(most));
    expect(await text(25)).toBe('Make it <blue> & "round".');
    await expect(text(24)).rejects.toThrow('more than 24 bytes');
    chat.sends({ name: 'b.txt', text: 'Another' }, '/kanban attach t_1a2b3c4d');
    const [other] = (await spokenIn(hearing, '/kanban attach t_1a2b3c4d')).files ?? [];
    expect(new TextDecoder().decode(await other?.content(100))).toBe('Another');
    expect(other?.id).not.toBe(file?.id);
    chat.says('@ada without one');
    expect((await spokenIn(hearing, '@ada without one')).files ?? []).toEqual([]);
  });

  it.concurrent('knows which task a file without words is for, after a restart too', async (test) => {
    const { chat, place, open } = await scene(test, fake);
    expect(await (await open()).send(place, { text: '✔ t_1a2b3c4d is done: "Fix it"' })).toEqual({
      ok: true,
    });
    const message = await chat.waitFor('it is shown', ({ text }) => text.includes('t_1a2b3c4d'));
    const hearing = await ear(test, await open());
    chat.sends({ name: 'a.txt', text: 'A' }, '', { answers: message });
    const said = await spokenIn(hearing, '');
    expect(said).toMatchObject({ place, files: [{ name: 'a.txt' }] });
    expect(said.replied).toContain('t_1a2b3c4d');
    chat.sends({ name: 'b.txt', text: 'B' }, 'the old one', { answers: message });
    expect((await spokenIn(hearing, 'the old one')).replied).toContain('t_1a2b3c4d');
  });

  it.concurrent('tells why a file cannot be had', async (test) => {
    const { chat, open } = await scene(test, fake);
    const hearing = await ear(test, await open());
    chat.sends({ name: 'a.txt', text: 'A' }, '@ada fix this');
    const [file] = (await spokenIn(hearing, '@ada fix this')).files ?? [];
    const said: unknown[] = [];
    for (const trouble of ['drop', 'refuse', { status: 500 }, { status: 429, retry_after: 1 }] as const) {
      chat.fail('fetch', trouble);
      const failure: unknown = await file?.content(100).catch((error: unknown) => error);
      expect(failure).toBeInstanceOf(Error);
      said.push(all(failure));
    }
    await chat.stop();
    said.push(all(await file?.content(100).catch((error: unknown) => error)));
    await chat.start();
    expect(await file?.content(100)).toHaveLength(1);
    const words = JSON.stringify(said);
    for (const secret of chat.secrets) expect(words).not.toContain(secret);
  });

  it.concurrent('tells what became of a message that is not taken', async (test) => {
    const { chat, place, open } = await scene(test, fake);
    const platform = await open();
    const send = () => platform.send(place, { text: 'Hello' });
    chat.fail('send', { status: 429, retry_after: 7 });
    expect(await send()).toMatchObject({ ok: false, final: false, retryAfter: 7000 });
    chat.fail('send', { status: 500 });
    const broken = await send();
    expect(broken).toMatchObject({ ok: false, final: false });
    expect(broken).toHaveProperty('error', expect.stringContaining('500'));
    chat.fail('send', 'drop');
    expect(await send()).toMatchObject({ ok: false, final: false });
    chat.fail('send', 'refuse');
    expect(await send()).toMatchObject({ ok: false, final: true });
    await chat.stop();
    expect(await send()).toMatchObject({ ok: false, final: false });
    await chat.start();
    expect(await send()).toEqual({ ok: true });
  });

  it.concurrent('waits for nobody for ever', { timeout: patience }, async (test) => {
    const { chat, place, open } = await scene(test, fake);
    const platform = await open();
    chat.fail('send', 'hang');
    chat.fail('hear', 'hang');
    const hearing = listen(test, platform);
    const sent = await platform.send(place, { text: 'Hello' });
    expect(sent).toMatchObject({ ok: false, final: false });
    await until('it gives up', () => hearing.end(), 30_000);
    expect(hearing.end()).not.toBe('over');
    expect(hearing.connected()).toBe(0);
    // And it can be stopped meanwhile.
    chat.fail('hear', 'hang');
    const other = listen(test, platform);
    await until('it waits', () => chat.ahead() === 0);
    other.stop();
    await until('it has ended', () => other.end(), 30_000);
  });

  it.concurrent('says that a connection is lost or not to be had, and hears again on a new one', async (test) => {
    const { chat, open } = await scene(test, fake);
    const platform = await open();
    const first = await ear(test, platform);
    // A platform that is polled may be between two calls just now.
    await until('it is seen', () => {
      chat.drop();
      return first.end();
    });
    expect(first.end()).toMatch(/^Error: \S/);
    chat.fail('hear', { status: 500 });
    const second = listen(test, platform);
    await until('it is seen', () => second.end());
    expect(second.connected()).toBe(0);
    chat.says('/kanban list');
    const third = await ear(test, platform);
    await spokenIn(third, '/kanban list');
    chat.says('/kanban stats');
    await spokenIn(third, '/kanban stats');
    expect(third.heard).toHaveLength(2);
  });

  it.concurrent('names no secret, whatever goes wrong', async (test) => {
    const { chat, place, open } = await scene(test, fake);
    const wrong = Object.fromEntries(Object.keys(chat.env).map((key) => [key, `not-${key}:the-secret`]));
    const said: unknown[] = [];
    for (const env of [chat.env, wrong]) {
      const platform = await open(env);
      for (const trouble of ['drop', 'refuse', { status: 500 }, { status: 429, retry_after: 1 }] as const) {
        for (const call of ['hear', 'send', 'file'] as const) chat.fail(call, trouble);
        said.push(await platform.send(place, { text: 'Hello' }));
        said.push(await platform.sendFiles(place, [{ name: 'a', bytes: new Uint8Array([65]) }]).catch(all));
        const hearing = listen(test, platform);
        said.push(await until('it has failed', () => hearing.end()));
      }
      // Those that a wrong secret never met.
      await chat.stop();
      said.push(await platform.send(place, { text: 'Hello' }));
      await chat.start();
    }
    const words = JSON.stringify(said);
    for (const secret of [...chat.secrets, ...Object.values(wrong)]) expect(words).not.toContain(secret);
  });
});

/** An error with all that a log would show of it. */
const all = (error: unknown): unknown =>
  error instanceof Error ? [error.message, error.stack, { ...error }, all(error.cause)] : error;
