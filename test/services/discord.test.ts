import { readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it, type TestContext } from 'vitest';
import { createDiscord } from '../../src/services/chat/discord.ts';
import { createJournal } from '../../src/services/chat/journal.ts';
import type { ChatPlatform, Pressed, Said, Spoken } from '../../src/services/chat/platform.ts';
import { nodeWorld } from '../../src/services/world-node.ts';
import { type FakeDiscord, fakeDiscord } from '../support/discord-fake.ts';
import { foreignServer } from '../support/foreign-server.ts';
import { quiet } from '../support/quiet-log.ts';
import { temporaryFolder } from '../support/temporary-folder.ts';
import { until } from '../support/until.ts';

const user = 7;

/** What is done with what is heard. */
type Work = (said: Said, platform: ChatPlatform) => Promise<void>;

interface Ear {
  readonly platform: ChatPlatform;
  readonly heard: Said[];
  readonly warnings: string[];
  /** How often it began to hear. */
  readonly connected: () => number;
  /** Why it does not hear any more; `undefined` when it was told to stop. */
  readonly ended: Promise<string | undefined>;
  stop(): Promise<string | undefined>;
}

interface Setting {
  readonly fake: FakeDiscord;
  readonly place: string;
  /** A process that hears, and does `work` with what it hears. */
  ear(work?: Work, token?: string): Ear;
  /** The same, and connected. */
  hearing(work?: Work): Promise<Ear>;
}

async function setting({ onTestFinished }: Pick<TestContext, 'onTestFinished'>): Promise<Setting> {
  const folder = join(temporaryFolder({ onTestFinished }), 'discord');
  const place = join(folder, 'place.json');
  const fake = await fakeDiscord({ onTestFinished });
  const ear: Setting['ear'] = (work = async () => {}, token = String(fake.env['DISCORD_BOT'])) => {
    const warnings: string[] = [];
    let connections = 0;
    const connected = (): void => {
      connections += 1;
    };
    const log = { ...quiet, warn: (text: string) => void warnings.push(text) };
    const api_root = String(fake.settings['api_root']);
    const world = nodeWorld({ log });
    const journal = createJournal(world, folder);
    const platform = createDiscord(world, { token, api_root, folder, journal });
    const end = new AbortController();
    const heard: Said[] = [];
    const take = async (said: Said): Promise<void> => {
      heard.push(said);
      await work(said, platform);
    };
    const ended = platform.listen(end.signal, take, connected).then(
      () => undefined,
      (error: unknown) => (error instanceof Error ? error.message : String(error)),
    );
    const stop = (): Promise<string | undefined> => {
      end.abort();
      return ended;
    };
    onTestFinished(() => end.abort());
    return { platform, heard, warnings, ended, stop, connected: () => connections };
  };
  return {
    fake,
    place,
    ear,
    hearing: async (work) => {
      const opened = ear(work);
      await until('it is connected', () => opened.connected() > 0);
      return opened;
    },
  };
}

const texts = (heard: readonly Said[]) =>
  heard.map((said) => (said.kind === 'spoken' ? said.text : said.data));
const spoken = (all: readonly Said[]): Spoken[] => all.filter((said) => said.kind === 'spoken');
const pressed = (all: readonly Said[]): Pressed[] => all.filter((said) => said.kind === 'pressed');
const inThread = (fake: FakeDiscord) => ({ platform: 'discord', chat_id: fake.group, thread_id: '' });

describe('what is said in Discord', () => {
  it('is heard in each way in which people say it, and of people alone', async (test) => {
    const { fake, hearing } = await setting(test);
    const { platform, heard } = await hearing();
    const id = fake.writes(user, '!kanban list', { channel: fake.group });
    fake.writes(user, `${fake.mention} show t_1`, { channel: fake.group });
    fake.writes(user, `${fake.mention} @ada Fix it`, { channel: fake.group });
    fake.writes(user, '@ada Fix it\nsoon', { channel: fake.group });
    expect(await platform.send(inThread(fake), { text: 'Not heard by itself.' })).toEqual({ ok: true });
    fake.says('/kanban', { where: 'alone' });
    await until('all is heard', () => heard.length === 5);
    expect(texts(heard).sort()).toEqual(
      ['/kanban list', '/kanban show t_1', '@ada Fix it', '@ada Fix it\nsoon', '/kanban'].sort(),
    );
    expect(heard.find(({ place }) => place.chat_id === fake.group)).toEqual({
      ...{
        kind: 'spoken',
        id: `discord:${id}`,
        place: inThread(fake),
        message: id,
        replied: null,
        alone: false,
      },
      ...{ user: { id: fake.idOf(user), name: 'user7' }, text: '/kanban list', files: [] },
    });
    expect(spoken(heard).find(({ alone }) => alone)?.place.chat_id).toBe(fake.aloneWith(user));
    await until('the commands are known', () => fake.registered.has('kanban') && fake.registered.has('loop'));
  });

  it('names what it replies to, though Discord may keep that to itself', async (test) => {
    const { fake, hearing } = await setting(test);
    const { platform, heard } = await hearing();
    await platform.send(inThread(fake), { text: 'Your answer?\n[mark _a_]', asks: true });
    const [question] = fake.shown();
    fake.writes(user, 'Left', { channel: fake.group, ...(question && { replies: question }) });
    fake.writes(user, `${fake.mention} Right`, {
      channel: fake.group,
      bare: true,
      ...(question && { replies: question }),
    });
    await until('both are heard', () => heard.length === 2);
    expect(spoken(heard).map(({ text, replied }) => [text, replied])).toEqual([
      ['Left', 'Your answer?\n[mark _a_]'],
      ['Right', 'Your answer?\n[mark _a_]'],
    ]);
  });

  it('has the files that were sent with it', async (test) => {
    const { fake, hearing } = await setting(test);
    const { heard } = await hearing();
    const file = { name: 'logo.txt', text: 'A logo.' };
    const attachment = fake.attachment(file);
    fake.writes(user, '!kanban create "Draw it"', { channel: fake.group, files: [attachment] });
    await until('it is heard', () => heard.length === 1);
    const [sent, ...others] = spoken(heard)[0]?.files ?? [];
    expect(others).toEqual([]);
    const id = `discord:${attachment['id']}`;
    expect(sent).toMatchObject({ id, name: 'logo.txt', type: 'text/plain', size: 7 });
    expect(Buffer.from((await sent?.content(7)) ?? []).toString()).toBe('A logo.');
    await expect(sent?.content(6)).rejects.toThrow();
  });

  it('is answered where the command was given, and not at all when nobody may know', async (test) => {
    const { fake, hearing } = await setting(test);
    const { platform, heard } = await hearing(async (said) => {
      if (said.kind === 'spoken' && said.text.endsWith('list'))
        await platform.send(said.place, { text: 'Nothing.', answers: said.message, key: said.id });
    });
    fake.says('/kanban list');
    fake.says('/kanban show t_1');
    const answer = await fake.waitFor('it is answered', ({ text }) => text === 'Nothing.');
    expect(answer.chat).toBe(fake.group);
    await until('both are heard', () => heard.length === 2);
    await until('nothing waits', () => fake.thinking() === 0);
    expect(fake.shown()).toHaveLength(1);
    console.log(`discord: acknowledged after ${fake.waits.map((wait) => Math.round(wait)).join(' and ')} ms`);
  });

  it('is answered by a message when Discord waits no more', async (test) => {
    const { fake, hearing } = await setting(test);
    const { platform } = await hearing();
    const sent = await platform.send(inThread(fake), { text: 'Late.', answers: 'command:1' });
    expect(sent).toEqual({ ok: true });
    expect(fake.shown()).toMatchObject([{ text: 'Late.', answers: null }]);
  });

  it('does not wait for another channel', async (test) => {
    const { fake, hearing } = await setting(test);
    const { heard } = await hearing((said) =>
      said.place.chat_id === fake.group ? new Promise(() => {}) : Promise.resolve(),
    );
    fake.writes(user, '!kanban list', { channel: fake.group });
    fake.writes(user, '!kanban stats', { channel: fake.group });
    fake.writes(user, '!kanban inbox');
    await until('the other is heard', () => heard.length === 2);
    expect(texts(heard).sort()).toEqual(['/kanban inbox', '/kanban list']);
  });
});

describe('a press in Discord', () => {
  it('takes the buttons away when it is settled, and else tells who pressed alone', async (test) => {
    const { fake, hearing } = await setting(test);
    const { platform, heard } = await hearing();
    const buttons = Array.from({ length: 30 }, (_, index) => ({ label: `B${index}`, data: `do ${index}` }));
    await platform.send(inThread(fake), { text: 'Which?', buttons });
    const [message] = fake.shown();
    if (message === undefined) throw new Error('No message.');
    expect(message.buttons).toHaveLength(25);
    fake.presses(user, message, 'B3');
    fake.presses(user, message, 'B24');
    await until('both are heard', () => heard.length === 2);
    const [first, second] = pressed(heard);
    expect(first).toMatchObject({ data: 'do 3', user: { name: 'user7' }, place: inThread(fake) });
    await first?.answer('You may not.', false);
    expect([fake.told(), fake.edited(message), fake.hasButtons(message)]).toEqual([
      ['You may not.'],
      undefined,
      true,
    ]);
    await second?.answer('user7 did it', true);
    expect(fake.edited(message)).toBe('Which?\n↳ user7 did it');
    expect(fake.hasButtons(message)).toBe(false);
  });

  it('of an hour ago is settled all the same', async (test) => {
    const { fake, hearing } = await setting(test);
    const { platform, heard } = await hearing();
    await platform.send(inThread(fake), { text: 'Which?', buttons: [{ label: 'This', data: 'this' }] });
    const [message] = fake.shown();
    if (message === undefined) throw new Error('No message.');
    fake.presses(user, message, 'This');
    await until('it is heard', () => heard.length === 1);
    fake.fail('answer', { status: 404 }, 'did it');
    await pressed(heard)[0]?.answer('user7 did it', true);
    expect(fake.edited(message)).toBe('Which?\n↳ user7 did it');
  });
});

describe('what is sent to Discord', () => {
  it('calls nobody, and is cut at its limit with a pointer', async (test) => {
    const { fake, ear } = await setting(test);
    const { platform } = ear();
    const long = `@everyone ${'🙂'.repeat(1200)}`;
    expect(await platform.send(inThread(fake), { text: long })).toEqual({ ok: true });
    const [shown] = fake.shown();
    expect(shown?.text.length).toBeGreaterThan(1990);
    expect(shown?.text).toMatch(/🙂\n… \(cut; andon on the machine shows all\)$/u);
    expect(fake.mentions).toEqual([{ parse: [], replied_user: false }]);
  });

  it('is shown once, though its answer was lost', async (test) => {
    const { fake, ear } = await setting(test);
    const { platform } = ear();
    const message = { text: 'Once.', key: 'default t_1 1' };
    fake.fail('send', 'drop');
    expect(await platform.send(inThread(fake), message)).toMatchObject({ ok: false, final: false });
    expect(await platform.send(inThread(fake), message)).toEqual({ ok: true });
    expect(fake.shown()).toHaveLength(1);
  });

  it('says what can be tried again, when, and what cannot', async (test) => {
    const { fake, ear } = await setting(test);
    const { platform } = ear();
    const send = (chat_id = fake.group) => platform.send({ ...inThread(fake), chat_id }, { text: 'Hello.' });
    fake.fail('send', { status: 429, retry_after: 2 });
    const limited = await send(fake.aloneWith(1));
    expect(limited).toMatchObject({
      ok: false,
      final: false,
      error: expect.stringMatching(/^Discord answered 429/),
    });
    expect('retryAfter' in limited && limited.retryAfter).toBeGreaterThan(1900);
    fake.fail('send', { status: 500 });
    expect(await send()).toEqual({ ok: false, error: 'Discord answered 500.', final: false });
    fake.fail('send', 'refuse');
    const refused = { ok: false, error: 'Discord answered 403: Missing Access', final: true };
    expect(await send()).toEqual(refused);
    fake.gone.add(fake.group);
    expect(await send()).toEqual({ ...refused, error: 'Discord answered 404: Unknown Channel' });
    await fake.stop();
    expect(await send()).toMatchObject({ ok: false, final: false });
  });

  it('brings files, ten in a message, and all that fit when one is too large', async (test) => {
    const { fake, ear } = await setting(test);
    const { platform } = ear();
    const files = Array.from({ length: 12 }, (_, index) => ({
      name: `${index}.txt`,
      bytes: Buffer.from(`file ${index}`),
    }));
    await platform.sendFiles(inThread(fake), files);
    expect(fake.parcels).toEqual([10, 2]);
    expect(fake.shown().map(({ file, text }) => [file, text])).toEqual(
      files.map(({ name, bytes }) => [name, bytes.toString()]),
    );
    const large = { name: 'large.bin', bytes: Buffer.alloc(11 * 1024 * 1024, 'x') };
    const small = { name: 'small.txt', bytes: Buffer.from('small') };
    await expect(platform.sendFiles(inThread(fake), [large, small])).rejects.toThrow(
      'large.bin: Discord answered 413',
    );
    expect(fake.shown().at(-1)).toMatchObject({ file: 'small.txt' });
  });
});

describe('the connection to Discord', () => {
  it('is taken up again when it is broken, ended or goes dead, and nothing is missed', async (test) => {
    const { fake, hearing } = await setting(test);
    fake.gateway.faults.beat = 300;
    const { heard, connected } = await hearing();
    const resumes = async (how: string, work: () => void): Promise<void> => {
      const before = connected();
      work();
      fake.writes(user, `!kanban ${how}`);
      await until(how, () => connected() > before, 20_000);
      fake.gateway.faults.isDeaf = false;
    };
    await resumes('reconnect', () => fake.gateway.end('reconnect'));
    await resumes('closed', () => fake.gateway.end(4009));
    await resumes('broken', () => fake.gateway.end('break'));
    await resumes('dead', () => {
      fake.gateway.faults.isDeaf = true;
    });
    await until('all is heard', () => heard.length === 4);
    expect(texts(heard)).toEqual(['/kanban reconnect', '/kanban closed', '/kanban broken', '/kanban dead']);
    expect(fake.gateway.identified()).toBe(1);
  });

  it('goes on where another process left it: what was not done comes again, and what was said meanwhile', async (test) => {
    const { fake, hearing, place } = await setting(test);
    const first = await hearing((said) =>
      said.kind === 'spoken' && said.text.endsWith('hangs') ? new Promise(() => {}) : Promise.resolve(),
    );
    fake.writes(user, '!kanban done');
    await until('it is done', () => first.heard.length === 1);
    fake.writes(user, 'This is said among people.', { channel: fake.group });
    fake.writes(user, '!kanban hangs');
    await until('it is under way', () => first.heard.length === 2);
    await until('the place is kept', () => readFileSync(place, 'utf8').includes('"sequence":4'));
    expect(statSync(place).mode & 0o077).toBe(0);
    expect(readFileSync(place, 'utf8')).not.toContain(fake.secrets[0]);
    // The process is gone; nobody takes leave.
    void first.stop();
    await until('it is away', () => fake.gateway.open() === 0);
    fake.writes(user, '!kanban meanwhile');
    const second = await hearing();
    await until('both are heard', () => second.heard.length === 2);
    expect(texts(second.heard)).toEqual(['/kanban hangs', '/kanban meanwhile']);
    expect(second.heard[0]?.id).toBe(first.heard[1]?.id);
    expect(await second.stop()).toBeUndefined();
    const third = await hearing();
    fake.writes(user, '!kanban last');
    await until('it is heard', () => third.heard.length === 1);
    expect(texts(third.heard)).toEqual(['/kanban last']);
  });

  it('has what it did not do in a journal, though Discord has forgotten the connection', async (test) => {
    const { fake, hearing } = await setting(test);
    const first = await hearing((said) =>
      said.kind === 'spoken' ? new Promise(() => {}) : Promise.resolve(),
    );
    fake.says('/kanban list', { where: 'alone' });
    await until('it is under way', () => first.heard.length === 1);
    void first.stop();
    await until('it is away', () => fake.gateway.open() === 0);
    fake.gateway.forget();
    const { heard } = await hearing(async (said, platform) => {
      if (said.kind === 'spoken') await platform.send(said.place, { text: 'Done.', answers: said.message });
    });
    await until('it comes again', () => heard.length === 1);
    expect(heard[0]?.id).toBe(first.heard[0]?.id);
    // Its place is still there, as another process acknowledged it.
    await fake.waitFor('it is answered', ({ text }) => text === 'Done.');
    expect(fake.thinking()).toBe(0);
  });

  it('begins anew when Discord has forgotten it, and says so', async (test) => {
    const { fake, hearing, ear } = await setting(test);
    const first = await hearing();
    expect(await first.stop()).toBeUndefined();
    fake.gateway.forget();
    const second = ear();
    await until('it is connected', () => fake.gateway.identified() === 2);
    await until('it is said', () => second.warnings.some((text) => text.includes('was not heard')));
    fake.writes(user, '!kanban list');
    await until('it is heard', () => second.heard.length === 1);
  });

  it('ends with a reason that holds no secret when it is refused, or nobody is there', async (test) => {
    const { fake, ear } = await setting(test);
    const wrong = 'MTAwMA.a-wrong-secret.x';
    expect(await ear(undefined, wrong).ended).toBe('Discord answered 401: 401: Unauthorized');
    const first = ear();
    await until('it is connected', () => first.connected() === 1);
    fake.gateway.end(4004);
    expect(await first.ended).toMatch(/does not know this token/);
    fake.gateway.forget();
    fake.gateway.faults.hidesContent = true;
    expect(await ear().ended).toMatch(/switch on the Message Content Intent/);
    await fake.stop();
    expect(await ear().ended).toMatch(/ECONNREFUSED|closed/);
  });

  it('ends at once when it is told to, also before anybody has answered', async (test) => {
    const { fake, ear } = await setting(test);
    fake.fail('hear', 'hang');
    const asking = ear();
    await until('it asks', () => fake.ahead() === 0);
    expect(await asking.stop()).toBeUndefined();
    fake.gateway.faults.isMute = true;
    const mute = ear();
    await until('it waits for the first word', () => fake.gateway.open() === 1);
    expect(await mute.stop()).toBeUndefined();
    fake.gateway.faults.isMute = false;
    const good = ear();
    await until('it is connected', () => good.connected() === 1);
    expect(await good.stop()).toBeUndefined();
  });
});

describe('a file that is sent in Discord', () => {
  it('is fetched without the token, from where Discord says that it lies and nowhere else', async (test) => {
    const { fake, hearing } = await setting(test);
    const { heard } = await hearing();
    const foreign = await foreignServer(test);
    const file = { name: 'a.txt', text: 'A' };
    const files = [fake.attachment(file, foreign.file), fake.attachment(file, foreign.leads)];
    fake.writes(user, '@ada look', { channel: fake.group, files });
    await until('it is heard', () => heard.length === 1);
    const [given, led] = spoken(heard)[0]?.files ?? [];
    expect(given).toMatchObject({ name: 'a.txt', type: 'text/plain', size: 1 });
    expect(new TextDecoder().decode(await given?.content(100))).toBe(foreign.content);
    await expect(led?.content(100)).rejects.toThrow('its server answered 302');
    expect(foreign.seen).toHaveLength(2);
    for (const headers of foreign.seen) {
      expect(headers.authorization).toBeUndefined();
      expect(JSON.stringify(headers)).not.toContain(fake.secrets[0]);
    }
  });

  it('may come with the command, and is not looked at among people', async (test) => {
    const { fake, hearing } = await setting(test);
    const { heard } = await hearing();
    await until('the command is known', () => fake.registered.has('kanban'));
    expect(fake.registered.get('kanban')).toMatchObject({
      options: [{ name: 'line' }, { name: 'file', type: 11 }],
    });
    const file = { name: 'a.txt', text: 'A' };
    fake.writes(user, 'my holidays', { channel: fake.group, files: [fake.attachment(file)] });
    fake.writes(user, '', { channel: fake.group, files: [fake.attachment(file)] });
    fake.sends(file, '/kanban create "Look"');
    await until('it is heard', () => heard.length === 1);
    const [said] = spoken(heard);
    expect(said?.text).toBe('/kanban create "Look"');
    expect(new TextDecoder().decode(await said?.files?.[0]?.content(1))).toBe('A');
  });
});
